"""Laws of stock under random commands: nothing appears, vanishes or goes below zero, whatever is asked in any order."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from application.stock.accept_return import AcceptReturn, ReturnedLine
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountedLine, CountStock
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.expire_reservation import ExpireReservation
from application.stock.extend_reservation import ExtendReservation
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.recall_shipment import RecalledLine, RecallShipment
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from application.stock.unhold_stock import UnholdStock
from application.stock.write_off_stock import WriteOffStock
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Pick
from domain.stock.shipment import Place
from tests.unit.stock.desk import Desk

goods = st.sampled_from("AB")
nodes = st.sampled_from(("N1", "N2", "N3"))
few = st.integers(1, 6)
some = st.integers(0, 3)
reservations = st.sampled_from(("o1", "o2", "o3"))
shipments = st.sampled_from(("S1", "S2"))
places = nodes.map(Place)
units = st.builds(Units, goods, nodes, few)
parts = st.tuples(st.sampled_from("12"), st.none() | few, st.none() | st.integers(0, 1)).map(Pick._make)
picks = st.lists(parts, max_size=2).map(tuple)


def lines_of(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, min_size=1, max_size=2).map(tuple)


def reserved(id: str, lines: tuple[StockLine, ...], partial: bool) -> HoldPlanned:
    return HoldPlanned(ReserveStock(lines, partial=partial), id, plan_of(lines))


ordered = st.lists(nodes, min_size=1, max_size=3, unique=True).map(tuple)
each_command: tuple[st.SearchStrategy[Any], ...] = (
    st.builds(ReceiveStock, lines_of(st.builds(ReceivedLine, goods, nodes, st.integers(1, 30))), st.booleans()),
    st.builds(reserved, reservations, lines_of(st.builds(StockLine, goods, few, ordered)), st.booleans()),
    st.builds(reserved, reservations, lines_of(st.builds(StockLine, goods, few, ordered)), st.booleans()),
    st.builds(ConfirmReservation, reservations, picks),
    st.builds(ConfirmReservation, reservations),
    st.builds(ReleaseReservation, reservations, picks),
    st.builds(DeallocateReservation, reservations, picks),
    st.builds(ShipReservation, reservations, picks),
    st.builds(ShipReservation, reservations, picks, shipments, places),
    st.builds(ShipReservation, reservations, st.just(()), shipments, places),
    st.builds(FreezeTransfer, reservations, lines_of(units)),
    st.builds(ExtendReservation, reservations, st.just(timedelta(minutes=5))),
    st.builds(ExpireReservation, reservations, st.integers(1, 2), st.just(0)),
    st.builds(
        ExchangeHolds,
        reservations,
        parts,
        st.tuples(st.builds(Target, goods, nodes)),
    ),
    st.builds(DamageReserved, reservations, lines_of(few.map(lambda quantity: Pick("1", quantity))), st.just("broken")),
    st.builds(
        ReceiveShipment,
        st.sampled_from(("S1", "S1", "S2")),
        st.sampled_from(("N3", "N3", "N1")),
        st.tuples(
            st.tuples(goods, some, some, some, some)
            .filter(lambda parts: any(parts[1:]))
            .map(lambda parts: ArrivedLine(*parts, reason="as found"))
        ),
    ),
    st.builds(RecallShipment, shipments, st.tuples(st.builds(RecalledLine, goods, few)), st.just("wrong")),
    st.builds(AcceptReturn, st.tuples(st.builds(ReturnedLine, goods, nodes, few, some)), st.just("o9")),
    st.builds(HoldStock, lines_of(units), st.just("wet")),
    st.builds(UnholdStock, lines_of(units), st.just("dry")),
    st.builds(WriteOffStock, lines_of(units), st.just("mould")),
    st.builds(ReportSale, lines_of(units)),
    st.builds(SetSafetyStock, st.tuples(st.builds(SafetyStock, goods, nodes, some))),
    st.builds(
        CountStock,
        st.tuples(st.builds(CountedLine, goods, nodes, st.integers(0, 20))),
        st.just("quarter"),
        st.just(()) | st.tuples(reservations),
    ),
)
commands = st.one_of(each_command)


def opened() -> Desk:
    """A desk in full swing: stock, a transfer half on its way to N3, an order held, something set aside."""
    desk = Desk()
    desk.do(ReceiveStock(tuple(ReceivedLine(g, n, 20) for g in "AB" for n in ("N1", "N2")), opening=True))
    desk.do(FreezeTransfer("o1", (Units("A", "N1", 8), Units("B", "N1", 8))))
    desk.do(ShipReservation("o1", (Pick("1", 4), Pick("2", 4)), "S1", Place("N3")))
    desk.do(reserved("o2", (StockLine("A", 6, ("N2", "N1")),), False))
    desk.do(HoldStock((Units("A", "N1", 3), Units("B", "N2", 3)), "wet"))
    return desk


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(commands, min_size=1, max_size=3), min_size=5, max_size=25))
def test_every_law_holds_after_any_batches_of_commands(batches: list[list[Any]]) -> None:
    desk = opened()
    for batch in batches:
        movements, events = len(desk.movements), len(desk.events)
        outcomes = desk.together(*batch)
        for outcome in outcomes:
            assert not isinstance(outcome, Exception) or isinstance(outcome, Refusal), repr(outcome)
        if all(isinstance(outcome, Refusal) for outcome in outcomes):
            assert (len(desk.movements), len(desk.events)) == (movements, events)
        desk.pass_time(timedelta(minutes=10))
    desk.check()
    check_events(desk)


def check_events(desk: Desk) -> None:
    """Every command that posted told something; the events of a reservation or shipment are numbered without a gap."""
    told = {event.act.number for event in desk.events if event.act is not None}
    assert {movement.act.number for movement in desk.movements} <= told
    numbers: dict[str, list[int]] = {}
    for event in desk.events:
        numbers.setdefault(event.subject, []).append(event.number)
    for subject, counted in numbers.items():
        assert counted == list(range(1, len(counted) + 1)), subject
    for id, reservation in desk.reservations.items():
        assert reservation.events == len(numbers[f"reservation:{id}"])
        mine = {m.act.number for m in desk.movements if m.subject == id}
        assert mine <= set(reservation.commands)
    for key, entry in desk.entries.items():
        steps = numbers[f"{key.register}:{key.code}"]
        assert len(steps) == entry.version == len(entry.facts["commands"])
        assert {m.act.number for m in desk.movements if m.subject == key.code} <= set(entry.facts["commands"])


@pytest.mark.parametrize("each", each_command)
def test_each_kind_of_command_that_is_tried_can_be_accepted(each: st.SearchStrategy[Any]) -> None:
    """A property over commands that are all refused would prove nothing."""

    def accepted(command: Any) -> bool:
        desk = opened()
        before = len(desk.events)
        desk.pass_time(timedelta(minutes=30))
        return not isinstance(desk.together(command)[0], Exception) and len(desk.events) > before

    find(each, accepted, settings=settings(max_examples=500, deadline=None, database=None, derandomize=True))
