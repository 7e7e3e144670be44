"""Channel stock through an installation: what is set is what binds the next sale, through every handler."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from application.kernel.call import Call
from application.reconciliation.audit_ledger import AuditLedger
from application.stock.availability import Availability
from application.stock.carve_stock import CarvedLine, CarveStock
from application.stock.count_stock import CountedLine, CountStock
from application.stock.find_availability import FindAvailability
from application.stock.find_channel_stock import ChannelStock, FindChannelStock
from application.stock.find_quotas import FindQuotas, QuotaPage
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.set_quotas import SetQuotas
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from domain.kernel.refusal import Refusal
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.quota import AT_GOODS, AT_ITEM, AT_NODE, AT_SKU, EXCLUSIVE, MUTEX, SHARED, Quota
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings

APP = Quota("app", "app", SHARED, AT_GOODS, "tea", cap=50)
WEB = Quota("web", "web", MUTEX, AT_GOODS, "tea", cap=30)


class House:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._said = 0

    async def do(self, command: Any, request: str = "") -> Any:
        self._said += 1
        return await self.installation.handle(Call("acme", "clerk", request or f"said {self._said}"), command)

    async def outcome(self, command: Any, request: str = "") -> str:
        try:
            return str(getattr(await self.do(command, request), "status", "done"))
        except Refusal as refusal:
            return refusal.own_code

    async def sell(self, id: str, quantity: int, channel: str = "", *nodes: str, goods: str = "tea") -> str:
        lines = (StockLine(goods, quantity, nodes or ("quay", "shop")),)
        return await self.outcome(ReserveStock(lines, channel=channel), id)

    async def quotas(self, **asked: Any) -> dict[str, tuple[int, int, int, int]]:
        """By code: cap, rest, consumed, debt."""
        page: QuotaPage = await self.installation.ask("acme", FindQuotas(**asked))
        return {each.code: (each.cap, each.rest, each.consumed, each.debt) for each in page.quotas}

    async def promisable(self, channel: str) -> tuple[int, dict[str, int]]:
        found: ChannelStock = await self.installation.ask("acme", FindChannelStock(("tea",), (), channel))
        (tea,) = found.goods
        return tea.promisable, {at.node: at.promisable for at in tea.nodes}


@pytest.fixture(params=["memory", "sqlite"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}"
    settings = load_settings(database={"url": url}, log={"flow": False})
    if request.param == "sqlite":
        migrate(settings)
    async with open_installation(settings, worker=False) as installation:
        house = House(installation)
        await house.do(RegisterGoods((Goods("tea", "Tea"), Goods("pot", "Pot"))))
        await house.do(RegisterNode((Node("quay", "Quay"), Node("shop", "Shop"))))
        await house.do(ReceiveStock((ReceivedLine("tea", "quay", 60), ReceivedLine("tea", "shop", 40))))
        yield house
        report = await installation.audit(AuditLedger(full=True))
        assert report.clean, report.differences


async def test_three_hundred_buyers_race_over_quotas_whose_caps_change(house: House) -> None:
    await house.do(SetQuotas((APP, WEB)))
    channels = ("app", "web", "")
    sales = [house.sell(f"{channels[n % 3] or 'walk in'} {n}", 1, channels[n % 3]) for n in range(300)]
    caps = [house.outcome(SetQuotas((replace(APP, cap=cap),))) for cap in (20, 60, 30)]
    back = [house.outcome(ReleaseReservation(f"app {n}")) for n in range(0, 60, 3)]
    became = await asyncio.gather(*sales[:150], *caps, *back, *sales[150:])
    refused = {"quota.exceeded", "stock.insufficient", "stock.promised", "reservation.cancelled"}
    assert set(became) <= {"held", "released", "cancelled", "done"} | refused
    standing = await house.quotas()
    cap, rest, consumed, debt = standing["app"]
    assert (cap, consumed) == (30, 30 + debt - rest)
    stock: Availability = await house.installation.ask("acme", FindAvailability(("tea",)))
    amounts = stock.goods[0].amounts
    assert amounts.available + amounts.reserved == 100
    assert await house.promisable("-") == (amounts.available - standing["web"][1], ANY)


async def test_what_a_channel_can_be_promised_is_what_it_can_reserve(house: House) -> None:
    leaf = Quota("leaf", "app", MUTEX, AT_NODE, "tea", "shop")
    await house.do(SetQuotas((replace(APP, cap=50), replace(WEB, cap=30), leaf)))
    await house.do(CarveStock((CarvedLine("leaf", 10),)))
    # 100 lie there: 10 on the leaf, 30 are set aside for the web; 60 are everyone's.
    assert await house.promisable("-") == (60, {"quay": 60, "shop": 30})
    assert await house.promisable("web") == (30, {"quay": 30, "shop": 30})
    assert await house.promisable("app") == (60, {"quay": 50, "shop": 40})
    for channel, most in (("", 60), ("web", 30), ("app", 60)):
        assert await house.sell(f"too many {channel}", most + 1, channel) in ("quota.exceeded", "stock.insufficient")
        assert await house.sell(f"all {channel}", most, channel) == "held"
        await house.do(ReleaseReservation(f"all {channel}"))
    assert await house.quotas(channel="app") == {"app": (50, 50, 0, 0), "leaf": (10, 10, 0, 0)}


async def test_a_sku_may_set_aside_where_it_has_one_goods(house: House) -> None:
    await house.do(SetItems((SalesItem("teas", "Teas", (Sku("tea-1"), Sku("set"))),)))
    await house.do(SetSupply((Supply("tea-1", (SupplyMapping("own", (Part("tea"),)),)),)))
    await house.do(SetSupply((Supply("set", (SupplyMapping("own", (Part("tea"), Part("pot"))),)),)))
    aside = Quota("k", "app", MUTEX, AT_SKU, "tea-1", cap=5)
    assert await house.outcome(SetQuotas((aside,))) == "done"
    assert await house.outcome(SetQuotas((replace(aside, code="s", of="set"),))) == "quota.dimension"
    assert await house.outcome(SetQuotas((replace(aside, code="i", dimension=AT_ITEM, of="teas"),))) == (
        "quota.dimension"
    )
    assert await house.outcome(SetQuotas((Quota("c", "web", SHARED, AT_ITEM, "teas", cap=3),))) == "done"
    assert await house.outcome(SetQuotas((replace(aside, code="u", of="nothing"),))) == "sku.unknown"
    assert await house.sell("r1", 96) == "stock.insufficient"
    assert await house.sell("r2", 4, "web", "quay") == "quota.exceeded"
    assert await house.sell("r3", 95) == "held"
    assert await house.sell("r4", 5, "app") == "held"


async def test_two_channels_never_have_the_same_goods_alone(house: House) -> None:
    def alone(code: str, channel: str, node: str = "-", **rest: Any) -> Quota:
        return Quota(code, channel, EXCLUSIVE, AT_GOODS if node == "-" else AT_NODE, "tea", node, **rest)

    assert sorted(
        await asyncio.gather(
            house.outcome(SetQuotas((alone("app", "app", cap=5),))),
            house.outcome(SetQuotas((alone("web", "web", cap=5),))),
        )
    ) == ["done", "quota.contradicts"]
    (first,) = [code for code, (cap, *_) in (await house.quotas()).items() if cap]
    other = "web" if first == "app" else "app"
    assert await house.outcome(SetQuotas((alone("leaf", other, "quay"),))) == "quota.contradicts"
    assert await house.outcome(SetQuotas((alone("own", first, "quay"),))) == "done"
    assert await house.outcome(SetQuotas((alone("a", "app", "shop"), alone("w", "web", "shop")))) == "quota.contradicts"
    await house.do(SetQuotas((alone(first, first, cap=5, active=False),)))
    assert await house.outcome(SetQuotas((alone("leaf", other, "shop"),))) == "done"
    assert await house.outcome(SetQuotas((alone("leaf 2", other, "quay"),))) == "quota.contradicts"
    swapped = (alone("leaf 2", other, "quay"), alone("own", first, "quay", active=False))
    assert await house.outcome(SetQuotas(swapped)) == "done"


async def test_a_repeat_gets_its_answer_whatever_was_set_since(house: House) -> None:
    assert await house.sell("r1", 1) == "held"
    await house.do(SetQuotas((Quota("x", "app", EXCLUSIVE, AT_GOODS, "tea", cap=10),)))
    assert await house.sell("r1", 1) == "held"
    assert await house.sell("r2", 1) == "quota.exclusive"
    assert await house.sell("r3", 10, "app") == "held"
    assert await house.sell("r4", 1, "app", "quay") == "quota.exceeded"


async def test_a_count_that_takes_what_is_set_aside_names_the_quotas(house: House) -> None:
    await house.do(SetQuotas((WEB,)))
    assert await house.sell("r1", 70) == "held"
    with pytest.raises(Refusal, match=r"stock\.promised") as refused:
        await house.do(CountStock((CountedLine("tea", "shop", 35),), "inventory"))
    assert refused.value.facts["quotas"] == [{"quota": "web", "channel": "web", "cap": 30}]
    await house.do(SetQuotas((replace(WEB, cap=25),)))
    await house.do(CountStock((CountedLine("tea", "shop", 35),), "inventory"))
