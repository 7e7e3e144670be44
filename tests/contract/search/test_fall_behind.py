"""An index that is away holds up nobody where the broker keeps nothing; and once it answers, it lacks nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.fts5.index import Fts5Index
from application.kernel.broker import Delivery
from application.search.check_index import CheckIndex
from application.search.documents import Document
from application.search.fall_behind import BEHIND
from application.search.find_documents import FindDocuments
from application.search.kinds import KINDS
from application.search.ports import IndexUnavailable, Taken
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings
from tests.builders import call, receive, reserve


class Away:
    """While it is set, the index takes nothing; `refused` counts how often that was tried."""

    def __init__(self, put: object) -> None:
        self.set = False
        self.refused = 0
        self.put = put


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    put = Fts5Index.put
    away = Away(put)

    async def faulty(index: Fts5Index, documents: Sequence[Document]) -> Taken:
        if away.set:
            away.refused += 1
            raise IndexUnavailable("the index is away")
        return await put(index, documents)

    monkeypatch.setattr(Fts5Index, "put", faulty)
    return away


@asynccontextmanager
async def house_in(folder: Path) -> AsyncIterator[Installation]:
    settings = Settings(
        database={"url": f"sqlite:///{folder / 'ledger.db'}"},
        search={"url": f"sqlite:///{folder / 'search.db'}"},
        log={"flow": False},
    )
    migrate(settings)
    async with open_installation(settings, worker=True) as house:
        yield house


async def stocked(house: Installation) -> None:
    await house.handle(call("goods"), RegisterGoods((Goods("A", "A"), Goods("B", "B"))))
    await house.handle(call("node"), RegisterNode((Node("N1", "One"),)))
    for code in "AB":
        await house.handle(call(f"first {code}"), receive(code, quantity=100))
    await told(house)


async def told(house: Installation) -> None:
    """Wait until the relay has nothing left."""
    async with asyncio.timeout(20):
        while await house.outbox.pending():  # noqa: ASYNC110 - the outbox is what says so
            await asyncio.sleep(0.02)


async def caught_up(house: Installation) -> None:
    async with asyncio.timeout(20):
        while house.searching.fall_behind.behind is not None:  # noqa: ASYNC110 - the worker's job
            await asyncio.sleep(0.02)


async def differing(house: Installation) -> int:
    checked = [await house.searching.check(CheckIndex(kind.name, settle=0)) for kind in KINDS]
    return sum(each.found for each in checked)


async def test_others_are_told_while_the_index_is_away_and_it_catches_up_by_itself(tmp_path: Path, away: Away) -> None:
    async with house_in(tmp_path) as house:
        heard: list[str] = []

        async def other(delivery: Delivery) -> None:
            heard.append(delivery.message.type)

        house.broker.subscribe("other", other)
        await stocked(house)
        away.set = True
        for n in range(30):
            await house.handle(call(f"sell {n}"), reserve("A" if n % 2 else "B", quantity=1))
        await told(house)
        assert heard.count("StockReserved") == 30
        assert await differing(house) > 0
        assert away.refused < 200, "it is not asked for every event"
        (mark,) = {each.reason[: len(BEHIND)] for each in await house.parked.parked("search", 100)}
        assert mark == BEHIND
        away.set = False
        await caught_up(house)
        assert await differing(house) == 0
        assert (await house.ask("acme", FindDocuments("reservations"))).total == 30
        assert await house.parked.parked("search", 100) == []
        await house.handle(call("later"), reserve("A", quantity=1))
        await told(house)
        assert (await house.ask("acme", FindDocuments("reservations"))).total == 31, "events are taken again"


async def test_a_process_that_ends_while_it_is_behind_leaves_it_to_the_next(tmp_path: Path, away: Away) -> None:
    async with house_in(tmp_path) as house:
        await stocked(house)
        away.set = True
        for n in range(10):
            await house.handle(call(f"sell {n}"), reserve("A", quantity=1))
        await told(house)
    away.set = False
    async with house_in(tmp_path) as house:
        await house.handle(call("first of the next"), reserve("B", quantity=1))
        await told(house)
        async with asyncio.timeout(20):
            while await house.parked.parked("search", 100):  # noqa: ASYNC110 - the worker's job
                await asyncio.sleep(0.02)
        assert await differing(house) == 0


async def test_what_stands_for_more_than_itself_is_not_taken_alone(tmp_path: Path, away: Away) -> None:
    """Somebody requeues it while the index is still away."""
    async with house_in(tmp_path) as house:
        await stocked(house)
        away.set = True
        for n in range(5):
            await house.handle(call(f"sell {n}"), reserve("A", quantity=1))
        await told(house)
        ids = [each.message.id for each in await house.parked.parked("search", 100)]
        assert await house.broker.requeue("search", ids) == len(ids) > 0
        async with asyncio.timeout(20):
            while any(each.attempts == 3 for each in await house.parked.parked("search", 100)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert {each.message.id for each in await house.parked.parked("search", 100)} == set(ids)
        away.set = False
        await caught_up(house)
        assert await differing(house) == 0
