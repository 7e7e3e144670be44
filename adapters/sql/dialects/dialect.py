"""How one database is spoken to: what the adapters need beyond the SQL that SQLAlchemy writes alike for all."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Dialect, Table
from sqlalchemy.sql.elements import CompilerElement

Row = Sequence[Any]
"""Values in the order of what was asked for, or of what is written: a tuple, or what the driver has in its stead."""

Fetch = Callable[[Connection, str, Sequence[Any]], list[Row]]
"""Runs a compiled statement with its parameters in order; all the rows that it selects."""

Write = Callable[[Connection, Sequence[Row]], int]
"""Writes a set of rows, an empty one at no cost; how many rows of the table were written or deleted."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement that selects, compiled once: called with a connection and its parameters in order, it gives rows."""

    text: str
    fetch: Fetch

    def __call__(self, connection: Connection, *parameters: Any) -> list[Row]:
        return self.fetch(connection, self.text, parameters)


class SqlDialect(Protocol):
    """One database's ways. All of it runs on a Connection, within the transaction that this has open."""

    name: str
    """The technology, as the settings name it."""

    compiles: Dialect
    """What SQLAlchemy writes statements for."""

    # -- sets as parameters -------------------------------------------------------------------------------------------

    def among(self, column: ColumnElement[Any], parameter: str = "set") -> ColumnElement[bool]:
        """Whether the column is in the set that this parameter holds, by an index where the column has one."""
        ...

    def set_of(self, values: Iterable[int] | Iterable[str]) -> Any:
        """What that parameter is given, for these numbers or texts."""
        ...

    # -- reading ------------------------------------------------------------------------------------------------------

    def fetch(self, connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """See Fetch."""
        ...

    def mark(self, connection: Connection) -> object:
        """Changes when others may have committed; equal marks and an unchanged `next_command` prove that nobody did."""
        ...

    def looking_long(self, connection: Connection) -> AbstractContextManager[None]:
        """Around a read that may sort more rows than memory holds."""
        ...

    # -- writing in sets ----------------------------------------------------------------------------------------------

    def ahead(self, connection: Connection) -> AbstractContextManager[None]:
        """Around prepared statements alone: what they insert need not be there before the next one, or the end of it,
        which is where a failure is raised.
        """
        ...

    def insert(self, table: Table) -> Write:
        """Inserts rows of all the table's columns, in their order."""
        ...

    def update(self, table: Table, values: Sequence[str], keys: Sequence[str], *, unset: str = "") -> Write:
        """Updates rows by their keys: each is given by the new values in the table's order, then the keys.

        Where `unset` names a column, only rows in which that is still null.
        """
        ...

    def delete(self, table: Table, keys: Sequence[str]) -> Write:
        """Deletes the rows of these keys."""
        ...

    # -- what people read, and audits ---------------------------------------------------------------------------------

    def readable(self, at: ColumnElement[int]) -> ColumnElement[str]:
        """Whole microseconds since 1970 as RFC 3339 in UTC, with six digits."""
        ...

    def fact(self, facts: ColumnElement[bytes], name: str) -> ColumnElement[Any]:
        """One value of a JSON object that is kept as bytes; as a text, or as what SQLite makes of it."""
        ...

    def whole(self, data: ColumnElement[bytes], name: str) -> ColumnElement[int]:
        """A whole number of a JSON object that is kept as bytes; null where it is not there, or the bytes no JSON."""
        ...

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def translate(self, error: Exception) -> Exception:
        """The port's error for a driver's: KeyTaken, Contention, StoreUnavailable, StoreError."""
        ...


def prepare(dialect: SqlDialect, statement: CompilerElement, *order: str) -> Query:
    """The statement, compiled. Its parameters must appear in this order: said here, checked when it is compiled."""
    compiled: Any = statement.compile(dialect=dialect.compiles)
    if tuple(compiled.positiontup or ()) != order:
        raise ValueError(f"parameters come as {compiled.positiontup}, not {order}")
    return Query(str(compiled), dialect.fetch)
