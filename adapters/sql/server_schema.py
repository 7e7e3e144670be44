"""Bringing a server's database to this release's schema, and refusing to run on any other."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from adapters.sql.migrate import REVISION, bring_up, require_current, revision_of
from adapters.sql.server import ServerDatabase, ServerDialect
from domain.kernel.account import AccountKind
from domain.kernel.register import Register


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

    async def run() -> str:
        database = ServerDatabase(url, dialect, readers=1)
        try:
            return await database.migrate(
                lambda connection: bring_up(connection, dialect, database.where, kinds, registers)
            )
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(run())).result(), REVISION
