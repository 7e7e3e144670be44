"""A database put back to a moment before a mistake, from a base backup and the log archived since: as the page says."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from application.kernel.call import Call
from application.kernel.outbox import PARTITIONS
from application.reconciliation.audit_ledger import AuditLedger
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import restored
from entrypoints.composition.settings import Settings, load_settings
from tests.contract.postgresql.standby import Standby
from tests.e2e.kill.on_server import new_ledger
from tests.services import PrivateServer
from tests.services.running import _prepare, free_ports
from tests.services.server import Place, Program
from tests.services.wheels import Postgres

pytestmark = pytest.mark.slow

MOMENT = "before_the_mistake"


class Archiving(Postgres):
    """PostgreSQL that copies each finished part of its log away."""

    def __init__(self, archive: Path) -> None:
        self.archiving = {"archive_mode": "on", "archive_command": f"cp %p {archive}/%f"}

    def programs(self, place: Place) -> tuple[Program, ...]:
        return with_settings(super().programs(place), self.archiving)


class Recovering(Standby):
    """PostgreSQL on a base backup, which goes through the archived log up to a moment, and then goes on by itself."""

    def __init__(self, primary: Place, archive: Path) -> None:
        super().__init__(primary)
        self.recovering = {
            "restore_command": f"cp {archive}/%f %p",
            "recovery_target_name": MOMENT,
            "recovery_target_action": "promote",
        }

    def programs(self, place: Place) -> tuple[Program, ...]:
        return with_settings(super().programs(place), self.recovering)


def with_settings(programs: tuple[Program, ...], settings: dict[str, str]) -> tuple[Program, ...]:
    """The server's program, told these too."""
    [program] = programs
    told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return (Program((*program.arguments, *told)),)


def settings_of(url: str) -> Settings:
    return load_settings(database={"url": url}, worker={"enabled": False})


async def receive(installation: Installation, request: str, quantity: int) -> int:
    lines = (ReceivedLine("A", "N1", quantity),)
    reply: Any = await installation.handle(Call("north", "clerk", request), ReceiveStock(lines))
    return int(reply.positions[0].available)


async def test_a_database_goes_back_to_a_moment_in_a_new_epoch(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    archive = tmp_path / "archive"
    archive.mkdir()
    archive.chmod(0o777)
    primary = PrivateServer(Archiving(archive), Place(tmp_path / "primary", free_ports(1)))
    await primary.start()
    recovering = Recovering(primary.place, archive)
    place = Place(tmp_path / "recovered", free_ports(1))
    recovered = PrivateServer(recovering, place)
    try:
        url = new_ledger(primary.url)
        async with open_installation(settings_of(url)) as installation:
            await installation.handle(Call("north", "clerk", "g"), RegisterGoods((Goods("A", "A"),)))
            await installation.handle(Call("north", "clerk", "n"), RegisterNode((Node("N1", "N1"),)))
            assert await receive(installation, "in the backup", 1) == 1
            await asyncio.to_thread(_prepare, recovering, place)  # a base backup
            assert await receive(installation, "in the log", 2) == 3
            epoch = (await installation.feed.end()).epoch
        connection = await asyncpg.connect(primary.url)
        await connection.execute(f"SELECT pg_create_restore_point('{MOMENT}')")
        async with open_installation(settings_of(url)) as installation:
            assert await receive(installation, "the mistake", 1_000) == 1_003
        last = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        async with asyncio.timeout(30):
            while not (archive / last).exists():  # noqa: ASYNC110 - the server's work
                await asyncio.sleep(0.05)
        await connection.close()
        await primary.kill()

        (place.data / "standby.signal").unlink()
        (place.data / "recovery.signal").touch()
        (place.data / "postgresql.auto.conf").write_text("")
        await recovered.start()
        back = settings_of(url.replace(f":{primary.place.port}/", f":{place.port}/"))
        async with asyncio.timeout(60):
            connection = await asyncpg.connect(recovered.url)
            while await connection.fetchval("SELECT pg_is_in_recovery()"):  # noqa: ASYNC110 - the server's work
                await asyncio.sleep(0.05)
            await connection.close()
        made = restored(back)
        assert made.epoch > epoch
        async with open_installation(back) as installation:
            audit = await installation.audit(AuditLedger(full=True))
            assert audit.differences == ()
            assert (await installation.feed.end()).epoch == made.epoch
            assert await receive(installation, "in the log", 2) == 3, "it is known, and answered as it was"
            assert await receive(installation, "the mistake", 4) == 7, "it never was"
            leases = await installation.outbox.lease("relay", range(PARTITIONS), timedelta(minutes=1))
            assert len(leases) == PARTITIONS
    finally:
        await primary.kill()
        await recovered.kill()
