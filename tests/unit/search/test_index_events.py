"""What events are made into, and what becomes of those that cannot be taken."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from adapters.encoding import JsonCodec
from application.kernel.broker import Delivery, NotNow, Poison
from application.kernel.outbox import Message
from application.kernel.ports import StoreError
from application.search import index_events
from application.search.batching import Batching, latest
from application.search.documents import Document
from application.search.index_events import IndexEvents
from application.search.kinds import KINDS
from application.search.off import NoIndex
from application.search.ports import DocumentRefused, IndexUnavailable, Made, Taken
from contracts.conformance.search import goods
from contracts.conformance.search_ledger import NORTH, START, PaperLedger
from domain.kernel.account import AccountKey
from domain.kernel.books import Movement
from domain.stock.position import Position, kinds

CODEC = JsonCodec()


class Shelf(NoIndex):
    """Takes documents as they come, or fails."""

    def __init__(self) -> None:
        self.batches: list[list[Document]] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def put(self, documents: Sequence[Document]) -> Taken:  # type: ignore[override]
        await self.gate.wait()
        self.batches.append(list(documents))
        if isinstance(self.failure, DocumentRefused) and all(each.id != "bad" for each in documents):
            return Taken(len(documents), 0)
        if self.failure is not None:
            raise self.failure
        return Taken(len(documents), 0)


def indexer(shelf: Shelf, ledger: PaperLedger) -> IndexEvents:
    return IndexEvents(shelf, ledger, KINDS, kinds(), CODEC, lambda: START + timedelta(seconds=90))


def message(type: str, subject: str, data: object, number: int = 1) -> Message:
    return Message("1-1", 1, NORTH, 0, subject, number, type, CODEC.encode(data), None, START)


def balances(key: AccountKey, before: int, version: int) -> Message:
    told = dict.fromkeys(("available", "reserved", "allocated", "in_transit", "held", "floor"), 0)
    data = {"kind": key.kind.name, "key": key.named(), "version_before": before, "version": version, **told}
    return message("BalancesChanged", f"account:{key}", data, version)


async def test_a_change_of_balances_is_a_position_and_every_movement_of_it() -> None:
    ledger, shelf = PaperLedger(), Shelf()
    for _ in range(3):
        ledger.receive(NORTH, "A", 2)
    key = Position("A", "N1").key
    await indexer(shelf, ledger)(Delivery(balances(key, 1, 3), 1, False))
    (batch,) = shelf.batches
    assert [(each.kind.name, each.version) for each in batch] == [("positions", 3), ("movements", 2), ("movements", 3)]


async def test_several_at_once_make_the_documents_that_each_makes_by_itself_in_one_look() -> None:
    class Looks(PaperLedger):
        looks = 0

        async def movements_of(self, tenant: str, wanted: Collection[Made]) -> Sequence[Movement]:
            self.looks += 1
            return await super().movements_of(tenant, wanted)

    ledger = Looks()
    for goods_code in ("A", "B", "A", "A"):
        ledger.receive(NORTH, goods_code, 2)
    one, two = Position("A", "N1").key, Position("B", "N1").key
    facts = {"code": "A", "name": "told", "unit": "piece", "scale": 0, "active": True}
    messages = [
        balances(one, 0, 1),
        balances(two, 0, 1),
        message("GoodsChanged", "goods:A", facts, 7),
        balances(one, 1, 3),
        message("Reserved", "reservation:gone", {}),
        message("Something", "shipment:s", {}),
    ]
    alone, together = Shelf(), Shelf()
    for each in messages:
        await indexer(alone, ledger)(Delivery(each, 1, False))
    take_in = indexer(together, ledger)
    lags: list[float] = []
    take_in.on_lag = lags.append
    await take_in.together(messages)
    (batch,) = together.batches
    expected = latest(each for written in alone.batches for each in written)
    assert {(each.kind.name, each.ref): each for each in batch} == {(e.kind.name, e.ref): e for e in expected}
    assert (ledger.looks, lags) == (1, [90.0] * len(messages))


async def test_what_is_read_at_once_and_written_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_events, "MOVEMENTS_AT_ONCE", 3)
    looks: list[int] = []

    class Looks(PaperLedger):
        async def movements_of(self, tenant: str, wanted: Collection[Made]) -> Sequence[Movement]:
            looks.append(sum(each.upto - each.after for each in wanted))
            return await super().movements_of(tenant, wanted)

    ledger, shelf = Looks(), Shelf()
    for _ in range(8):
        ledger.receive(NORTH, "A", 1)
    key = Position("A", "N1").key
    take_in = IndexEvents(shelf, ledger, KINDS, kinds(), CODEC, lambda: START, most=4)
    await take_in.together([balances(key, n, n + 2) for n in range(0, 8, 2)])
    assert looks == [4, 4]
    assert max(map(len, shelf.batches)) <= 4
    written = [each.version for batch in shelf.batches for each in batch if each.kind.name == "movements"]
    assert sorted(written) == list(range(1, 9))


async def test_whoever_is_away_while_several_are_taken_is_counted_and_they_come_again() -> None:
    shelf = Shelf()
    shelf.failure = IndexUnavailable("away")
    take_in = indexer(shelf, PaperLedger())
    facts = {"code": "A", "name": "told", "unit": "piece", "scale": 0, "active": True}
    with pytest.raises(NotNow):
        await take_in.together([message("GoodsChanged", "goods:A", facts, 7)])
    assert take_in.failures == 1


async def test_what_is_wrong_with_one_of_several_keeps_all_of_them_out() -> None:
    shelf = Shelf()
    known = message("GoodsChanged", "goods:A", {"code": "A", "name": "x", "unit": "piece", "scale": 0, "active": True})
    with pytest.raises(Poison):
        await indexer(shelf, PaperLedger()).together([known, message("GoodsChanged", "goods:A", "no facts")])
    assert shelf.batches == []


async def test_an_entry_is_indexed_as_it_was_told() -> None:
    shelf = Shelf()
    told = {"code": "A", "name": "told", "unit": "piece", "scale": 0, "active": True}
    take_in = indexer(shelf, PaperLedger())
    lags: list[float] = []
    take_in.on_lag = lags.append
    await take_in(Delivery(message("GoodsChanged", "goods:A", told, 7), 1, False))
    ((document,),) = shelf.batches
    assert (document.id, document.version, document.at, document.fields["name"]) == ("A", 7, START, "told")
    assert lags == [90.0]


async def test_what_is_not_searched_for_is_taken_and_left() -> None:
    shelf = Shelf()
    take_in = indexer(shelf, PaperLedger())
    for subject in ("shipment:s", "command:c", "reservation:gone", "else"):
        await take_in(Delivery(message("Something", subject, {}), 1, False))
    assert shelf.batches == []


async def test_what_cannot_be_read_is_poison_and_an_index_or_ledger_that_is_away_is_a_bad_moment() -> None:
    shelf, ledger = Shelf(), PaperLedger()
    take_in = indexer(shelf, ledger)
    known = CODEC.decode(balances(Position("A", "N1").key, 0, 1).data, dict)
    for bad in (
        message("BalancesChanged", "account:x", {"kind": "stock"}),
        message("GoodsChanged", "goods:A", "no facts"),
        message("BalancesChanged", "account:x", {**known, "kind": "gift_card"}),
    ):
        with pytest.raises(Poison):
            await take_in(Delivery(bad, 1, False))
    shelf.failure = IndexUnavailable("away")
    with pytest.raises(NotNow):
        await take_in(Delivery(message("GoodsChanged", "goods:A", {"name": "x"}), 1, False))

    class Away(PaperLedger):
        async def movements(self, tenant: str, account: AccountKey, after: int, limit: int) -> Sequence[Movement]:
            raise StoreError("away")

    with pytest.raises(NotNow):
        await indexer(Shelf(), Away())(Delivery(balances(Position("A", "N1").key, 0, 1), 1, False))
    assert take_in.failures == 1


async def test_what_comes_while_a_batch_is_written_is_the_next_batch() -> None:
    shelf = Shelf()
    batching = Batching(shelf.put, most=3)
    shelf.gate.clear()
    waiting = [asyncio.create_task(batching([goods(f"G{n}")])) for n in range(5)]
    waiting.append(asyncio.create_task(batching([goods("G4", version=2)])))
    await asyncio.sleep(0)
    shelf.gate.set()
    await asyncio.gather(*waiting)
    assert [len(batch) for batch in shelf.batches] == [3, 2]
    assert [(each.id, each.version) for each in shelf.batches[1]] == [("G3", 1), ("G4", 2)]
    assert batching.taken == Taken(5, 0)


async def test_a_refused_document_fails_its_own_caller_alone() -> None:
    shelf = Shelf()
    shelf.failure = DocumentRefused("no")
    batching = Batching(shelf.put)
    outcomes = await asyncio.gather(
        *(batching([goods(id)]) for id in ("good", "bad", "better")), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [type(None), DocumentRefused, type(None)]
    shelf.failure = IndexUnavailable("away")
    outcomes = await asyncio.gather(*(batching([goods(id)]) for id in "ab"), return_exceptions=True)
    assert [type(each) for each in outcomes] == [IndexUnavailable] * 2
    shelf.failure = None
    await batching([goods("later")])
