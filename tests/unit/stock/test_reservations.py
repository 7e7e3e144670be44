"""What becomes of a reservation after it was made: shipped, taken back, extended, expired, exchanged, damaged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.stock.confirm_reservation import ConfirmReservation
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds, ExchangeTarget, Target
from application.stock.expire_reservation import ExpireReservation
from application.stock.extend_reservation import ExtendReservation
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.lines import Units
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from domain.kernel.account import AccountKind
from domain.kernel.movement import OPEN, RESERVABLE, Balances
from domain.kernel.refusal import (
    InsufficientBalance,
    InvalidInput,
    ReservationCancelled,
    ReservationExists,
    ReservationState,
    ReservationUnknown,
)
from domain.kernel.reservation import Hold, Pick, Plan, PlannedLine
from domain.stock.position import Position
from tests.unit.stock.desk import NOON, Desk

CREDIT = AccountKind("credit", ("buyer",), frozenset(RESERVABLE), "credit.insufficient", "credit")


def reserve(*lines: StockLine, id: str = "o1", **options: Any) -> HoldPlanned:
    return HoldPlanned(ReserveStock(lines, reservation=id, **options), id, plan_of(lines))


def stocked(*lines: tuple[str, str, int]) -> Desk:
    desk = Desk()
    desk.do(ReceiveStock(tuple(ReceivedLine(*line) for line in lines), opening=True))
    return desk


def held(quantity: int = 4) -> Desk:
    """A desk with 10 A at N1 and N2, of which o1 holds some at N1."""
    desk = stocked(("A", "N1", 10), ("A", "N2", 10))
    desk.do(reserve(StockLine("A", quantity, ("N1",))))
    return desk


def confirmed(quantity: int = 4) -> Desk:
    desk = held(quantity)
    desk.do(ConfirmReservation("o1"))
    return desk


# -- ship and deallocate -----------------------------------------------------------------------------------------------


def test_what_is_confirmed_leaves_to_someone_who_keeps_no_stock() -> None:
    desk = confirmed()
    reply = desk.do(ShipReservation("o1", (Pick("1", 3),)))
    assert (reply.status, reply.shipment, reply.goods) == ("partly_shipped", "", ())
    assert [(line.line, line.leg, line.goods, line.node, line.quantity) for line in reply.lines] == [
        ("1", 0, "A", "N1", 3)
    ]
    assert [(p.node, p.available, p.version) for p in reply.positions] == [("N1", 6, 4)]
    assert desk.at("A", "N1") == Balances(available=6, allocated=1)
    assert desk.posted(1) == [("A@N1", "SHIP", 3)]
    assert desk.do(ShipReservation("o1")).status == "shipped"
    assert desk.at("A", "N1") == Balances(available=6)
    assert desk.told()[-4:] == [
        ("StockReserved", "reservation:o1", 1),
        ("StockConfirmed", "reservation:o1", 2),
        ("StockShipped", "reservation:o1", 3),
        ("StockShipped", "reservation:o1", 4),
    ]
    desk.check()


def test_what_is_confirmed_can_be_given_back_and_what_is_held_stays_held() -> None:
    desk = held()
    desk.do(ConfirmReservation("o1", (Pick("1", 3),)))
    reply = desk.do(DeallocateReservation("o1", (Pick("1", 2),)))
    assert (reply.reservation, reply.status, [line.quantity for line in reply.lines]) == ("o1", "partly_confirmed", [2])
    assert desk.at("A", "N1") == Balances(available=8, reserved=1, allocated=1)
    assert desk.do(DeallocateReservation("o1")).status == "held"
    assert desk.told()[-1] == ("StockDeallocated", "reservation:o1", 4)
    with pytest.raises(ReservationState) as refusal:
        desk.do(DeallocateReservation("o1"))
    assert refusal.value.facts == {"reservation": "o1", "status": "held"}
    desk.check()


def test_no_more_leaves_than_is_confirmed() -> None:
    desk = confirmed()
    for command in (ShipReservation, DeallocateReservation):
        with pytest.raises(ReservationState) as refusal:
            desk.do(command("o1", (Pick("1", 5),)))
        assert refusal.value.facts["short"] == 1
    assert desk.at("A", "N1") == Balances(available=6, allocated=4)


@pytest.mark.parametrize(
    "command",
    [
        ShipReservation("no"),
        DeallocateReservation("no"),
        ExtendReservation("no", timedelta(hours=1)),
        DamageReserved("no", (Pick("1"),), "wet"),
        ExchangeHolds("no", Pick("1"), (Target("A", "N2"),)),
    ],
)
def test_of_an_unknown_reservation_nothing_moves_and_of_a_cancelled_one_neither(command: Any) -> None:
    desk = Desk()
    with pytest.raises(ReservationUnknown):
        desk.do(command)
    desk.do(ReleaseReservation("no"))
    with pytest.raises(ReservationCancelled):
        desk.do(command)
    assert desk.movements == []


@pytest.mark.parametrize("pick", [Pick("1", -5), Pick("1", 0), Pick("1", 10**9 + 1), Pick(""), Pick("1", 1, -1)])
def test_a_part_that_no_reservation_has_is_refused_before_the_queue(pick: Pick) -> None:
    for command in (ShipReservation, DeallocateReservation, ConfirmReservation, ReleaseReservation):
        with pytest.raises(InvalidInput):
            command("o1", (pick,))
    with pytest.raises(InvalidInput):
        DamageReserved("o1", (pick,), "wet")
    with pytest.raises(InvalidInput):
        ExchangeHolds("o1", pick, (Target("A", "N2"),))


def test_a_command_names_at_most_500_parts() -> None:
    parts = tuple(Pick(str(n)) for n in range(501))
    assert len(ShipReservation("o1", parts[:500]).picks) == 500
    with pytest.raises(InvalidInput) as refusal:
        ShipReservation("o1", parts)
    assert refusal.value.facts == {"field": "picks", "most": 500}


# -- due times ---------------------------------------------------------------------------------------------------------


def test_an_extension_counts_from_now_and_makes_the_old_deadline_stale() -> None:
    desk = held()
    desk.pass_time(timedelta(minutes=20))
    reply = desk.do(ExtendReservation("o1", timedelta(hours=1)))
    assert (reply.status, reply.due) == ("held", NOON + timedelta(minutes=80))
    assert (desk.reservations["o1"].deadline, desk.reservations["o1"].token) == (2, 0)
    assert desk.told()[-1] == ("ReservationExtended", "reservation:o1", 2)
    desk.pass_time(timedelta(minutes=15))
    assert desk.do(ExpireReservation("o1", 1, 0)).lines == ()
    assert desk.at("A", "N1").reserved == 4
    desk.check()


def test_only_what_is_held_can_be_extended_and_from_a_second_to_thirty_days() -> None:
    with pytest.raises(ReservationState):
        confirmed().do(ExtendReservation("o1", timedelta(hours=1)))
    for least, most in ((timedelta(seconds=1), timedelta(days=30)),):
        ExtendReservation("o1", least)
        ExtendReservation("o1", most)
        for wrong in (least - timedelta(microseconds=1), most + timedelta(microseconds=1), timedelta(0)):
            with pytest.raises(InvalidInput) as refusal:
                ExtendReservation("o1", wrong)
            assert refusal.value.facts == {"field": "hold_for", "least": 1.0, "most": 2_592_000.0}


def test_what_is_still_held_when_its_time_has_come_goes_back() -> None:
    desk = held()
    desk.do(ConfirmReservation("o1", (Pick("1", 1),)))
    desk.pass_time(timedelta(minutes=30))
    reply = desk.do(ExpireReservation("o1", 1, 0))
    assert (reply.reservation, reply.status, [line.quantity for line in reply.lines]) == ("o1", "confirmed", [3])
    assert desk.posted(1) == [("A@N1", "EXPIRE", 3)]
    assert desk.at("A", "N1") == Balances(available=9, allocated=1)
    assert desk.told()[-1] == ("StockExpired", "reservation:o1", 3)
    desk.check()


def test_an_expiry_that_is_stale_changes_nothing() -> None:
    for deadline, token, minutes in ((2, 0, 30), (1, 1, 30), (1, 0, 29)):
        desk = held()
        desk.pass_time(timedelta(minutes=minutes))
        movements, events = len(desk.movements), len(desk.events)
        reply = desk.do(ExpireReservation("o1", deadline, token))
        assert (reply.status, reply.due, reply.lines, reply.positions) == ("held", NOON + timedelta(minutes=30), (), ())
        assert (len(desk.movements), len(desk.events), desk.reservations["o1"].events) == (movements, events, 1)
    for done in (ConfirmReservation("o1"), ReleaseReservation("o1")):
        desk = held()
        desk.do(done)
        desk.pass_time(timedelta(hours=1))
        events = len(desk.events)
        assert desk.do(ExpireReservation("o1", 1, 0)).lines == ()
        assert len(desk.events) == events
    assert Desk().do(ExpireReservation("no", 1, 0)).status == "unknown"


def test_the_token_fences_the_worker() -> None:
    desk = held()
    desk.reservations["o1"] = replace(desk.reservations["o1"], token=7)
    desk.pass_time(timedelta(minutes=30))
    assert desk.do(ExpireReservation("o1", 1, 6)).lines == ()
    assert desk.do(ExpireReservation("o1", 1, 7)).status == "expired"


@pytest.mark.parametrize(("deadline", "token"), [(0, 0), (1, -1), (True, 0), (1, 2**53 + 1)])
def test_a_deadline_is_a_number_from_1(deadline: int, token: int) -> None:
    with pytest.raises(InvalidInput):
        ExpireReservation("o1", deadline, token)


# -- exchange ----------------------------------------------------------------------------------------------------------


def test_units_of_a_line_are_held_elsewhere_without_being_let_go() -> None:
    desk = held()
    desk.do(ConfirmReservation("o1", (Pick("1", 1),)))
    due = desk.reservations["o1"].due
    reply = desk.do(ExchangeHolds("o1", Pick("1"), (Target("A", "N2"),)))
    assert desk.at("A", "N1") == Balances(available=10)
    assert desk.at("A", "N2") == Balances(available=6, reserved=3, allocated=1)
    assert desk.posted(4) == [
        ("A@N1", "RELEASE", 3),
        ("A@N1", "DEALLOCATE", 1),
        ("A@N2", "RESERVE", 4),
        ("A@N2", "CONFIRM", 1),
    ]
    assert {movement.scene for movement in desk.movements[-4:]} == {"exchange"}
    assert [(line.line, line.leg, line.node, line.quantity) for line in reply.lines] == [("1", 0, "N2", 4)]
    assert [(p.node, p.available) for p in reply.positions] == [("N1", 10), ("N2", 6)]
    assert (reply.reservation, reply.status) == ("o1", "partly_confirmed")
    after = desk.reservations["o1"]
    assert (after.due, after.deadline, after.lines[0].granted) == (due, 1, 4)
    assert desk.told()[-1] == ("HoldsExchanged", "reservation:o1", 3)
    desk.check()


def test_a_part_of_a_line_is_exchanged_and_the_rest_stays() -> None:
    desk = held()
    reply = desk.do(ExchangeHolds("o1", Pick("1", 3), (Target("A", "N2"),)))
    assert [(line.leg, line.quantity) for line in reply.lines] == [(1, 3)]
    assert (desk.at("A", "N1").reserved, desk.at("A", "N2").reserved) == (1, 3)
    desk.check()


def test_the_new_position_must_have_it_above_its_safety_stock() -> None:
    desk = held()
    desk.do(SetSafetyStock((SafetyStock("A", "N2", 7),)))
    with pytest.raises(InsufficientBalance) as refusal:
        desk.do(ExchangeHolds("o1", Pick("1"), (Target("A", "N2"),)))
    assert refusal.value.own_code == "stock.insufficient"
    assert desk.at("A", "N1").reserved == 4
    assert desk.do(ExchangeHolds("o1", Pick("1", 3), (Target("A", "N2"),))).status == "held"


def test_a_line_is_exchanged_to_the_same_goods_only() -> None:
    desk = held()
    desk.do(ReceiveStock((ReceivedLine("B", "N2", 10),)))
    for targets in ((Target("B", "N2"),), (Target("A", "N2"), Target("B", "N2"))):
        with pytest.raises(ExchangeTarget) as refusal:
            desk.do(ExchangeHolds("o1", Pick("1"), targets))
        assert refusal.value.own_code == "exchange.target"
        assert refusal.value.facts == {"reservation": "o1", "line": "1", "goods": ["A"]}


def test_what_is_held_beside_stock_stays_held() -> None:
    desk = stocked(("A", "N1", 10), ("A", "N2", 10))
    credit = CREDIT.key("bob")
    line = PlannedLine("1", 2, ((Hold(Position("A", "N1").key), Hold(credit, 5)),))
    plan = Plan((line,), openings={credit: 10})
    desk.do(HoldPlanned(ReserveStock((StockLine("A", 2, ("N1",)),)), "o1", plan))
    assert desk.accounts[credit].balances == Balances(reserved=10)
    reply = desk.do(ExchangeHolds("o1", Pick("1"), (Target("A", "N2"),)))
    assert [line.goods for line in reply.lines] == ["A"]
    assert desk.accounts[credit].balances == Balances(reserved=10)
    assert (desk.at("A", "N1").reserved, desk.at("A", "N2").reserved) == (0, 2)
    assert OPEN in CREDIT.movements
    desk.check()


def test_legs_that_hold_differently_are_exchanged_one_by_one() -> None:
    desk = stocked(("A", "N1", 3), ("A", "N2", 3), ("A", "N3", 9))
    x, y = CREDIT.key("x"), CREDIT.key("y")
    ways = tuple((Hold(Position("A", node).key), Hold(quota)) for node, quota in (("N1", x), ("N2", y)))
    plan = Plan((PlannedLine("1", 5, ways),), openings={x: 9, y: 9})
    desk.do(HoldPlanned(ReserveStock((StockLine("A", 5, ("N1", "N2")),)), "o1", plan))
    with pytest.raises(ExchangeTarget) as refusal:
        desk.do(ExchangeHolds("o1", Pick("1"), (Target("A", "N3"),)))
    assert refusal.value.facts == {"reservation": "o1", "line": "1", "legs": [0, 1]}
    desk.do(ExchangeHolds("o1", Pick("1", None, 1), (Target("A", "N3"),)))
    assert [desk.at("A", node).reserved for node in ("N1", "N2", "N3")] == [3, 0, 2]
    desk.check()


def test_what_is_neither_held_nor_confirmed_cannot_be_exchanged() -> None:
    desk = confirmed()
    desk.do(ShipReservation("o1"))
    with pytest.raises(ReservationState) as refusal:
        desk.do(ExchangeHolds("o1", Pick("1"), (Target("A", "N2"),)))
    assert refusal.value.facts == {"reservation": "o1", "line": "1", "status": "shipped"}
    with pytest.raises(InvalidInput) as line:
        desk.do(ExchangeHolds("o1", Pick("9"), (Target("A", "N2"),)))
    assert line.value.facts == {"field": "line", "reservation": "o1", "line": "9"}
    with pytest.raises(InvalidInput):
        ExchangeHolds("o1", Pick("1"), (Target("A", "N2"), Target("A", "N3")))
    with pytest.raises(InvalidInput):
        ExchangeHolds("o1", Pick("1"), ())


# -- damage, transfers -------------------------------------------------------------------------------------------------


def test_broken_units_of_a_reservation_stay_on_hand_and_are_not_shipped() -> None:
    desk = confirmed()
    reply = desk.do(DamageReserved("o1", (Pick("1", 1),), "dropped"))
    assert (reply.status, [line.quantity for line in reply.lines]) == ("confirmed", [1])
    assert desk.at("A", "N1") == Balances(available=6, allocated=3, held=1)
    assert desk.at("A", "N1").on_hand == 10
    assert (desk.posted(1), desk.movements[-1].reason) == ([("A@N1", "DAMAGE", 1)], "dropped")
    assert desk.told()[-1] == ("ReservedStockDamaged", "reservation:o1", 3)
    assert desk.do(ShipReservation("o1")).lines[0].quantity == 3
    desk.check()


def test_damage_names_its_parts_and_a_reason() -> None:
    for picks, reason in (((), "dropped"), ((Pick("1"),), "")):
        with pytest.raises(InvalidInput):
            DamageReserved("o1", picks, reason)


def test_a_transfer_is_frozen_in_one_command_and_never_due() -> None:
    desk = stocked(("A", "N1", 10), ("B", "N1", 5))
    reply = desk.do(FreezeTransfer("t1", (Units("A", "N1", 3), Units("B", "N1", 5)), order="T-1"))
    assert (reply.status, reply.due) == ("confirmed", None)
    assert [(line.line, line.goods, line.quantity) for line in reply.lines] == [("1", "A", 3), ("2", "B", 5)]
    assert (desk.at("A", "N1").allocated, desk.at("B", "N1").allocated) == (3, 5)
    assert [name for _, name, _ in desk.posted(4)] == ["RESERVE", "RESERVE", "CONFIRM", "CONFIRM"]
    frozen = desk.reservations["t1"]
    assert (frozen.scene, frozen.order, frozen.due) == ("transfer", "T-1", None)
    assert desk.told()[1:] == [("TransferFrozen", "reservation:t1", 1)]
    with pytest.raises(ReservationExists):
        desk.do(FreezeTransfer("t1", (Units("A", "N1", 1),)))
    with pytest.raises(InsufficientBalance) as refusal:
        desk.do(FreezeTransfer("t2", (Units("A", "N1", 1), Units("B", "N1", 1))))
    short: Any = refusal.value.facts["short"]
    assert [each["line"] for each in short] == ["2"]
    assert desk.at("A", "N1").allocated == 3
    assert desk.do(DeallocateReservation("t1")).status == "released"
    desk.check()


def test_reserve_confirm_and_ship_in_one_batch() -> None:
    desk = stocked(("A", "N1", 10))
    replies = desk.together(
        reserve(StockLine("A", 4, ("N1",))), ConfirmReservation("o1"), ShipReservation("o1", (Pick("1", 3),))
    )
    assert [reply.status for reply in replies] == ["held", "confirmed", "partly_shipped"]
    desk.check()


def test_what_only_counts_as_true_or_as_a_time_is_refused() -> None:
    lines = (StockLine("A", 1, ("N1",)),)
    for partial in ("false", 1, None):
        with pytest.raises(InvalidInput) as refusal:
            ReserveStock(lines, partial=partial)  # type: ignore[arg-type]  # what a caller without types may send
        assert refusal.value.facts == {"field": "partial"}
    with pytest.raises(InvalidInput) as refusal:
        ReserveStock(lines, hold_for=60)  # type: ignore[arg-type]  # what a caller without types may send
    assert refusal.value.facts["field"] == "hold_for"
    with pytest.raises(InvalidInput) as refusal:
        ReceiveStock((ReceivedLine("A", "N1", 1),), opening="no")  # type: ignore[arg-type]  # likewise
    assert refusal.value.facts == {"field": "opening"}
