"""What a broker carries, as CloudEvents: what is told becomes an event, what comes from outside is labelled.

Pure functions for whoever publishes or takes in: the feed, and the adapter of every broker.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, unquote

import msgspec

from contracts.events.v1.catalogue import EVENT
from contracts.events.v1.cloudevents import JSON, STRUCTURED, Headers, from_structured, to_structured
from contracts.events.v1.envelope import Event, Malformed, allowed_text

TENANTS: Final = "/tenants/"
DIGITS: Final = 20
"""Of `sequence`: as many as the largest number has, so that the texts are in order as the numbers are."""

MAX_TENANT: Final = 64
MAX_LABEL: Final = 128
UNREAD: Final = "unread"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Told(Protocol):
    """A message of the outbox, as far as others are told of it."""

    @property
    def id(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def request(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def trace(self) -> str | None: ...


def source_of(tenant: str) -> str:
    """The source of everything that is told of a tenant."""
    return TENANTS + quote(tenant, safe="")


class Published(msgspec.Struct, omit_defaults=True, frozen=True):
    """An event of the outbox as everyone outside sees it: encoded as it is, it is a structured CloudEvent.

    `sequence` counts within the subject, and sorts as a text too; order is kept by `partitionkey`, the tenant and the
    subject. `requestid` is there when a request caused it, `traceparent` when that request's trace was recorded.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    data: msgspec.Raw
    sequence: str
    partitionkey: str
    requestid: str | None = None
    traceparent: str | None = None


def published(told: Told) -> Published:
    """The one mapping. Every message has one: what a CloudEvent may not hold is percent-encoded."""
    return Published(
        "1.0",
        told.id,
        source_of(told.tenant),
        EVENT + told.type,
        _plain(told.subject),
        told.at,
        JSON,
        msgspec.Raw(told.data),
        f"{told.number:0{DIGITS}}",
        _plain(f"{told.tenant}/{told.subject}"),
        None if told.request is None else _plain(told.request),
        told.trace,
    )


def event_of(told: Told) -> Event:
    """The same, for the binding of a broker."""
    seen = published(told)
    extensions = {"sequence": seen.sequence, "partitionkey": seen.partitionkey}
    if seen.requestid is not None:
        extensions["requestid"] = seen.requestid
    if seen.traceparent is not None:
        extensions["traceparent"] = seen.traceparent
    return Event(
        seen.id,
        seen.source,
        seen.type,
        subject=seen.subject,
        time=seen.time,
        datacontenttype=seen.datacontenttype,
        data=bytes(seen.data),
        extensions=extensions,
    )


def _plain(text: str) -> str:
    return text if text.isascii() and text.isprintable() else allowed_text(text)


# -- the channels of a broker -----------------------------------------------------------------------------------------

Write = Callable[[Event], tuple[Headers, bytes]]
Read = Callable[[Headers, bytes], Iterable[Event]]
"""A transport's binding, in `cloudevents`."""

AGAIN_FOR: Final = "entrepot-again-for"
"""The header of a message that was parked and is delivered again: its value is the group it is for, alone."""


M = TypeVar("M")
Make = Callable[[str, int, str, int, str, int, str, bytes, str | None, datetime, str | None], M]
"""The class of a message: of its id, epoch, tenant, partition, subject, number, type, data, request, time, trace."""


def to_record(told: Told, write: Write, *, whole: bool) -> tuple[Headers, bytes]:
    """A message as a record. `whole`: its data is an event already, as on the channels of commands and replies."""
    if whole:
        return (("content-type", STRUCTURED),), told.data
    return write(event_of(told))


def came_at(milliseconds: int) -> datetime:
    """When a record came, as brokers stamp it: so long after 1970. A moment that no calendar has is 1970."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return EPOCH


def from_record(
    make: Make[M], read: Read, headers: Headers, body: bytes, *, partition: int, at: datetime, whole: bool
) -> M:
    """The message that a record of this partition is, whatever it is: what is no event of ours is labelled as what
    comes from outside is. `at`: when it came, for those that do not say it themselves.
    """
    if not whole:
        try:
            return _told(make, *read(headers, body), partition=partition, at=at)
        except (Malformed, TypeError, ValueError, KeyError):
            pass  # somebody else's, which those who take events must judge
    envelope = envelope_of(read, headers, body)
    id, tenant, key, type, request = label_of(envelope)
    return make(id, 0, tenant, partition, key, 0, type, envelope, request, at, None)


def _told(make: Make[M], event: Event, *, partition: int, at: datetime) -> M:
    """The inverse of `event_of`. Raises Malformed, ValueError, KeyError for another's event."""
    if not (event.source.startswith(TENANTS) and event.type.startswith(EVENT)):
        raise Malformed("it is not told by the ledger")
    request, trace = event.extensions.get("requestid"), event.extensions.get("traceparent")
    return make(
        event.id,
        int(event.id.partition("-")[0]),
        unquote(event.source.removeprefix(TENANTS)),
        partition,
        event.subject or "",
        int(event.extensions["sequence"]),
        event.type.removeprefix(EVENT),
        event.data or b"",
        None if request is None else str(request),
        event.time or at,
        None if trace is None else str(trace),
    )


# -- from outside -----------------------------------------------------------------------------------------------------


class Label(NamedTuple):
    """What a broker must know of what came from outside, before anybody judges it: bounded texts, perhaps empty.

    The same content has the same `id`. Order is kept per tenant and `key`.
    """

    id: str
    tenant: str
    key: str
    type: str
    request: str | None


def envelope_of(read: Read, headers: Headers, body: bytes) -> bytes:
    """A message of a transport as one structured event, for `opened`. `read` is the transport's binding.

    What came structured stays as it came. What is no event is kept too, with the reason why.
    """
    content = next((value for name, value in headers if name.lower() == "content-type"), "")
    structured = content.partition(";")[0].strip().lower() == STRUCTURED
    try:
        events = tuple(read(headers, body))
        if len(events) != 1:
            raise Malformed(f"one event a message, not {len(events)}")
        return body if structured else to_structured(events[0])
    except Malformed as error:
        if structured and not _opens(body):
            return body
        kept = [[allowed_text(name), allowed_text(value)] for name, value in headers]
        return msgspec.json.encode({UNREAD: str(error), "headers": kept, "body": body})


def opened(envelope: bytes) -> Event:
    """The event of an envelope. Raises Malformed, with the reason that `envelope_of` had."""
    try:
        return from_structured(envelope)
    except Malformed:
        reason = _members(envelope).get(UNREAD)
        if isinstance(reason, str):
            raise Malformed(reason) from None
        raise


def _opens(envelope: bytes) -> bool:
    try:
        from_structured(envelope)
    except Malformed:
        return False
    return True


def label_of(envelope: bytes) -> Label:
    """The label of any bytes whatever."""
    members = _members(envelope)
    source = _text(members, "source")
    name, slash, _ = source.removeprefix(TENANTS).partition("/")
    tenant = unquote(name, errors="replace") if slash and source.startswith(TENANTS) else ""
    request = _text(members, "id")
    return Label(
        hashlib.sha256(envelope).hexdigest()[:32],
        allowed_text(tenant)[:MAX_TENANT],
        (_text(members, "partitionkey") or request)[:MAX_LABEL],
        _text(members, "type")[:MAX_LABEL],
        request[:MAX_LABEL] or None,
    )


def _members(envelope: bytes) -> dict[str, Any]:
    try:
        found = json.loads(envelope)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    return allowed_text(value) if isinstance(value, str) else ""
