"""Promises as people meet them: what they are told, what is held for them, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.drop_promises import DropPromises
from application.sourcing.make_promise import MakePromise
from application.sourcing.refusals import (
    PromiseExists,
    PromiseExpired,
    PromiseMoved,
    PromiseShort,
    PromiseToken,
    PromiseUnknown,
)
from application.sourcing.reject_node import RejectNode
from application.sourcing.replay_promises import ReplayPromises
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.find_reservation import FindReservation
from application.stock.register_goods import RegisterGoods
from application.stock.release_reservation import ReleaseReservation
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.warehouse.set_calendars import SetCalendars
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.goods import Goods
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from domain.warehouse.calendar import Calendar
from domain.warehouse.coverage import Coverage
from tests.scenario.promises.town import HOME, legs, site, town, wanted


async def test_the_nearest_that_has_it_all_supplies_it() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 1), ("tea", "hill", 5))
        promise = await at.promise(("tea", 3), policy="fewest_splits")
        assert legs(promise) == [("1", "hill", 3)]
        reserved = await at.reserve(promise)
        assert reserved.status == "held"
        assert await at.left("tea") == {"harbour": 1, "hill": 2}


async def test_an_order_that_no_node_has_alone_is_split_and_says_so() -> None:
    async with town() as at:
        await at.sells("tea", "pot")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 2), ("pot", "hill", 1))
        promise = await at.promise(("tea", 3), ("pot", 1), policy="fewest_splits")
        assert promise.splits == 1
        assert sum(leg.quantity for leg in promise.legs if leg.line == "1") == 3
        reserved = await at.reserve(promise, reservation="order-1")
        assert {(each.line, each.goods) for each in reserved.goods} == {("1.1", "tea"), ("1.2", "tea"), ("2", "pot")}
        assert sum((await at.left("tea")).values()) == 1
        whole = await at.promise(("tea", 3), ("pot", 1), whole_only=True)
        assert [(each.line, each.promised) for each in whole.short] == [("1", 0), ("2", 0)]
        assert whole.token == ""


async def test_a_kit_is_held_part_by_part_from_one_node() -> None:
    async with town() as at:
        await at.sells("cup", "plate")
        await at.do(SetItems((SalesItem("set", "Tea set", (Sku("set"),)),)))
        parts = (Part("cup", 4), Part("plate", 2))
        await at.do(SetSupply((Supply("set", (SupplyMapping("kit", parts),)),)))
        await at.has(site("harbour"), site("hill"))
        await at.receives(("cup", "harbour", 9), ("plate", "harbour", 4), ("cup", "hill", 100))
        promise = await at.promise(("set", 3))
        assert [(each.line, each.wanted, each.promised) for each in promise.short] == [("1", 3, 2)]
        (leg,) = promise.legs
        assert [(each.goods, each.quantity) for each in leg.goods] == [("cup", 8), ("plate", 4)]
        await at.reserve(promise)
        assert (await at.left("cup"))["harbour"] == 1
        assert (await at.left("plate"))["harbour"] == 0


async def test_why_the_others_lost_each_for_its_first_reason() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island", covers=None))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5))
        told = await at.do(MakePromise(wanted(("tea", 1), policy="nearest"), explain="all"))
        assert legs(told) == [("1", "harbour", 1)]
        lost = {each.node: each for each in told.lost}
        assert lost["hill"].rule == "outranked"
        assert lost["hill"].difference is not None
        assert lost["hill"].difference > 0
        assert lost["island"].rule in {each.rule for each in told.outside}
        assert sum(each.nodes for each in told.outside) == 1
        assert told.after == ""


async def test_losers_come_page_by_page_and_each_once() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island", covers=None))
        await at.receives(("tea", "harbour", 5))
        seen, after = [], ""
        while True:
            told = await at.do(MakePromise(wanted(("tea", 1)), explain="all", after=after, limit=1))
            seen += [each.node for each in told.lost]
            after = told.after
            if not after:
                break
        assert seen == ["hill", "island"]


async def test_a_node_that_holds_nothing_is_told_so_when_asked() -> None:
    async with town() as at:
        await at.sells("tea", "jam")
        await at.has(site("harbour"), site("hill", orders_a_day=1), site("island"))
        await at.receives(("tea", "harbour", 5), ("jam", "hill", 5))
        told = await at.do(MakePromise(wanted(("tea", 1), policy="nearest"), explain="all", passed_over=("island",)))
        assert legs(told) == [("1", "harbour", 1)]
        assert [(each.node, each.rule) for each in told.lost] == [("hill", "stock"), ("island", "passed_over")]


async def test_the_same_question_gets_the_same_promise() -> None:
    async with town() as at:
        await at.sells("tea", "pot")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 2), ("pot", "hill", 1))
        assert await at.promise(("tea", 3), ("pot", 1)) == await at.promise(("tea", 3), ("pot", 1))


async def test_who_misses_the_cut_off_is_promised_the_next_working_day() -> None:
    async with town() as at:
        week = ("12:00", "12:00", "12:00", "12:00", "12:00", "", "")
        await at.do(SetCalendars((Calendar("office", "Europe/Berlin", week),)))
        await at.sells("tea")
        await at.has(site("harbour", calendar="office"))
        await at.receives(("tea", "harbour", 5))
        at.now = datetime(2026, 3, 6, 10, tzinfo=UTC)  # Friday, eleven o'clock there
        assert (await at.promise(("tea", 1))).legs[0].day == "2026-03-06"
        at.now = datetime(2026, 3, 6, 12, tzinfo=UTC)
        assert (await at.promise(("tea", 1))).legs[0].day == "2026-03-09"


async def test_a_day_that_is_full_takes_no_more_and_another_node_supplies() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", orders_a_day=1), site("hill"))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5))
        first = await at.buy(("tea", 1), policy="nearest")
        assert legs(first.promise) == [("1", "harbour", 1)]
        told = await at.do(MakePromise(wanted(("tea", 1), policy="nearest"), explain="all"))
        assert legs(told) == [("1", "hill", 1)]
        assert [(each.node, each.rule) for each in told.lost] == [("harbour", "capacity")]
        await at.do(ReleaseReservation(first.reservation))
        assert legs(await at.promise(("tea", 1), policy="nearest")) == [("1", "harbour", 1)]


async def test_units_of_a_day_are_held_with_the_stock() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", units_a_day=3))
        await at.receives(("tea", "harbour", 9))
        promise = await at.promise(("tea", 3))
        await at.reserve(promise)
        with pytest.raises(PromiseMoved) as moved:
            await at.reserve(promise)
        assert moved.value.facts["cause"] == "capacity.full"
        assert "offer" not in moved.value.facts
        assert await at.left("tea") == {"harbour": 6}


async def test_what_moved_is_named_and_another_promise_is_offered() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 5))
        promise = await at.promise(("tea", 2), policy="nearest")
        assert legs(promise) == [("1", "harbour", 2)]
        await at.buy(("tea", 1), policy="nearest")
        with pytest.raises(PromiseMoved) as moved:
            await at.reserve(promise)
        assert moved.value.facts["moved"] == [
            {
                "line": "1",
                "wanted": 2,
                "grantable": 1,
                "account": {"owner": "-", "goods": "tea", "node": "harbour", "lot": "-", "channel": "-"},
            }
        ]
        offer = moved.value.facts["offer"]
        assert isinstance(offer, dict)
        reserved = await at.do(ReservePromise(offer["token"]))
        assert sum(each.quantity for each in reserved.goods) == 2


async def test_a_token_is_for_whom_it_was_made_for_as_long_as_it_says() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 2))
        token = (await at.promise(("tea", 1))).token
        for spoilt in (token[:-2] + "AA", "A" + token[1:], token.replace(".", ""), "x" * 200, token + "A" * 9_000):
            with pytest.raises(Refusal, match=r"promise\.token|input\.invalid"):
                await at.do(ReservePromise(spoilt))
        with pytest.raises(PromiseToken):
            await at.do(ReservePromise(token), actor="somebody else")
        at.tenant = "other"
        with pytest.raises(PromiseToken):
            await at.do(ReservePromise(token))
        at.tenant = "acme"
        at.now += timedelta(minutes=20)
        with pytest.raises(PromiseExpired):
            await at.do(ReservePromise(token))


async def test_a_repeat_holds_nothing_twice_and_gets_the_answer_it_got() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 2))
        promise = await at.promise(("tea", 2))
        command = ReservePromise(promise.token, "order-1")
        first = await at.do(command, "same")
        at.now += timedelta(hours=9)  # by now the promise has expired, and nothing is left
        assert await at.do(command, "same") == first
        assert await at.left("tea") == {"harbour": 0}


async def test_a_kept_promise_is_found_reserved_and_dropped() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 5))
        kept = await at.do(MakePromise(wanted(("tea", 2)), keep=True, id="basket-1"))
        assert (kept.promise, kept.token) == ("basket-1", "")
        with pytest.raises(PromiseExists):
            await at.do(MakePromise(wanted(("tea", 2)), keep=True, id="basket-1"))
        reserved = await at.reserve(kept)
        assert [(each.node, each.quantity) for each in reserved.goods] == [("harbour", 2)]
        dropped = await at.do(DropPromises(("basket-1", "basket-2")))
        assert (dropped.dropped, dropped.kept) == (1, 0)
        with pytest.raises(PromiseUnknown):
            await at.do(ReservePromise("basket-1"))


async def test_another_policy_is_tried_on_what_was_kept() -> None:
    async with town() as at:
        await at.sells("tea", "pot")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 2), ("tea", "hill", 2), ("pot", "hill", 1))
        demand = wanted(("tea", 2), ("pot", 1), policy="nearest")
        kept = await at.do(MakePromise(demand, keep=True, id="basket-1"))
        assert kept.splits == 1
        await at.buy(("tea", 2))  # what lies there now does not matter
        replayed = await at.ask(ReplayPromises("fewest_splits"))
        (item,) = replayed.items
        assert (item.before.splits, item.after.splits) == (1, 0)
        assert item.nodes == ("hill",)
        assert replayed.before_all.splits - replayed.after_all.splits == 1
        assert item.after.distance_m > 0
        assert replayed.left_out == 0


async def test_less_than_all_is_refused_or_taken_as_it_is_asked_for() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 2))
        with pytest.raises(PromiseShort) as short:
            await at.buy(("tea", 3))
        assert short.value.facts["short"] == [{"line": "1", "wanted": 3, "promised": 2}]
        from application.sourcing.reserve_wanted import ReserveWanted

        some = await at.do(ReserveWanted(wanted(("tea", 3)), partial=True))
        assert sum(each.quantity for each in some.goods) == 2


async def test_a_node_that_rejects_is_passed_over_and_the_reservation_stays() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", orders_a_day=1), site("hill", orders_a_day=1), site("island"))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5), ("tea", "island", 5))
        bought = await at.buy(("tea", 2), policy="nearest")
        await at.do(ConfirmReservation(bought.reservation))
        moved = await at.do(RejectNode(bought.reservation, "harbour", "the shelf is empty"))
        assert [(each.node, each.quantity) for each in moved.goods] == [("hill", 2)]
        assert moved.status == "confirmed"
        assert await at.left("tea") == {"harbour": 5, "hill": 3, "island": 5}
        # The order that harbour's day had room for is free again, and the hill's is taken.
        other = await at.buy(("tea", 1), policy="nearest")
        assert [each.node for each in other.goods] == ["harbour"]
        again = await at.do(RejectNode(bought.reservation, "hill"))
        assert [(each.node, each.quantity) for each in again.goods] == [("island", 2)]
        with pytest.raises(PromiseShort):
            await at.do(RejectNode(bought.reservation, "island"))
        found = await at.ask(FindReservation(bought.reservation))
        assert found.status == "confirmed"


async def test_what_is_fetched_is_promised_where_it_is_fetched() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill", pickup=True))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5))
        promise = await at.promise(("tea", 1), to=DeliverTo(pickup="hill"))
        assert legs(promise) == [("1", "hill", 1)]
        assert promise.legs[0].pickup


@pytest.mark.parametrize("nowhere", [None, DeliverTo()])
async def test_who_says_neither_a_place_nor_a_node_to_fetch_at_is_told_to(nowhere: DeliverTo | None) -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour", pickup=True))
        await at.receives(("tea", "harbour", 5))
        asked = WantedGoods((DemandLine(1, "tea"),), nowhere)
        for command in (MakePromise(asked), ReserveWanted(asked), ReservePooled(asked)):
            with pytest.raises(InvalidInput) as refused:
                await at.do(command)
            assert refused.value.facts["field"] == "to"


async def test_bare_goods_may_be_asked_for_and_a_line_may_have_a_name() -> None:
    async with town() as at:
        await at.do(RegisterGoods((Goods("bolt", "Bolt"),)))
        await at.has(site("harbour"))
        await at.receives(("bolt", "harbour", 9))
        promise = await at.promise(DemandLine(4, goods="bolt", line="bolts"), to=HOME)
        assert legs(promise) == [("bolts", "harbour", 4)]


async def test_who_is_passed_over_and_would_not_be_asked_anyhow_has_one_reason() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"), site("island", covers=Coverage(km=1.0)))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5))
        asked = MakePromise(wanted(("tea", 1)), explain="all", passed_over=("hill", "island", "nowhere"))
        told = (await at.do(asked)).lost
        assert [(each.node, each.rule) for each in told] == [("hill", "passed_over"), ("island", "coverage")]
