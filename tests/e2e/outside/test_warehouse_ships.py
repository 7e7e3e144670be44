"""What is bound to leave is asked of its node's warehouse once, however the warehouse behaves."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.acl.signature import require_signed
from adapters.acl.wms.warehouse import HttpWarehouse
from adapters.encoding import JsonCodec
from application.kernel.breaker import Backoff, BreakerLimits, CircuitBreaker
from application.kernel.broker import Delivery, NotNow, Poison
from application.kernel.call import Call
from application.kernel.outbox import Message
from application.stock.answers import MovedLine, ReservationMoved
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.lines import Units
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.request_shipping import FAILURES, GROUP, GuardedWarehouse, RequestShipping
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import Settings
from tests.e2e.outside.stand_in import StandIn, stand_in

SECRET = "we-sign-with-this-1"


@pytest.fixture
async def there() -> AsyncIterator[StandIn]:
    async with stand_in() as made:
        yield made


def told(number: int = 2, *nodes: str, type: str = "StockConfirmed") -> Delivery:
    lines = tuple(
        MovedLine("1", index, "coffee", node, "-", "-", "-", 3) for index, node in enumerate(nodes or ("harbour",))
    )
    data = JsonCodec().encode(ReservationMoved("order-1", "confirmed", None, lines, ()))
    message = Message(f"1-{number}", 1, "acme", 0, "reservation:order-1", number, type, data, "r", datetime.now(UTC))
    return Delivery(message, 1, after_gap=False)


class Waits:
    """Sleeps that take no time, written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@asynccontextmanager
