"""What one event comes to: by its step, its places, its parties, its quantities; or why it comes to nothing."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.acl.epcis import document, parts
from adapters.acl.epcis.document import DocumentMalformed, DocumentTooLarge, Event, events_of
from adapters.acl.epcis.keys import Key, key_of
from adapters.acl.epcis.translate import ToldEvent
from application.stock.accept_return import AcceptReturn
from application.stock.count_stock import CountedLine, CountStock
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.report_sale import ReportSale
from application.stock.ship_goods import ShipGoods
from application.stock.ship_reservation import ShipReservation
from domain.kernel.refusal import Refusal
from domain.stock.shipment import Place
from tests.unit.acl.meanings import Everything

ITEM = "urn:epc:idpat:sgtin:0614141.107346.*"
FLOUR = "urn:epc:class:lgtin:4012345.012345.L1"
HERE = "urn:epc:id:sgln:0614141.00888.0"
THERE = "urn:epc:id:sgln:0614141.00777.0"
THEIRS = "urn:epc:id:sgln:4012345.00225.0"
PALLET = "urn:epc:id:sscc:0614141.1234567890"
GOODS, NODE, OTHER_NODE = "goods 73464", "node 08889", "node 07776"


def event(step: str = "receiving", **members: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:1",
        "action": "OBSERVE",
        "bizStep": step,
        "quantityList": [{"epcClass": ITEM, "quantity": 3}],
        "bizLocation": {"id": HERE},
        **members,
    }


def document_of(*events: Any, **members: Any) -> bytes:
    whole = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": list(events)}, **members}
    return json.dumps(whole).encode()


def commands(said: dict[str, Any]) -> list[Any]:
    (found,) = events_of(document_of(said))
    assert isinstance(found, Event)
    return list(ToldEvent(found).commands(Everything()))


def refused(said: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as refusal:
        commands(said)
    return refusal.value.own_code


def between(kind: str, place: str) -> list[dict[str, str]]:
    return [{"type": "location", kind: place}]


def test_what_comes_from_elsewhere_is_received() -> None:
    expected = [ReceiveStock((ReceivedLine(GOODS, NODE, 3),), reason="EPCIS urn:uuid:1")]
    assert commands(event()) == expected
    assert commands(event(sourceList=between("source", THEIRS))) == expected
    assert commands(event(bizStep="https://ref.gs1.org/cbv/BizStep-receiving")) == expected
    assert commands(event(bizStep="urn:epcglobal:cbv:bizstep:accepting")) == expected
    assert commands(event(type="TransactionEvent", action="ADD")) == expected


def test_instances_lots_and_kilograms_are_counted_in_our_units() -> None:
    said = event(
        epcList=["urn:epc:id:sgtin:0614141.107346.1", "urn:epc:id:sgtin:0614141.107346.2"],
        quantityList=[{"epcClass": ITEM, "quantity": 3.0}, {"epcClass": FLOUR, "quantity": 0.1, "uom": "KGM"}],
    )
    (received,) = commands(said)
    assert received.lines == (ReceivedLine(GOODS, NODE, 5), ReceivedLine("flour", NODE, 100, lot="L1"))


def test_what_comes_broken_is_set_aside_and_what_comes_back_is_a_return() -> None:
    received, held = commands(event(disposition="damaged"))
    assert isinstance(received, ReceiveStock)
    assert held == HoldStock((Units(GOODS, NODE, 3),), "damaged: EPCIS urn:uuid:1")
    (back,) = commands(event(disposition="returned"))
    assert isinstance(back, AcceptReturn)
    assert back.lines[0].intact == 3


def test_what_goes_between_our_places_is_frozen_and_shipped_then_arrives() -> None:
    ends: dict[str, Any] = {"sourceList": between("source", HERE), "destinationList": between("destination", THERE)}
    frozen, shipped = commands(event("shipping", parentID=PALLET, type="TransactionEvent", bizLocation=None, **ends))
    assert isinstance(frozen, FreezeTransfer)
    assert frozen.lines == (Units(GOODS, NODE, 3),)
    shipment = "sscc:106141412345678908"
    assert shipped == ShipReservation(frozen.reservation, (), shipment, Place(OTHER_NODE))
    advice: dict[str, Any] = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:1:7"}]}
    (arrived,) = commands(event(bizLocation={"id": THERE}, **advice, **ends))
    assert arrived == ReceiveShipment("urn:epcglobal:cbv:bt:1:7", OTHER_NODE, (ArrivedLine(GOODS, 3),))
    (broken,) = commands(event(bizLocation={"id": THERE}, disposition="damaged", **advice, **ends))
    assert broken.lines == (ArrivedLine(GOODS, 0, 3),)
    assert refused(event(**ends)) == "epcis.incomplete", "no shipment is named"


def test_what_leaves_for_elsewhere_is_gone() -> None:
    gone = [ReportSale((Units(GOODS, NODE, 3),), "EPCIS urn:uuid:1")]
    assert commands(event("shipping", bizLocation=None, readPoint={"id": HERE})) == gone
    assert commands(event("retail_selling")) == gone
    ours = [{"type": "po", "bizTransaction": "urn:entrepot:reservation:order%2F7"}]
    assert commands(event("shipping", bizTransactionList=ours)) == [ShipGoods("order/7", (Units(GOODS, NODE, 3),))]


def test_counts_and_what_is_set_aside() -> None:
    counted = CountStock((CountedLine(GOODS, NODE, 3),), "EPCIS urn:uuid:1")
    assert commands(event("stock_taking")) == commands(event("cycle_counting")) == [counted]
    (held,) = commands(event("inspecting", disposition="non_conformant"))
    assert held.reason == "non_conformant: EPCIS urn:uuid:1"


def test_a_party_owns() -> None:
    owner = [{"type": "owning_party", "destination": "urn:epc:id:pgln:4012345.00225"}]
    (received,) = commands(event(destinationList=owner))
    assert received.lines == (ReceivedLine(GOODS, NODE, 3, "owner 02256"),)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"bizStep": "packing"}, "epcis.unsupported"),
        ({"bizStep": "inspecting"}, "epcis.unsupported"),
        ({"bizStep": "https://example.com/step"}, "epcis.unsupported"),
        ({"bizStep": None}, "epcis.unsupported"),
        ({"action": "DELETE"}, "epcis.unsupported"),
        ({"type": "TransformationEvent"}, "epcis.unsupported"),
        ({"type": "example:OwnEvent"}, "epcis.unsupported"),
        ({"type": "AggregationEvent", "bizStep": "stock_taking"}, "epcis.unsupported"),
        ({"bizLocation": {"id": THEIRS}}, "epcis.unsupported"),
        ({"errorDeclaration": {"declarationTime": "2021-02-01T22:46:31Z"}}, "epcis.correction"),
        ({"bizLocation": None}, "epcis.incomplete"),
        ({"quantityList": []}, "epcis.incomplete"),
        ({"quantityList": [{"epcClass": ITEM}]}, "epcis.incomplete"),
        ({"epcList": [PALLET]}, "epcis.incomplete"),
        ({"epcList": ["urn:epc:id:giai:4000001.12345"]}, "epcis.incomplete"),
        ({"epcList": ["https://id.gs1.org/01/10614141073465/21/1"]}, "epcis.identifier"),
        ({"bizLocation": {"id": "geo:1,2"}}, "epcis.identifier"),
        ({"bizLocation": {"id": PALLET}}, "epcis.malformed"),
        ({"bizLocation": {"name": "x"}}, "epcis.malformed"),
        ({"bizStep": 7}, "epcis.malformed"),
        ({"epcList": "x"}, "epcis.malformed"),
        ({"epcList": [7]}, "epcis.malformed"),
        ({"epcList": ["urn:epc:id:sgtin:0614141.107346.1"] * 2}, "epcis.malformed"),
        ({"quantityList": [7]}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": "3"}]}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": True}]}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": -1}]}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": 0}]}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": 1e300}]}, "epcis.malformed"),
        ({"sourceList": [{"type": "location"}]}, "epcis.malformed"),
        ({"bizTransactionList": ["x"], "bizStep": "shipping"}, "epcis.malformed"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": 2.5}]}, "epcis.quantity"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": 10**12}]}, "epcis.quantity"),
        ({"quantityList": [{"epcClass": ITEM, "quantity": 2, "uom": "KGM"}]}, "epcis.quantity"),
        ({"quantityList": [{"epcClass": FLOUR, "quantity": 2}]}, "epcis.quantity"),
        ({"quantityList": [{"epcClass": FLOUR, "quantity": 0.0001, "uom": "KGM"}]}, "epcis.quantity"),
    ],
)
def test_what_comes_to_nothing_says_why(members: dict[str, Any], code: str) -> None:
    assert refused(event(**members)) == code


def names(said: dict[str, Any]) -> set[tuple[str, str]]:
    (found,) = events_of(document_of(said))
    assert isinstance(found, Event)
    return set(ToldEvent(found).names())


MAPPED = {("goods", "gtin:10614141073464"), ("node", "gln:0614141008889")}
NO_KEY = {"id": "https://example.com/dock/42"}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, MAPPED),
        ({"readPoint": NO_KEY}, MAPPED),
        ({"readPoint": {"id": THERE}}, MAPPED),
        ({"sourceList": [{"type": "owning_party", "source": THERE}]}, MAPPED),
        ({"destinationList": [{"type": "owning_party", "destination": "x"}]}, MAPPED),
        ({"bizLocation": NO_KEY}, {("goods", "gtin:10614141073464")}),
        ({"bizLocation": NO_KEY, "epcList": ["x"]}, set()),
        ({"bizStep": "packing"}, set()),
        ({"errorDeclaration": {}}, set()),
    ],
)
def test_what_nobody_reads_is_not_looked_up(members: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    """And so it is nothing to an event what another one beside it names."""
    assert names(event(**members)) == expected


def test_the_goods_of_an_event_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(text: str) -> Key:
        read.append(text)
        return key_of(text)

    monkeypatch.setattr(parts, "key_of", noted)
    items = [f"urn:epc:id:sgtin:0614141.107346.{number}" for number in range(50)]
    for wrong in ((), ("x",)):
        (found,) = events_of(document_of(event(epcList=[*items, *wrong])))
        assert isinstance(found, Event)
        told = ToldEvent(found)
        list(told.names())
        with suppress(Refusal):
            told.commands(Everything())
        assert [text for text in read if text in items] == items
        read.clear()


HEAD = b'{"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {\n'
SINGLE, LISTED = b'"event": {"type": "B",\n "x": 1}', b'"eventList": [{"type": "A"}]'


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([SINGLE], [("B", 2)]),
        ([SINGLE, LISTED], [("B", 2), ("A", 4)]),
        ([LISTED, SINGLE], [("A", 2), ("B", 3)]),
        ([LISTED, b'"event": null'], [("A", 2)]),
        ([b'"eventList": null', SINGLE], [("B", 3)]),
    ],
)
def test_a_single_event_is_taken_alone_or_beside_the_list(
    members: list[bytes], expected: list[tuple[str, int]]
) -> None:
    found = events_of(HEAD + b",\n".join(members) + b"}}")
    assert [(each.type, each.line) for each in found if isinstance(each, Event)] == expected


def test_an_event_stands_in_its_line_though_the_list_is_there_twice() -> None:
    body = document_of(event()).replace(b'"eventList"', b'"eventList": [7], "event": {"type": "B"}, "eventList"')
    assert [each.line for each in events_of(body) if isinstance(each, Event)] == [1, 1]


def test_an_event_stands_in_its_line_and_is_known_by_its_id_or_its_content() -> None:
    text = b'{\n"type": "EPCISDocument", "schemaVersion": "2.0",\n'
    text += b'"epcisBody": {"eventList": [\n {"type": "A",\n "x": 1},\n7,\n{"x": 1, "type": "A"}]}}'
    first, second, third = events_of(b"\xef\xbb\xbf" + text)
    assert isinstance(first, Event)
    assert isinstance(third, Event)
    assert (first.line, third.line) == (4, 7)
    assert isinstance(second, DocumentMalformed)
    assert second.facts == {"field": "eventList.1", "line": 6}
    assert first.id == third.id, "the same content"
    assert first.id.startswith("ni:///sha-256;")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": "EPCISDocument"}',
        b'{"type": 7, "schemaVersion": "2.0"}',
        document_of(),
        document_of(event(), schemaVersion="1.2"),
        document_of(event(), type="EPCISQueryDocument"),
        document_of(event()).replace(b"urn:uuid:1", b"\xff"),
        b'{"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": {}}}',
    ],
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentMalformed):
        events_of(body)


@pytest.mark.parametrize(
    "members",
    [{"type": None}, {"type": ""}, {"eventID": 7}, {"eventID": ""}, {"eventID": "x" * 401}, {"eventID": "a\nb"}],
)
def test_an_event_without_an_identity_or_a_type_is_malformed_alone(members: dict[str, Any]) -> None:
    found = events_of(document_of(event(**members), event()))
    assert [type(each) for each in found] == [DocumentMalformed, Event]


def test_a_document_has_bounds() -> None:
    with pytest.raises(DocumentTooLarge):
        events_of(document_of(*({"type": "A"},) * (document.MAX_EVENTS + 1)))
    with pytest.raises(DocumentTooLarge):
        events_of(b" " * (document.MAX_BYTES + 1))
    for opening in (b"[", b'{"a":'):
        with pytest.raises(DocumentTooLarge):
            events_of(b'{"type": "EPCISDocument", "x": ' + opening * 100_000)
    assert len(events_of(document_of(*({"type": "A"},) * document.MAX_EVENTS))) == document.MAX_EVENTS
    half = {"type": "A", "epcList": ["x"] * (document.MAX_IDENTIFIERS // 2)}
    assert len(events_of(document_of(half, half, {"type": "A"}))) == 3
    with pytest.raises(DocumentTooLarge) as refused:
        events_of(document_of(half, half, {"type": "A", "childQuantityList": [{}]}))
    assert refused.value.facts == {"most": document.MAX_IDENTIFIERS}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        *("action", "bizStep", "disposition", "epcList", "quantityList", "bizLocation", "readPoint", "sourceList"),
        *("destinationList", "bizTransactionList", "parentID", "type", "eventID", "errorDeclaration"),
    ]
)


@given(
    st.dictionaries(MEMBERS, JSON, max_size=4), st.sampled_from(["receiving", "shipping", "stock_taking", "holding"])
)
def test_whatever_an_event_says_it_comes_to_commands_or_is_refused(members: dict[str, Any], step: str) -> None:
    for found in events_of(document_of({**event(step), **members})):
        if isinstance(found, Event):
            told = ToldEvent(found)
            try:
                came_to = [*told.names(), *(command.touches() for command in told.commands(Everything()))]
            except Refusal:
                continue
            assert came_to


INSTANCE = "urn:epc:id:sgtin:0614141.107346.1"
LINK = "https://id.gs1.org/01/10614141073464"


@pytest.mark.parametrize(
    "members",
    [
        {"epcList": [INSTANCE, f"{LINK}/21/1"]},
        {"epcList": [ITEM]},
        {"epcList": [LINK]},
        {"epcList": [FLOUR]},
        {"quantityList": [{"epcClass": INSTANCE, "quantity": 5}]},
        {"quantityList": [{"epcClass": f"{LINK}/21/1", "quantity": 5}]},
    ],
)
def test_an_instance_is_counted_once_and_a_class_by_its_quantity(members: dict[str, Any]) -> None:
    assert refused(event(**{"quantityList": [], **members})) == "epcis.malformed"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (b"2.99999999999999999999999999999999999", "epcis.quantity"),
        (b"0.0" + b"0" * 40 + b"1", "epcis.malformed"),
        (b"3." + b"0" * 60, "epcis.malformed"),
        (b"1e-999999999", "epcis.malformed"),
        (b"1e999999999", "epcis.malformed"),
        (b"-3", "epcis.malformed"),
    ],
)
def test_no_quantity_is_rounded_to_one_that_can_be_counted(number: bytes, code: str) -> None:
    (found,) = events_of(document_of(event()).replace(b'"quantity": 3', b'"quantity": ' + number))
    assert isinstance(found, Event)
    with pytest.raises(Refusal) as refusal:
        ToldEvent(found).commands(Everything())
    assert refusal.value.own_code == code


def test_a_number_that_nothing_can_hold_is_no_event() -> None:
    said = document_of(event()).replace(b'"quantity": 3', b'"quantity": 1e-99999999999999999999')
    (found,) = events_of(said)
    assert isinstance(found, DocumentMalformed)


def test_a_text_without_an_end_is_looked_through_once() -> None:
    """A look that began anew at each quotation mark would take minutes."""
    with pytest.raises(DocumentMalformed):
        events_of(b'"' + b'\\"' * 500_000)
