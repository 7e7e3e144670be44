"""The CloudEvents envelope: what goes in comes out, and what another may not send is refused with the reason."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.v1.cloudevents import (
    BATCH,
    STRUCTURED,
    Event,
    Malformed,
    allowed_text,
    from_batch,
    from_binary_http,
    from_http,
    from_kafka,
    from_structured,
    to_batch,
    to_binary_http,
    to_binary_kafka,
    to_structured,
)

MINIMAL = {"specversion": "1.0", "id": "1", "source": "/x", "type": "t"}


def body(**changes: Any) -> bytes:
    return json.dumps({name: value for name, value in {**MINIMAL, **changes}.items() if value is not ...}).encode()


# Characters of every kind, those among them that need an escape in a header.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from(' "%€😀\\'), min_size=1, max_size=20
)
TIMES = st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1))  # noqa: DTZ001 – hypothesis adds the zone
EXTENSIONS = st.dictionaries(
    st.text("abcxyz019", min_size=1, max_size=20).filter(lambda name: name not in ("id", "data")),
    TEXTS,
    max_size=3,
)
EVENTS = st.builds(
    Event,
    id=TEXTS,
    source=st.sampled_from(["/tenants/a%20b", "urn:x:1", "https://shop.example/orders?x=1#y", "//host/x"]),
    type=TEXTS,
    subject=st.none() | TEXTS,
    time=st.none() | TIMES,
    datacontenttype=st.sampled_from(["application/json", "application/vnd.x+json; charset=utf-8"]),
    dataschema=st.none() | st.just("urn:schema"),
    data=st.sampled_from([b"{}", b'{"a": 1.10}', b"[1,2]", b'"text"', b"null", b"12345678901234567890"]),
    extensions=EXTENSIONS,
)


@given(EVENTS)
def test_what_goes_in_comes_out(event: Event) -> None:
    assert from_structured(to_structured(event)) == event
    assert from_binary_http(*to_binary_http(event)) == event
    headers, value = to_binary_kafka(event)
    assert from_kafka(headers, value) == (event,)
    assert from_batch(to_batch([event, event])) == (event, event)


@given(EVENTS)
def test_http_headers_are_visible_ascii(event: Event) -> None:
    headers, _ = to_binary_http(event)
    for name, value in headers:
        assert name.replace("-", "").isalnum()
        if name != "content-type":
            assert all("!" <= c <= "~" and c != '"' for c in value)


@given(EVENTS)
def test_the_content_type_says_the_mode(event: Event) -> None:
    for kind in (STRUCTURED, f"{STRUCTURED}; charset=UTF-8", STRUCTURED.title(), f'{STRUCTURED};charset="utf-8"'):
        assert from_http([("Content-Type", kind)], to_structured(event)) == (event,)
        assert from_kafka([("content-type", kind)], to_structured(event)) == (event,)
    assert from_http([("content-type", BATCH)], to_batch([])) == ()
    assert from_http(*to_binary_http(event)) == (event,)


def test_an_event_needs_no_more_than_four_attributes() -> None:
    event = from_structured(body())
    assert event == Event("1", "/x", "t")
    assert event.attributes == MINIMAL
    assert from_structured(body(subject=None, comexampleext=None)) == event, "null is as good as not said"
    assert json.loads(to_structured(event)) == MINIMAL
    assert from_binary_http(*to_binary_http(event)) == event


def test_data_keeps_its_bytes() -> None:
    text = body(data=0)[:-2] + b'{"price": 1.10, "n": 123456789012345678901234567890}}'
    assert from_structured(text).data == b'{"price": 1.10, "n": 123456789012345678901234567890}'


def test_data_of_other_types_travels_as_base64_or_text() -> None:
    event = Event("1", "/x", "t", datacontenttype="image/png", data=b"\x89PNG\x00")
    assert json.loads(to_structured(event))["data_base64"] == "iVBORwA="
    assert from_structured(to_structured(event)) == event
    assert from_structured(body(datacontenttype="text/plain", data="é")).data == "é".encode()
    assert from_structured(body(data_base64="eyJhIjoxfQ==")).data == b'{"a":1}'


def test_extensions_keep_their_types_in_json_and_are_texts_in_headers() -> None:
    event = Event("1", "/x", "t", extensions={"sequence": "7", "shard": 7, "last": True})
    assert from_structured(to_structured(event)).extensions == {"sequence": "7", "shard": 7, "last": True}
    assert dict(to_binary_http(event)[0])["ce-last"] == "true"
    assert from_binary_http(*to_binary_http(event)).extensions == {"sequence": "7", "shard": "7", "last": "true"}


def test_times_keep_their_moment() -> None:
    event = from_structured(body(time="2018-04-05T05:56:24.5+02:00"))
    assert event.time == datetime(2018, 4, 5, 5, 56, 24, 500_000, timezone(timedelta(hours=2)))
    assert event.attributes["time"] == "2018-04-05T03:56:24.500000Z"
    assert from_structured(body(time="2018-04-05t03:56:24z")).attributes["time"] == "2018-04-05T03:56:24Z"


def test_header_values_are_unescaped_as_the_specification_says() -> None:
    headers = [("ce-specversion", "1.0"), ("CE-ID", "Euro%20%E2%82%AC%20%F0%9F%98%80"), ("ce-source", "/x")]
    assert from_binary_http([*headers, ("ce-type", '"a \\"b\\""')], b"").id == "Euro € 😀"
    assert from_binary_http([*headers, ("ce-type", '"a \\"b\\""')], b"").type == 'a "b"'
    assert dict(to_binary_http(Event('a "b" 100%€', "/x", "t"))[0])["ce-id"] == "a%20%22b%22%20100%25%E2%82%AC"


REFUSED = {
    "no JSON": b"{",
    "no object": b"[]",
    "other encodings": '{"id":"é"}'.encode("latin-1"),
    "too deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a name twice": b'{"specversion":"1.0","id":"1","id":"2","source":"/x","type":"t"}',
    "a name twice in the data": body()[:-1] + b',"data":{"a":1,"a":2}}',
    "no number": body()[:-1] + b',"data":NaN}',
    "lone surrogates": body(id="\ud800"),
    "no version": body(specversion=...),
    "an older version": body(specversion="0.3"),
    "no id": body(id=...),
    "null for an id": body(id=None),
    "an empty id": body(id=""),
    "a number for an id": body(id=1),
    "an empty type": body(type=""),
    "an empty source": body(source=""),
    "a source that is no URI reference": body(source="a b"),
    "an escape cut short": body(source="/a%2"),
    "controls": body(id="a\nb"),
    "controls of C1": body(id="a\x85b"),
    "noncharacters": body(subject="a\ufffe"),
    "an empty subject": body(subject=""),
    "times without a zone": body(time="2018-04-05T03:56:24"),
    "times of no calendar": body(time="2018-02-30T03:56:24Z"),
    "times after the last": body(time="9999-12-31T23:59:59-00:01"),
    "times before the first": body(time="0001-01-01T00:00:00+00:01"),
    "numbers for a time": body(time=1),
    "days": body(time="2018-04-05"),
    "content types": body(datacontenttype="json"),
    "schemas that are not absolute": body(dataschema="/schema"),
    "names with capitals": body(comExample="x"),
    "names with signs": body(com_example="x"),
    "fractions": body(shard=1.5),
    "numbers beyond 32 bits": body(shard=2**31),
    "structures": body(shard={"a": 1}),
    "both kinds of data": body(data=1, data_base64="MQ=="),
    "no Base64": body(data_base64="%"),
    "data that is neither JSON nor text": body(datacontenttype="text/plain", data={"a": 1}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_as_malformed(what: str) -> None:
    with pytest.raises(Malformed):
        from_structured(REFUSED[what])
    with pytest.raises(Malformed):
        from_batch(b"[" + REFUSED[what] + b"]")


@pytest.mark.parametrize("text", [b"{}", b"[1]", b"[{}", b"", b"[" * 100_000])
def test_a_batch_is_a_list_of_events(text: bytes) -> None:
    with pytest.raises(Malformed):
        from_batch(text)


CE = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/x"), ("ce-type", "t")]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        CE[1:],
        [*CE, ("ce-id", "2")],
        [*CE, ("ce-data", "x")],
        [*CE, ("ce-datacontenttype", "text/plain")],
        [*CE, ("ce-com_example", "x")],
        [*CE, ("ce-", "x")],
        [*CE, ("ce-subject", "%FF")],
        [*CE, ("ce-subject", "%0A")],
        [*CE, ("ce-subject", "%ED%A0%80")],
        [*CE, ("content-type", "json")],
        [("content-type", "application/cloudevents+avro")],
        [("content-type", "application/cloudevents")],
        [("content-type", f"{STRUCTURED}; charset=utf-16")],
        [("content-type", STRUCTURED), ("content-type", STRUCTURED)],
        [("content-type", f"{STRUCTURED}; charset")],
    ],
)
def test_headers_that_are_no_event(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Malformed):
        from_http(headers, to_structured(Event("1", "/x", "t")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"source": "a b"},
        {"time": datetime(2018, 4, 5)},  # noqa: DTZ001 – that it has no zone is the point
        {"extensions": {"id": "x"}},
        {"extensions": {"data": "x"}},
        {"extensions": {"x": 1.5}},
    ],
)
def test_no_event_is_made_that_could_not_be_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Event(**{"id": "1", "source": "/x", "type": "t", **wrong})


def test_what_no_attribute_may_hold_can_be_escaped() -> None:
    assert allowed_text("order 7%") == "order 7%"
    assert allowed_text("a\x85b\ufffe") == "a%C2%85b%EF%BF%BE"
    assert Event("1", "/x", "t", subject=allowed_text("reservation:\x85")).subject == "reservation:%C2%85"
