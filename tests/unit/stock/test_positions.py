"""Commands that name positions: hold and unhold, write off, sell over the counter, count, keep a safety stock."""

from collections.abc import Sequence
from typing import Any

import pytest

from application.kernel.call import Call
from application.kernel.ports import StoreError
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountedLine, CountedPosition, CountStock, CountStockHandler
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.ports import Promised
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.unhold_stock import UnholdStock
from application.stock.write_off_stock import WriteOffStock
from domain.kernel.account import Account, AccountKey
from domain.kernel.movement import Balances
from domain.kernel.refusal import InsufficientBalance, InvalidInput, ReservationState, ReservationUnknown
from domain.kernel.reservation import Pick
from domain.stock.count import CountBelowPromised, Difference, difference
from domain.stock.position import Position
from tests.unit.stock.desk import Desk


def stocked(*lines: tuple[str, str, int]) -> Desk:
    desk = Desk()
    desk.do(ReceiveStock(tuple(ReceivedLine(*line) for line in lines or (("A", "N1", 10),)), opening=True))
    return desk


def reserve(desk: Desk, id: str, quantity: int, *, confirm: int = 0, node: str = "N1") -> None:
    lines = (StockLine("A", quantity, (node,)),)
    desk.do(HoldPlanned(ReserveStock(lines), id, plan_of(lines)))
    if confirm:
        desk.do(ConfirmReservation(id, (Pick("1", confirm),)))


# -- hold, unhold, write off, sell --


def test_what_is_set_aside_can_be_given_back_or_written_off() -> None:
    desk = stocked()
    reply = desk.do(HoldStock((Units("A", "N1", 4),), "wet"))
    assert [(p.goods, p.node, p.available, p.version) for p in reply.positions] == [("A", "N1", 6, 2)]
    assert desk.at("A", "N1") == Balances(available=6, held=4)
    assert desk.do(UnholdStock((Units("A", "N1", 1),), "dried")).positions[0].available == 7
    assert desk.do(WriteOffStock((Units("A", "N1", 3),), "mould")).positions[0].version == 4
    assert desk.at("A", "N1") == Balances(available=7)
    assert desk.posted(3) == [("A@N1", "HOLD", 4), ("A@N1", "UNHOLD", 1), ("A@N1", "WRITE_OFF", 3)]
    assert [movement.reason for movement in desk.movements[-3:]] == ["wet", "dried", "mould"]
    assert desk.told()[-3:] == [
        ("StockHeld", "command:r2", 1),
        ("StockUnheld", "command:r3", 1),
        ("StockWrittenOff", "command:r4", 1),
    ]
    desk.check()


def test_a_sale_over_the_counter_takes_what_is_available_even_of_the_safety_stock() -> None:
    desk = stocked()
    desk.do(SetSafetyStock((SafetyStock("A", "N1", 8),)))
    desk.do(ReportSale((Units("A", "N1", 7),), reason="till 3"))
    assert desk.at("A", "N1") == Balances(available=3)
    assert desk.posted(1) == [("A@N1", "REPORT_SALE", 7)]
    assert (desk.movements[-1].scene, desk.movements[-1].reason) == ("sale", "till 3")
    desk.do(ReportSale((Units("A", "N1", 1),), scene="market"))
    assert desk.movements[-1].scene == "market"
    assert desk.told()[-1] == ("SaleReported", "command:r4", 1)


@pytest.mark.parametrize("command", [HoldStock, UnholdStock, WriteOffStock, ReportSale])
def test_a_line_that_is_short_moves_none_of_its_neighbours(command: Any) -> None:
    desk = stocked(("A", "N1", 10), ("B", "N1", 10))
    desk.do(HoldStock((Units("A", "N1", 5), Units("B", "N1", 5)), "x"))
    with pytest.raises(InsufficientBalance) as refusal:
        desk.do(command((Units("A", "N1", 5), Units("B", "N1", 6)), "x"))
    assert refusal.value.own_code == "stock.insufficient"
    assert refusal.value.facts["account"]["goods"] == "B"  # type: ignore[index]
    assert (refusal.value.facts["wanted"], refusal.value.facts["held"]) == (6, 5)
    assert desk.at("A", "N1") == Balances(available=5, held=5)


