"""How a CloudEvent becomes bytes and headers, and is read from them: JSON (one event, or a batch), HTTP, Kafka.

Pure functions, strict in both directions: what another may not send is refused as Malformed, with the reason.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import msgspec

from contracts.events.v1.envelope import CONTEXT, MEDIA_TYPE, TOKEN, Event, Malformed, allowed_text, time_of, time_text

__all__ = [
    "JSON",
    "STRUCTURED",
    "BATCH",
    "Event",
    "Malformed",
    "allowed_text",
    "to_structured",
    "from_structured",
    "to_batch",
    "from_batch",
    "to_binary_http",
    "from_binary_http",
    "from_http",
    "to_binary_kafka",
    "from_kafka",
    "to_binary_amqp",
    "from_amqp",
    "canonical",
    "to_binary_nats",
    "from_nats",
]

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"

Headers = Sequence[tuple[str, str]]

_CHARSET: Final = re.compile(rf'charset="?({TOKEN})"?', re.ASCII | re.IGNORECASE)
_PLAIN: Final = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What an HTTP header shows as it is, beside letters and digits: ASCII but space, quote and percent."""
_NATS_CONTENT: Final = "ce-datacontenttype"


# -- JSON -------------------------------------------------------------------------------------------------------------


def to_structured(event: Event) -> bytes:
    """The event as one JSON object, to be sent as STRUCTURED."""
    return msgspec.json.encode(_members(event))


def from_structured(body: bytes) -> Event:
    """The event that a JSON object is. Raises Malformed."""
    return _event_of(_raw_members(body))


def to_batch(events: Iterable[Event]) -> bytes:
    """The events as one JSON list, to be sent as BATCH."""
    return msgspec.json.encode([_members(event) for event in events])


def from_batch(body: bytes) -> tuple[Event, ...]:
    """The events that a JSON list holds, perhaps none. Raises Malformed."""
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"a batch is a JSON list: {error}") from None
    return tuple(_event_of(_raw_members(bytes(part))) for part in parts)


def _members(event: Event) -> dict[str, Any]:
    members: dict[str, Any] = dict(event.attributes)
    if event.data is not None:
        if _is_json(event.datacontenttype):
            members["data"] = msgspec.Raw(event.data)
        else:
            members["data_base64"] = event.data
    return members


def _raw_members(body: bytes) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, each as it is written; the whole is one JSON text without a name said twice."""
    try:
        json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed(f"an event is a JSON object in UTF-8: {error}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a name is given twice in one JSON object")
    return members


def _no_number(text: str) -> None:
    raise Malformed(f"{text} is no JSON number")


def _event_of(members: dict[str, msgspec.Raw]) -> Event:
    raw = members.pop("data", None)
    encoded = members.pop("data_base64", None)
    said = {name: msgspec.json.decode(value) for name, value in members.items()}
    said = {name: value for name, value in said.items() if value is not None}
    for name, value in said.items():
        if name in CONTEXT and not isinstance(value, str):
            raise Malformed(f"{name} must be a text")
    content = said.get("datacontenttype")
    data: bytes | None = None
    if raw is not None and encoded is not None:
        raise Malformed("data and data_base64 exclude one another")
    if raw is not None:
        data = bytes(raw) if _is_json(content) else _string(raw)
    elif encoded is not None:
        try:
            data = msgspec.json.decode(encoded, type=bytes)
        except msgspec.DecodeError:
            raise Malformed("data_base64 must be Base64") from None
    return _event(said, data)


def _string(raw: msgspec.Raw) -> bytes:
    """Data that is no JSON is told in a JSON text."""
    try:
        return msgspec.json.decode(raw, type=str).encode()
    except msgspec.DecodeError:
        raise Malformed("data that is not JSON must be a text") from None


def _event(said: dict[str, Any], data: bytes | None) -> Event:
    """The event with these attributes. Raises Malformed."""
    if said.pop("specversion", None) != "1.0":
        raise Malformed("specversion must be 1.0")
    if missing := [name for name in ("id", "source", "type") if name not in said]:
        raise Malformed(f"{', '.join(missing)} must be said")
    time = said.pop("time", None)
    known = {name: said.pop(name, None) for name in ("subject", "datacontenttype", "dataschema")}
    return Event(
        said.pop("id"),
        said.pop("source"),
        said.pop("type"),
        time=None if time is None else time_of(time),
        data=data,
        extensions=said,
        **known,
    )


# -- headers ----------------------------------------------------------------------------------------------------------


def to_binary_http(event: Event) -> tuple[Headers, bytes]:
    """The event as HTTP headers and a body that is its data alone."""
    return _headers(event, "ce-", lambda text: quote(text, safe=_PLAIN, encoding="utf-8")), event.data or b""


def from_binary_http(headers: Iterable[tuple[str, str]], body: bytes) -> Event:
    """The event that HTTP headers and a body are. Raises Malformed."""
    return _from_headers(headers, "ce-", _unescaped, body)


def from_http(headers: Iterable[tuple[str, str]], body: bytes) -> tuple[Event, ...]:
    """The events of an HTTP message in whichever mode its content type says. Raises Malformed."""
    return _by_mode(tuple(headers), body, from_binary_http)


def to_binary_kafka(event: Event) -> tuple[Headers, bytes]:
    """The event as Kafka headers and a value that is its data alone."""
    return _headers(event, "ce_", lambda text: text), event.data or b""


def from_kafka(headers: Iterable[tuple[str, str]], body: bytes) -> tuple[Event, ...]:
    """The events of a Kafka record in whichever mode its content type says. Raises Malformed."""
    return _by_mode(tuple(headers), body, lambda headers, body: _from_headers(headers, "ce_", lambda text: text, body))


def to_binary_amqp(event: Event) -> tuple[Headers, bytes]:
    """The event as application properties of AMQP, all as canonical texts, and a body that is its data alone.

    The content type is there as `content-type`: it is a property of the message itself.
    """
    return _headers(event, "cloudEvents:", lambda text: text), event.data or b""


def from_amqp(headers: Iterable[tuple[str, str]], body: bytes) -> tuple[Event, ...]:
    """The events of an AMQP message in whichever mode its content type says. Raises Malformed.

    Names begin with `cloudEvents:`, or with `cloudEvents_` as those who speak JMS write it; values are `canonical`.
    """
    given = tuple(
        (re.sub("^cloudevents_", "cloudevents:", name, flags=re.IGNORECASE), value) for name, value in headers
    )
    return _by_mode(given, body, lambda headers, body: _from_headers(headers, "cloudevents:", lambda text: text, body))


def canonical(value: object) -> str:
    """An attribute's text, where a transport has a type of its own for it: true or false, a number, a time, bytes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return time_text(value if value.tzinfo else value.replace(tzinfo=UTC))
    return value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)


