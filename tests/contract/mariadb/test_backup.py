"""MariaDB's own dump, taken under load and restored beside: one committed state, in an epoch of its own."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from adapters.sql.database import NotDurable
from adapters.sql.dialects.mariadb import MariadbDialect
from adapters.sql.server import ServerDatabase
from entrypoints.composition import maintenance
from entrypoints.composition.settings import load_settings
from tests.contract.growth.installations import Installation
from tests.contract.mariadb.broken import lent, made
from tests.services import PrivateServer
from tests.services.packages import MariaDb
from tests.services.running import free_ports
from tests.services.server import Missing, Place, Program


def tool(name: str, url: URL, *arguments: str) -> list[str]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    port = url.port or 3306
    who = [f"--host={url.host}", f"--port={port}", f"--user={url.username}", f"--password={url.password or ''}"]
    return [found, "--no-defaults", *who, *arguments]


def dump(url: URL, file: Path, *more: str) -> None:
    """As docs/adapters/mariadb.md says."""
    command = tool("mariadb-dump", url, "--single-transaction", "--hex-blob", "--routines", *more, str(url.database))
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


# -- a moment between two dumps ---------------------------------------------------------------------------------------


class Logged(MariaDb):
    """MariaDB with a binary log, as whoever wants every moment back has it."""

    synced = 1

    def programs(self, place: Place) -> tuple[Program, ...]:
        (program,) = super().programs(place)
        return (replace(program, arguments=(*program.arguments, "--log-bin=log", f"--sync-binlog={self.synced}")),)


class NotSynced(Logged):
    synced = 0


@asynccontextmanager
async def private(server: MariaDb, folder: Path) -> AsyncIterator[PrivateServer]:
    try:
        server.find()
    except Missing as missing:
        pytest.skip(str(missing))
    private = PrivateServer(server, Place(folder / "mariadb", free_ports(1)))
    await private.start()
    try:
        yield private
    finally:
        await private.kill()


async def test_every_moment_comes_back_from_a_dump_and_the_binary_log(tmp_path: Path) -> None:
    async with private(Logged(), tmp_path) as server:
        url = make_url(await asyncio.to_thread(made, server.url))
        ledger = Installation(url.render_as_string(hide_password=False))
        await ledger.start()
        await ledger.live(1, 10)
        await asyncio.to_thread(dump, url, tmp_path / "ledger.sql", "--master-data=2")
        await ledger.live(2, 20)
        wanted = await ledger.audit()
        database: ServerDatabase = ledger.database
        moment = await database.alone(lambda connection: tuple(connection.exec_driver_sql("SHOW MASTER STATUS").one()))
        await ledger.live(3, 10)  # what nobody wants back
        await ledger.close()
        await asyncio.to_thread(load, url, tmp_path / "ledger.sql")
        await asyncio.to_thread(apply, url, server.place.data, tmp_path / "ledger.sql", moment[1])
        settings = load_settings(database={"url": url.render_as_string(hide_password=False)})
        assert (await asyncio.to_thread(maintenance.restored, settings)).epoch > 1
        again = Installation(settings.database.url)
        await again.start()
        report = await again.audit(full=True)
        assert report.differences == ()
        assert (report.movements, report.events, report.as_of) == (wanted.movements, wanted.events, wanted.as_of)
        await again.close()


def apply(url: URL, data: Path, dumped: Path, stop: int) -> None:
    """What the binary log has from the dump to that place; the one file of it that there is."""
    said = re.search(r"MASTER_LOG_FILE='([^']+)', MASTER_LOG_POS=(\d+)", dumped.read_text())
    assert said is not None
    read = [f"--start-position={said[2]}", f"--stop-position={stop}", f"--database={url.database}"]
    reading = shutil.which("mariadb-binlog")
    if reading is None:
        pytest.skip("mariadb-binlog is not installed")
    command = [reading, "--no-defaults", *read, str(data / said[1])]
    found = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    subprocess.run(tool("mariadb", url), input=found, check=True, timeout=60)


async def test_a_binary_log_that_is_not_synced_is_refused(tmp_path: Path) -> None:
    """A server that comes back rolls back what its binary log does not have."""
    async with private(NotSynced(), tmp_path) as server:
        database = ServerDatabase(server.url, MariadbDialect())
        with pytest.raises(NotDurable, match="sync_binlog=1"):
            await database.open()
        await database.close()
