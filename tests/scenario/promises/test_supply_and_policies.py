"""What can stand for what is ordered, and what holds for whom: as it shows in what people are promised."""

from datetime import timedelta
from threading import get_ident
from typing import Any

import pytest

from application.kernel.call import Call
from application.sourcing import replay_promises
from application.sourcing.make_promise import MakePromise
from application.sourcing.make_promises import MakePromises
from application.sourcing.replay_promises import ReplayPromises
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.supply.resolve_supply import ResolveSupply
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.tenancy.publish_policies import PublishPolicies
from domain.kernel.refusal import Refusal
from domain.sourcing.demand import Decision
from domain.sourcing.plan import planned
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Settings, Weight
from tests.scenario.promises.town import MONDAY, Town, later, legs, site, town, wanted


async def sold_as(at: Town, sku: str, *mappings: SupplyMapping) -> None:
    """A SKU of an item of its own, supplied so."""
    await at.do(SetItems((SalesItem(sku, sku, (Sku(sku),)),)))
    await at.do(SetSupply((Supply(sku, mappings),)))


async def publishes(at: Town, *policies: PublishedPolicy) -> None:
    await at.do(PublishPolicies(policies))


def of(*parts: str | tuple[str, int], id: str = "own", **rest: Any) -> SupplyMapping:
    return SupplyMapping(id, tuple(Part(part) if isinstance(part, str) else Part(*part) for part in parts), **rest)


# -- supply -----------------------------------------------------------------------------------------------------------


async def test_a_breakfast_box_is_promised_by_what_it_is_made_of() -> None:
    async with town() as at:
        await at.sells("coffee", "jam", "box")
        await at.has(site("harbour"))
        await at.receives(("coffee", "harbour", 10), ("jam", "harbour", 5), ("box", "harbour", 9))
        await sold_as(at, "breakfast", SupplyMapping("kit", (Part("coffee", 2, "sku"), Part("jam"), Part("box"))))
        promise = await at.promise(("breakfast", 3))
        assert legs(promise) == [("1", "harbour", 3)]
        await at.reserve(promise)
        assert [await at.left(goods) for goods in ("coffee", "jam", "box")] == [
            {"harbour": 4},
            {"harbour": 2},
            {"harbour": 6},
        ]
        assert (await at.promise(("breakfast", 3))).short[0].promised == 2, "coffee and jam are left for two"


async def test_the_spring_blend_is_sold_in_spring_alone() -> None:
    async with town() as at:
        await at.sells("blossom", "leaf")
        await at.has(site("harbour"))
        await at.receives(("blossom", "harbour", 10), ("leaf", "harbour", 10))
        await sold_as(
            at,
            "blend",
            of("leaf", id="winter", until=later(1)),
            of("blossom", id="spring", since=later(1), until=later(2)),
        )

        async def made_of() -> list[str]:
            await at.reserve(await at.promise(("blend", 1)))
            left = {goods: (await at.left(goods))["harbour"] for goods in ("leaf", "blossom")}
            return [goods for goods, rest in left.items() if rest < 10]

        assert await made_of() == ["leaf"]
        at.now = later(1)
        assert await made_of() == ["leaf", "blossom"]
        at.now = later(2)
        with pytest.raises(Refusal, match=r"supply\.none") as none:
            await at.promise(("blend", 1))
        assert none.value.facts["rejected"] == [
            {"mapping": "spring", "reason": "mapping.over", "of": ""},
            {"mapping": "winter", "reason": "mapping.over", "of": ""},
        ]


async def test_a_substitute_is_taken_when_the_real_thing_runs_out_and_only_by_who_takes_one() -> None:
    async with town() as at:
        await at.sells("arabica", "robusta")
        await at.has(site("harbour"))
        await at.receives(("arabica", "harbour", 2), ("robusta", "harbour", 9))
        await sold_as(at, "coffee", of("arabica"), of("robusta", id="stand-in", substitute=True))
        await publishes(
            at,
            PublishedPolicy("house", Settings(mix=(Weight("priority"),))),
            PublishedPolicy("cafe", Settings(substitutes=False), business="cafe"),
        )
        await at.reserve(await at.promise(("coffee", 2)))
        assert await at.left("arabica") == {"harbour": 0}
        assert (await at.promise(("coffee", 1), business="cafe")).short[0].promised == 0
        await at.reserve(await at.promise(("coffee", 1)))
        assert await at.left("robusta") == {"harbour": 8}


async def test_what_is_for_some_buyers_is_promised_to_nobody_else() -> None:
    async with town() as at:
        await at.sells("reserve")
        await at.has(site("harbour"))
        await at.receives(("reserve", "harbour", 3))
        await sold_as(at, "vintage", of("reserve", buyers=("club",)))
        assert legs(await at.promise(("vintage", 1), buyer="club")) == [("1", "harbour", 1)]
        with pytest.raises(Refusal, match=r"supply\.none"):
            await at.promise(("vintage", 1), buyer="passer-by")
        found = await at.ask(ResolveSupply("vintage", "passer-by", MONDAY))
        assert [(each.mapping, each.meaning) for each in found.rejected] == [("own", "it is for other buyers")]


# -- policies ---------------------------------------------------------------------------------------------------------


async def split_stock(at: Town) -> None:
    """Three at the near node, three a little further."""
    await at.sells("tea")
    await at.has(site("harbour"), site("hill"))
    await at.receives(("tea", "harbour", 3), ("tea", "hill", 3))


async def test_wholesale_gets_one_delivery_or_none_and_the_shop_gets_what_there_is() -> None:
    async with town() as at:
        await split_stock(at)
        await publishes(at, PublishedPolicy("wholesale", Settings(whole_only=True), business="wholesale"))
        assert len(legs(await at.promise(("tea", 5), business="shop"))) == 2
        assert (await at.promise(("tea", 5), business="wholesale")).short[0].promised == 0
        assert len(legs(await at.promise(("tea", 3), business="wholesale"))) == 1