def to_binary_nats(event: Event) -> tuple[Headers, bytes]:
    """The event as NATS headers and a body that is its data alone. The content type is an attribute like the others."""
    headers, body = to_binary_http(event)
    return [(_NATS_CONTENT if name == "content-type" else name, value) for name, value in headers], body


def from_nats(headers: Iterable[tuple[str, str]], body: bytes) -> tuple[Event, ...]:
    """The events of a NATS message: structured if its content type says so, or it has no headers; else binary.

    A content type that is not that of events is taken for the data's, if nothing else says it. Raises Malformed.
    """
    given = list(headers)
    names = {name.lower() for name, _ in given}
    if "content-type" not in names and not any(name.startswith("ce-") for name in names):
        return (from_structured(body),)
    if "content-type" in names:
        return _by_mode(given, body, from_binary_http)
    plain = [("content-type" if name.lower() == _NATS_CONTENT else name, value) for name, value in given]
    return (from_binary_http(plain, body),)


def _headers(event: Event, prefix: str, escape: Callable[[str], str]) -> Headers:
    headers = []
    for name, value in event.attributes.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        headers.append(("content-type", text) if name == "datacontenttype" else (prefix + name, escape(text)))
    return tuple(headers)


def _from_headers(
    headers: Iterable[tuple[str, str]], prefix: str, unescape: Callable[[str], str], body: bytes
) -> Event:
    said: dict[str, Any] = {}
    for header, value in headers:
        name = header.lower()
        if name == "content-type":
            name = "datacontenttype"
        elif not name.startswith(prefix):
            continue
        elif (name := name.removeprefix(prefix)) in ("datacontenttype", "data", "data_base64"):
            raise Malformed(f"{header[:40]} is no attribute: the content type has its own header, the data is the body")
        else:
            value = unescape(value)
        if name in said:
            raise Malformed(f"{header[:40]} is given twice")
        said[name] = value
    return _event(said, body if body or "datacontenttype" in said else None)


def _by_mode(headers: Headers, body: bytes, binary: Callable[[Headers, bytes], Event]) -> tuple[Event, ...]:
    content = [value for name, value in headers if name.lower() == "content-type"]
    whole, _, _ = (content[0] if content else "").partition(";")
    kind = whole.strip().lower()
    if not kind.startswith("application/cloudevents"):
        return (binary(headers, body),)
    if len(content) > 1 or not MEDIA_TYPE.fullmatch(content[0].strip()):
        raise Malformed("the content type must be one media type")
    charset = _CHARSET.search(content[0])
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise Malformed("events are read in UTF-8 only")
    if kind == STRUCTURED:
        return (from_structured(body),)
    if kind == BATCH:
        return from_batch(body)
    raise Malformed(f"events are read as {STRUCTURED} or {BATCH}, or from headers")


def _unescaped(text: str) -> str:
    """A header's value, out of its quotes and percent escapes."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        raise Malformed("a header's percent escapes must be UTF-8") from None


def _is_json(content: str | None) -> bool:
    """Whether data of this content type is a JSON value; it is when none is said."""
    if content is None:
        return True
    subtype = content.partition(";")[0].strip().lower().partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")