async def shipping(
    there: StandIn, *, seconds: float = 0.2, failures: int = 5, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[tuple[RequestShipping, Waits]]:
    warehouse = HttpWarehouse(there.url, SECRET, seconds)
    waits = Waits()
    breaker = CircuitBreaker("it", clock, FAILURES, BreakerLimits(failures, 10.0, 10.0))
    guarded = GuardedWarehouse(warehouse, breaker, 2)
    places = {("acme", "harbour"): guarded, ("acme", "far"): guarded}
    try:
        yield RequestShipping(places, JsonCodec(), lambda: 0.5, Backoff(), waits), waits
    finally:
        await warehouse.close()


async def test_it_is_asked_for_its_lines_signed_and_under_an_id(there: StandIn) -> None:
    async with shipping(there) as (ask, waits):
        await ask(told(2, "harbour", "old-town", "harbour"))
    ((id, said),) = there.kept.items()
    assert id == "acme/order-1/1.2/harbour"
    assert (said["node"], said["reservation"]) == ("harbour", "order-1")
    assert [line["quantity"] for line in said["lines"]] == [3, 3], "nobody is asked for what lies at old-town"
    assert there.headers["idempotency-key"] == id
    require_signed(there.headers["entrepot-signature"], there.bodies[0], (SECRET,), time.time(), 60)
    assert waits.slept == []


async def test_what_is_bound_to_nothing_asks_nobody(there: StandIn) -> None:
    async with shipping(there) as (ask, _):
        await ask(told(type="StockReleased"))
        await ask(told(2, "old-town"))
        await ask(told(3, type="TransferFrozen"))
    assert list(there.kept) == ["acme/order-1/1.3/harbour"]


async def test_an_event_that_comes_again_is_the_same_request(there: StandIn) -> None:
    async with shipping(there) as (ask, _):
        for _attempt in range(3):
            await ask(told())
        await ask(told(3))
    assert list(there.kept) == ["acme/order-1/1.2/harbour", "acme/order-1/1.3/harbour"]


@pytest.mark.parametrize(
    ("moods", "asked"),
    [
        (["503"], ["POST", "POST"]),
        (["429", "408", "503"], ["POST", "POST", "POST", "POST"]),
        (["500"], ["POST", "GET", "POST"]),
        (["kept-500"], ["POST", "GET"]),
        (["lost"], ["POST", "GET"]),
        (["reset"], ["POST", "GET", "POST"]),
        (["silent"], ["POST", "GET"]),
        (["lost", "500"], ["POST", "GET", "GET"]),
        (["reset", "503", "well"], ["POST", "GET", "GET", "POST"]),
        (["500", "well", "lost", "well"], ["POST", "GET", "POST", "GET"]),
    ],
    ids=lambda each: "-".join(each),
)
async def test_an_answer_that_does_not_come_is_asked_after_before_it_is_sent_again(
    there: StandIn, moods: list[str], asked: list[str]
) -> None:
    there.moods.extend(moods)
    async with shipping(there) as (ask, waits):
        await ask(told())
    assert [each.partition(" ")[0] for each in there.asked] == asked
    assert list(there.kept) == ["acme/order-1/1.2/harbour"]
    assert waits.slept == [0.1, 0.2, 0.4][: len(waits.slept)], "each wait is longer"
    assert len(waits.slept) >= 1


async def test_an_answer_without_end_is_none(there: StandIn) -> None:
    there.moods.append("drip")
    async with shipping(there, seconds=0.15) as (ask, _):
        await ask(told())
    assert [each.partition(" ")[0] for each in there.asked] == ["POST", "GET"]


@pytest.mark.parametrize("status", ["400", "401", "404", "409", "302"])
async def test_what_it_refuses_is_parked_and_the_other_nodes_are_asked_all_the_same(
    there: StandIn, status: str
) -> None:
    there.moods.append(status)
    async with shipping(there) as (ask, _):
        with pytest.raises(Poison, match=f"harbour: {status}"):
            await ask(told(2, "harbour", "far"))
    assert list(there.kept) == ["acme/order-1/1.2/far"]


async def test_what_is_not_an_event_of_a_reservation_is_parked(there: StandIn) -> None:
    delivery = told()
    message = replace(delivery.message, data=b"[]")
    async with shipping(there) as (ask, _):
        with pytest.raises(Poison):
            await ask(Delivery(message, 1, after_gap=False))


async def test_while_it_is_down_it_is_left_alone_and_the_event_waits(there: StandIn) -> None:
    now = [0.0]
    there.moods.extend(["503"] * 5)
    async with shipping(there, failures=5, clock=lambda: now[0]) as (ask, _):
        with pytest.raises(NotNow):
            await ask(told(2))
        with pytest.raises(NotNow):
            await ask(told(3))
        calls = len(there.asked)
        assert calls == 5, "then the circuit is open"
        with pytest.raises(NotNow):
            await ask(told(4))
        assert len(there.asked) == calls
        now[0] += 10
        await asyncio.gather(*(ask(told(number)) for number in (2,)))
        await asyncio.gather(*(ask(told(number)) for number in (3, 4)))
    assert len(there.kept) == 3


async def test_nobody_there_is_not_now() -> None:
    async with stand_in() as gone:
        pass
    async with shipping(gone) as (ask, waits):
        with pytest.raises(NotNow):
            await ask(told())
    assert len(waits.slept) == 3


async def test_no_more_are_under_way_than_are_allowed(there: StandIn) -> None:
    async with shipping(there) as (ask, _):
        await asyncio.gather(*(ask(told(number)) for number in range(2, 14)))
    assert len(there.kept) == 12
    assert there.most_at_once == 2


# -- from the ledger to the warehouse ---------------------------------------------------------------------------------


async def seen(there: StandIn, count: int) -> None:
    async with asyncio.timeout(20):
        while len(there.kept) < count:  # noqa: ASYNC110 - the server is a stand-in
            await asyncio.sleep(0.02)


def settings_of(there: StandIn, **more: object) -> Settings:
    wms = {"ship_to": f"acme/harbour={there.url}, acme/far={there.url}", "secret": SECRET, "seconds": 0.3}
    given = {"database": {"url": "memory:"}, "wms": wms, "worker": {"poll_seconds": 0.02}, **more}
    return Settings.model_validate(given)


async def stocked(house: Installation) -> None:
    for command in (
        RegisterGoods((Goods("coffee", "Coffee"),)),
        RegisterNode((Node("harbour", "Harbour"), Node("old-town", "Old Town"))),
        ReceiveStock((ReceivedLine("coffee", "harbour", 100), ReceivedLine("coffee", "old-town", 100))),
    ):
        await house.handle(call(), command)


def call() -> Call:
    return Call("acme", "shop", uuid4().hex)


async def test_a_payment_has_the_warehouse_ship_though_it_misbehaves(there: StandIn) -> None:
    there.moods.extend(["lost", "500", "503", "reset"])
    async with open_installation(settings_of(there), worker=True) as house:
        await stocked(house)
        for number in range(5):
            line = StockLine("coffee", 2, ("harbour", "old-town"))
            await house.handle(call(), ReserveStock((line,), f"order-{number}"))
            await house.handle(call(), ConfirmReservation(f"order-{number}"))
        await house.handle(call(), FreezeTransfer("transfer-1", (Units("coffee", "old-town", 1),)))
        await house.handle(call(), FreezeTransfer("transfer-2", (Units("coffee", "harbour", 1),)))
        await seen(there, 6)
    assert sorted(said["reservation"] for said in there.kept.values()) == [
        *(f"order-{number}" for number in range(5)),
        "transfer-2",
    ]


async def test_what_a_warehouse_refuses_is_parked_for_its_tenant_to_see(there: StandIn) -> None:
    there.moods.append("422")
    async with open_installation(settings_of(there), worker=True) as house:
        await stocked(house)
        await house.handle(call(), ReserveStock((StockLine("coffee", 2, ("harbour",)),), "order-1"))
        await house.handle(call(), ConfirmReservation("order-1"))
        async with asyncio.timeout(20):
            while not (parked := await house.parked.of_tenant("acme", 10)):  # noqa: ASYNC110 - as people look
                await asyncio.sleep(0.02)
    assert (parked[0].group, parked[0].message.type) == (GROUP, "StockConfirmed")
    assert "422" in parked[0].reason


async def test_without_a_setting_nobody_is_asked(there: StandIn) -> None:
    settings = Settings.model_validate({"database": {"url": "memory:"}, "worker": {"poll_seconds": 0.02}})
    async with open_installation(settings, worker=True) as house:
        await stocked(house)
        await house.handle(call(), FreezeTransfer("transfer-2", (Units("coffee", "harbour", 1),)))
    assert there.asked == []
