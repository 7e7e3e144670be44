"""On the servers, from every released revision with its data; and two releases at work on the newer one's tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from adapters.sql.migrate import REVISION
from adapters.sql.server import ServerDatabase
from adapters.sql.server_schema import migrate_server
from domain.stock.position import kinds
from domain.stock.registers import REGISTERS
from entrypoints.composition.servers import dialect_of
from tests.contract.growth.installations import KINDS, SERVERS, Installation, opened
from tests.contract.growth.stored import RELEASED, loading, revision_of, upgrade
from tests.services import url_of


async def goes_on(ledger: Any) -> None:
    """What was there is audited whole, and this release works on with it."""
    report = await ledger.audit(full=True)
    assert report.differences == ()
    assert report.movements > 30
    ledger.clock.pass_by(timedelta(days=4_000))
    ledger.counted = 10_000
    await ledger.live(5, 20)
    assert (await ledger.audit()).clean


@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name)
@pytest.mark.parametrize("kind", KINDS[1:])
async def test_what_the_release_before_writes_is_taken_by_the_newer_tables(
    kind: str, stored: Path, tmp_path: Path
) -> None:
    """While a release is rolled out, processes of the one before write rows as they know them."""
    async with opened(kind, tmp_path) as ledger:
        await ledger.database.write(loading(stored))
        await goes_on(ledger)


@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name)
@pytest.mark.parametrize("kind", SERVERS)
async def test_a_database_of_every_release_is_migrated_with_its_data(kind: str, stored: Path) -> None:
    async with empty_database(kind) as database:
        await database.migrate(lambda connection: upgrade(connection, revision_of(stored)))
        await database.alone(loading(stored))
        url = database.url.render_as_string(hide_password=False)
        before, after = migrate_server(url, database.dialect, kinds().values(), REGISTERS)
        assert (before, after) == (revision_of(stored), REVISION)
        ledger = Installation(url)
        await ledger.start()
        try:
            await goes_on(ledger)
        finally:
            await ledger.close()


@asynccontextmanager
async def empty_database(kind: str) -> AsyncIterator[ServerDatabase]:
    """A database without tables, dropped when it is left."""
    dialect, name = dialect_of(kind), f"entrepot_released_{token_hex(4)}"
    beside = ServerDatabase(url_of(SERVERS[kind]), dialect)
    database = ServerDatabase(beside.url.set(database=name).render_as_string(hide_password=False), dialect)
    await beside.alone(lambda connection: dialect.create_database(connection, name))
    try:
        yield database
    finally:
        await database.close()
        await beside.alone(lambda connection: dialect.drop_database(connection, name))
        await beside.close()
