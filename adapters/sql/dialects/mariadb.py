"""MariaDB over aiomysql: parameters, and whole sets of them, are written into the statement by the driver's own rules.

There are no prepared statements in aiomysql, so a set costs nothing to name: it comes as a list of literals, which the
optimizer looks up in the index one by one. Sets of rows are written by one statement from a list of rows.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from typing import Any, Final

import aiomysql
import pymysql  # type: ignore[import-untyped]
from pymysql.constants import CLIENT, CR, ER  # type: ignore[import-untyped]
from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    cast,
    event,
    func,
    insert,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.sql.database import NotDurable
from adapters.sql.dialects.dialect import Row, Write, prepare
from adapters.sql.dialects.mariadb_tables import COLLATION, DRIVER, MariadbTables
from adapters.sql.dialects.silence import notice_silence
from adapters.sql.server import Turn
from adapters.sql.statements import STATE
from application.kernel.ports import Contention, KeyTaken, StoreError, StoreUnavailable

OLDEST: Final = (10, 6)
PACKET: Final = 16 * 2**20
"""Bytes of the largest statement that the server must take: no reply, body or event comes near."""

ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 2**20
"""Rows of one statement, and about the bytes of their texts: past it nothing is gained."""

NOW: Final = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6))"
"""The clock when this is reached, not when its statement began: after the wait for a lock."""

NAMES: Final = f"SET NAMES utf8mb4 COLLATE {COLLATION}"
COMMON: Final = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
    "check_constraint_checks = 1, unique_checks = 1, wait_timeout = 31536000, net_write_timeout = 600, "
    "in_predicate_conversion_threshold = 0, max_sort_length = 8192"
)
"""A list of a thousand literals stays one; texts are sorted by all their bytes."""

OF_WRITER: Final = (
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, idle_transaction_timeout = 5",
)
OF_READER: Final = ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",)

ALONE: Final = "SELECT GET_LOCK(CONCAT('entrepot migrate ', SHA1(DATABASE())), 300)"
"""Of all who migrate a database, one goes on; the lock is given back with the connection."""

TURN: Final = f"SELECT {NOW}, {', '.join(STATE)}, moved FROM ledger_state WHERE id = 1 FOR UPDATE"

DEADLOCK: Final = (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.CHECKREAD)
CONNECTION_KILLED: Final = 1927
LOST: Final = (
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_CONNECTION_ERROR,
    CR.CR_SSL_CONNECTION_ERROR,
    CR.CR_COMMANDS_OUT_OF_SYNC,
    ER.SERVER_SHUTDOWN,
    ER.NET_READ_INTERRUPTED,
    ER.NET_READ_ERROR,
    ER.NET_ERROR_ON_WRITE,
    ER.NET_WRITE_INTERRUPTED,
    CONNECTION_KILLED,
)
OUT_OF_REACH: Final = (
    *LOST,
    ER.CON_COUNT_ERROR,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.BAD_DB_ERROR,
    ER.DISK_FULL,
    ER.RECORD_FILE_FULL,
    ER.OPTION_PREVENTS_STATEMENT,
    1836,  # the server runs in read-only mode
)
"""Errors in which the statement has no part: the others of the batch would fare no better."""


class Listed(tuple[Any, ...]):
    """A set of values, as one parameter of a statement."""

    __slots__ = ()


class MariadbDialect:
    name = "mariadb"
    compiles: Dialect = MariadbTables(paramstyle="format")

    # -- sets, and what reads by them ---------------------------------------------------------------------------------

    def among(self, column: ColumnElement[Any], parameter: str = "set") -> ColumnElement[bool]:
        among: ColumnElement[bool] = column.op("IN", is_comparison=True)(bindparam(parameter))
        return among

    def set_of(self, values: Iterable[int] | Iterable[str]) -> Listed:
        return Listed(sorted(values))

    def fetch(self, connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
        return _run(connection, statement, parameters)[0]

    def mark(self, connection: Connection) -> object:
        # Who has the turn is alone: the numbers in the state tell whether others had it since.
        return connection.connection.driver_connection

    @contextmanager
    def looking_long(self, connection: Connection) -> Iterator[None]:
        yield  # sorts go to files by themselves

    # -- writing in sets ----------------------------------------------------------------------------------------------

    def ahead(self, connection: Connection) -> AbstractContextManager[None]:
        return nullcontext()

    def insert(self, table: Table) -> Write:
        names = list(table.c.keys())
        head, values = prepare(self, insert(table), *names).text.rsplit(" VALUES ", 1)
        return partial(_in_sets, lambda rows: f"{head} VALUES {', '.join([values] * rows)}")

    def update(self, table: Table, values: Sequence[str], keys: Sequence[str], *, unset: str = "") -> Write:
        quote = self._quoted
        in_order = [name for name in table.columns.keys() if name in values]  # noqa: SIM118 - columns, not a dict
        sets = ", ".join(f"old.{quote(name)} = new.c{n}" for n, name in enumerate(in_order))
        mine = [f"old.{quote(name)} = new.c{len(in_order) + n}" for n, name in enumerate(keys)]
        still = [f"old.{quote(unset)} IS NULL"] if unset else []
        return partial(
            _in_sets, self._joined("UPDATE", table, len(in_order) + len(keys), keys, [*mine, *still], f" SET {sets}")
        )

    def delete(self, table: Table, keys: Sequence[str]) -> Write:
        quote = self._quoted
        mine = [f"old.{quote(name)} = new.c{n}" for n, name in enumerate(keys)]
        return partial(_in_sets, self._joined("DELETE old FROM", table, len(keys), keys, mine, ""))

    def _quoted(self, name: str) -> str:
        return self.compiles.identifier_preparer.quote(name)

    def _joined(
        self, verb: str, table: Table, width: int, keys: Sequence[str], on: Sequence[str], then: str
    ) -> Callable[[int], str]:
        """The statement that looks the table's rows up by those that are given, whatever the optimizer holds of it."""
        quote = self._quoted
        columns = ", ".join(f"c{n}" for n in range(width))
        row = f"({', '.join(['%s'] * width)})"
        join = f"{quote(table.name)} AS old FORCE INDEX ({quote(_index(table, keys))}) ON {' AND '.join(on)}{then}"

        def text(rows: int) -> str:
            given = f"(WITH given ({columns}) AS (VALUES {', '.join([row] * rows)}) SELECT * FROM given) AS new"
            return f"{verb} {given} STRAIGHT_JOIN {join}"

        return text

    # -- what people read, and audits ---------------------------------------------------------------------------------

    def readable(self, at: ColumnElement[int]) -> ColumnElement[str]:
        moment = func.timestampadd(literal_column("MICROSECOND"), at, literal_column("TIMESTAMP '1970-01-01 00:00:00'"))
        readable: ColumnElement[str] = func.date_format(moment, "%Y-%m-%dT%H:%i:%s.%fZ")
        return readable

    def fact(self, facts: ColumnElement[bytes], name: str) -> ColumnElement[Any]:
        return func.json_value(cast(facts, Text), f"$.{name}")

    def whole(self, data: ColumnElement[bytes], name: str) -> ColumnElement[int]:
        said = func.json_value(cast(data, Text), f"$.{name}")
        return case((said.regexp_match("^-?[0-9]{1,18}$"), cast(said, BigInteger)))

    # -- transactions -------------------------------------------------------------------------------------------------

    def engine(self, url: URL, *, writer: bool) -> AsyncEngine:
        engine = create_async_engine(
            url.set(drivername=DRIVER, query={}),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,  # an error tells the statement: its values may be anyone's data
            connect_args={"charset": "utf8mb4", "ssl": tls_of(url), "async_creator_fn": _connect},
        )

        @event.listens_for(engine.sync_engine, "connect")
        def _set_up(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for statement in (NAMES, COMMON, *(OF_WRITER if writer else OF_READER)):
                cursor.execute(statement)
            cursor.close()

        return engine

    def begin_writing(self, connection: Connection) -> Turn:
        _run(connection, "START TRANSACTION")
        [[clock, *state, moved]] = _run(connection, TURN)[0]
        return Turn(clock, tuple(state), moved)

    def begin_reading(self, connection: Connection) -> None:
        _run(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def begin_migrating(self, connection: Connection) -> None:
        # Every change of a table is a transaction of its own: what makes a revision begun twice the same as once done.
        import_module("adapters.sql.dialects.mariadb_migrations")
        [[alone]] = _run(connection, ALONE)[0]
        if not alone:
            raise Contention("another migration of this database is under way")

    def commit(self, connection: Connection) -> None:
        _run(connection, "COMMIT")

    def rollback(self, connection: Connection) -> None:
        _run(connection, "ROLLBACK")

    def clock(self, connection: Connection) -> int:
        clock: int = _run(connection, f"SELECT {NOW}")[0][0][0]
        return clock

    def require_fit(self, connection: Connection) -> None:
        require_fit(connection)

    def create_database(self, connection: Connection, name: str) -> None:
        _run(connection, f"CREATE DATABASE {self._quoted(name)} CHARACTER SET utf8mb4 COLLATE {COLLATION}")

    def drop_database(self, connection: Connection, name: str) -> None:
        _run(connection, f"DROP DATABASE IF EXISTS {self._quoted(name)}")

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def translate(self, error: Exception) -> Exception:
        code, text = _code(error), str(_cause(error))
        if code == ER.DUP_ENTRY:
            return KeyTaken(text)
        if code in DEADLOCK:
            return Contention(text)
        if code in OUT_OF_REACH or self.lost(error):
            return StoreUnavailable(text)
        return StoreError(text)

    def lost(self, error: Exception) -> bool:
        cause = _cause(error)
        return _code(error) in LOST or isinstance(cause, pymysql.InterfaceError | pymysql.InternalError | OSError)

    def settled(self, error: Exception) -> bool:
        return _code(error) in DEADLOCK

    def driver_errors(self) -> tuple[type[Exception], ...]:
        return DBAPIError, pymysql.Error, OSError


def mariadb() -> MariadbDialect:
    """The dialect. To import this module needs its driver."""
    return MariadbDialect()


def durability(connection: Connection) -> dict[str, object]:
    """The settings that decide whether a commit is kept, read back from the live connection."""
    names = ("innodb_flush_log_at_trx_commit", "innodb_doublewrite", "log_bin", "sync_binlog")
    [values] = _run(connection, f"SELECT {', '.join(f'@@GLOBAL.{name}' for name in names)}")[0]
    return dict(zip(names, values, strict=True))


def require_fit(connection: Connection) -> None:
    """Raises NotDurable, or StoreUnavailable for a server that is too old, only read or takes small statements only."""
    [[version, read_only, packet]] = _run(connection, "SELECT VERSION(), @@read_only, @@max_allowed_packet")[0]
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    if "MariaDB" not in version or numbers < OLDEST:
        raise StoreUnavailable(f"MariaDB {'.'.join(map(str, OLDEST))} or newer is needed and this is {version}")
    if read_only:
        raise StoreUnavailable("this server is a replica, or set to be only read: name the one that is written to")
    if packet < PACKET:
        raise StoreUnavailable(f"max_allowed_packet is {packet} and must be {PACKET} or more: set it on the server")
    kept = durability(connection)
    if (
        kept["innodb_flush_log_at_trx_commit"] != 1
        or not kept["innodb_doublewrite"]
        or (kept["log_bin"] and kept["sync_binlog"] != 1)
    ):
        raise NotDurable(
            "MariaDB must run with innodb_flush_log_at_trx_commit=1 and innodb_doublewrite=ON, and with sync_binlog=1 "
            f"where it keeps a binary log; this one has {kept}"
        )


# -- speaking to the driver -------------------------------------------------------------------------------------------


def _run(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> tuple[list[Row], int]:
    """The rows that a statement selects, and how many it found or wrote."""
    escape = _driver(connection).escape
    statement %= tuple(_literal(escape, each) for each in parameters)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        return cursor.fetchall(), cursor.rowcount  # type: ignore[return-value]  # PEP 249: a sequence of rows
    finally:
        cursor.close()


def _literal(escape: Callable[[Any], str], value: Any) -> str:
    if type(value) is Listed:
        return f"({', '.join(map(escape, value)) or 'NULL'})"
    return escape(value)


def _in_sets(text: Callable[[int], str], connection: Connection, rows: Sequence[Row]) -> int:
    """Run the statement that `text` gives for so many rows, for all of them; how many it found or wrote."""
    done = start = 0
    while start < len(rows):
        end = _end(rows, start)
        parameters = [value for row in rows[start:end] for value in row]
        done += _run(connection, text(end - start), parameters)[1]
        start = end
    return done


def _end(rows: Sequence[Row], start: int) -> int:
    """Where the rows from `start` on are enough for one statement."""
    size, end, last = 0, start, min(len(rows), start + ROWS_AT_ONCE)
    while end < last and size < BYTES_AT_ONCE:
        size += sum(len(value) for value in rows[end] if isinstance(value, str | bytes))
        end += 1
    return end


def _index(table: Table, keys: Sequence[str]) -> str:
    """The unique index whose columns are all among the keys."""
    if {column.name for column in table.primary_key} and {c.name for c in table.primary_key} <= set(keys):
        return "PRIMARY"
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and {column.name for column in constraint.columns} <= set(keys):
            return str(constraint.name)
    raise ValueError(f"{table.name} has no unique index on {keys}")


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def tls_of(url: URL) -> ssl.SSLContext | None:
    """What `?tls=true` asks for, and `&ca=<file>` beside it. Raises StoreUnavailable for anything else."""
    asked = dict(url.query)
    tls, ca = asked.pop("tls", "false"), asked.pop("ca", None)
    if asked or tls not in ("true", "false") or not isinstance(ca, str | None):
        raise StoreUnavailable("a URL of mariadb:// takes ?tls=true and &ca=<file>, and nothing else")
    try:
        return ssl.create_default_context(cafile=ca) if tls == "true" else None
    except OSError as error:
        raise StoreUnavailable(f"the certificates in {ca} cannot be read: {error}") from error


class _Connection(aiomysql.Connection):  # type: ignore[misc]  # it has no types
    """aiomysql's, which knows no bytes beside the latest PyMySQL, and goes on without TLS where there is none."""

    async def _request_authentication(self) -> None:
        if self._ssl_context and not self.server_capabilities & CLIENT.SSL:
            raise pymysql.OperationalError(CR.CR_SSL_CONNECTION_ERROR, "the server has no TLS")
        await super()._request_authentication()

    def escape(self, value: Any) -> str:
        if type(value) is bytes:
            return f"X'{value.hex()}'"
        escaped: str = super().escape(value)
        return escaped


async def _connect(**arguments: Any) -> _Connection:
    connection = _Connection(**arguments)
    await connection._connect()
    notice_silence(connection._writer.transport.get_extra_info("socket"))
    return connection


def _cause(error: Exception) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _code(error: Exception) -> int:
    arguments = _cause(error).args
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0
