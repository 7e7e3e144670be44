"""What one party sends another gets, loses on the way, or takes back."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from application.stock.accept_return import AcceptReturn, ReturnedLine
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.lines import Units
from application.stock.recall_shipment import RecalledLine, RecallShipment
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from application.stock.ship_reservation import ShipReservation
from application.stock.shipments import Carried, ShipmentMoved
from domain.kernel.books import EntryKey
from domain.kernel.movement import Balances
from domain.kernel.refusal import InsufficientBalance, InvalidInput
from domain.kernel.reservation import Pick
from domain.stock.position import Position
from domain.stock.shipment import (
    MAX_STEPS,
    SHIPMENTS,
    Place,
    Shipment,
    ShipmentReceiver,
    ShipmentSender,
    ShipmentTooLong,
    ShipmentUnknown,
)
from tests.unit.stock.desk import Desk

N2 = Place("N2")


def transfer(*lines: Units, id: str = "t1") -> Desk:
    """A desk with 10 of A and of B at N1, of which a transfer is frozen."""
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("A", "N1", 10), ReceivedLine("B", "N1", 10))))
    desk.do(FreezeTransfer(id, lines or (Units("A", "N1", 6), Units("B", "N1", 2))))
    return desk


def dispatched() -> Desk:
    desk = transfer()
    desk.do(ShipReservation("t1", shipment="S1", receiver=N2))
    return desk


def receive(*lines: ArrivedLine, node: str = "N2", **options: Any) -> ReceiveShipment:
    return ReceiveShipment("S1", node, lines, **options)


# -- dispatch ----------------------------------------------------------------------------------------------------------


def test_what_leaves_the_sender_is_in_transit_at_the_receiver_in_the_same_command() -> None:
    desk = transfer()
    reply = desk.do(ShipReservation("t1", shipment="S1", receiver=N2))
    assert desk.posted(6) == [
        ("A@N1", "SHIP", 6),
        ("B@N1", "SHIP", 2),
        ("S1:A", "DISPATCHED", 6),
        ("A@N2", "DISPATCHED", 6),
        ("S1:B", "DISPATCHED", 2),
        ("B@N2", "DISPATCHED", 2),
    ]
    assert {(movement.subject, movement.scene) for movement in desk.movements[-4:]} == {("S1", "transfer")}
    assert desk.at("A", "N1") == Balances(available=4)
    assert desk.at("A", "N2") == Balances(in_transit=6)
    assert (reply.shipment, reply.status) == ("S1", "shipped")
    assert reply.goods == (Carried("A", "-", 6, 1), Carried("B", "-", 2, 1))
    assert [(p.goods, p.node, p.available) for p in reply.positions] == [
        ("A", "N1", 4),
        ("B", "N1", 8),
        ("A", "N2", 0),
        ("B", "N2", 0),
    ]
    assert desk.told()[-2:] == [("ShipmentDispatched", "shipment:S1", 1), ("StockShipped", "reservation:t1", 2)]
    told = desk.events[-2].data
    assert isinstance(told, ShipmentMoved)
    assert (told.shipment, told.sender, told.receiver, told.goods) == ("S1", Place("N1"), N2, reply.goods)
    entry = desk.entries[EntryKey("shipment", "S1")]
    assert entry.facts == {"sender": ["N1", "-"], "receiver": ["N2", "-"], "scene": "transfer", "commands": [3]}
    desk.check()


def test_a_shipment_is_dispatched_in_parts() -> None:
    desk = transfer()
    desk.do(ShipReservation("t1", (Pick("1", 2),), "S1", N2))
    desk.do(ShipReservation("t1", (Pick("1", 3), Pick("2", 1)), "S1", N2))
    assert (desk.carried("S1", "A"), desk.carried("S1", "B")) == (5, 1)
    assert desk.at("A", "N2") == Balances(in_transit=5)
    assert desk.told()[-2][1:] == ("shipment:S1", 2)
    assert desk.entries[EntryKey("shipment", "S1")].facts["commands"] == [3, 4]
    desk.check()


def test_two_lines_of_the_same_goods_travel_as_one() -> None:
    desk = transfer(Units("A", "N1", 4), Units("A", "N1", 3))
    assert desk.do(ShipReservation("t1", shipment="S1", receiver=N2)).goods == (Carried("A", "-", 7, 1),)
    assert desk.posted(2) == [("S1:A", "DISPATCHED", 7), ("A@N2", "DISPATCHED", 7)]
    desk.check()


def test_a_lot_keeps_its_expiry_date_at_the_receiver() -> None:
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("A", "N1", 5, lot="L1", expires="2026-09-01"),)))
    desk.do(FreezeTransfer("t1", (Units("A", "N1", 5, lot="L1"),)))
    reply = desk.do(ShipReservation("t1", shipment="S1", receiver=N2))
    assert reply.goods == (Carried("A", "L1", 5, 1),)
    assert dict(desk.accounts[Position("A", "N2", lot="L1").key].facts) == {"expires": "2026-09-01"}
    assert desk.at("A", "N2", lot="L1").in_transit == 5
    desk.check()


def test_a_shipment_leaves_one_place() -> None:
    desk = transfer(Units("A", "N1", 6), id="t1")
    desk.do(ReceiveStock((ReceivedLine("A", "N3", 5), ReceivedLine("A", "N1", 5, owner="acme"))))
    desk.do(FreezeTransfer("t2", (Units("A", "N3", 5), Units("B", "N1", 5))))
    desk.do(FreezeTransfer("t3", (Units("A", "N1", 5, owner="acme"),)))
    with pytest.raises(ShipmentSender) as two:
        desk.do(ShipReservation("t2", shipment="S1", receiver=N2))
    assert two.value.facts == {
        "shipment": "S1",
        "senders": [{"node": "N1", "owner": "-"}, {"node": "N3", "owner": "-"}],
    }
    desk.do(ShipReservation("t1", shipment="S1", receiver=N2))
    for reservation, named in (("t2", {"node": "N3", "owner": "-"}), ("t3", {"node": "N1", "owner": "acme"})):
        with pytest.raises(ShipmentSender) as other:
            desk.do(ShipReservation(reservation, (Pick("1"),), "S1", N2))
        assert other.value.own_code == "shipment.sender"
        assert other.value.facts == {"shipment": "S1", "sender": {"node": "N1", "owner": "-"}, "named": named}
    assert desk.at("A", "N3") == Balances(allocated=5)
    desk.check()


def test_a_shipment_goes_to_one_place_and_not_back_where_it_comes_from() -> None:
    desk = transfer()
    with pytest.raises(ShipmentReceiver) as home:
        desk.do(ShipReservation("t1", shipment="S1", receiver=Place("N1")))
    assert home.value.facts == {"shipment": "S1"}
    desk.do(ShipReservation("t1", (Pick("1", 1),), "S1", N2))
    for elsewhere in (Place("N3"), Place("N0"), Place("N2", "acme")):
        with pytest.raises(ShipmentReceiver) as refusal:
            desk.do(ShipReservation("t1", (Pick("1", 1),), "S1", elsewhere))
        assert refusal.value.own_code == "shipment.receiver"
        assert refusal.value.facts == {
            "shipment": "S1",
            "receiver": {"node": "N2", "owner": "-"},
            "named": asdict(elsewhere),
        }
    assert desk.do(ShipReservation("t1", shipment="S2", receiver=Place("N1", "acme"))).shipment == "S2"
    desk.check()


def test_a_shipment_and_its_receiver_are_named_together() -> None:
    for shipment, receiver in (("S1", None), ("", N2)):
        with pytest.raises(InvalidInput) as refusal:
            ShipReservation("t1", (), shipment, receiver)
        assert refusal.value.facts == {"field": "shipment"}
    for wrong in (Place(""), Place("N2", "")):
        with pytest.raises(InvalidInput):
            ShipReservation("t1", (), "S1", wrong)
    with pytest.raises(InvalidInput):
        ShipReservation("t1", (), "x" * 129, N2)


def test_the_receiver_must_be_registered_but_goods_on_their_way_out_are_not_asked_for_again() -> None:
    mentions = ShipReservation("t1", shipment="S1", receiver=N2).mentions()
    assert (list(mentions.goods), list(mentions.nodes)) == ([], ["N2"])
    arriving = receive(ArrivedLine("A", 1), ArrivedLine("B", over=1, reason="bonus")).mentions()
    assert (list(arriving.goods), list(arriving.nodes)) == (["B"], [])


def test_reserve_exchange_confirm_and_dispatch_in_one_batch() -> None:
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("A", "N1", 5), ReceivedLine("A", "N3", 5))))
    lines = (StockLine("A", 4, ("N1",)),)
    outcomes = desk.together(
        HoldPlanned(ReserveStock(lines), "o1", plan_of(lines)),
        ExchangeHolds("o1", Pick("1"), (Target("A", "N3"),)),
        ConfirmReservation("o1"),
        ShipReservation("o1", (), "S1", N2),
    )
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "ReservationMoved",
        "HoldsExchanged",
        "ReservationMoved",
        "ReservationShipped",
    ]
    assert desk.at("A", "N2") == Balances(in_transit=4)
    assert desk.at("A", "N3") == Balances(available=1)
    desk.check()


# -- receipt -----------------------------------------------------------------------------------------------------------


def test_a_shipment_arrives_short_damaged_and_over() -> None:
    desk = dispatched()
    reply = desk.do(receive(ArrivedLine("A", arrived=3, damaged=1, lost=2, over=4, reason="counted twice")))
    assert desk.posted(7) == [
        ("S1:A", "ARRIVE", 3),
        ("A@N2", "ARRIVE", 3),
        ("S1:A", "ARRIVE_DAMAGED", 1),
        ("A@N2", "ARRIVE_DAMAGED", 1),
        ("S1:A", "TRANSIT_LOSS", 2),
        ("A@N2", "TRANSIT_LOSS", 2),
        ("A@N2", "OVER_ARRIVE", 4),
    ]
    assert [movement.reason for movement in desk.movements[-7:]] == ["", "", *["counted twice"] * 5]
    assert {(movement.subject, movement.scene) for movement in desk.movements[-7:]} == {("S1", "transfer")}
    assert desk.at("A", "N2") == Balances(available=7, held=1)
    assert reply == ShipmentMoved("S1", Place("N1"), N2, (Carried("A", "-", 0, 4),), reply.positions)
    assert [(p.goods, p.node, p.available) for p in reply.positions] == [("A", "N2", 7)]
    assert desk.told()[-1] == ("ShipmentReceived", "shipment:S1", 2)
    assert desk.at("B", "N2") == Balances(in_transit=2)
    desk.check()


def test_what_is_not_named_stays_in_transit_for_another_receipt() -> None:
    desk = dispatched()
    assert desk.do(receive(ArrivedLine("A", 2))).goods == (Carried("A", "-", 4, 2),)
    assert desk.do(receive(ArrivedLine("A", 4), ArrivedLine("B", 2))).goods == (
        Carried("A", "-", 0, 3),
        Carried("B", "-", 0, 2),
    )
    assert desk.at("A", "N2") == Balances(available=6)
    desk.check()


def test_however_often_it_was_acted_on_the_rest_can_still_arrive() -> None:
    desk = dispatched()
    (entry,) = [entry for key, entry in desk.entries.items() if key.register == SHIPMENTS]
    worn = {**entry.facts, "commands": list(range(MAX_STEPS))}
    desk.entries[entry.key] = replace(entry, facts=worn)
    with pytest.raises(ShipmentTooLong):
        desk.do(receive(ArrivedLine("A", 2)))
    assert desk.do(receive(ArrivedLine("A", 6))).goods == (Carried("A", "-", 0, 2),)
    desk.check()


def test_nothing_arrives_twice() -> None:
    desk = dispatched()
    desk.do(receive(ArrivedLine("A", 6)))
    for line in (
        ArrivedLine("A", 1),
        ArrivedLine("A", damaged=1),
        ArrivedLine("A", lost=1, reason="x"),
        ArrivedLine("Z", 1),
    ):
        with pytest.raises(InsufficientBalance) as refusal:
            desk.do(receive(ArrivedLine("B", 1), line))
        assert refusal.value.own_code == "shipment.insufficient"
        assert refusal.value.facts["account"] == {"shipment": "S1", "goods": line.goods, "lot": "-"}
    assert desk.at("B", "N2") == Balances(in_transit=2)
    desk.check()


def test_another_shipments_units_do_not_arrive_on_this_one() -> None:
    desk = transfer()
    desk.do(ShipReservation("t1", (Pick("1", 2),), "S1", N2))
    desk.do(ShipReservation("t1", (Pick("1", 4),), "S2", N2))
    with pytest.raises(InsufficientBalance):
        desk.do(receive(ArrivedLine("A", 3)))
    assert desk.at("A", "N2") == Balances(in_transit=6)


def test_what_was_never_sent_may_be_over() -> None:
    desk = dispatched()
    reply = desk.do(receive(ArrivedLine("C", over=3, reason="packed by mistake")))
    assert (reply.goods, desk.at("C", "N2")) == ((Carried("C", "-", 0, 0),), Balances(available=3))
    desk.check()


def test_only_the_receiver_receives_and_only_what_was_dispatched() -> None:
    desk = dispatched()
    for command in (receive(ArrivedLine("A", 1), node="N3"), receive(ArrivedLine("A", 1), owner="acme")):
        with pytest.raises(ShipmentReceiver) as refusal:
            desk.do(command)
        assert refusal.value.facts["receiver"] == {"node": "N2", "owner": "-"}
    with pytest.raises(ShipmentUnknown) as unknown:
        desk.do(ReceiveShipment("S9", "N2", (ArrivedLine("A", 1),)))
    assert (unknown.value.own_code, unknown.value.retryable) == ("shipment.unknown", True)
    assert unknown.value.facts == {"shipment": "S9"}
    desk.check()


def test_a_receipt_is_checked_before_the_queue() -> None:
    for wrong in ({}, {"arrived": -1}, {"lost": 1}, {"over": 1}, {"damaged": 10**9 + 1}, {"arrived": True}):
        quantities: dict[str, Any] = wrong
        with pytest.raises(InvalidInput):
            ArrivedLine("A", **quantities)
    assert ArrivedLine("A", damaged=1).reason == ""
    line = ArrivedLine("A", 1)
    for lines in ((), (line,) * 2, tuple(ArrivedLine(f"G{n}", 1) for n in range(501))):
        with pytest.raises(InvalidInput):
            receive(*lines)
    receive(line, replace(line, lot="L1"))
    for node, owner in (("", "-"), ("N2", "")):
        with pytest.raises(InvalidInput):
            receive(line, node=node, owner=owner)


# -- recall ------------------------------------------------------------------------------------------------------------


def test_what_is_in_transit_comes_back_to_its_sender() -> None:
    desk = dispatched()
    desk.do(receive(ArrivedLine("A", 1)))
    reply = desk.do(RecallShipment("S1", (RecalledLine("A", 4), RecalledLine("B", 2)), "wrong goods"))
    assert desk.posted(6) == [
        ("S1:A", "RECALL_OUT", 4),
        ("A@N2", "RECALL_OUT", 4),
        ("A@N1", "RECALL_BACK", 4),
        ("S1:B", "RECALL_OUT", 2),
        ("B@N2", "RECALL_OUT", 2),
        ("B@N1", "RECALL_BACK", 2),
    ]
    assert {(m.subject, m.scene, m.reason) for m in desk.movements[-6:]} == {("S1", "transfer", "wrong goods")}
    assert desk.at("A", "N1") == Balances(available=8)
    assert desk.at("A", "N2") == Balances(available=1, in_transit=1)
    assert reply.goods == (Carried("A", "-", 1, 3), Carried("B", "-", 0, 2))
    assert [(p.goods, p.node) for p in reply.positions] == [("A", "N2"), ("A", "N1"), ("B", "N2"), ("B", "N1")]
    assert desk.told()[-1] == ("ShipmentRecalled", "shipment:S1", 3)
    desk.check()


def test_no_more_is_recalled_than_is_in_transit() -> None:
    desk = dispatched()
    desk.do(receive(ArrivedLine("A", 5)))
    for goods, quantity in (("A", 2), ("C", 1)):
        with pytest.raises(InsufficientBalance) as refusal:
            desk.do(RecallShipment("S1", (RecalledLine(goods, quantity),), "wrong goods"))
        assert refusal.value.own_code == "shipment.insufficient"
    with pytest.raises(ShipmentUnknown):
        desk.do(RecallShipment("S9", (RecalledLine("A", 1),), "wrong goods"))
    desk.check()


def test_a_recall_in_the_batch_of_its_dispatch_follows_it() -> None:
    desk = transfer()
    outcomes = desk.together(
        ShipReservation("t1", (), "S1", N2), RecallShipment("S1", (RecalledLine("A", 6),), "wrong goods")
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["ReservationShipped", "ShipmentMoved"]
    late = transfer()
    outcomes = late.together(
        ShipReservation("t1", (), "S1", N2), RecallShipment("S1", (RecalledLine("C", 6),), "wrong goods")
    )
    assert isinstance(outcomes[1], ShipmentUnknown)
    desk.check()
    late.check()


def test_a_recall_is_checked_before_the_queue() -> None:
    line = RecalledLine("A", 1)
    for lines, reason in (((), "x"), ((line, line), "x"), ((line,), "")):
        with pytest.raises(InvalidInput):
            RecallShipment("S1", lines, reason)
    for goods, quantity, lot in (("", 1, "-"), ("A", 0, "-"), ("A", 1, "")):
        with pytest.raises(InvalidInput):
            RecalledLine(goods, quantity, lot)


# -- the entry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", [Place("N1", "zeta"), Place("N1", "-"), Place("N0", "acme"), Place("N3", "acme")])
def test_a_shipment_leaves_one_place_whatever_its_name(elsewhere: Place) -> None:
    shipment = Shipment("S1", Place("N1", "acme"), N2, "transfer")
    shipment.dispatched_from(Place("N1", "acme"))
    with pytest.raises(ShipmentSender):
        shipment.dispatched_from(elsewhere)


def test_a_shipment_is_what_its_entry_keeps_and_is_acted_on_a_thousand_times_at_most() -> None:
    shipment = Shipment("S1", Place("N1", "acme"), N2, "transfer", (1, 5))
    assert Shipment.of("S1", shipment.facts()) == shipment
    assert shipment.stepped(9).commands == (1, 5, 9)
    almost = replace(shipment, commands=tuple(range(999)))
    full = almost.stepped(999)
    assert len(full.commands) == 1_000
    with pytest.raises(ShipmentTooLong) as refusal:
        full.stepped(1_000)
    assert (refusal.value.own_code, refusal.value.facts) == ("shipment.too_long", {"shipment": "S1", "most": 1_000})
    assert len(full.stepped(1_000, ends=True).commands) == 1_001
    with pytest.raises(ShipmentTooLong):
        full.stepped(1_000, ends=True).stepped(1_001)
    assert Place("N1").owner == "-"
    assert N2.position("A", "L1") == Position("A", "N2", "-", "L1")
    assert N2.position("A") == Position("A", "N2")
    assert N2.checked("receiver") is N2
    for place, name in ((Place(""), "sender node"), (Place("N", ""), "sender owner")):
        with pytest.raises(InvalidInput) as wrong:
            place.checked("sender")
        assert wrong.value.facts["field"] == name


# -- returns -----------------------------------------------------------------------------------------------------------


def test_someone_who_keeps_no_stock_returns_in_one_command() -> None:
    desk = Desk()
    lines = (
        ReturnedLine("A", "N1", intact=2, damaged=1),
        ReturnedLine("B", "N1", damaged=1),
        ReturnedLine("C", "N1", 1),
    )
    reply = desk.do(AcceptReturn(lines, order="o7", reason="too small"))
    assert desk.posted() == [
        ("A@N1", "DISPATCHED", 3),
        ("A@N1", "ARRIVE", 2),
        ("A@N1", "ARRIVE_DAMAGED", 1),
        ("B@N1", "DISPATCHED", 1),
        ("B@N1", "ARRIVE_DAMAGED", 1),
        ("C@N1", "DISPATCHED", 1),
        ("C@N1", "ARRIVE", 1),
    ]
    assert {(m.subject, m.scene, m.reason) for m in desk.movements} == {("o7", "return", "too small")}
    assert desk.at("A", "N1") == Balances(available=2, held=1)
    assert [(p.goods, p.available) for p in reply.positions] == [("A", 2), ("B", 0), ("C", 1)]
    assert desk.told() == [("ReturnAccepted", "command:r1", 1)]
    assert list(AcceptReturn(lines).mentions().goods) == ["A", "B", "C"]
    desk.check()


def test_a_return_returns_something() -> None:
    for wrong in ({}, {"intact": -1}, {"damaged": -1, "intact": 2}, {"intact": 1, "lot": ""}):
        line: dict[str, Any] = wrong
        with pytest.raises(InvalidInput):
            ReturnedLine("A", "N1", **line)
    with pytest.raises(InvalidInput):
        AcceptReturn(())


def test_a_buyer_who_keeps_stock_returns_by_shipping_it_with_its_scene() -> None:
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("A", "shop", 5, owner="bob"),)))
    lines = (StockLine("A", 3, ("shop",), owner="bob"),)
    desk.do(HoldPlanned(ReserveStock(lines, scene="return", hold_for=None), "ret1", plan_of(lines)))
    desk.do(ConfirmReservation("ret1"))
    desk.do(ShipReservation("ret1", (), "S7", Place("N1", "acme")))
    desk.do(ReceiveShipment("S7", "N1", (ArrivedLine("A", 2, damaged=1),), owner="acme"))
    assert {movement.scene for movement in desk.movements[1:]} == {"return"}
    assert desk.at("A", "shop", owner="bob") == Balances(available=2)
    assert desk.at("A", "N1", owner="acme") == Balances(available=2, held=1)
    desk.check()