@pytest.mark.parametrize("command", [HoldStock, UnholdStock, WriteOffStock])
def test_what_moves_by_hand_needs_a_reason_and_1_to_500_lines(command: Any) -> None:
    line = Units("A", "N1", 1)
    assert list(command((line,), "x").mentions().goods) == ["A"]
    assert list(command((line,), "x").mentions().nodes) == ["N1"]
    for lines, reason in (((line,), ""), ((), "x"), ((line,) * 501, "x"), ((line,), "x" * 513)):
        with pytest.raises(InvalidInput):
            command(lines, reason)
    assert len(command((line,) * 500, "x" * 512).lines) == 500


def test_a_sale_is_checked_before_the_queue() -> None:
    line = Units("A", "N1", 1)
    for wrong in ({"lines": ()}, {"scene": ""}, {"scene": "x" * 33}, {"reason": "\0"}):
        options: dict[str, Any] = {"lines": (line,), **wrong}
        with pytest.raises(InvalidInput):
            ReportSale(**options)
    for parts in (("A", "N1", 0), ("A", "N1", -1), ("A", "N1", 10**9 + 1), ("", "N1", 1), ("A", "", 1)):
        with pytest.raises(InvalidInput):
            Units(*parts)
    for owner, lot in (("", "-"), ("-", "")):
        with pytest.raises(InvalidInput):
            Units("A", "N1", 1, owner, lot)
    assert Units("A", "N1", 10**9, "acme", "L1").key == Position("A", "N1", "acme", "L1").key


# -- safety stock --


def test_a_safety_stock_is_promised_to_nobody_and_leaves_promises_alone() -> None:
    desk = stocked()
    reserve(desk, "o1", 4)
    reply = desk.do(SetSafetyStock((SafetyStock("A", "N1", 5),), reason="season"))
    assert (reply.positions[0].available, reply.positions[0].version) == (6, 3)
    assert desk.posted(1) == [("A@N1", "SET_FLOOR", 0)]
    assert (desk.movements[-1].floor, desk.movements[-1].reason) == (5, "season")
    assert desk.told()[-1] == ("SafetyStockSet", "command:r3", 1)
    with pytest.raises(InsufficientBalance):
        reserve(desk, "o2", 2)
    reserve(desk, "o3", 1)
    desk.do(SetSafetyStock((SafetyStock("A", "N1", 0),)))
    reserve(desk, "o4", 5)
    desk.check()


def test_a_safety_stock_is_from_0_to_the_largest_balance() -> None:
    assert SafetyStock("A", "N1", 2**53).quantity == 2**53
    for wrong in (-1, 2**53 + 1, True):
        with pytest.raises(InvalidInput):
            SafetyStock("A", "N1", wrong)
    with pytest.raises(InvalidInput):
        SafetyStock("", "N1", 1)
    with pytest.raises(InvalidInput):
        SetSafetyStock(())
    mentions = SetSafetyStock((SafetyStock("A", "N1", 1),)).mentions()
    assert (list(mentions.goods), list(mentions.nodes)) == (["A"], ["N1"])


# -- count --


@pytest.mark.parametrize(
    ("balances", "counted", "gain", "loss"),
    [
        (Balances(10), 10, 0, 0),
        (Balances(10), 11, 1, 0),
        (Balances(10), 9, 0, 1),
        (Balances(10), 0, 0, 10),
        (Balances(2, 3, 4, 9, 1), 10, 0, 0),
        (Balances(2, 3, 4, 9, 1), 8, 0, 2),
        (Balances(2, 3, 4, 9, 1), 12, 2, 0),
        (Balances(), 0, 0, 0),
    ],
)
def test_a_count_is_compared_with_all_that_lies_there(balances: Balances, counted: int, gain: int, loss: int) -> None:
    assert difference(Account(Position("A", "N1").key, balances), counted) == Difference(gain, loss)


