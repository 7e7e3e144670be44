"""Write the database that later releases must be able to migrate: `python -m tests.contract.growth.store_release`.

Run once for each revision, before it is released. What was released is never written again.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from adapters.sql.keys import SqlKeys
from adapters.sql.migrate import REVISION
from domain.permissions.key import ApiKey
from domain.permissions.key_text import RANDOM_BYTES, new_text
from domain.permissions.scope import Scope
from tests.contract.growth.installations import opened

DATA = Path(__file__).with_name("data")


async def store(folder: Path) -> None:
    """A short history of everything: two tenants with keys, a sealed period, published events, open reservations."""
    async with opened("sqlite", folder) as ledger:
        await ledger.live(1, 5)
        await ledger.publish(1)
        await ledger.close_period()
        ledger.clock.pass_by(timedelta(days=31))
        await ledger.live(2, 5)
        await ledger.purge()
        await store_keys(SqlKeys(ledger.database), ledger.clock.moment())
        path = ledger.path
    with closing(sqlite3.connect(path)) as connection:
        (DATA / f"{REVISION}_with_data.sql").write_text("\n".join(connection.iterdump()) + "\n")


async def store_keys(keys: SqlKeys, now: datetime) -> None:
    """A key of each tenant for principals of the same name; one is rotated, and its successor revoked."""
    text = {name: new_text(name.encode().ljust(RANDOM_BYTES, b"-")) for name in ("north", "south", "later")}
    for tenant in ("north", "south"):
        given = text[tenant]
        await keys.add(
            ApiKey(
                given.id, tenant, "shop", frozenset(Scope), given.digest, f"till of {tenant}", now, created_by="boss"
            )
        )
    await keys.change("south", text["south"].id, lambda key: key.rotate(text["later"], now, timedelta(days=1), "boss"))
    await keys.change("south", text["later"].id, lambda key: [key.revoke(now, "boss")])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(store(Path(folder)))
