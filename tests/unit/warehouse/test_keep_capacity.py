"""Days that are open follow what is said of sites and calendars."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.kernel.call import Call
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from application.warehouse.find_capacity import FindCapacity, NodeDay
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_sites import SetSites
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.warehouse.calendar import Calendar
from domain.warehouse.site import Site
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import load_settings

DAY = "2999-03-01"
"""A Friday."""

EVERY_DAY = ("23:00",) * 7


@pytest.fixture
async def shop() -> AsyncIterator[Installation]:
    async with open_installation(load_settings(database={"url": "memory:"}), worker=False) as installation:
        commands: tuple[Any, ...] = (
            RegisterGoods((Goods("tea", "Tea"),)),
            RegisterNode((Node("quay", "Quay"),)),
            ReceiveStock((ReceivedLine("tea", "quay", 100),)),
            SetCalendars((Calendar("work", "Asia/Shanghai", EVERY_DAY),)),
            SetSites((Site("quay", calendar="work", units_a_day=10),)),
            ReserveStock((StockLine("tea", 4, ("quay",)),), ship_on=DAY),
        )
        for number, command in enumerate(commands):
            await installation.handle(Call("acme", "clerk", f"first {number}"), command)
        yield installation


async def units(shop: Installation) -> tuple[int, int, int]:
    """Of the day: its figure, what is left, and how many too many are taken."""
    day: NodeDay = (await shop.ask("acme", FindCapacity(("quay",), DAY, 1))).days[0]
    assert day.units is not None
    return day.units.figure, day.units.rest, day.units.beyond


async def test_a_day_that_is_open_follows_its_site(shop: Installation) -> None:
    assert await units(shop) == (10, 6, 0)
    await shop.handle(Call("acme", "boss", "more"), SetSites((Site("quay", calendar="work", units_a_day=12),)))
    assert await units(shop) == (12, 8, 0)
    await shop.handle(Call("acme", "boss", "less"), SetSites((Site("quay", calendar="work", units_a_day=3),)))
    assert await units(shop) == (3, 0, 1)


async def test_a_day_that_is_open_closes_with_its_calendar(shop: Installation) -> None:
    closed = Calendar("work", "Asia/Shanghai", EVERY_DAY, holidays=(DAY,))
    await shop.handle(Call("acme", "boss", "holiday"), SetCalendars((closed,)))
    day = (await shop.ask("acme", FindCapacity(("quay",), DAY, 1))).days[0]
    assert (day.worked, day.units.figure, day.units.beyond) == (False, 0, 4)
    assert (await shop.handle(Call("acme", "boss", "holiday"), SetCalendars((closed,)))).register == "calendar"
