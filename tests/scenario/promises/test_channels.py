"""Promises through channels: whatever a quota is of, it bounds what is promised, and is taken with the stock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.sourcing.demand import DemandLine
from application.sourcing.pin_reservation import PinReservation
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseMoved, PromiseUnpooled
from application.sourcing.reserve_pooled import ReservePooled
from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.find_quotas import FindQuotas
from application.stock.release_reservation import ReleaseReservation
from application.stock.set_quotas import SetQuotas
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.tenancy.publish_policies import PublishPolicies
from domain.stock.quota import AT_GOODS, AT_ITEM, AT_SKU, EXCLUSIVE, MUTEX, SHARED, Quota
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Settings
from tests.scenario.promises.town import Town, site, town, wanted


async def teas(at: Town) -> None:
    """Two goods; `loose` is sold as `cup` and as `gift`, `cup` and `mug` are of one item."""
    await at.sells("loose", "pot")
    await at.do(
        SetItems(
            (SalesItem("teas", "Teas", (Sku("cup"), Sku("mug"))), SalesItem("gifts", "G", (Sku("gift"), Sku("set"))))
        )
    )
    behind = {
        "cup": (Part("loose"),),
        "mug": (Part("pot"),),
        "gift": (Part("loose"),),
        "set": (Part("loose", 2), Part("pot")),
    }
    await at.do(SetSupply(tuple(Supply(sku, (SupplyMapping("own", parts),)) for sku, parts in behind.items())))
    await at.has(site("harbour"), site("hill"))
    await at.receives(("loose", "harbour", 10), ("loose", "hill", 10), ("pot", "harbour", 10))


def promised(promise: Promise) -> dict[str, int]:
    found: dict[str, int] = {}
    for leg in promise.legs:
        found[leg.line] = found.get(leg.line, 0) + leg.quantity
    return found


async def rest(at: Town, channel: str = "app") -> dict[str, int]:
    page: Any = await at.ask(FindQuotas(channel=channel))
    return {each.code: each.rest for each in page.quotas}


async def test_a_cap_of_a_sku_bounds_what_is_sold_as_it_and_nothing_else() -> None:
    async with town() as at:
        await teas(at)
        await at.do(SetQuotas((Quota("gifts", "app", SHARED, AT_SKU, "gift", cap=12),)))
        assert promised(await at.promise(("gift", 15), channel="app")) == {"1": 12}
        assert promised(await at.promise(("cup", 15), channel="app")) == {"1": 15}
        assert promised(await at.promise(("gift", 15))) == {"1": 15}
        both = await at.promise(("gift", 12), ("cup", 6), channel="app")
        made = await at.reserve(both)
        assert await rest(at) == {"gifts": 0}
        await at.do(ReleaseReservation(made.reservation))
        assert await rest(at) == {"gifts": 12}


async def test_a_cap_of_an_item_bounds_all_its_skus_together() -> None:
    async with town() as at:
        await teas(at)
        await at.do(SetQuotas((Quota("teas", "app", SHARED, AT_ITEM, "teas", cap=5),)))
        promise = await at.promise(("cup", 4), ("mug", 4), ("gift", 4), channel="app")
        found = promised(promise)
        assert (found["1"] + found["2"], found["3"]) == (5, 4)
        await at.reserve(promise)
        assert await rest(at) == {"teas": 0}


async def test_a_cap_of_a_kit_counts_kits_and_one_of_its_goods_counts_goods() -> None:
    async with town() as at:
        await teas(at)
        await at.do(
            SetQuotas(
                (
                    Quota("sets", "app", SHARED, AT_SKU, "set", cap=3),
                    Quota("loose", "app", SHARED, AT_GOODS, "loose", cap=100),
                )
            )
        )
        promise = await at.promise(("set", 4), channel="app")
        assert promised(promise) == {"1": 3}
        await at.reserve(promise)
        assert await rest(at) == {"sets": 0, "loose": 94}


async def test_goods_that_came_behind_a_sku_after_its_cap_are_bounded_by_it() -> None:
    async with town() as at:
        await teas(at)
        await at.do(SetQuotas((Quota("gifts", "app", SHARED, AT_SKU, "gift", cap=2),)))
        await at.do(SetSupply((Supply("gift", (SupplyMapping("own", (Part("pot"),)),)),)))
        assert promised(await at.promise(("gift", 3), channel="app")) == {"1": 2}


async def test_a_promise_whose_cap_was_sold_out_meanwhile_has_moved() -> None:
    async with town() as at:
        await teas(at)
        await at.do(SetQuotas((Quota("gifts", "app", SHARED, AT_SKU, "gift", cap=4),)))
        first, second = [await at.promise(("gift", 3), channel="app") for _ in range(2)]
        await at.reserve(first)
        with pytest.raises(PromiseMoved) as moved:
            await at.reserve(second)
        assert moved.value.facts["cause"] == "quota.exceeded"
        assert (await at.buy(("gift", 1), channel="app")).status == "held"
        assert await rest(at) == {"gifts": 0}


async def test_what_one_line_has_by_two_quotas_is_held_by_each_for_its_part() -> None:
    async with town() as at:
        await teas(at)
        await at.do(
            SetQuotas(
                (
                    Quota("own", "app", MUTEX, AT_GOODS, "loose", cap=5),
                    Quota("more", "app", SHARED, AT_SKU, "gift", cap=3),
                )
            )
        )
        assert promised(await at.promise(("cup", 7), channel="app")) == {"1": 5}
        promise = await at.promise(("gift", 8), channel="app")
        assert promised(promise) == {"1": 8}
        await at.reserve(promise)
        assert await rest(at) == {"own": 0, "more": 0}


async def test_what_is_expected_is_promised_within_the_channel_s_caps() -> None:
    async with town() as at:
        await teas(at)
        await at.do(AnnounceSupply((AnnouncedLine("pot", "harbour", "2026-05-20", 50),)))
        await at.do(
            SetQuotas(
                (
                    Quota("pots", "app", SHARED, AT_GOODS, "pot", cap=30),
                    Quota("mugs", "app", SHARED, AT_SKU, "mug", cap=25),
                    Quota("web", "web", MUTEX, AT_GOODS, "pot", cap=2),
                )
            )
        )

        def wants(units: int, channel: str) -> Any:
            return at.promise(DemandLine(units, "mug", expected=True), channel=channel)

        assert promised(await wants(40, "")) == {"1": 40}
        assert promised(await wants(40, "web")) == {"1": 2}
        promise = await wants(40, "app")
        assert promised(promise) == {"1": 25}
        made = await at.reserve(promise)
        assert await rest(at) == {"pots": 5, "mugs": 0}
        await at.do(ReleaseReservation(made.reservation))
        assert await rest(at) == {"pots": 30, "mugs": 25}
        await at.do(SetQuotas((Quota("only", "shop", EXCLUSIVE, AT_GOODS, "pot", cap=1),)))
        assert promised(await wants(40, "app")) == {}


async def test_what_is_held_in_a_pool_is_held_by_the_channel_s_quotas_as_well() -> None:
    async with town() as at:
        await teas(at)
        aside = Quota("aside", "app", MUTEX, AT_GOODS, "loose", cap=4)
        shared = Quota("gifts", "app", SHARED, AT_SKU, "gift", cap=3)
        await at.do(SetQuotas((aside, shared, Quota("opened", "pool", MUTEX, AT_GOODS, "pot", cap=0))))

        def pooled(id: str, units: int, sku: str = "gift", channel: str = "app") -> Any:
            return at.do(ReservePooled(wanted((sku, units), channel=channel), id))

        held = await pooled("one", 6)
        assert [each.node for each in held.goods] == ["", ""]
        assert await rest(at) == {"aside": 0, "gifts": 1}
        with pytest.raises(PromiseMoved) as moved:
            await pooled("two", 2)
        assert moved.value.facts["cause"] == "quota.exceeded"
        pinned = await at.do(PinReservation("one"))
        assert {each.node for each in pinned.goods} <= {"harbour", "hill"}
        assert await rest(at) == {"aside": 0, "gifts": 1}
        await at.do(ReleaseReservation("one"))
        assert await rest(at) == {"aside": 4, "gifts": 3}
        assert (await pooled("three", 10, "mug", "")).status == "held"
        await at.do(SetQuotas((Quota("only", "web", EXCLUSIVE, AT_GOODS, "pot", cap=0),)))
        with pytest.raises(PromiseUnpooled):
            await pooled("four", 1, "mug")


async def test_a_policy_holds_for_what_is_held_in_a_pool_as_well() -> None:
    async with town() as at:
        await teas(at)
        sets = (
            SupplyMapping("own", (Part("loose"),), supplier="here"),
            SupplyMapping("other", (Part("pot"),), supplier="there", priority=1),
        )
        await at.do(SetSupply((Supply("cup", sets),)))
        await at.do(SetQuotas(tuple(Quota(goods, "pool", MUTEX, AT_GOODS, goods, cap=0) for goods in ("loose", "pot"))))
        only = Settings(suppliers=("there",), hold_seconds=90)
        await at.do(PublishPolicies((PublishedPolicy("cafe", only, business="cafe"),)))
        theirs = await at.do(ReservePooled(wanted(("cup", 1), business="cafe"), "theirs"))
        assert [each.goods for each in theirs.goods] == ["pot"]
        assert theirs.due <= datetime.now(UTC) + timedelta(seconds=90)
        longer = await at.do(ReservePooled(wanted(("cup", 1), business="cafe"), "longer", hold_for=timedelta(days=1)))
        assert longer.due > datetime.now(UTC) + timedelta(hours=1)
        ours = await at.do(ReservePooled(wanted(("cup", 1)), "ours"))
        assert [each.goods for each in ours.goods] == ["loose"]
        named = DemandLine(1, "cup", suppliers=("there",))
        assert [each.goods for each in (await at.do(ReservePooled(wanted(named), "named"))).goods] == ["pot"]
        with pytest.raises(PromiseUnpooled):
            await at.do(ReservePooled(wanted(DemandLine(1, "cup", suppliers=("nobody",)))))
