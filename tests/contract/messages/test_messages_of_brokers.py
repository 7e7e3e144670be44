"""What a broker carries, as CloudEvents: every message has an event, whatever came from outside has a label."""

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.kernel.outbox import Message, partition_of
from contracts.conformance.yard import START, message
from contracts.events.v1.cloudevents import from_kafka, from_structured, to_binary_kafka, to_structured
from contracts.events.v1.envelope import Event, Malformed
from contracts.events.v1.messages import EPOCH, came_at, envelope_of, event_of, from_record, label_of, opened, published

COMMAND = Event(
    "o-1",
    "/tenants/north%2Fwest/shop",
    "entrepot.command.v1.reserve-stock",
    datacontenttype="application/json",
    data=b'{"a":1}',
    extensions={"partitionkey": "cart-7"},
)


def test_what_is_told_is_an_event_with_all_that_is_known_of_it() -> None:
    told = message(7, "reservation:o-1", tenant="north/west & co", data=b'{"status":"held"}')
    event = from_structured(to_structured(event_of(told)))
    assert event.attributes == {
        "specversion": "1.0",
        "id": "1-7",
        "source": "/tenants/north%2Fwest%20%26%20co",
        "type": "entrepot.event.v1.Told",
        "subject": "reservation:o-1",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000007",
        "partitionkey": "north/west & co/reservation:o-1",
        "requestid": "request 7",
    }
    assert event.data == b'{"status":"held"}'


def test_what_no_request_caused_names_none() -> None:
    assert "requestid" not in event_of(replace(message(1), request=None)).attributes


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_every_message_has_an_event(tenant: str, subject: str, request: str) -> None:
    told = Message("1-1", 1, tenant, 0, subject, 1, "Told", b"{}", request, START)
    event = event_of(told)
    assert from_structured(to_structured(event)) == event == from_structured(msgspec.json.encode(published(told)))


def test_sequences_are_in_the_order_of_the_numbers() -> None:
    numbers = [1, 2, 9, 10, 99, 1_000_000, 2**53]
    sequences = [str(event_of(message(n)).extensions["sequence"]) for n in numbers]
    assert sequences == sorted(sequences)


def test_a_command_from_a_record_in_either_mode_is_the_same_envelope() -> None:
    binary = envelope_of(from_kafka, *to_binary_kafka(COMMAND))
    structured = envelope_of(from_kafka, [("content-type", "application/cloudevents+json")], to_structured(COMMAND))
    assert opened(binary) == opened(structured) == COMMAND
    label = label_of(binary)
    assert label == label_of(structured)
    assert label[1:] == ("north/west", "cart-7", "entrepot.command.v1.reserve-stock", "o-1")


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "tomorrow"])
def test_a_time_that_no_calendar_has_is_for_who_takes_it_to_judge(time: str) -> None:
    headers, body = to_binary_kafka(COMMAND)
    odd = [*(each for each in headers if each[0] != "ce_time"), ("ce_time", time)]
    for whole in (True, False):
        came = from_record(Message, from_kafka, odd, body, partition=3, at=START, whole=whole)
        with pytest.raises(Malformed):
            opened(came.data)


def test_a_record_stamped_beyond_the_calendar_came_at_its_beginning() -> None:
    assert came_at(1_772_366_400_000) == START
    assert came_at(-1) < EPOCH
    assert came_at(2**62) == came_at(-(2**62)) == EPOCH, "microseconds for milliseconds, say"


def test_without_a_key_of_its_own_a_command_is_ordered_by_its_id() -> None:
    assert label_of(to_structured(replace(COMMAND, extensions={}))).key == "o-1"


def test_other_content_has_another_label() -> None:
    other = replace(COMMAND, data=b'{"a":2}')
    assert label_of(to_structured(COMMAND)).id != label_of(to_structured(other)).id


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ([("ce_id", "1")], b"{}", "specversion"),
        ([("content-type", "text/plain")], b"hello", "specversion"),
        ([("content-type", "application/cloudevents+json")], b'{"specversion":"1.0","id":', "JSON"),
        ([("content-type", "application/cloudevents-batch+json")], b"[]", "not 0"),
        ([("content-type", "application/cloudevents+avro")], b"\x00", "events are read as"),
    ],
)
def test_what_is_no_event_is_kept_with_the_reason(headers: list[tuple[str, str]], body: bytes, reason: str) -> None:
    envelope = envelope_of(from_kafka, headers, body)
    with pytest.raises(Malformed, match=reason):
        opened(envelope)
    assert label_of(envelope).tenant == ""


@given(st.binary() | st.text().map(str.encode) | st.sampled_from([b"null", b"[]", b'{"id":1,"source":["x"]}']))
def test_any_bytes_have_a_label_that_a_database_can_keep(envelope: bytes) -> None:
    label = label_of(envelope)
    partition_of(label.tenant, label.key)
    with pytest.raises(Malformed):
        opened(envelope)


@given(st.text(), st.text())
def test_labels_of_odd_texts_are_bounded_and_encodable(source: str, id: str) -> None:

    label = label_of(json.dumps({"source": f"/tenants/{source}/x", "id": id + "\ud800"}).encode())
    assert len(label.tenant) <= 64
    assert len(label.key) <= 128
    for text in label[:4]:
        assert "\0" not in text
        text.encode()