def test_a_count_below_what_is_promised_says_by_how_much() -> None:
    account = Account(Position("A", "N1", "acme").key, Balances(2, 3, 4, 9, 1))
    with pytest.raises(CountBelowPromised) as refusal:
        difference(account, 5)
    assert refusal.value.own_code == "stock.promised"
    assert refusal.value.position == Position("A", "N1", "acme")
    assert refusal.value.facts == {
        "position": {"owner": "acme", "goods": "A", "node": "N1", "lot": "-", "channel": "-"},
        "counted": 5,
        "on_hand": 10,
        "available": 2,
        "reserved": 3,
        "allocated": 4,
        "held": 1,
        "short": 3,
    }
    with pytest.raises(CountBelowPromised) as by_one:
        difference(account, 7)
    assert by_one.value.facts["short"] == 1
    assert "8 promised or held" in by_one.value.message
    with pytest.raises(CountBelowPromised, match="1 counted, 7 promised or held"):
        difference(Account(account.key, Balances(3, 3, 3, 9, 1)), 1)


def test_what_was_found_is_the_truth() -> None:
    desk = stocked(("A", "N1", 10), ("B", "N1", 10), ("C", "N1", 10))
    lines = (CountedLine("A", "N1", 12), CountedLine("B", "N1", 7), CountedLine("C", "N1", 10))
    reply = desk.do(CountStock(lines, "quarter"), actor="bob")
    assert desk.posted(2) == [("A@N1", "COUNT_GAIN", 2), ("B@N1", "COUNT_LOSS", 3)]
    assert {(m.scene, m.reason, m.act.actor) for m in desk.movements[-2:]} == {("count", "quarter", "bob")}
    assert reply.counts == (
        CountedPosition("A", "N1", "-", "-", 12, 2, 0),
        CountedPosition("B", "N1", "-", "-", 7, 0, 3),
        CountedPosition("C", "N1", "-", "-", 10, 0, 0),
    )
    assert (reply.reason, reply.actor, reply.displaced) == ("quarter", "bob", ())
    assert [p.available for p in reply.positions] == [12, 7, 10]
    assert desk.told()[-1] == ("StockCounted", "command:r2", 1)
    desk.check()


def promised() -> Desk:
    """10 on hand at N1: 8 allocated to o1, the rest available; and o1 holds 2 elsewhere."""
    desk = stocked(("A", "N1", 10), ("B", "N2", 10))
    lines = (StockLine("A", 8, ("N1",)), StockLine("B", 2, ("N2",)))
    desk.do(HoldPlanned(ReserveStock(lines), "o1", plan_of(lines)))
    desk.do(ConfirmReservation("o1", (Pick("1", 5), Pick("2"))))
    return desk


def test_a_count_that_finds_less_than_is_promised_is_refused_unless_it_displaces() -> None:
    desk = promised()
    with pytest.raises(CountBelowPromised):
        desk.do(CountStock((CountedLine("A", "N1", 5),), "quarter"))
    reply = desk.do(CountStock((CountedLine("A", "N1", 5),), "quarter", ("o1",)))
    assert desk.posted(3) == [("A@N1", "RELEASE", 3), ("A@N1", "DEALLOCATE", 5), ("A@N1", "COUNT_LOSS", 5)]
    assert {movement.scene for movement in desk.movements[-3:]} == {"count"}
    assert desk.at("A", "N1") == Balances(available=5)
    assert desk.at("B", "N2").allocated == 2, "its other lines stay"
    (displaced,) = reply.displaced
    assert (displaced.reservation, displaced.status) == ("o1", "confirmed")
    assert [(line.goods, line.quantity) for line in displaced.lines] == [("A", 3), ("A", 5)]
    assert desk.told()[-2:] == [("StockDisplaced", "reservation:o1", 3), ("StockCounted", "command:r5", 1)]
    desk.check()


def test_only_the_part_of_a_line_that_lies_where_it_was_counted_is_displaced() -> None:
    desk = stocked(("A", "N1", 3), ("A", "N2", 3))
    lines = (StockLine("A", 5, ("N1", "N2")),)
    desk.do(HoldPlanned(ReserveStock(lines), "o1", plan_of(lines)))
    reply = desk.do(CountStock((CountedLine("A", "N2", 0),), "quarter", ("o1",)))
    assert [(line.node, line.leg, line.quantity) for line in reply.displaced[0].lines] == [("N2", 1, 2)]
    assert (desk.at("A", "N1"), desk.at("A", "N2")) == (Balances(reserved=3), Balances())
    desk.check()


