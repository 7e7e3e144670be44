"""Whoever else has a say in what a reservation holds is named by the settings, and asked."""

from dataclasses import replace

import pytest

from application.kernel.call import Call
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.kernel.refusal import InsufficientBalance
from domain.kernel.reservation import Hold, Plan
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.position import position_key
from entrypoints.composition.installation import open_installation
from entrypoints.composition.outside import Given
from entrypoints.composition.settings import BadSettings, load_settings

HERE = "tests.unit.cli.test_hold_plans"


class WithRibbon:
    """Every unit takes a ribbon along."""

    async def extend(self, call: Call, plan: Plan) -> Plan:
        ribbon = Hold(position_key("-", "ribbon", "shop"))
        return replace(
            plan,
            lines=tuple(line._replace(ways=tuple((*way, ribbon) for way in line.ways)) for line in plan.lines),
        )


def with_ribbon(_given: Given) -> WithRibbon:
    return WithRibbon()


async def test_a_reservation_holds_what_a_plan_from_the_settings_adds() -> None:
    settings = load_settings(database={"url": "memory:"}, hold_plans=f"{HERE}:with_ribbon")
    async with open_installation(settings, worker=False) as installation:
        await installation.handle(
            Call("acme", "clerk", "1"), RegisterGoods((Goods("tea", "Tea"), Goods("ribbon", "Ribbon")))
        )
        await installation.handle(Call("acme", "clerk", "2"), RegisterNode((Node("shop", "Shop"),)))
        lines = (ReceivedLine("tea", "shop", 9), ReceivedLine("ribbon", "shop", 2))
        await installation.handle(Call("acme", "clerk", "3"), ReceiveStock(lines))
        held = await installation.handle(Call("acme", "a", "4"), ReserveStock((StockLine("tea", 2, ("shop",)),)))
        assert {(line.goods, line.quantity) for line in held.lines} == {("tea", 2), ("ribbon", 2)}
        with pytest.raises(InsufficientBalance):
            await installation.handle(Call("acme", "a", "5"), ReserveStock((StockLine("tea", 1, ("shop",)),)))


@pytest.mark.parametrize("reference", [f"{HERE}:nobody", "no.such.module:plan", "nonsense"])
async def test_a_plan_that_cannot_be_had_is_said(reference: str) -> None:
    with pytest.raises(BadSettings, match="ENTREPOT_HOLD_PLANS"):
        async with open_installation(load_settings(database={"url": "memory:"}, hold_plans=reference), worker=False):
            pass
