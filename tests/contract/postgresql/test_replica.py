"""A replica answers queries while it is close behind, the primary when it is not; commands never go to a replica."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from application.kernel.call import Call
from application.kernel.group_commit import GroupCommitter
from application.kernel.ports import StoreUnavailable
from application.stock.availability import AtLeast, Detail
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.position import Position
from entrypoints.composition.installation import open_installation, open_root
from entrypoints.composition.settings import load_settings
from tests.builders import call, receive
from tests.contract.postgresql.standby import standby_of
from tests.e2e.kill.on_server import new_ledger
from tests.services import PrivateServer, private_server

pytestmark = pytest.mark.slow

LAG = 0.4


@pytest.fixture
async def primary(tmp_path: Path) -> AsyncIterator[PrivateServer]:
    async with private_server("postgres", tmp_path) as server:
        yield server


@pytest.fixture
async def standby(primary: PrivateServer, tmp_path: Path) -> AsyncIterator[PrivateServer]:
    async with standby_of(primary, tmp_path) as server:
        yield server


class Opened:
    """An installation that reads a replica: what it is told, and who answers."""

    def __init__(self, root: Any) -> None:
        self.queries = root.stock_asked()
        self.committer: GroupCommitter = root.committer()
        self.committer.start()
        self.count = 0

    async def receive(self, quantity: int) -> int:
        """The version of the position after so much more of it came."""
        self.count += 1
        reply = await self.committer.submit(
            Call("north", "clerk", f"r{self.count}"), ReceiveStock((ReceivedLine("A", "N1", quantity),))
        )
        return int(reply.positions[0].version)

    async def ask(self, version: int = 0) -> tuple[str, int]:
        """Who answers how much there is, and how much."""
        at_least = AtLeast(Position("A", "N1"), version) if version else None
        found = await self.queries.availability("north", ["A"], [], Detail.TOTAL, at_least)
        return found.source, found.goods[0].amounts.available

    async def until(self, source: str) -> tuple[str, int]:
        """The first answer of this source. None of the replica's is older than the lag."""
        async with asyncio.timeout(30):
            while True:
                found = await self.ask()
                if found[0] == source:
                    return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def opened(primary: PrivateServer, standby: PrivateServer) -> AsyncIterator[Opened]:
    url = new_ledger(primary.url)
    beside = standby.url.rpartition("/")[0] + "/" + url.rpartition("/")[2]
    given = {"url": url, "replica_url": beside, "replica_lag_seconds": LAG}
    async with open_root(load_settings(database=given)) as root:
        opened = Opened(root)
        yield opened
        await opened.committer.drain()


@pytest.fixture
async def replay(standby: PrivateServer) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Has the standby pause, and go on, in replaying what the primary wrote."""
    connection = await asyncpg.connect(standby.url)

    async def say(what: str) -> None:
        await connection.execute(f"SELECT pg_wal_replay_{what}()")

    yield say
    await connection.close()


async def test_a_replica_answers_while_it_is_close_behind_and_the_primary_when_it_is_not(
    opened: Opened, replay: Callable[[str], Awaitable[None]]
) -> None:
    await opened.receive(5)
    assert await opened.until("replica") == ("replica", 5)

    await replay("pause")
    version = await opened.receive(2)
    assert await opened.ask(version) == ("ledger", 7), "the replica has not reached that version"
    assert await opened.until("ledger") == ("ledger", 7)
    await asyncio.sleep(LAG)
    assert await opened.ask() == ("ledger", 7), "it is behind, however long nothing is written"

    await replay("resume")
    assert await opened.until("replica") == ("replica", 7)


async def test_what_nobody_writes_to_is_not_behind(opened: Opened) -> None:
    await opened.receive(5)
    await opened.until("replica")
    await asyncio.sleep(2 * LAG)
    assert await opened.ask() == ("replica", 5)


async def test_without_the_replica_the_primary_answers(opened: Opened, standby: PrivateServer) -> None:
    await opened.receive(5)
    await opened.until("replica")
    await standby.stop()
    assert await opened.ask() == ("ledger", 5)
    await standby.start()
    assert await opened.until("replica") == ("replica", 5)


async def test_a_cache_is_filled_from_the_replica_and_what_it_heard_stays_over_what_that_says(
    primary: PrivateServer, standby: PrivateServer, replay: Callable[[str], Awaitable[None]]
) -> None:
    url = new_ledger(primary.url)
    beside = standby.url.rpartition("/")[0] + "/" + url.rpartition("/")[2]
    settings = load_settings(
        database={"url": url, "replica_url": beside, "replica_lag_seconds": 60.0},
        cache={"url": "memory:", "seconds": 120.0},
    )
    async with open_installation(settings) as house:
        await house.handle(call("goods"), RegisterGoods((Goods("A", "A"), Goods("B", "B"))))
        await house.handle(call("node"), RegisterNode((Node("N1", "One"),)))

        async def ask(goods: str, version: int = 0) -> tuple[str, int]:
            at_least = AtLeast(Position(goods, "N1"), version) if version else None
            found = await house.ask("acme", FindAvailability((goods,), detail=Detail.TOTAL, at_least=at_least))
            return found.source, found.goods[0].amounts.available

        async with asyncio.timeout(30):
            asked = 0
            while (await ask(f"cold {asked}"))[0] != "replica":
                asked += 1
                await asyncio.sleep(0.02)
        await replay("pause")
        await house.handle(call("first"), receive("A", quantity=5))
        done = await house.handle(call("other"), receive("B", quantity=7))
        assert await ask("B", done.positions[0].version) in (("ledger", 7), ("cache", 7)), "no replica has come so far"
        assert await ask("A") == ("replica", 0), "nobody asked the primary, which has 5"
        async with asyncio.timeout(30):
            while await ask("A") != ("cache", 5):  # noqa: ASYNC110 - the event is on its way
                await asyncio.sleep(0.02)
        await replay("resume")


async def test_a_standby_is_not_taken_for_the_primary(primary: PrivateServer, standby: PrivateServer) -> None:
    with pytest.raises(StoreUnavailable, match="is a standby, which takes no writes: name the primary"):
        async with open_root(load_settings(database={"url": standby.url})):
            pass