def test_displacing_is_all_or_nothing_with_the_count() -> None:
    desk = promised()
    reserve(desk, "o2", 2)
    with pytest.raises(CountBelowPromised):
        desk.do(CountStock((CountedLine("A", "N1", 0),), "quarter", ("o1",)))
    assert desk.at("A", "N1") == Balances(reserved=5, allocated=5)
    desk.do(CountStock((CountedLine("A", "N1", 0),), "quarter", ("o1", "o2")))
    assert desk.at("A", "N1") == Balances()
    desk.check()


def test_only_who_holds_what_was_counted_can_be_displaced() -> None:
    desk = promised()
    desk.do(FreezeTransfer("t1", (Units("B", "N2", 1),)))
    with pytest.raises(ReservationState) as refusal:
        desk.do(CountStock((CountedLine("A", "N1", 9),), "quarter", ("t1",)))
    assert refusal.value.facts == {"reservation": "t1", "status": "confirmed"}
    with pytest.raises(ReservationUnknown):
        desk.do(CountStock((CountedLine("A", "N1", 9),), "quarter", ("no",)))


def test_a_count_is_checked_before_the_queue() -> None:
    line = CountedLine("A", "N1", 0)
    for lines, reason, displace in (
        ((), "x", ()),
        ((line,), "", ()),
        ((line, CountedLine("A", "N1", 1)), "x", ()),
        ((line,), "x", ("o1", "o1")),
        ((line,), "x", ("",)),
        ((line,), "x", tuple(str(n) for n in range(101))),
    ):
        with pytest.raises(InvalidInput):
            CountStock(lines, reason, displace)
    CountStock((line, CountedLine("A", "N1", 1, lot="L1")), "x", tuple(str(n) for n in range(100)))
    for counted in (-1, 2**53 + 1, True):
        with pytest.raises(InvalidInput):
            CountedLine("A", "N1", counted)
    with pytest.raises(InvalidInput):
        CountedLine("A", "", 1)
    mentions = CountStock((line,), "x").mentions()
    assert (list(mentions.goods), list(mentions.nodes)) == (["A"], ["N1"])


class Office:
    """A desk that answers as the committer, the registers and the query of who holds what."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.asked: list[tuple[str, AccountKey, int]] = []
        self.down = False

    async def submit(self, call: Call, command: Any, asked: object | None = None) -> Any:
        return self.desk.do(command)

    async def require(self, tenant: str, goods: object, nodes: object) -> None:
        return None

    async def holding(self, tenant: str, account: AccountKey, most: int) -> Sequence[Promised]:
        self.asked.append((tenant, account, most))
        if self.down:
            raise StoreError("no answer")
        return [Promised("o1", "partly_confirmed", 3, 5)]


async def test_a_refused_count_names_the_reservations_that_hold_the_rest() -> None:
    office = Office(promised())
    count = CountStockHandler(office, office, office)
    call = Call("t", "bob", "c1")
    assert (await count(call, CountStock((CountedLine("B", "N2", 9),), "x"))).counts[0].loss == 1
    assert office.asked == []
    with pytest.raises(CountBelowPromised) as refusal:
        await count(call, CountStock((CountedLine("A", "N1", 5),), "x"))
    assert refusal.value.facts["reservations"] == [
        {"reservation": "o1", "status": "partly_confirmed", "reserved": 3, "allocated": 5}
    ]
    assert refusal.value.facts["short"] == 3
    assert office.asked == [("t", Position("A", "N1").key, 100)]


async def test_a_count_is_refused_all_the_same_when_they_cannot_be_looked_up() -> None:
    office = Office(promised())
    office.down = True
    with pytest.raises(CountBelowPromised) as refusal:
        await CountStockHandler(office, office, office)(
            Call("t", "bob", "c1"), CountStock((CountedLine("A", "N1", 5),), "x")
        )
    assert "reservations" not in refusal.value.facts


@pytest.mark.parametrize(
    "expires", ["soon", "2026-13-01", "2026-02-30", "20260901", "2026-W01-1", "2026-9-1", "2026-09-011"]
)
def test_what_a_lot_expires_on_is_a_date(expires: str) -> None:
    assert ReceivedLine("A", "N1", 1, lot="L1", expires="2026-09-01").expires == "2026-09-01"
    with pytest.raises(InvalidInput):
        ReceivedLine("A", "N1", 1, lot="L1", expires=expires)
