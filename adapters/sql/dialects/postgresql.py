"""PostgreSQL through asyncpg: sets come and go as arrays, one statement for each table that a batch writes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    String,
    Table,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from adapters.sql.database import NotDurable
from adapters.sql.dialects.ahead import ask, send, sending_ahead
from adapters.sql.dialects.dialect import Row, Write
from adapters.sql.dialects.silence import notice_silence
from adapters.sql.schema import state
from adapters.sql.server import Turn
from adapters.sql.statements import STATE
from application.kernel.ports import Contention, KeyTaken, StoreError, StoreUnavailable

STATEMENTS_KEPT: Final = 512
COPIED: Final = 16
"""From so many rows on, COPY costs half of an INSERT, both here and on the server, for one round trip more."""

COMMON: Final = {"application_name": "entrepot", "jit": "off", "timezone": "UTC", "client_encoding": "UTF8"}
WRITER: Final = {
    **COMMON,
    "default_transaction_isolation": "read committed",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    # Every statement is by key: a plan that was made while the tables were empty must serve when they are not.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""`lock_timeout` and the timeout of a session idle in its transaction bound how long a writer that is stopped holds up
the others."""
READER: Final = {
    **COMMON,
    "default_transaction_isolation": "repeatable read",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "5min",
    "enable_seqscan": "off",
}

NOW: Final = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
# In this order: the clock is read when the row is locked, not before the wait for it.
TURN: Final = (
    f"SELECT {NOW}, locked.* FROM (SELECT {', '.join(STATE)}, moved FROM {state.name} WHERE id = 1 FOR UPDATE) locked"
)
ALONE: Final = (
    "SET LOCAL lock_timeout = '5min'; SET LOCAL idle_in_transaction_session_timeout = 0;"
    " SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_bitmapscan = on;"
    " SELECT pg_advisory_xact_lock(hashtext('entrepot migrate'))"
)
"""Of all who migrate a database, one goes on; the lock is given back with the transaction."""
DURABILITY: Final = ("fsync", "full_page_writes", "synchronous_commit")

GONE: Final = ("08", "57P", "25P03", "25006")
"""The connection ended, the server stops or starts, or it only reads: another connection may be of more use."""

NOT_THE_STATEMENT: Final = ("53", "58", *GONE)
TRY_AGAIN: Final = ("40001", "40P01", "55P03", "57014", "0A000")
"""A conflict, a lock that was not to be had; or a plan that is none any more, because a migration changed its table."""
UNIQUE: Final = "23505"


