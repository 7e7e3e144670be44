"""Handlers: registers first, then the ledger; and an accepted request keeps its answer, whatever is deactivated."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.encoding import JsonCodec
from adapters.memory.database import MemoryDatabase
from adapters.memory.ledger import MemoryLedgerStore
from adapters.memory.registers import MemoryRegisterFeed
from application.kernel.call import Call
from application.kernel.command import Touches
from application.kernel.group_commit import GroupCommitter
from application.kernel.ledger_time import LedgerTime, micros
from application.kernel.ports import StoreError
from application.kernel.turned_down import TurnedDown, or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.change_goods import ChangeGoods, GoodsChange
from application.stock.commands import COMMANDS, OWN, PLAIN, PLANNED, REGISTERING
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.enter import RegisterHandler
from application.stock.expire_reservation import ExpireReservation
from application.stock.handle import NOTHING, StockHandler
from application.stock.keep_capture import KeepCapture
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.registers import RegisterCache
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler, StockLine
from application.stock.take_in import TakeIn
from domain.kernel.refusal import InvalidInput, RequestMismatch
from domain.kernel.reservation import Plan
from domain.stock.goods import Goods, InactiveGoods, UnknownGoods
from domain.stock.node import Node, UnknownNode


class Shop:
    """The handlers over the memory adapters, with a clock for the registers' age that stands still."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.seconds = 0.0
        self.cache = RegisterCache(MemoryRegisterFeed(self.database), lambda: self.seconds)
        self.committer = GroupCommitter(MemoryLedgerStore(self.database), JsonCodec().digest)
        self.enter = RegisterHandler(self.committer, self.cache)
        self.reserve = ReserveStockHandler(self.committer, self.cache)
        self.handle = StockHandler(self.committer, self.cache)

    async def __aenter__(self) -> "Shop":
        self.committer.start()
        await self.enter(call("g"), RegisterGoods((Goods("A", "Apple"),)))
        await self.enter(call("n"), RegisterNode((Node("N1", "North"),)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.committer.drain()


def call(request: str) -> Call:
    return Call("t", "alice", request)


RECEIPT = ReceiveStock((ReceivedLine("A", "N1", 10),))
ORDER = ReserveStock((StockLine("A", 4, ("N1",)),))


async def test_what_was_just_registered_can_be_received_and_reserved_at_once() -> None:
    async with Shop() as shop:
        assert (await shop.handle(call("r1"), RECEIPT)).positions[0].available == 10
        assert (await shop.reserve(call("o1"), ORDER)).reservation == "o1"


async def test_the_unknown_and_the_inactive_are_refused() -> None:
    async with Shop() as shop:
        with pytest.raises(UnknownGoods):
            await shop.handle(call("r1"), ReceiveStock((ReceivedLine("Z", "N1", 1),)))
        with pytest.raises(UnknownNode):
            await shop.reserve(call("o1"), ReserveStock((StockLine("A", 1, ("N1", "N9")),)))
        await shop.enter(call("off"), ChangeGoods((GoodsChange("A", active=False),)))
        with pytest.raises(InactiveGoods):
            await shop.handle(call("r1"), RECEIPT)
        assert not shop.database.by_command


async def test_a_repeat_gets_the_answer_it_got_although_the_goods_was_deactivated_since() -> None:
    async with Shop() as shop:
        received = await shop.handle(call("r1"), RECEIPT)
        reserved = await shop.reserve(call("o1"), ORDER)
        await shop.enter(call("off"), ChangeGoods((GoodsChange("A", active=False),)))
        assert await shop.handle(call("r1"), RECEIPT) == received
        assert await shop.reserve(call("o1"), ORDER) == reserved
        with pytest.raises(RequestMismatch):
            await shop.handle(call("r1"), ReceiveStock((ReceivedLine("A", "N1", 11),)))
        with pytest.raises(InactiveGoods):
            await shop.reserve(call("o2"), ORDER)
        confirmed = await shop.handle(call("c1"), ConfirmReservation("o1"))
        assert confirmed.status == "confirmed", "a promise made before can still be kept"


async def test_a_repeat_gets_the_answer_it_got_although_another_context_would_refuse_it_now() -> None:
    class Quota:
        spent = False

        async def extend(self, call: Call, plan: Plan) -> Plan:
            if self.spent:
                raise QuotaSpent("no more today")
            return plan

    class QuotaSpent(InvalidInput):
        pass

    async with Shop() as shop:
        quota = Quota()
        reserve = ReserveStockHandler(shop.committer, shop.cache, (quota,))
        await shop.handle(call("r1"), RECEIPT)
        reserved = await reserve(call("o1"), ORDER)
        quota.spent = True
        assert await reserve(call("o1"), ORDER) == reserved
        with pytest.raises(QuotaSpent):
            await reserve(call("o2"), ORDER)


def test_what_is_refused_before_the_queue_waits_for_whoever_has_the_same_under_way() -> None:
    refused = or_turned_down(RECEIPT, UnknownGoods("not registered: A", codes=["A"]))
    assert isinstance(refused, TurnedDown)
    assert refused.touches() == Touches(accounts=RECEIPT.touches().accounts)
    assert (refused.name, refused.reply) == (ReceiveStock.name, ReceiveStock.reply), "a repeat is read as what it was"
    assert or_turned_down(RECEIPT, None) is RECEIPT


async def test_a_repeat_of_a_deactivation_does_not_undo_what_came_after_it() -> None:
    async with Shop() as shop:
        off = ChangeGoods((GoodsChange("A", active=False),))
        await shop.enter(call("off"), off)
        await shop.enter(call("on"), ChangeGoods((GoodsChange("A", active=True),)))
        await shop.enter(call("off"), off)
        await shop.handle(call("r1"), RECEIPT)


async def test_registers_that_cannot_be_read_leave_the_request_unanswered() -> None:
    class Down:
        async def require(self, tenant: str, goods: object, nodes: object) -> None:
            raise StoreError("no answer")

    async with Shop() as shop:
        for handle in (StockHandler(shop.committer, Down()), ReserveStockHandler(shop.committer, Down())):
            command: Any = RECEIPT if isinstance(handle, StockHandler) else ORDER
            with pytest.raises(Unavailable) as unanswered:
                await handle(call("x"), command)
            assert unanswered.value.request == "x"


async def test_what_it_would_hold_that_cannot_be_read_leaves_the_request_unanswered() -> None:
    class Credit:
        async def extend(self, call: Call, plan: Plan) -> Plan:
            raise StoreError("no answer")

    async with Shop() as shop:
        reserve = ReserveStockHandler(shop.committer, shop.cache, (Credit(),))
        with pytest.raises(Unavailable, match="what it would hold cannot be read: no answer") as unanswered:
            await reserve(call("o1"), ORDER)
        assert unanswered.value.request == "o1"


async def test_an_expiry_with_the_longest_id_takes_effect_once_and_a_stale_one_is_not_stored() -> None:
    id = "o" * 128
    async with Shop() as shop:
        await shop.handle(call("r1"), RECEIPT)
        await shop.reserve(call("o1"), ReserveStock(ORDER.lines, reservation=id, hold_for=timedelta(seconds=1)))
        expiry = Call("t", "timeout-center", f"expire:{id}:1", system=True)
        assert (await shop.handle(expiry, ExpireReservation(id, 1, 0))).status == "held"
        assert expiry.request not in shop.database.requests["t"]
        later = micros(shop.database.committed_at) + 1_000_000
        shop.database.time = LedgerTime(lambda: later)
        expired = await shop.handle(expiry, ExpireReservation(id, 1, 0))
        assert (expired.status, expired.lines[0].quantity) == ("expired", 4)
        assert await shop.handle(expiry, ExpireReservation(id, 1, 0)) == expired
        assert len(shop.database.movements["t"][next(iter(shop.database.movements["t"]))]) == 3
    with pytest.raises(InvalidInput):
        Call("t", "alice", f"expire:{id[:9]}:1")
    with pytest.raises(InvalidInput):
        Call("t", "alice", "x" * 129)


def test_every_command_is_known_by_its_name_and_handled_by_one_handler() -> None:
    assert {name: command.__name__ for name, command in COMMANDS.items()} == {name: name for name in COMMANDS}
    assert len(COMMANDS) == len(REGISTERING) + len(PLANNED) + len(PLAIN) + len(OWN) == 37
    for command in (*PLAIN, *OWN):
        assert callable(command.mentions), command
        assert callable(command.decide), command
    assert (ExpireReservation, TakeIn, KeepCapture) == OWN
    assert ConfirmReservation("o1").mentions() is NOTHING


async def test_many_register_and_use_at_the_same_time() -> None:
    async with Shop() as shop:

        async def one(number: int) -> int:
            goods = f"G{number}"
            await shop.enter(call(goods), RegisterGoods((Goods(goods, "x"),)))
            reply = await shop.handle(call(f"r{number}"), ReceiveStock((ReceivedLine(goods, "N1", number),)))
            return reply.positions[0].available

        assert await asyncio.gather(*(one(number) for number in range(1, 40))) == list(range(1, 40))
