"""Expected supply: announced, promised, withdrawn, moved, and turned into stock on arrival."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected, ExpectedArrival, ExpectedArrived
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.expected import LatePromise, Turned
from application.stock.move_supply import MoveSupply, SupplyMove
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from application.stock.withdraw_supply import SupplyWithdrawal, WithdrawSupply
from domain.kernel.movement import RESERVE
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Hold, Plan, PlannedLine, Stage
from domain.stock.expected import EXPECTED, Expected, expected_key, kinds, made, to_come
from domain.stock.position import Position
from tests.unit.stock.desk import Desk

MAY, JUNE = "2026-05-01", "2026-06-01"
STOCK = Position("tea", "quay").key


def receipt(on: str = MAY) -> Any:
    return expected_key("-", "tea", "quay", date.fromisoformat(on))


def announce(quantity: int, on: str = MAY) -> AnnounceSupply:
    return AnnounceSupply((AnnouncedLine("tea", "quay", on, quantity),))


def preorder(id: str, quantity: int, on: str = MAY, units: int = 1, *, partial: bool = False) -> HoldPlanned:
    """Of stock if there is enough of it, else of what is expected."""
    ways = ((Hold(STOCK, units),), (Hold(receipt(on), units),))
    asked = ReserveStock((StockLine("tea", quantity, ("quay",)),), hold_for=None, order=f"order {id}", partial=partial)
    return HoldPlanned(asked, id, Plan((PlannedLine("1", quantity, ways),)))


def holders(at: Desk, on: str = MAY) -> tuple[str, ...]:
    return tuple(each.id for each in sorted(at.reservations.values(), key=made) if any(each.holding(receipt(on))))


def arrive(at: Desk, quantity: int, on: str = MAY, *, of: int = 100, **rest: Any) -> ExpectedArrived:
    """As its handler would, of the first so many who wait."""
    found: ExpectedArrived = at.do(
        ExpectedArrival(ArriveExpected("tea", "quay", on, quantity, **rest), holders(at, on)[:of])
    )
    return found


def withdraw(at: Desk, quantity: int | None = None, on: str = MAY) -> Any:
    return at.do(SupplyWithdrawal(WithdrawSupply("tea", "quay", on, "flood", quantity), holders(at, on)[-100:]))


def move(at: Desk, quantity: int | None = None, on: str = MAY, to: str = JUNE, *, of: int = 100) -> Any:
    return at.do(SupplyMove(MoveSupply("tea", "quay", on, to, "storm", quantity), holders(at, on)[-of:]))


def promised(at: Desk, id: str) -> dict[str, int]:
    """What it holds, by the kind of account."""
    found: dict[str, int] = {}
    for line in at.reservations[id].lines:
        for leg in line.legs:
            for hold in leg.holds:
                units = (leg.counts[Stage.HELD] + leg.counts[Stage.CONFIRMED]) * hold.units
                found[hold.account.kind.name] = found.get(hold.account.kind.name, 0) + units
    return {kind: units for kind, units in found.items() if units}


def desk(*quantities: int, announced: int = 10) -> Desk:
    at = Desk()
    at.do(announce(announced))
    for number, quantity in enumerate(quantities, 1):
        at.do(preorder(f"r{number}", quantity))
    return at


def test_no_more_is_promised_than_was_announced() -> None:
    at = desk(6)
    with pytest.raises(Refusal, match=r"expected\.insufficient|stock\.insufficient"):
        at.do(preorder("r2", 5))
    at.do(preorder("r3", 4))
    assert (to_come(at.accounts[receipt()]), at.accounts[receipt()].grantable) == (10, 0)
    at.check()


def test_what_is_promised_is_told_and_given_back_as_stock_is() -> None:
    at = Desk()
    at.do(announce(10))
    reply = at.do(preorder("r1", 6))
    assert [(line.goods, line.on, line.quantity) for line in reply.expected] == [("tea", MAY, 6)]
    assert (reply.lines, reply.positions) == ((), ())
    at.do(ReleaseReservation("r1"))
    assert at.accounts[receipt()].grantable == 10
    at.check()


def test_on_arrival_reservations_hold_the_stock_in_the_order_they_were_made() -> None:
    at = desk(3, 4, 3)
    at.do(ConfirmReservation("r2"))
    reply = arrive(at, 5)
    assert reply.turned == (Turned("r1", "1", 3), Turned("r2", "1", 2))
    assert (reply.received, reply.left, reply.expected.to_come) == (5, 0, 5)
    assert at.at("tea", "quay") == (0, 3, 2, 0, 0)
    assert promised(at, "r2") == {"stock": 2, "expected": 2}
    arrive(at, 5)
    assert [promised(at, id) for id in ("r1", "r2", "r3")] == [{"stock": 3}, {"stock": 4}, {"stock": 3}]
    at.check()


def test_what_nobody_waits_for_is_available_also_beyond_what_was_announced() -> None:
    at = desk(3)
    reply = arrive(at, 12)
    assert (reply.received, reply.left, reply.expected.to_come) == (12, 0, 0)
    assert at.at("tea", "quay") == (9, 3, 0, 0, 0)
    at.check()


def test_what_waits_cannot_be_overtaken_between_two_steps_of_an_arrival() -> None:
    at = desk(2, 2, 2)
    reply = arrive(at, 6, of=2)
    assert (reply.received, reply.left) == (4, 2)
    with pytest.raises(Refusal, match=r"\.insufficient"):
        at.do(preorder("late", 5))
    assert arrive(at, reply.left).left == 0
    assert promised(at, "r3") == {"stock": 2}
    at.check()


def test_the_safety_stock_does_not_stand_in_the_way_of_what_was_promised() -> None:
    at = desk(3)
    at.do(SetSafetyStock((SafetyStock("tea", "quay", 5),)))
    assert arrive(at, 3).turned == (Turned("r1", "1", 3),)
    assert at.at("tea", "quay") == (0, 3, 0, 0, 0)
    at.check()


def test_a_kit_is_not_torn_apart() -> None:
    at = Desk()
    at.do(announce(10))
    at.do(preorder("kit", 3, units=2))
    reply = arrive(at, 5)
    assert reply.turned == (Turned("kit", "1", 4),)
    assert at.at("tea", "quay") == (1, 4, 0, 0, 0)
    assert at.accounts[receipt()].balances == (4, 2, 0, 0, 0)
    at.check()


def test_arrivals_are_told_once_and_of_every_reservation() -> None:
    at = desk(3, 4)
    before = len(at.events)
    arrive(at, 7, lot="L1", expires="2027-01-01")
    assert [(event.type, event.subject) for event in at.events[before:]] == [
        ("HoldsExchanged", "reservation:r1"),
        ("HoldsExchanged", "reservation:r2"),
        ("ExpectedArrived", f"command:r{at.number}"),
    ]
    assert at.accounts[Position("tea", "quay", lot="L1").key].facts == {"expires": "2027-01-01"}
    at.check()


def test_what_has_not_arrived_cannot_be_shipped() -> None:
    at = desk(3)
    at.do(ConfirmReservation("r1"))
    with pytest.raises(Refusal, match=r"expected\.not_arrived"):
        at.do(ShipReservation("r1"))
    arrive(at, 3)
    at.do(ShipReservation("r1"))
    assert at.reservations["r1"].status == "shipped"
    at.check()


def test_withdrawing_takes_first_what_nobody_was_promised() -> None:
    at = desk(3)
    reply = withdraw(at, 7)
    assert (reply.withdrawn, reply.late, reply.expected.lacking) == (7, (), 0)
    assert [event.type for event in at.events[-1:]] == ["SupplyWithdrawn"]
    at.check()


def test_withdrawing_names_the_promises_it_breaks_the_last_made_first_to_go_without() -> None:
    at = desk(3, 4, 2)
    reply = withdraw(at, 5)
    assert reply.late == (LatePromise("r2", "order r2", 2), LatePromise("r3", "order r3", 2))
    assert (reply.expected.to_come, reply.expected.lacking, reply.more) == (5, 4, False)
    assert at.events[-1].type == "ExpectedSupplyLate"
    at.do(ReleaseReservation("r3"))
    with pytest.raises(Refusal, match=r"\.insufficient"):
        at.do(preorder("r4", 1))
    assert to_come(at.accounts[receipt()]) == 5
    arrive(at, 5)
    assert [promised(at, id) for id in ("r1", "r2")] == [{"stock": 3}, {"stock": 2, "expected": 2}]
    at.check()


@pytest.mark.parametrize("quantity", range(1, 11))
def test_every_unit_that_is_lacking_is_somebodys(quantity: int) -> None:
    at = desk(3, 4, 2)
    reply = withdraw(at, quantity)
    assert sum(late.quantity for late in reply.late) == reply.expected.lacking == quantity - 1


def test_a_receipt_is_read_of_its_account_and_names_it_again() -> None:
    assert Expected.of(receipt()) == Expected("tea", "quay", date(2026, 5, 1))
    owned = expected_key("farm", "tea", "quay", date(2026, 5, 1))
    assert (Expected.of(owned).owner, Expected.of(owned).key) == ("farm", owned)
    assert kinds() == {"expected": EXPECTED}


def test_what_is_announced_again_goes_first_to_those_who_lack_it() -> None:
    at = desk(6)
    withdraw(at)
    assert to_come(at.accounts[receipt()]) == 0
    reply = at.do(announce(8))
    assert (reply.expected[0].to_come, reply.expected[0].available, reply.expected[0].lacking) == (8, 2, 0)
    at.check()


def test_no_more_is_withdrawn_or_moved_than_is_to_come() -> None:
    at = desk(6)
    for wrong in (withdraw, move):
        with pytest.raises(Refusal, match=r"expected\.too_little"):
            wrong(at, 11)
        with pytest.raises(Refusal, match=r"expected\.unknown"):
            wrong(at, 1, "2026-07-01", "2026-08-01") if wrong is move else wrong(at, 1, "2026-07-01")


def test_what_is_moved_takes_its_promises_along_and_names_them_where_it_is_later() -> None:
    at = desk(3, 4)
    reply = move(at)
    assert (reply.moved, reply.left, reply.to.to_come, reply.expected.to_come) == (10, 0, 10, 0)
    assert {late.reservation: late.quantity for late in reply.late} == {"r1": 3, "r2": 4}
    assert at.events[-1].type == "ExpectedSupplyLate"
    assert (holders(at), holders(at, JUNE)) == ((), ("r1", "r2"))
    sooner = move(at, on=JUNE, to=MAY)
    assert (sooner.late, at.events[-1].type) == ((), "SupplyMoved")
    at.check()


def test_a_part_is_moved_from_what_is_free_and_then_from_the_last_promises() -> None:
    at = desk(3, 4)
    reply = move(at, 5)
    assert reply.late == (LatePromise("r2", "order r2", 2),)
    assert promised(at, "r2") == {"expected": 4}
    assert sum(at.reservations["r2"].holding(receipt(JUNE))) == 2
    at.check()


def test_a_move_goes_on_where_it_ended() -> None:
    at = desk(3, 4, 3)
    first = move(at, of=1)
    assert (first.moved, first.left) == (3, 7)
    again = move(at, first.left)
    assert (again.left, holders(at), holders(at, JUNE)) == (0, (), ("r1", "r2", "r3"))
    at.check()


steps = st.one_of(
    st.tuples(st.just("announce"), st.integers(1, 9), st.sampled_from((MAY, JUNE))),
    st.tuples(st.just("stock"), st.integers(1, 4)),
    st.tuples(st.just("floor"), st.integers(0, 4)),
    st.tuples(st.just("order"), st.integers(1, 6), st.sampled_from((MAY, JUNE)), st.integers(1, 2), st.booleans()),
    st.tuples(st.just("confirm"), st.integers(1, 6)),
    st.tuples(st.just("release"), st.integers(1, 6)),
    st.tuples(st.just("ship"), st.integers(1, 6)),
    st.tuples(st.just("arrive"), st.integers(1, 9), st.sampled_from((MAY, JUNE)), st.integers(1, 3)),
    st.tuples(st.just("withdraw"), st.none() | st.integers(1, 9), st.sampled_from((MAY, JUNE))),
    st.tuples(st.just("move"), st.none() | st.integers(1, 9), st.booleans(), st.integers(1, 3)),
)


def do(at: Desk, step: tuple[Any, ...], number: int) -> None:
    match step:
        case ("announce", quantity, on):
            at.do(announce(quantity, on))
        case ("stock", quantity):
            at.do(ReceiveStock((ReceivedLine("tea", "quay", quantity),)))
        case ("floor", quantity):
            at.do(SetSafetyStock((SafetyStock("tea", "quay", quantity),)))
        case ("order", quantity, on, units, partial):
            at.do(preorder(f"r{number}", quantity, on, units, partial=partial))
        case ("confirm", n):
            at.do(ConfirmReservation(f"r{n}"))
        case ("release", n):
            at.do(ReleaseReservation(f"r{n}"))
        case ("ship", n):
            at.do(ShipReservation(f"r{n}"))
        case ("arrive", quantity, on, of):
            arrive(at, quantity, on, of=of)
        case ("withdraw", quantity, on):
            withdraw(at, quantity, on)
        case ("move", quantity, later, of):
            move(at, quantity, *((MAY, JUNE) if later else (JUNE, MAY)), of=of)


def open_units(at: Desk) -> dict[str, int]:
    return {id: sum(promised(at, id).values()) for id in at.reservations}


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=14))
def test_laws_of_expected_supply(history: list[tuple[Any, ...]]) -> None:
    """What is granted was announced, what arrives loses no hold, and nobody who waits is overtaken."""
    at = Desk()
    orders = 0
    for step in history:
        orders += step[0] == "order"
        before, waited = open_units(at), holders(at, step[2]) if step[0] == "arrive" else ()
        grantable = {on: at.accounts[receipt(on)].grantable for on in (MAY, JUNE) if receipt(on) in at.accounts}
        lacked = {on: to_come(at.accounts[receipt(on)]) for on in grantable}
        last = len(at.movements)
        try:
            do(at, step, orders)
        except Refusal:
            continue
        if step[0] in ("arrive", "move", "withdraw", "announce"):
            assert open_units(at) == before
        if step[0] == "order":
            for on, was in grantable.items():
                account = at.accounts[receipt(on)]
                assert to_come(account) == lacked[on]
                lines = [line for line in at.movements[last:] if line.account == receipt(on)]
                assert {line.kind for line in lines} <= {RESERVE}
                assert sum(line.quantity for line in lines) <= was
        if step[0] == "arrive":
            still = [id for id in waited if id in holders(at, step[2])]
            assert list(waited[len(waited) - len(still) :]) == still
        for on in (MAY, JUNE):
            left = at.accounts.get(receipt(on))
            if left is not None:
                assert to_come(left) >= 0
                assert left.key.kind is EXPECTED
    at.check()