class PostgresqlDialect:
    name = "postgresql"
    compiles: Dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]

    # -- sets as parameters -------------------------------------------------------------------------------------------

    def among(self, column: ColumnElement[Any], parameter: str = "set") -> ColumnElement[bool]:
        members = Text() if isinstance(column.type, String) else column.type
        return column == any_(cast(bindparam(parameter, type_=Text()), ARRAY(members)))

    def set_of(self, values: Iterable[int] | Iterable[str]) -> str:
        members: list[Any] = sorted(values)
        return _texts(members) if members and isinstance(members[0], str) else _numbers(members)

    # -- reading ------------------------------------------------------------------------------------------------------

    def fetch(self, connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
        found: list[Row] = ask(connection, _driver(connection).fetch(statement, *parameters))
        return found

    def mark(self, connection: Connection) -> object:
        # Nobody commits but in turn: within one connection, an unchanged `next_command` says all.
        return _driver(connection)

    @contextmanager
    def looking_long(self, connection: Connection) -> Iterator[None]:
        # What does not fit into memory, PostgreSQL sorts on disk; and who reads all need not go by an index.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
        yield

    # -- writing in sets ----------------------------------------------------------------------------------------------

    def ahead(self, connection: Connection) -> AbstractContextManager[None]:
        return sending_ahead(connection)

    def insert(self, table: Table) -> Write:
        names = table.c.keys()
        head = f"INSERT INTO {table.name} ({self._list(names)}) SELECT * FROM "
        few = self._writer(table, names, lambda rows: head + rows)

        def write(connection: Connection, rows: Sequence[Row]) -> int:
            if len(rows) < COPIED:
                return few(connection, rows)
            send(connection, _driver(connection).copy_records_to_table(table.name, records=rows, columns=names))
            return len(rows)

        return write

    def update(self, table: Table, values: Sequence[str], keys: Sequence[str], *, unset: str = "") -> Write:
        changed = [name for name in table.columns.keys() if name in values]  # noqa: SIM118 - columns, not a dict
        names = [*changed, *(f"old_{name}" for name in keys)]
        wanted = [f"t.{self._quoted(name)} = n.old_{name}" for name in keys]
        if unset:
            wanted.append(f"t.{self._quoted(unset)} IS NULL")
        head = f"UPDATE {table.name} AS t SET {', '.join(f'{self._quoted(n)} = n.{self._quoted(n)}' for n in changed)}"
        tail = f" AS n ({self._list(names)}) WHERE {' AND '.join(wanted)}"
        return self._writer(table, [*changed, *keys], lambda rows: f"{head} FROM {rows}{tail}")

    def delete(self, table: Table, keys: Sequence[str]) -> Write:
        wanted = [f"t.{self._quoted(name)} = n.{self._quoted(name)}" for name in keys]
        tail = f" AS n ({self._list(keys)}) WHERE {' AND '.join(wanted)}"
        return self._writer(table, keys, lambda rows: f"DELETE FROM {table.name} AS t USING {rows}{tail}")

    def _writer(self, table: Table, names: Sequence[str], statement: Callable[[str], str]) -> Write:
        """Runs the statement, which is given its rows: parameters side by side, for each of the columns an array."""
        kinds = [table.c[name].type for name in names]
        arrays = (self._array(place, kind) for place, kind in enumerate(kinds, 1))
        text = statement(f"unnest({', '.join(arrays)})")
        numbers = [isinstance(kind, Integer) for kind in kinds]

        def write(connection: Connection, rows: Sequence[Row]) -> int:
            if not rows:
                return 0
            columns = zip(*rows, strict=True)
            given = [_numbers(column) if number else column for column, number in zip(columns, numbers, strict=True)]
            done: str = ask(connection, _driver(connection).execute(text, *given))
            return int(done.rpartition(" ")[2])

        return write

    def _array(self, place: int, kind: Any) -> str:
        if isinstance(kind, Integer):
            return f"${place}::TEXT::{kind.compile(dialect=self.compiles)}[]"
        return f"${place}::{'TEXT' if isinstance(kind, String) else 'BYTEA'}[]"

    def _quoted(self, name: str) -> str:
        return self.compiles.identifier_preparer.quote(name)

    def _list(self, names: Iterable[str]) -> str:
        return ", ".join(map(self._quoted, names))

    # -- what people read, and audits ---------------------------------------------------------------------------------

    def readable(self, at: ColumnElement[int]) -> ColumnElement[str]:
        since: ColumnElement[Any] = at.op("*")(literal_column("interval '1 microsecond'"))
        moment: ColumnElement[Any] = literal_column("timestamp 'epoch'") + since
        return func.to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"', type_=String)

    def fact(self, facts: ColumnElement[bytes], name: str) -> ColumnElement[Any]:
        return cast(func.convert_from(facts, "UTF8"), JSONB).op("->>")(name)

    def whole(self, data: ColumnElement[bytes], name: str) -> ColumnElement[int]:
        # As Latin-1 any bytes are a text, but for a zero; what is asked for is a number, the same in either.
        zero = func.position(literal_column("'\\x00'::bytea").op("IN")(data))
        text = func.convert_from(case((zero == 0, data)), "LATIN1")
        found = case((func.pg_input_is_valid(text, "jsonb"), cast(text, JSONB).op("->>")(name)))
        return cast(found, state.c.committed_at.type)

    # -- transactions -------------------------------------------------------------------------------------------------

    def engine(self, url: URL, *, writer: bool) -> AsyncEngine:
        return create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",  # of SQLAlchemy's: transactions are begun and ended here
            hide_parameters=True,  # an error tells the statement: its values may be anyone's data
            connect_args={
                "async_creator_fn": _connect,
                "server_settings": WRITER if writer else READER,
                "statement_cache_size": STATEMENTS_KEPT,
                "max_cached_statement_lifetime": 0,
            },
        )

    def begin_writing(self, connection: Connection) -> Turn:
        driver = _driver(connection)
        await_only(driver.execute("BEGIN"))
        clock, *row, moved = await_only(driver.fetchrow(TURN))
        return Turn(clock, row, moved)

    def begin_migrating(self, connection: Connection) -> None:
        await_only(_driver(connection).execute(f"BEGIN; {ALONE}"))

    def begin_reading(self, connection: Connection) -> None:
        await_only(_driver(connection).execute("BEGIN"))

    def commit(self, connection: Connection) -> None:
        done = await_only(_driver(connection).execute("COMMIT"))
        if done != "COMMIT":  # of a transaction that failed before, PostgreSQL says ROLLBACK
            raise StoreError(f"COMMIT was answered with {done}")

    def rollback(self, connection: Connection) -> None:
        await_only(_driver(connection).execute("ROLLBACK"))

    def clock(self, connection: Connection) -> int:
        now: int = await_only(_driver(connection).fetchval(f"SELECT {NOW}"))
        return now

    def durability(self, connection: Connection) -> dict[str, str]:
        """The settings that decide whether a commit is kept, read back from the live connection."""
        query = "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[]) ORDER BY name"
        return dict(map(tuple, self.fetch(connection, query, (list(DURABILITY),))))

    def require_fit(self, connection: Connection) -> None:
        settings = self.durability(connection)
        if "off" in settings.values():
            raise NotDurable(
                f"PostgreSQL must run with fsync, full_page_writes and synchronous_commit on, this one has {settings}"
            )
        [(standby,)] = self.fetch(connection, "SELECT pg_is_in_recovery()", ())
        if standby:
            raise StoreUnavailable("ENTREPOT_DATABASE__URL is a standby, which takes no writes: name the primary")

    def create_database(self, connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"CREATE DATABASE {self._quoted(name)} TEMPLATE template0 ENCODING 'UTF8'")

    def drop_database(self, connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(name)} WITH (FORCE)")

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def driver_errors(self) -> tuple[type[Exception], ...]:
        import asyncpg

        return asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, DBAPIError, OSError, EOFError

    def lost(self, error: Exception) -> bool:
        state = _state_of(error)
        return state.startswith(GONE) if state else not isinstance(_cause(error), ValueError)

    def settled(self, error: Exception) -> bool:
        state = _state_of(error)
        return bool(state) and not state.startswith(NOT_THE_STATEMENT)

    def translate(self, error: Exception) -> Exception:
        state, told = _state_of(error), str(_cause(error))
        if state == UNIQUE:
            return KeyTaken(told)
        if state.startswith(TRY_AGAIN):
            return Contention(told)
        if self.lost(error) or state.startswith(NOT_THE_STATEMENT):
            return StoreUnavailable(told)
        return StoreError(told)


def postgresql() -> PostgresqlDialect:
    """The dialect. Raises ModuleNotFoundError where its driver is not installed."""
    import_module("asyncpg")
    import_module("greenlet")
    return PostgresqlDialect()


async def _connect(*arguments: Any, **named: Any) -> Any:
    import asyncpg

    connection = await asyncpg.connect(*arguments, **named)
    notice_silence(connection._transport.get_extra_info("socket"))
    return connection


def _driver(connection: Connection) -> Any:
    """asyncpg's own connection: past SQLAlchemy, a statement costs half."""
    return connection.connection.driver_connection


# Arrays as PostgreSQL writes them in a text: the driver would ask of every member whether it is an array itself.


def _numbers(members: Iterable[int | None]) -> str:
    return "{" + ",".join(map(str, members)).replace("None", "NULL") + "}"


def _texts(members: Sequence[str]) -> str:
    together = "".join(members)
    if '"' in together or "\\" in together:
        members = [member.replace("\\", "\\\\").replace('"', '\\"') for member in members]
    return '{"' + '","'.join(members) + '"}'


def _cause(error: Exception) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _state_of(error: Exception) -> str:
    """The SQLSTATE, where the server gave one."""
    return getattr(_cause(error), "sqlstate", None) or ""
