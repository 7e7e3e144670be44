"""MariaDB killed and stopped in mid-batch: what was acknowledged is there, and nothing is there twice."""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from adapters.sql.database import NotDurable
from adapters.sql.dialects import mariadb
from adapters.sql.dialects.mariadb import MariadbDialect
from adapters.sql.server import ServerDatabase
from application.kernel.ports import StoreUnavailable
from contracts.conformance.commands import Done, hold
from contracts.conformance.ground import TENANTS, Ground, code, ground_on
from contracts.conformance.laws import broken_laws
from domain.kernel.movement import Balances
from tests.contract.mariadb.broken import (
    answered,
    lent,
    load,
    made,
    opened,
    process,
    say,
    stop,
    until_answered,
    wake,
    words,
)
from tests.faults.figures import Record, came_of_it
from tests.services import private_server

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
async def test_a_server_killed_in_mid_load_keeps_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    heard: dict[tuple[str, str], Done] = {}
    went_on = [0.0]
    async with private_server("mariadb", tmp_path) as server:
        url = await asyncio.to_thread(made, server.url)
        async with ground_on(await opened(url, tmp_path, monkeypatch)) as ground:
            for tenant in TENANTS:
                await ground.shop(tenant).stock("A", 1_000)
            loading = asyncio.create_task(load(ground, heard, 16, 12))
            for part in (100, 200):
                while len(heard) < part and not loading.done():  # noqa: ASYNC110 - what is awaited is a number
                    await asyncio.sleep(0.01)
                await server.kill()
                before = set(heard)
                await server.start()
                assert not loading.done()
                there_again, had = time.monotonic(), len(heard)
                while len(heard) == had and not loading.done():  # noqa: ASYNC110 - what is awaited is a number
                    await asyncio.sleep(0.01)
                went_on.append(time.monotonic() - there_again)
            await loading
            assert len(heard) == len(TENANTS) * 16 * 12
            lost = doubled = 0
            for tenant in TENANTS:
                seen = await ground.installation.snapshot(tenant)
                assert broken_laws(seen) == []
                mine = {request for whose, request in heard if whose == tenant}
                lost += len(mine - seen.requests.keys())
                doubled += (await ground.shop(tenant).balances("A")).reserved - len(mine)
                assert {request for whose, request in before if whose == tenant} <= seen.requests.keys()
                assert await ground.shop(tenant).balances("A") == Balances(1_000 - 192, 192)
            for (tenant, request), answer in list(heard.items())[:50]:
                assert await ground.shop(tenant).outcome(hold(request), request) == answer
            came_of_it(record_property, acknowledged=len(heard), lost=lost, doubled=doubled, went_on=max(went_on))


async def test_two_processes_never_oversell(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = await asyncio.to_thread(lent, url, tmp_path)
    async with ground_on(await opened(scratch, tmp_path, monkeypatch)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 37)
        sides = [await process(BUYING, scratch, name, "20") for name in ("left", "right")]
        outputs = [(await side.communicate())[0] for side in sides]
        outcomes = Counter(word for output in outputs for word in words(output))
        assert outcomes == {"held": 2 * 37, "stock.insufficient": 2 * (200 - 37)}
        for tenant in TENANTS:
            assert await ground.shop(tenant).balances("A") == Balances(reserved=37)


async def test_a_writer_stopped_in_mid_batch_holds_up_the_others_only_for_seconds(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = await asyncio.to_thread(lent, url, tmp_path)
    async with ground_on(await opened(scratch, tmp_path, monkeypatch)) as ground:
        shop = ground.shop("north")
        await shop.stock("A", 5)
        other = await process(STOPPED, scratch)
        assert other.stdout is not None
        assert await other.stdout.readline() == b"in turn\n"
        stop(other)
        assert other.stdin is not None
        other.stdin.write(b"go on\n")
        try:
            # It is thrown out when it was silent for seconds; whoever waited meanwhile had to ask again.
            heard: dict[tuple[str, str], Done] = {}
            await until_answered(shop, "mine", heard)
            assert heard["north", "mine"].status == "held"
        finally:
            wake(other)
        assert words((await other.communicate())[0])[-1] == "held"
        assert await shop.balances("A") == Balances(3, 2)


BUYING = """
import asyncio, sys
from tests.contract.mariadb.test_faults import buy
asyncio.run(buy(*sys.argv[1:]))
"""
STOPPED = """
import asyncio, sys
from tests.contract.mariadb.test_faults import be_stopped
asyncio.run(be_stopped(sys.argv[1]))
"""


async def buy(url: str, name: str, waves: str) -> None:
    """One of the two processes: a hundred buyers a tenant, a few at a time so that the processes take turns."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        ground = Ground(await opened(url, Path(), monkeypatch))
        for start in range(int(waves)):
            asked = [(tenant, f"{name} {start} {i}") for i in range(5) for tenant in TENANTS]
            outcomes = await asyncio.gather(*(answered(ground.shop(t), id) for t, id in asked))
            say(" ".join(map(code, outcomes)))
        await ground.committer.drain()
        await ground.installation.close()


async def be_stopped(url: str) -> None:
    """A process that says when it has the turn, and is stopped then."""
    told: list[str] = []

    def reach(name: str) -> None:
        if name == "accounts.loaded" and not told:
            told.append(name)
            say("in turn")
            sys.stdin.readline()  # here it is stopped, holding the turn; told to go on when it is

    with pytest.MonkeyPatch.context() as monkeypatch:
        installation = await opened(url, Path(), monkeypatch)
        installation.store.reach = reach  # type: ignore[attr-defined]  # the SQL store has it
        ground = Ground(installation)
        say(code(await answered(ground.shop("north"), "theirs")))
        await ground.committer.drain()
        await installation.close()


# -- a server that would not do ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "error", "said"),
    [
        ("innodb_flush_log_at_trx_commit = 2", NotDurable, "innodb_flush_log_at_trx_commit=1"),
        ("max_allowed_packet = 1048576", StoreUnavailable, "max_allowed_packet is 1048576"),
        ("read_only = 1", StoreUnavailable, "only read"),
    ],
)
async def test_a_server_that_would_not_do_is_refused(
    setting: str, error: type[Exception], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with private_server("mariadb", tmp_path) as server:
        database = ServerDatabase(server.url, MariadbDialect(), readers=1)
        await database.open()
        monkeypatch.setattr(mariadb, "require_fit", lambda _: None)
        await database.alone(lambda connection: connection.exec_driver_sql(f"SET GLOBAL {setting}"))
        monkeypatch.undo()
        await database.close()
        again = ServerDatabase(server.url, MariadbDialect(), readers=1)
        with pytest.raises(error, match=said):
            await again.open()
        await again.close()
