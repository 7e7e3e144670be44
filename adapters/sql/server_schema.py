"""Bringing a server's database to this release's schema, and refusing to run on any other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, text

from adapters.sql.migrate import REVISION, bring_up, require_current, revision_of
from adapters.sql.server import ServerDatabase, ServerDialect
from domain.kernel.account import AccountKind
from domain.kernel.register import Register

T = TypeVar("T")

STREAMED: Final = 2_000


async def check_server(database: ServerDatabase) -> None:
    """Raises OldSchema, NewSchema, each saying what to do; StoreUnavailable."""
    require_current(database.where, await database.read(revision_of))


def migrate_server(
    url: str, dialect: ServerDialect, kinds: Iterable[AccountKind], registers: Iterable[Register]
) -> tuple[str, str]:
    """Bring the database to this release's schema and make its views anew; of several who do so, one after the other.

    Safe to run again. Returns the revision before ("" for a new database) and after. Raises NewSchema,
    StoreUnavailable. It may be called with or without an event loop running, and waits.
    """
    kinds, registers = tuple(kinds), tuple(registers)

    async def bring(database: ServerDatabase) -> str:
        return await database.migrate(
            lambda connection: bring_up(connection, dialect, database.where, kinds, registers)
        )

    return apart(url, dialect, bring), REVISION


def revision_on_server(url: str, dialect: ServerDialect) -> str:
    """The revision of the schema, "" where there is none. Raises SchemaMismatch, StoreUnavailable."""
    return apart(url, dialect, lambda database: database.read(revision_of))


def read_on_server(url: str, dialect: ServerDialect, statement: str, take: Callable[[Iterator[Sequence[Any]]], T]) -> T:
    """Give the rows that a statement selects, as they come, to `take`. Raises StoreError."""

    def read(connection: Connection) -> T:
        rows = connection.execute(text(statement).execution_options(yield_per=STREAMED))
        return take(iter(rows))

    return apart(url, dialect, lambda database: database.read(read))


def apart(url: str, dialect: ServerDialect, what: Callable[[ServerDatabase], Awaitable[T]]) -> T:
    """Do something with a database over connections of its own, in a loop of its own."""

    async def run() -> T:
        database = ServerDatabase(url, dialect, readers=1)
        try:
            return await what(database)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(lambda: asyncio.run(run())).result()
