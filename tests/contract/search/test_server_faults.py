"""A server that is killed in mid-load: nothing that was told is lost, and the lag recovers."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import pytest

from application.kernel.call import Call
from application.search.check_index import CheckIndex
from application.search.find_documents import FindDocuments
from application.search.kinds import KINDS
from application.search.ports import IndexUnavailable
from application.search.rebuild_index import RebuildIndex
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings
from tests.faults.figures import Record, came_of_it
from tests.services import private_server

pytestmark = [pytest.mark.slow, pytest.mark.kill, pytest.mark.timeout(500)]

GOODS = tuple(f"G{n}" for n in range(10))
PACE = 0.05
"""Seconds between two orders: a server of this kind may take a minute to start, and all of it is caught up with."""
SOON = 1.0
"""Seconds within which an event is in the index where nothing is in the way."""


class Lags:
    """How late each event was in the index, and when that was."""

    def __init__(self, house: Installation) -> None:
        self.seen: list[tuple[float, float]] = []
        told = house.searching.take_in.on_lag

        def hear(seconds: float) -> None:
            self.seen.append((time.monotonic(), seconds))
            told(seconds)

        house.searching.take_in.on_lag = hear

    async def first(self, since: float, most: float = float("inf")) -> float:
        """Seconds from then until an event was taken in that was not later than this."""
        async with asyncio.timeout(120):
            while True:
                for at, seconds in self.seen:
                    if at > since and seconds <= most:
                        return at - since
                await asyncio.sleep(0.05)


async def sell(house: Installation, stop: asyncio.Event) -> int:
    """Orders one after the other until told to stop; how many were accepted."""
    accepted = 0
    while not stop.is_set():
        id = uuid4().hex
        lines = (StockLine(GOODS[accepted % len(GOODS)], 1, ("N1",)),)
        await house.handle(Call("acme", "shop", id), ReserveStock(lines, reservation=id))
        accepted += 1
        await asyncio.sleep(PACE)
    return accepted


async def caught_up(house: Installation) -> None:
    """Wait until every event was taken, or what it told was copied."""
    async with asyncio.timeout(120):
        while house.searching.fall_behind.behind or await house.outbox.pending():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def caught_up_while_selling(house: Installation) -> None:
    async with asyncio.timeout(120):
        while house.searching.fall_behind.behind:  # noqa: ASYNC110 - the worker's job
            await asyncio.sleep(0.05)


async def until_answered(house: Installation) -> None:
    async with asyncio.timeout(120):
        while True:
            try:
                await house.ask("acme", FindDocuments("goods"))
            except IndexUnavailable:
                await asyncio.sleep(0.2)
            else:
                return


async def drift(house: Installation) -> dict[str, int]:
    """What differs, by kind."""
    checked = [await house.searching.check(CheckIndex(kind.name, settle=0)) for kind in KINDS]
    return {each.kind: each.found for each in checked}


@pytest.mark.parametrize("name", ["elasticsearch", "opensearch"])
async def test_a_server_killed_in_mid_load_loses_nothing_and_is_caught_up_with(
    name: str, tmp_path: Path, record_property: Record
) -> None:
    async with private_server(name, tmp_path) as server:
        settings = Settings(
            database={"url": f"sqlite:///{tmp_path / 'ledger.db'}"},
            search={"url": server.url, "replicas": 0, "seconds": 20.0},
            log={"flow": False},
        )
        migrate(settings)
        async with open_installation(settings, worker=True) as house:
            await house.handle(Call("acme", "shop", "1"), RegisterGoods(tuple(Goods(code, code) for code in GOODS)))
            await house.handle(Call("acme", "shop", "2"), RegisterNode((Node("N1", "One"),)))
            lines = tuple(ReceivedLine(code, "N1", 100_000) for code in GOODS)
            await house.handle(Call("acme", "shop", "3"), ReceiveStock(lines))
            await caught_up(house)
            lags, stop = Lags(house), asyncio.Event()
            selling = asyncio.create_task(sell(house, stop))
            await asyncio.sleep(0.5)
            await server.kill()
            with pytest.raises(IndexUnavailable):
                await house.ask("acme", FindDocuments("goods"))
            sold = await _reservations(house)
            await asyncio.sleep(0.5)
            assert await _reservations(house) > sold, "orders are taken while the index is away"
            async with asyncio.timeout(60):
                while house.searching.fall_behind.behind is None:  # noqa: ASYNC110 - it is tried a few times first
                    await asyncio.sleep(0.05)
            published = house.relay.counts.published
            async with asyncio.timeout(60):
                while house.relay.counts.published < published + 10:  # noqa: ASYNC110 - the relay goes on
                    await asyncio.sleep(0.05)
            await server.start()
            there_again = time.monotonic()
            await until_answered(house)
            await caught_up_while_selling(house)
            recovered = time.monotonic() - there_again
            went_on = await lags.first(there_again, SOON)
            rebuilding = asyncio.create_task(house.searching.rebuild(RebuildIndex("movements", page=50)))
            await asyncio.sleep(0.5)
            await rebuilding
            stop.set()
            accepted = await selling
            await caught_up(house)
            assert await drift(house) == {kind.name: 0 for kind in KINDS}
            await house.searching.index.settle()
            page = await house.ask("acme", FindDocuments("reservations"))
            assert page.total is not None
            came_of_it(
                record_property,
                acknowledged=accepted,
                lost=max(0, accepted - page.total),
                doubled=max(0, page.total - accepted),
                went_on=went_on,
                lags=[seconds for _, seconds in lags.seen],
                caught_up=recovered,
            )
            assert await house.parked.parked("search", 10) == []
            assert house.searching.take_in.failures > 0


async def _reservations(house: Installation) -> int:
    """How many orders were accepted by now."""
    return house.committer.counts.accepted
