"""Running compiled statements on the driver beneath a SQLAlchemy Connection, in its transaction, in sets.

Rows come and go as plain tuples: on the hot path that is what the database costs, and little else.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from adapters.sql.dialects.dialect import Row

ROWS_AT_ONCE: Final = 64
"""Rows of one INSERT: far below every driver's limit of parameters, and past it nothing is gained."""


def fetch(connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
    """All rows that the statement selects."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        return cursor.fetchall()  # type: ignore[return-value]  # PEP 249: a sequence of rows
    finally:
        cursor.close()


def run_each(connection: Connection, statement: str, rows: Sequence[Row]) -> int:
    """The statement once for each row of parameters; how many rows of the database it changed."""
    if not rows:
        return 0
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, rows)
        return cursor.rowcount
    finally:
        cursor.close()


def insert_rows(connection: Connection, statement: str, rows: Sequence[Row]) -> int:
    """Insert the rows, many with one statement; `statement` is that of a single row, ending in its VALUES."""
    full = len(rows) - len(rows) % ROWS_AT_ONCE
    if full:
        head, values = statement.split(" VALUES ")
        several = f"{head} VALUES {', '.join([values] * ROWS_AT_ONCE)}"
        cursor = connection.connection.cursor()
        try:
            for start in range(0, full, ROWS_AT_ONCE):
                cursor.execute(several, _flat(rows[start : start + ROWS_AT_ONCE]))
        finally:
            cursor.close()
    run_each(connection, statement, rows[full:])
    return len(rows)


def _flat(rows: Iterable[Row]) -> list[Any]:
    return list(chain.from_iterable(rows))
