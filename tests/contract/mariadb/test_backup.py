"""MariaDB's own dump, taken under load and restored beside: one committed state, in an epoch of its own."""

import asyncio
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from adapters.sql.dialects.mariadb import MariadbDialect
from adapters.sql.server import ServerDatabase
from entrypoints.composition import maintenance
from entrypoints.composition.settings import load_settings
from tests.contract.growth.installations import Installation
from tests.contract.mariadb.broken import lent


def tool(name: str, url: URL, *arguments: str) -> list[str]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    port = url.port or 3306
    who = [f"--host={url.host}", f"--port={port}", f"--user={url.username}", f"--password={url.password or ''}"]
    return [found, "--no-defaults", *who, *arguments]


def dump(url: URL, file: Path) -> None:
    """As docs/adapters/mariadb.md says."""
    command = tool("mariadb-dump", url, "--single-transaction", "--hex-blob", "--routines", str(url.database))
    with file.open("wb") as into:
        subprocess.run(command, stdout=into, check=True, timeout=60)


def load(url: URL, file: Path) -> None:
    with file.open("rb") as out_of:
        subprocess.run(tool("mariadb", url, str(url.database)), stdin=out_of, check=True, timeout=60)


async def test_a_dump_taken_under_load_is_whole_and_goes_on_in_a_new_epoch(url: str, tmp_path: Path) -> None:
    source = make_url(await asyncio.to_thread(lent, url, tmp_path))
    ledger = Installation(source.render_as_string(hide_password=False))
    await ledger.start()
    await ledger.live(1, 10)
    await ledger.publish(1)
    writing = asyncio.create_task(ledger.live(2, 60))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(dump, source, tmp_path / "ledger.sql")
    assert not writing.done(), "the writer went on"
    await writing
    whole = await ledger.audit()
    await ledger.close()

    copy = source.set(database=f"{source.database}_copy")
    text = copy.render_as_string(hide_password=False)
    beside = ServerDatabase(url, MariadbDialect())
    await beside.alone(lambda connection: MariadbDialect().create_database(connection, str(copy.database)))
    try:
        await asyncio.to_thread(load, copy, tmp_path / "ledger.sql")
        settings = load_settings(database={"url": text})
        first, second = [maintenance.restored(settings) for _ in range(2)]
        assert 1 < first.epoch < second.epoch
        again = Installation(text)
        await again.start()
        report = await again.audit()
        assert report.differences == ()
        assert 0 < report.movements < whole.movements
        (lease,) = await again.outbox.lease("another", [0], timedelta(minutes=1))
        messages = (await again.outbox.unpublished([lease.partition], 1))[0]
        assert all(message.epoch == second.epoch for message in messages)
        again.counted, again.clock = ledger.counted, ledger.clock
        await again.live(3, 10)
        assert (await again.audit(full=True)).clean
        await again.close()
    finally:
        await beside.alone(lambda connection: MariadbDialect().drop_database(connection, str(copy.database)))
        await beside.close()
