"""What is exchanged to another node takes that node's day, whether or not its own was bounded."""

import pytest

from application.sourcing.reject_node import RejectNode
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.reserve_stock import ReserveStock, StockLine
from application.warehouse.find_capacity import FindCapacity
from domain.kernel.refusal import InsufficientBalance
from domain.kernel.reservation import Pick
from tests.scenario.promises.town import MONDAY, Town, site, town

DAY = "2026-03-04"


async def taken(at: Town, node: str, day: str = DAY) -> tuple[int, int]:
    found = await at.ask(FindCapacity((node,), day, 1))
    (one,) = found.days
    return one.orders.reserved, one.units.reserved


async def test_a_reserve_that_leaves_on_a_day_takes_it_where_it_goes() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill", orders_a_day=2, units_a_day=5))
        await at.receives(("tea", "harbour", 10), ("tea", "hill", 10))
        for n in range(2):
            await at.do(ReserveStock((StockLine("tea", 4, ("harbour",)),), f"order {n}", ship_on=DAY))
        await at.do(ReserveStock((StockLine("tea", 1, ("harbour",)),), "no day"))
        await at.do(ExchangeHolds("order 0", Pick("1"), (Target("tea", "hill"),)))
        assert await taken(at, "hill") == (1, 4)
        with pytest.raises(InsufficientBalance) as full:
            await at.do(ExchangeHolds("order 1", Pick("1"), (Target("tea", "hill"),)))
        assert full.value.own_code == "capacity.full"
        assert await at.left("tea") == {"harbour": 5, "hill": 6}
        await at.do(ExchangeHolds("no day", Pick("1"), (Target("tea", "hill"),)))
        assert await taken(at, "hill") == (1, 4)
        await at.do(ExchangeHolds("order 0", Pick("1"), (Target("tea", "harbour"),)))
        assert await taken(at, "hill") == (0, 0)
        await at.do(ExchangeHolds("order 1", Pick("1", 3), (Target("tea", "hill"),)))
        assert await taken(at, "hill") == (1, 3)


async def test_a_promise_that_was_reserved_or_moved_leaves_on_its_day_wherever_it_goes() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island", orders_a_day=9, units_a_day=9))
        await at.receives(("tea", "harbour", 10), ("tea", "hill", 10))
        reserved = await at.reserve(await at.promise(("tea", 2), policy="nearest"), reservation="promised")
        bought = (await at.buy(("tea", 3), policy="nearest")).reservation
        await at.do(RejectNode(bought, "harbour"))
        assert {(each.line, each.node) for each in reserved.goods} == {("1", "harbour")}
        await at.receives(("tea", "island", 10))
        await at.do(ExchangeHolds("promised", Pick("1"), (Target("tea", "island"),)))
        await at.do(ExchangeHolds(bought, Pick("1"), (Target("tea", "island"),)))
        assert await taken(at, "island", MONDAY.date().isoformat()) == (2, 5)
