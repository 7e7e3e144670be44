"""SQLite: sets come as JSON, rows are written one by one by the driver, which is in this very process."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    String,
    Table,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from adapters.sql.dialects.dialect import Row, Write, prepare
from adapters.sql.dialects.statements import delete_by, update_by
from adapters.sql.driver import fetch, insert_rows, run_each
from application.kernel.ports import Contention, KeyTaken, StoreError, StoreUnavailable

OUT_OF_REACH: Final = ("unable to open", "readonly", "disk is full", "disk I/O error")
"""What SQLite says when it is not the statement that is at fault: the others of the batch would fare no better."""

ENCODER: Final = msgspec.json.Encoder()


class SqliteDialect:
    name = "sqlite"
    compiles: Dialect = sqlite.dialect()

    def among(self, column_: ColumnElement[Any], parameter: str = "set") -> ColumnElement[bool]:
        # An IN, not a join: SQLite would rather scan a tenant and probe the set than the other way round.
        values = func.json_each(bindparam(parameter)).table_valued(column("value"), name="asked")
        return column_.in_(select(values.c.value))

    def set_of(self, values: Iterable[int] | Iterable[str]) -> str:
        return ENCODER.encode(sorted(values)).decode()

    def fetch(self, connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
        return fetch(connection, statement, parameters)

    def mark(self, connection: Connection) -> object:
        # The version stays the same through this connection's own commits, and changes with anybody else's.
        [version] = fetch(connection, "PRAGMA data_version", ())
        return connection.connection.driver_connection, version

    @contextmanager
    def looking_long(self, connection: Connection) -> Iterator[None]:
        connection.exec_driver_sql("PRAGMA temp_store=FILE")
        try:
            yield
        finally:
            connection.exec_driver_sql("PRAGMA temp_store=MEMORY")

    def ahead(self, connection: Connection) -> AbstractContextManager[None]:
        return nullcontext()

    def insert(self, table: Table) -> Write:
        text = prepare(self, insert(table), *table.c.keys()).text
        return lambda connection, rows: insert_rows(connection, text, rows)

    def update(self, table: Table, values: Sequence[str], keys: Sequence[str], *, unset: str = "") -> Write:
        statement, order = update_by(table, values, keys, unset)
        text = prepare(self, statement, *order).text
        return lambda connection, rows: run_each(connection, text, rows)

    def delete(self, table: Table, keys: Sequence[str]) -> Write:
        text = prepare(self, delete_by(table, keys), *keys).text
        return lambda connection, rows: run_each(connection, text, rows)

    def readable(self, at: ColumnElement[int]) -> ColumnElement[str]:
        second = func.strftime("%Y-%m-%dT%H:%M:%S", at.op("/")(1_000_000), "unixepoch", type_=String)
        return second + func.printf(".%06dZ", at.op("%")(1_000_000), type_=String)

    def fact(self, facts: ColumnElement[bytes], name: str) -> ColumnElement[Any]:
        return func.json_extract(cast(facts, Text), f"$.{name}")

    def whole(self, data: ColumnElement[bytes], name: str) -> ColumnElement[int]:
        text = cast(data, Text)
        return case((func.json_valid(text) == 1, func.json_extract(text, f"$.{name}")))

    def translate(self, error: Exception) -> Exception:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = str(cause)
        if isinstance(cause, sqlite3.IntegrityError):
            return KeyTaken(text) if "UNIQUE" in text else StoreError(text)
        if isinstance(cause, sqlite3.OperationalError):
            if "locked" in text or "busy" in text:
                return Contention(text)
            return StoreUnavailable(text) if any(sign in text for sign in OUT_OF_REACH) else StoreError(text)
        return StoreError(text)
