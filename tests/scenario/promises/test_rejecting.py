"""A node that cannot supply what was promised: where it goes instead keeps every rule that the promise kept."""

from dataclasses import replace

import pytest

from application.sourcing.demand import DemandLine
from application.sourcing.refusals import PromiseShort
from application.sourcing.reject_node import RejectNode
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from tests.scenario.promises.town import legs, site, town


async def test_a_line_with_a_long_name_is_moved_as_any_other() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island"))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 2), ("tea", "island", 9))
        line = "x" * 100
        await at.reserve(await at.promise(DemandLine(4, "tea", line=line), policy="nearest"), reservation="order")
        moved = await at.do(RejectNode("order", "hill"))
        assert {(each.line, each.node, each.quantity) for each in moved.goods if each.quantity} == {
            (f"{line}.1", "harbour", 2),
            (f"{line}.2", "island", 2),
        }


async def test_more_parts_than_a_promise_has_lines_are_moved_at_once() -> None:
    async with town() as at:
        goods = [f"g{number}" for number in range(60)]
        await at.sells(*goods)
        await at.has(site("harbour"), site("hill"))
        lots = [ReceivedLine(each, "harbour", 1, lot=lot) for each in goods for lot in ("one", "two")]
        await at.do(ReceiveStock(tuple(lots)))
        await at.receives(*((each, "hill", 2) for each in goods))
        bought = await at.buy(*((each, 2) for each in goods), policy="nearest")
        assert len(bought.goods) == 120
        moved = await at.do(RejectNode(bought.reservation, "harbour"))
        assert {each.node for each in moved.goods if each.quantity} == {"hill"}
        assert sum(each.quantity for each in moved.goods) == 120


async def test_a_line_that_is_whole_stays_whole_whatever_lots_it_lay_in() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island"))
        lots = [ReceivedLine("tea", "harbour", 2, lot=lot) for lot in ("one", "two")]
        await at.do(ReceiveStock(tuple(lots)))
        await at.receives(("tea", "hill", 2), ("tea", "island", 2))
        promise = await at.promise(DemandLine(4, "tea", whole=True))
        assert legs(promise) == [("1", "harbour", 2), ("1", "harbour", 2)]
        await at.reserve(promise, reservation="order")
        with pytest.raises(PromiseShort):
            await at.do(RejectNode("order", "harbour"))
        await at.receives(("tea", "island", 2))
        moved = await at.do(RejectNode("order", "harbour"))
        assert [(each.node, each.quantity) for each in moved.goods if each.quantity] == [("island", 2), ("island", 2)]


async def test_no_more_nodes_send_than_were_allowed() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island"), replace(site("island"), code="mill"))
        await at.receives(("tea", "harbour", 4), ("tea", "hill", 2))
        await at.reserve(await at.promise(("tea", 6), max_splits=1), reservation="order")
        await at.receives(("tea", "island", 3), ("tea", "mill", 3))
        with pytest.raises(PromiseShort):  # with hill, which keeps what it holds, three would send
            await at.do(RejectNode("order", "harbour"))
        await at.receives(("tea", "hill", 1))
        moved = await at.do(RejectNode("order", "harbour"))
        held = {each.node for each in moved.goods if each.quantity}
        assert "hill" in held
        assert len(held) == 2


async def test_a_node_that_sends_a_part_already_has_its_order_of_the_day() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill", orders_a_day=1))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 4))
        await at.reserve(await at.promise(("tea", 6)), reservation="order")
        await at.receives(("tea", "hill", 2))
        moved = await at.do(RejectNode("order", "harbour"))
        assert [(each.node, each.quantity) for each in moved.goods if each.quantity] == [("hill", 2), ("hill", 4)]