async def test_who_fetches_it_is_served_by_another_measure_than_who_has_it_sent() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", priority=9), site("hill", priority=1))
        await at.receives(("tea", "harbour", 3), ("tea", "hill", 3))
        await publishes(
            at,
            PublishedPolicy("house", Settings(mix=(Weight("priority"),))),
            PublishedPolicy("near", Settings(mix=(Weight("nearest"),)), scenario="pickup"),
        )
        sent = await at.promise(("tea", 1), scenario="order")
        fetched = await at.promise(("tea", 1), scenario="pickup")
        assert (sent.policy, legs(sent)) == ("house", [("1", "hill", 1)])
        assert (fetched.policy, legs(fetched)) == ("near", [("1", "harbour", 1)])
        assert legs(await at.promise(("tea", 1), scenario="pickup", policy="house")) == [("1", "hill", 1)]


async def test_what_is_published_anew_holds_for_the_next_promise() -> None:
    async with town() as at:
        await split_stock(at)
        await publishes(at, PublishedPolicy("house", Settings(max_splits=0)))
        assert (await at.promise(("tea", 5))).splits == 0
        await publishes(at, PublishedPolicy("house", Settings(max_splits=1)))
        assert (await at.promise(("tea", 5))).splits == 1


async def test_a_promise_is_good_for_as_long_as_its_policy_says() -> None:
    async with town() as at:
        await split_stock(at)
        await publishes(at, PublishedPolicy("kiosk", Settings(valid_seconds=60), business="kiosk"))
        promise = await at.promise(("tea", 1), business="kiosk")
        at.now += timedelta(seconds=61)
        with pytest.raises(Refusal, match=r"promise\.expired"):
            await at.reserve(promise)


async def test_a_policy_is_tried_without_what_another_one_said() -> None:
    """What the promise's own policy bounds is its own; what the buyer said binds both."""
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "hill", 2))
        await at.do(ReceiveStock((ReceivedLine("tea", "harbour", 2, lot="old", expires="2026-03-10"),)))
        await publishes(
            at,
            PublishedPolicy("whole", Settings(whole_only=True), only_named=True),
            PublishedPolicy("split", Settings(split_cost=1), only_named=True),
            PublishedPolicy("fresh", Settings(min_shelf_days=30), only_named=True),
        )
        none = await at.do(MakePromise(wanted(("tea", 4), policy="whole"), keep=True, id="a"))
        assert not none.legs
        await at.do(MakePromise(wanted(("tea", 4), policy="split", max_splits=0), keep=True, id="b"))
        split = (await at.ask(ReplayPromises("split"))).items
        assert [(each.promise, each.before.short, each.after.short) for each in split] == [("a", 4, 0), ("b", 2, 2)]
        fresh = (await at.ask(ReplayPromises("fresh"))).items
        assert [(each.nodes, each.after.short) for each in fresh] == [(("hill",), 2), (("hill",), 2)]


async def test_policies_are_tried_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each promise is searched to the end of the budget, and there may be a hundred of them: nobody waits for that."""
    searched_in: list[int] = []

    def plan(*asked: Any) -> Decision:
        searched_in.append(get_ident())
        return planned(*asked).decision

    monkeypatch.setattr(replay_promises, "plan", plan)
    async with town() as at:
        await split_stock(at)
        await publishes(at, PublishedPolicy("other", Settings(split_cost=1), only_named=True))
        await at.do(MakePromise(wanted(("tea", 1)), keep=True, id="a"))
        assert [each.promise for each in (await at.ask(ReplayPromises("other"))).items] == ["a"]
    assert searched_in
    assert get_ident() not in searched_in


async def test_what_has_expired_is_not_promised_and_what_expires_today_is() -> None:
    """Nobody has to say so: no shelf life is asked for."""
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        today, yesterday = at.now.date().isoformat(), (at.now - timedelta(days=1)).date().isoformat()
        lots = [("harbour", "old", yesterday), ("harbour", "now", today), ("harbour", "new", "2027-02-01")]
        lots.append(("hill", "gone", yesterday))
        lines = tuple(ReceivedLine("tea", node, 2, lot=lot, expires=expires) for node, lot, expires in lots)
        await at.do(ReceiveStock(lines))
        promise = await at.do(MakePromise(wanted(("tea", 5)), keep=True, id="a", explain="all"))
        assert [(goods.lot, goods.quantity) for leg in promise.legs for goods in leg.goods] == [("now", 2), ("new", 2)]
        assert [each.promised for each in promise.short] == [4]
        assert [(each.node, each.rule) for each in promise.lost] == [("hill", "shelf_life")]
        await publishes(at, PublishedPolicy("other", Settings(split_cost=1), only_named=True))
        (replayed,) = (await at.ask(ReplayPromises("other"))).items
        assert (replayed.after.short, replayed.nodes) == (1, ("harbour",))


async def test_asked_together_each_is_measured_by_what_it_wants_itself() -> None:
    async with town() as at:
        await at.sells("tea", "coffee")
        await at.has(site("harbour"), site("hill", handling_days=3))
        await at.receives(("coffee", "harbour", 9), ("tea", "hill", 9))
        await publishes(at, PublishedPolicy("soon", Settings(mix=(Weight("earliest"),))))
        alone = await at.promise(("tea", 1))
        call = Call(at.tenant, "clerk", "together")
        together = await at.root.make_promises()(call, MakePromises((wanted(("tea", 1)), wanted(("coffee", 1)))))
        assert together[0].objective == alone.objective == 0
