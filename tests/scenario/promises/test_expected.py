"""Promises of what is still to come: opted in to, from the day on which it is there, and named when it comes late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.sourcing.demand import DemandLine
from application.sourcing.make_promise import MakePromise
from application.sourcing.replay_promises import ReplayPromises
from application.sourcing.reserve_promise import ReservePromise
from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.move_supply import MoveSupply
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.ship_reservation import ShipReservation
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.warehouse.find_capacity import FindCapacity
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_relations import SetRelations
from domain.kernel.refusal import InvalidInput
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from domain.warehouse.calendar import Calendar
from domain.warehouse.relation import Relation
from tests.scenario.promises.town import later, legs, site, town, wanted

LATER = DemandLine(5, "tea", expected=True)


async def test_only_who_opts_in_is_promised_what_is_still_to_come() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 2))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 10),)))
        assert legs(await at.promise(("tea", 5))) == [("1", "harbour", 2)]
        told = await at.promise(LATER, policy="earliest")
        assert legs(await at.promise(LATER, policy="fewest_splits")) == [("1", "harbour", 5)], "all of it, later"
        assert sorted((each.quantity, each.day) for each in told.legs) == [(2, "2026-03-02"), (3, "2026-03-09")]
        assert {each.expected for leg in told.legs for each in leg.goods} == {"", "2026-03-09"}
        assert told.splits == 1
        assert await at.left("tea") == {"harbour": 2}
        reserved = await at.reserve(told, reservation="order-1")
        assert sum(each.quantity for each in reserved.goods) == 5


async def test_what_arrives_is_held_for_whom_it_was_promised() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 10),)))
        bought = await at.buy(LATER)
        await at.do(ConfirmReservation(bought.reservation))
        late = await at.do(MoveSupply("tea", "harbour", "2026-03-09", "2026-03-20", "the ship is late"))
        assert [each.reservation for each in late.late] == [bought.reservation]
        await at.do(ArriveExpected("tea", "harbour", "2026-03-20", 10))
        assert await at.left("tea") == {"harbour": 5}
        shipped = await at.do(ShipReservation(bought.reservation))
        assert shipped.status == "shipped"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_no_receipt_is_announced_for_a_day_that_no_calendar_reaches(day: str) -> None:
    with pytest.raises(InvalidInput):
        AnnouncedLine("tea", "harbour", day, 5)
    with pytest.raises(InvalidInput):
        FindCapacity(("harbour",), day, 31)


async def test_what_comes_at_the_end_of_time_is_promised_as_all_that_comes() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "9000-01-01", 5),)))
        promise = await at.promise(DemandLine(1, "tea", expected=True))
        assert [leg.day for leg in promise.legs] == ["9000-01-01"]


async def test_a_node_named_like_another_s_day_is_itself() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), replace(site("hill"), code="harbour@2026-03-09"))
        await at.receives(("tea", "harbour@2026-03-09", 2))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 3),)))
        told = await at.do(MakePromise(wanted(LATER, policy="earliest"), keep=True, id="basket"))
        assert {(leg.node, leg.quantity, leg.day) for leg in told.legs} == {
            ("harbour@2026-03-09", 2, "2026-03-02"),
            ("harbour", 3, "2026-03-09"),
        }
        (replayed,) = (await at.ask(ReplayPromises("earliest"))).items
        assert set(replayed.nodes) == {"harbour", "harbour@2026-03-09"}
        await at.do(ReservePromise("basket"))
        assert await at.left("tea") == {"harbour@2026-03-09": 0}


@pytest.mark.parametrize("policy", ["earliest", "fewest_splits", "nearest", "most_stock"])
async def test_a_receipt_is_promised_once_however_many_parcels_leave_after_it(policy: str) -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 5),)))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-16", 3),)))
        asked = wanted(DemandLine(10, "tea", expected=True), policy=policy)
        told = await at.do(MakePromise(asked, keep=True, id="basket"))
        assert sum(leg.quantity for leg in told.legs) == 8
        (replayed,) = (await at.ask(ReplayPromises(policy))).items
        assert replayed.before == replayed.after
        assert [each.line for each in told.short] == ["1"]
        bought = await at.buy(DemandLine(7, "tea", expected=True), policy=policy)
        assert sum(each.quantity for each in bought.goods) == 7
        rest = await at.promise(DemandLine(5, "tea", expected=True), policy=policy)
        assert sum(leg.quantity for leg in rest.legs) == 1


async def test_each_unit_is_told_with_the_day_of_its_own_receipt() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 5),)))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-16", 3),)))
        told = await at.promise(DemandLine(8, "tea", expected=True), policy="fewest_splits")
        assert {leg.day for leg in told.legs} == {"2026-03-16"}, "all in one parcel"
        assert sorted((part.quantity, part.expected) for leg in told.legs for part in leg.goods) == [
            (3, "2026-03-16"),
            (5, "2026-03-09"),
        ]


async def test_what_comes_before_the_next_day_on_which_a_node_sends_counts_against_that_day_with_all_else() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.do(SetCalendars((Calendar("mondays", "UTC", ("16:00", *[""] * 6)),)))
        await at.has(site("harbour", calendar="mondays", units_a_day=5))
        at.now = later(1)
        await at.receives(("tea", "harbour", 5))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-07", 5),)))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-08", 5),)))
        told = await at.promise(DemandLine(10, "tea", expected=True))
        assert [(leg.quantity, leg.day) for leg in told.legs] == [(5, "2026-03-09")]
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-11", 5),)))
        told = await at.promise(DemandLine(12, "tea", expected=True))
        assert sorted((leg.day, leg.quantity) for leg in told.legs) == [("2026-03-09", 5), ("2026-03-16", 5)]


async def test_every_node_of_a_western_zone_sends_on_the_day_on_which_its_goods_arrive() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.do(SetCalendars((Calendar("west", "America/Chicago", ("23:00",) * 7),)))
        nodes = [replace(site("harbour", calendar="west"), code=f"w{number:02}") for number in range(12)]
        await at.has(*nodes)
        await at.do(AnnounceSupply(tuple(AnnouncedLine("tea", each.code, "2026-03-09", 1) for each in nodes)))
        told = await at.promise(DemandLine(12, "tea", expected=True))
        assert [(leg.quantity, leg.day) for leg in told.legs] == [(1, "2026-03-09")] * 12


@pytest.mark.parametrize("until", ["12:00", "23:00"])
@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "UTC", "Pacific/Auckland"])
@pytest.mark.parametrize(("handling", "sends"), [(0, "2026-03-09"), (1, "2026-03-10")])
async def test_what_arrives_on_a_day_counts_from_its_beginning_where_it_arrives(
    zone: str, until: str, handling: int, sends: str
) -> None:
    async with town() as at:
        await at.sells("tea")
        await at.do(SetCalendars((Calendar("there", zone, (until,) * 7),)))
        await at.has(site("harbour", calendar="there", handling_days=handling))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 1),)))
        told = await at.promise(DemandLine(1, "tea", expected=True))
        assert [leg.day for leg in told.legs] == [sends]


@pytest.mark.parametrize(("until", "sold"), [("2026-03-09T07:00:00", 0), ("2026-03-09T07:00:01", 1)])
async def test_a_relation_counts_as_of_the_beginning_of_the_day_on_which_goods_arrive(until: str, sold: int) -> None:
    """In Los Angeles the ninth begins at seven: clocks were set forward the day before."""
    async with town() as at:
        await at.sells("tea")
        await at.do(SetCalendars((Calendar("west", "America/Los_Angeles", ("23:00",) * 7),)))
        await at.has(site("harbour", calendar="west"))
        ends = datetime.fromisoformat(until).replace(tzinfo=UTC)
        await at.do(SetRelations((Relation("r", "party", "shop", "node", "harbour", until=ends),)))
        await at.do(AnnounceSupply((AnnouncedLine("tea", "harbour", "2026-03-09", 1),)))
        told = await at.promise(DemandLine(1, "tea", expected=True), buyer="shop")
        assert sum(leg.quantity for leg in told.legs) == sold


async def test_a_kit_that_waits_takes_no_lot_that_expires_before_it_leaves() -> None:
    async with town() as at:
        await at.sells("pot", "lid")
        await at.do(SetItems((SalesItem("set", "Set", (Sku("set"),)),)))
        await at.do(SetSupply((Supply("set", (SupplyMapping("own", (Part("pot"), Part("lid"))),)),)))
        await at.has(site("harbour"))
        await at.do(ReceiveStock((ReceivedLine("pot", "harbour", 1, lot="old", expires="2026-03-08"),)))
        await at.do(ReceiveStock((ReceivedLine("pot", "harbour", 1, lot="new", expires="2026-03-09"),)))
        await at.do(AnnounceSupply((AnnouncedLine("lid", "harbour", "2026-03-09", 2),)))
        told = await at.promise(DemandLine(2, sku="set", expected=True))
        assert [(leg.day, leg.quantity) for leg in told.legs] == [("2026-03-09", 1)]
        assert [part.lot for leg in told.legs for part in leg.goods if part.goods == "pot"] == ["new"]
