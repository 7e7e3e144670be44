"""Write the database that later releases must be able to migrate: `python -m tests.contract.growth.store_release`.

Run once for each revision, before it is released. What was released is never written again.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from adapters.sql.migrate import REVISION
from tests.contract.growth.installations import opened

DATA = Path(__file__).with_name("data")


async def store(folder: Path) -> None:
    """A short history of everything: two tenants, a sealed period, published and purged events, open reservations."""
    async with opened("sqlite", folder) as ledger:
        await ledger.live(1, 5)
        await ledger.publish(1)
        await ledger.close_period()
        ledger.clock.pass_by(timedelta(days=31))
        await ledger.live(2, 5)
        await ledger.purge()
        path = ledger.path
    with closing(sqlite3.connect(path)) as connection:
        (DATA / f"{REVISION}_with_data.sql").write_text("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(store(Path(folder)))
