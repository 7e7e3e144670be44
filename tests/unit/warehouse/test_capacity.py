"""Nodes' days: opened from the calendar, held with the stock, given back with it, and adjusted when figures change."""

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.stock.confirm_reservation import ConfirmReservation
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeFollowed, ExchangeHolds, Target
from application.stock.expire_reservation import ExpireReservation
from application.stock.ports import NodeDay
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine
from application.stock.ship_reservation import ShipReservation
from application.warehouse.adjust_capacity import AdjustCapacity, CapacityAdjustment
from domain.kernel.account import Account, AccountKey
from domain.kernel.movement import DAMAGE, OPEN, SHIP, Balances
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import GroupHold, Hold, Pick, Plan, PlannedLine
from domain.stock.position import Position
from domain.warehouse.capacity import (
    CAP_LOWER,
    CAP_RAISE,
    ORDERS,
    UNITS,
    Figures,
    Slot,
    Slotted,
    consumed,
    day_of,
    figure_of,
    group_name,
    is_capacity,
    kinds,
    rest,
    slot_key,
    with_capacity,
)
from tests.unit.stock.desk import Desk

MAY = date(2026, 5, 1)
NODES = ("quay", "hill")


class House:
    """A desk with nodes whose figures can change."""

    def __init__(self, **figures: Figures) -> None:
        self.at = Desk()
        self.figures = figures
        self.at.do(ReceiveStock(tuple(ReceivedLine("tea", node, 1_000) for node in NODES)))

    def slot(self, node: str) -> Slot:
        return Slot(node, MAY, self.figures[node])

    def reserve(self, id: str, *lines: tuple[str, int], partial: bool = False) -> Any:
        planned = [
            PlannedLine(str(n), quantity, ((Hold(Position("tea", node).key),),))
            for n, (node, quantity) in enumerate(lines, 1)
        ]
        slots = {str(n): Slotted(self.slot(node)) for n, (node, _) in enumerate(lines, 1)}
        asked = ReserveStock(tuple(StockLine("tea", quantity, (node,)) for node, quantity in lines), partial=partial)
        return self.at.do(HoldPlanned(asked, id, with_capacity(Plan(tuple(planned)), slots)))

    def of(self, account: AccountKey) -> tuple[str, date] | None:
        return day_of(account) if is_capacity(account) else None

    def said(self, line: str, node: str) -> Collection[date]:
        return (MAY,)

    def on(self, node: str, day: date) -> NodeDay:
        openings = self.slot(node).openings
        units, orders = (key if (key := slot_key(kind, node, day)) in openings else None for kind in (UNITS, ORDERS))
        return NodeDay(units, orders, group_name(node, day), openings)

    def exchange(self, id: str, pick: Pick, node: str) -> Any:
        return self.at.do(ExchangeFollowed(ExchangeHolds(id, pick, (Target("tea", node),)), self))

    def set(self, node: str, figures: Figures) -> Any:
        """The site says another figure, and its day is adjusted."""
        self.figures[node] = figures
        return self.at.do(CapacityAdjustment(AdjustCapacity((node,), "2026-05-01"), self.slot(node).openings))

    def day(self, node: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Of orders and of units: what may be taken, is reserved, is allocated."""
        orders, units = (self.at.accounts[slot_key(kind, node, MAY)] for kind in (ORDERS, UNITS))
        return (
            (orders.grantable, orders.balances.reserved, orders.balances.allocated),
            (units.grantable, units.balances.reserved, units.balances.allocated),
        )


def house() -> House:
    return House(quay=Figures(2, 10), hill=Figures(2, 10))


def test_a_day_opens_with_the_figures_of_its_calendar_and_an_order_takes_its_units_and_one_slot() -> None:
    at = house()
    at.reserve("r1", ("quay", 3), ("quay", 4))
    assert at.day("quay") == ((1, 1, 0), (3, 7, 0))
    at.at.check()


@pytest.mark.parametrize("quantities", [(11,), (6, 5)])
def test_an_order_that_needs_more_units_than_the_day_has_left_holds_nothing(quantities: tuple[int, ...]) -> None:
    at = house()
    with pytest.raises(Refusal, match=r"capacity\.full"):
        at.reserve("r1", *(("quay", quantity) for quantity in quantities))
    assert at.at.at("tea", "quay").reserved == 0


def test_a_day_takes_as_many_orders_as_it_has_slots() -> None:
    at = house()
    at.reserve("r1", ("quay", 1))
    at.reserve("r2", ("quay", 1))
    with pytest.raises(Refusal, match=r"capacity\.full"):
        at.reserve("r3", ("quay", 1))
    at.at.do(ReleaseReservation("r1"))
    at.reserve("r3", ("quay", 1))
    at.at.check()


def test_a_closed_day_takes_nothing() -> None:
    at = House(quay=Figures(0, 0), hill=Figures())
    with pytest.raises(Refusal, match=r"capacity\.full"):
        at.reserve("r1", ("quay", 1))
    at.reserve("r2", ("hill", 1_000))
    assert not [key for key in at.at.accounts if is_capacity(key)]


def test_what_is_given_back_gives_its_day_back_and_what_ships_does_not() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    at.at.do(ReleaseReservation("r1", (Pick("1", 2),)))
    assert at.day("quay") == ((1, 1, 0), (7, 3, 0))
    at.at.do(ConfirmReservation("r1"))
    assert at.day("quay") == ((1, 0, 1), (7, 0, 3))
    at.at.do(ShipReservation("r1", (Pick("1", 1),)))
    at.at.do(DeallocateReservation("r1"))
    assert at.day("quay") == ((1, 0, 0), (9, 0, 0))
    assert [consumed(at.at.accounts[slot_key(kind, "quay", MAY)]) for kind in (ORDERS, UNITS)] == [1, 1]
    at.at.check()


def test_what_expires_gives_its_day_back() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    at.at.now = datetime(2026, 4, 1, tzinfo=UTC)
    at.at.do(ExpireReservation("r1", 1, 0))
    assert at.day("quay") == ((2, 0, 0), (10, 0, 0))
    at.at.check()


def test_what_is_damaged_had_its_day() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    at.at.do(ConfirmReservation("r1"))
    at.at.do(DamageReserved("r1", (Pick("1", 5),), "wet"))
    assert at.day("quay") == ((2, 0, 0), (5, 0, 0))
    at.at.check()


def test_a_line_that_goes_to_another_node_takes_its_day_along() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    at.exchange("r1", Pick("1"), "hill")
    assert (at.day("quay"), at.day("hill")) == (((2, 0, 0), (10, 0, 0)), ((1, 1, 0), (5, 5, 0)))
    at.exchange("r1", Pick("1"), "quay")
    assert (at.day("quay"), at.day("hill")) == (((1, 1, 0), (5, 5, 0)), ((2, 0, 0), (10, 0, 0)))
    at.at.check()


def test_a_part_that_goes_to_another_node_takes_a_slot_there_and_leaves_one_here() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    at.exchange("r1", Pick("1", 2), "hill")
    assert (at.day("quay"), at.day("hill")) == (((1, 1, 0), (7, 3, 0)), ((1, 1, 0), (8, 2, 0)))
    at.at.do(ConfirmReservation("r1"))
    at.exchange("r1", Pick("1"), "hill")
    assert (at.day("quay"), at.day("hill")) == (((2, 0, 0), (10, 0, 0)), ((1, 0, 1), (5, 0, 5)))
    at.at.check()


def test_a_line_does_not_go_where_the_day_is_full() -> None:
    at = House(quay=Figures(2, 10), hill=Figures(2, 4))
    at.reserve("r1", ("quay", 5))
    with pytest.raises(Refusal, match=r"capacity\.full"):
        at.exchange("r1", Pick("1"), "hill")
    assert at.day("quay") == ((1, 1, 0), (5, 5, 0))


def test_a_line_that_goes_where_days_are_not_bounded_gives_its_day_back() -> None:
    at = House(quay=Figures(2, 10), hill=Figures())
    at.reserve("r1", ("quay", 5))
    after = at.exchange("r1", Pick("1"), "hill")
    assert (at.day("quay"), after.status) == (((2, 0, 0), (10, 0, 0)), "held")
    at.at.check()


def test_a_raised_figure_lets_more_in_and_a_lowered_one_takes_out_what_is_free() -> None:
    at = house()
    at.reserve("r1", ("quay", 5))
    reply = at.set("quay", Figures(3, 12))
    assert [(day.counts, day.before, day.figure, day.beyond) for day in reply.days] == [
        ("orders", 2, 3, 0),
        ("units", 10, 12, 0),
    ]
    assert at.day("quay") == ((2, 1, 0), (7, 5, 0))
    at.set("quay", Figures(1, 6))
    assert at.day("quay") == ((0, 1, 0), (1, 5, 0))
    assert at.set("quay", Figures(1, 6)).days == ()
    assert [event.type for event in at.at.events].count("CapacityAdjusted") == 2
    at.at.check()


def test_a_figure_below_what_is_taken_is_reached_by_what_is_given_back() -> None:
    at = house()
    at.reserve("r1", ("quay", 6))
    at.reserve("r2", ("quay", 3))
    reply = at.set("quay", Figures(1, 4))
    assert [(day.counts, day.beyond) for day in reply.days] == [("orders", 1), ("units", 5)]
    at.at.do(ReleaseReservation("r1", (Pick("1", 5),)))
    assert at.day("quay")[1] == (0, 4, 0)
    at.at.do(ReleaseReservation("r2"))
    assert at.day("quay") == ((0, 1, 0), (3, 1, 0))
    at.set("quay", Figures(2, 10))
    assert at.day("quay") == ((1, 1, 0), (9, 1, 0))
    at.at.check()


def test_every_way_of_a_line_takes_its_units() -> None:
    ways = tuple((Hold(Position("tea", "quay", lot=lot).key),) for lot in ("L1", "L2"))
    plan = with_capacity(Plan((PlannedLine("1", 1, ways),)), {"1": Slotted(Slot("quay", MAY, Figures(1, 1)))})
    assert [way[1].account for way in plan.lines[0].ways] == [slot_key(UNITS, "quay", MAY)] * 2


def test_a_kit_takes_as_many_units_as_it_has_parts() -> None:
    line = PlannedLine("1", 2, ((Hold(Position("tea", "quay").key, 3),),))
    plan = with_capacity(Plan((line,)), {"1": Slotted(Slot("quay", MAY, Figures(None, 10)), 3)})
    assert (plan.lines[0].ways[0][1], plan.groups) == (Hold(slot_key(UNITS, "quay", MAY), 3), ())


def test_what_is_left_of_a_day_that_nobody_took_is_its_figure() -> None:
    assert (rest(None, 7), rest(None, None)) == (7, None)
    untouched = Account(slot_key(UNITS, "quay", MAY))
    assert (rest(untouched, 7), rest(replace(untouched, version=1), 7)) == (7, 0)
    open_at_three = replace(untouched, version=1, balances=Balances(available=5), floor=2)
    assert (rest(open_at_three, 7), rest(open_at_three, None)) == (3, None)


def test_a_line_without_a_day_and_what_was_planned_before_stay_as_they_are() -> None:
    hold = Hold(Position("tea", "quay").key)
    line, other = PlannedLine("1", 1, ((hold,),)), PlannedLine("2", 2, ((hold,),))
    before = Plan((line, other), (GroupHold("before", hold.account, 1, ("1",)),), {hold.account: 9})
    assert with_capacity(before, {}) == before
    after = with_capacity(before, {"2": Slotted(Slot("quay", MAY, Figures(4, 8)))})
    orders, units = slot_key(ORDERS, "quay", MAY), slot_key(UNITS, "quay", MAY)
    assert after.lines == (line, other._replace(ways=((hold, Hold(units)),)))
    assert after.groups == (*before.groups, GroupHold(group_name("quay", MAY), orders, 1, ("2",)))
    assert after.openings == {hold.account: 9, orders: 4, units: 8}
    assert set(kinds().values()) == {ORDERS, UNITS}


steps = st.one_of(
    st.tuples(
        st.just("order"),
        st.lists(st.tuples(st.sampled_from(NODES), st.integers(1, 5)), min_size=1, max_size=3),
        st.booleans(),
    ),
    st.tuples(
        st.sampled_from(("confirm", "release", "ship", "deallocate")), st.integers(1, 5), st.none() | st.integers(1, 3)
    ),
    st.tuples(st.just("damage"), st.integers(1, 5), st.integers(1, 2)),
    st.tuples(st.just("expire"), st.integers(1, 5)),
    st.tuples(st.just("exchange"), st.integers(1, 5), st.none() | st.integers(1, 3), st.sampled_from(NODES)),
    st.tuples(st.just("set"), st.sampled_from(NODES), st.integers(0, 4), st.integers(0, 12)),
)
VERBS = {
    "confirm": ConfirmReservation,
    "release": ReleaseReservation,
    "ship": ShipReservation,
    "deallocate": DeallocateReservation,
}


def do(at: House, step: tuple[Any, ...], number: int) -> None:
    match step:
        case ("order", lines, partial):
            at.reserve(f"r{number}", *lines, partial=partial)
        case ("damage", n, quantity):
            at.at.do(DamageReserved(f"r{n}", (Pick("1", quantity),), "wet"))
        case ("expire", n):
            at.at.pass_time(timedelta(hours=1))
            at.at.do(ExpireReservation(f"r{n}", 1, 0))
        case ("exchange", n, quantity, node):
            at.exchange(f"r{n}", Pick("1", quantity), node)
        case ("set", node, orders, units):
            at.set(node, Figures(orders, units))
        case (verb, n, quantity):
            at.at.do(VERBS[verb](f"r{n}", () if quantity is None else (Pick("1", quantity),)))


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=20))
def test_laws_of_capacity(history: list[tuple[Any, ...]]) -> None:
    """At every prefix what is taken of a day was let in; nothing is granted beyond the figure; all is given back."""
    at = house()
    orders = 0
    for step in history:
        orders += step[0] == "order"
        before = {key: consumed(account) for key, account in at.at.accounts.items() if is_capacity(key)}
        try:
            do(at, step, orders)
        except Refusal:
            continue
        for key, account in at.at.accounts.items():
            if is_capacity(key):
                figure = at.slot(day_of(key)[0]).openings[key]
                assert figure_of(account) == figure
                assert consumed(account) <= max(figure, before.get(key, 0))
                assert account.grantable == max(0, figure - consumed(account))
    at.at.check()
    posted: dict[AccountKey, Counter[Any]] = {}
    for movement in at.at.movements:
        posted.setdefault(movement.account, Counter())[movement.kind] += movement.quantity
    for id in list(at.at.reservations):
        for verb in (ReleaseReservation, DeallocateReservation):
            with suppress(Refusal):
                at.at.do(verb(id))
    for key, account in at.at.accounts.items():
        if is_capacity(key):
            let_in = posted[key][OPEN] + posted[key][CAP_RAISE] - posted[key][CAP_LOWER]
            assert (account.balances.reserved, account.balances.allocated) == (0, 0)
            assert account.balances.available == let_in - posted[key][SHIP] - posted[key][DAMAGE]
