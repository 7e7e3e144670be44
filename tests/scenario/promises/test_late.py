"""Promises that are reserved late: they hold what was promised, whatever changed meanwhile, or say what moved."""

import pytest

from application.sourcing.demand import DemandLine
from application.sourcing.make_promise import MakePromise
from application.sourcing.refusals import PromiseMoved
from application.sourcing.reserve_promise import ReservePromise
from application.stock.change_goods import ChangeGoods, GoodsChange
from application.stock.change_node import ChangeNode, NodeChange
from application.warehouse.find_capacity import FindCapacity
from application.warehouse.set_sites import SetSites
from domain.kernel.refusal import Refusal
from tests.scenario.promises.town import MONDAY, Town, legs, site, town, wanted


async def left_of_monday(at: Town, node: str) -> int:
    found = await at.ask(FindCapacity((node,), MONDAY.date().isoformat(), 1))
    (day,) = found.days
    rest: int = (day.orders or day.units).rest
    return rest


@pytest.mark.parametrize("before", [{"orders_a_day": 50}, {}], ids=["more a day", "no bound"])
async def test_a_day_that_is_bounded_to_less_by_now_takes_no_more_than_that(before: dict[str, int]) -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", **before), site("hill"))
        await at.receives(("tea", "harbour", 9), ("tea", "hill", 9))
        first, second = [await at.promise(("tea", 1), policy="nearest") for _ in range(2)]
        assert legs(first) == [("1", "harbour", 1)]
        await at.do(SetSites((site("harbour", orders_a_day=1),)))
        await at.reserve(first)
        assert await left_of_monday(at, "harbour") == 0
        with pytest.raises(PromiseMoved) as moved:
            await at.reserve(second)
        assert moved.value.facts["cause"] == "capacity.full"
        offer = moved.value.facts["offer"]
        assert [leg["node"] for leg in offer["legs"]] == ["hill"]  # type: ignore[index]


async def test_units_a_day_are_those_of_now() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 9))
        promise = await at.promise(("tea", 5))
        await at.do(SetSites((site("harbour", units_a_day=4),)))
        with pytest.raises(PromiseMoved):
            await at.reserve(promise)
        assert await at.left("tea") == {"harbour": 9}
        await at.do(SetSites((site("harbour", units_a_day=6),)))
        await at.reserve(promise)
        assert await left_of_monday(at, "harbour") == 1


async def test_a_day_that_is_bounded_no_more_is_held_without() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", orders_a_day=1))
        await at.receives(("tea", "harbour", 9))
        first, second = [await at.promise(("tea", 1)) for _ in range(2)]
        await at.do(SetSites((site("harbour"),)))
        await at.reserve(first)
        await at.reserve(second)
        assert await at.left("tea") == {"harbour": 7}


async def test_a_node_that_is_active_no_more_is_neither_promised_nor_reserved_from() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 9), ("tea", "hill", 9))
        promise = await at.promise(("tea", 1), policy="nearest")
        await at.do(MakePromise(wanted(("tea", 1), policy="nearest"), keep=True, id="basket"))
        held = await at.do(ReservePromise(promise.token, "before"), request="take")
        await at.do(ChangeNode((NodeChange("harbour", active=False),)))
        for id in (promise.token, "basket"):
            with pytest.raises(PromiseMoved) as moved:
                await at.do(ReservePromise(id))
            assert (moved.value.facts["cause"], moved.value.facts["codes"]) == ("node.inactive", ["harbour"])
            offer = moved.value.facts["offer"]
            assert [leg["node"] for leg in offer["legs"]] == ["hill"]  # type: ignore[index]
        other = await at.do(MakePromise(wanted(("tea", 1), policy="nearest"), explain="all"))
        assert legs(other) == [("1", "hill", 1)]
        assert [(each.node, each.rule) for each in other.lost] == [("harbour", "inactive")]
        assert [(each.rule, each.nodes) for each in other.outside] == [("inactive", 1)]
        assert await at.do(ReservePromise(promise.token, "before"), request="take") == held
        await at.do(ChangeNode((NodeChange("harbour", active=True),)))
        assert legs(await at.promise(("tea", 1), policy="nearest")) == [("1", "harbour", 1)]


async def test_goods_that_are_active_no_more_are_promised_neither_as_themselves_nor_as_a_sku() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 9))
        promise = await at.promise(DemandLine(1, goods="tea"))
        await at.do(ChangeGoods((GoodsChange("tea", active=False),)))
        with pytest.raises(PromiseMoved) as moved:
            await at.reserve(promise)
        assert moved.value.facts["cause"] == "goods.inactive"
        assert "offer" not in moved.value.facts
        for line, code in ((DemandLine(1, goods="tea"), "goods.inactive"), (DemandLine(1, "tea"), "supply.none")):
            with pytest.raises(Refusal) as refused:
                await at.promise(line)
            assert refused.value.own_code == code
        with pytest.raises(Refusal) as refused:
            await at.promise(DemandLine(1, goods="nothing"))
        assert refused.value.own_code == "goods.unknown"
