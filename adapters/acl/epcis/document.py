"""An EPCIS document, read: its events one by one, with where they stand, within limits of size, number and depth."""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

import msgspec

from domain.kernel.refusal import Refusal

MAX_EVENTS: Final = 1_000
MAX_IDENTIFIERS: Final = 10_000
"""Of goods, in all events together."""
MAX_BYTES: Final = 2**23
MAX_DEPTH: Final = 32
MAX_ID: Final = 400

BOM: Final = b"\xef\xbb\xbf"
GOODS: Final = ("epcList", "quantityList", "childEPCs", "childQuantityList")
"""The members of an event that list goods."""
TEXTS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text, or one that does not end: looked for once, wherever it begins."""


class DocumentMalformed(Refusal):
    """This is no EPCIS 2.0 document of events (`field` says where it is not).

    Send an EPCISDocument in JSON or JSON-LD, of schemaVersion 2.0, whose epcisBody has an eventList.
    """

    code = "epcis.document"


class DocumentTooLarge(Refusal):
    """The document has more bytes, more events, more identifiers of goods or nests deeper than is taken (`most`).

    Send it in parts: each event is known by its eventID, in whatever document it comes.
    """

    code = "epcis.too_large"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was sent: its members, the line of the document where it begins, and its identity.

    `id` is its eventID; where it has none, the SHA-256 of its content as a named information URI.
    """

    line: int
    id: str
    content: str
    members: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.members["type"])

    @property
    def identifiers(self) -> int:
        """How many identifiers of goods its lists have."""
        lists = (self.members.get(name) for name in GOODS)
        return sum(len(each) for each in lists if isinstance(each, list))

    @property
    def about(self) -> str:
        """For people: what kind of event of which step."""
        step = self.members.get("bizStep")
        return f"{self.type[:40]} {step[:80]}" if isinstance(step, str) else self.type[:40]


class _Document(msgspec.Struct):
    type: str
    schemaVersion: str = ""  # noqa: N815 - the standard's word
    epcisBody: dict[str, msgspec.Raw] | None = None  # noqa: N815 - the standard's word


_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw] | None)
_CANONICAL: Final = msgspec.json.Encoder(order="deterministic", decimal_format="number")
_EVENT: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def events_of(body: bytes) -> list[Event | DocumentMalformed]:
    """The events in their order; what is no event at all in its place. Raises DocumentMalformed, DocumentTooLarge."""
    if len(body) > MAX_BYTES:
        raise DocumentTooLarge(f"the document has {len(body)} bytes", most=MAX_BYTES)
    body = body.removeprefix(BOM)
    _require_shallow(body)
    try:
        body.decode()
        document = _DOCUMENT.decode(body)
        listed = _listed(document.epcisBody or {})
    except UnicodeDecodeError:
        raise DocumentMalformed("the document is not UTF-8", field="") from None
    except msgspec.MsgspecError as error:
        raise DocumentMalformed(f"the document cannot be read: {error}", field="") from None
    except RecursionError:
        raise DocumentTooLarge("the document nests too deep", most=MAX_DEPTH) from None
    if document.type != "EPCISDocument":
        raise DocumentMalformed(f"only an EPCISDocument is captured, not {document.type[:60]!r}", field="type")
    if not document.schemaVersion.startswith("2."):
        raise DocumentMalformed(
            f"only schemaVersion 2.0 is read, not {document.schemaVersion[:20]!r}", field="schemaVersion"
        )
    if not listed:
        raise DocumentMalformed("the document has no events", field="epcisBody.eventList")
    if len(listed) > MAX_EVENTS:
        raise DocumentTooLarge(f"the document has {len(listed)} events", most=MAX_EVENTS)
    return _placed(body, listed)


Listed = list[tuple[str, msgspec.Raw]]
"""Events, and where each stands."""


def _listed(members: dict[str, msgspec.Raw]) -> Listed:
    """Those of the list and the single one, in the order of the document. Raises MsgspecError."""
    found: Listed = []
    for name, raw in members.items():
        if name == "eventList":
            found += [(f"{name}.{number}", each) for number, each in enumerate(_LIST.decode(raw) or ())]
        elif name == "event" and bytes(raw) != b"null":
            found.append((name, raw))
    return found


def _placed(body: bytes, listed: Listed) -> list[Event | DocumentMalformed]:
    """Each with its line. What was read is a piece of the body, and the pieces stand in their order, unless a member
    is there twice. Raises DocumentTooLarge.
    """
    found: list[Event | DocumentMalformed] = []
    at, line, identifiers = 0, 1, 0
    for where, raw in listed:
        piece = bytes(raw)
        place = body.find(piece, at)
        if place < 0:
            at, line, place = 0, 1, body.find(piece)
        line += body.count(b"\n", at, place)
        event = _event(piece, where, line)
        found.append(event)
        if isinstance(event, Event):
            identifiers += event.identifiers
        if identifiers > MAX_IDENTIFIERS:
            raise DocumentTooLarge(
                f"the document has more than {MAX_IDENTIFIERS} identifiers of goods", most=MAX_IDENTIFIERS
            )
        line += piece.count(b"\n")
        at = place + len(piece)
    return found


def _event(piece: bytes, where: str, line: int) -> Event | DocumentMalformed:
    try:
        members = _EVENT.decode(piece)
    except (msgspec.MsgspecError, ArithmeticError) as error:
        return DocumentMalformed(f"{where} (line {line}) is no event: {error}", field=where, line=line)
    kind = members.get("type")
    if not isinstance(kind, str) or not kind:
        return DocumentMalformed(f"{where} (line {line}) has no type", field=f"{where}.type", line=line)
    members["type"] = kind
    content = _CANONICAL.encode(members).decode()
    id = members.get("eventID")
    if id is None:
        id = f"ni:///sha-256;{hashlib.sha256(content.encode()).hexdigest()}"
    elif not isinstance(id, str) or not 0 < len(id) <= MAX_ID or not id.isprintable():
        return DocumentMalformed(
            f"{where} (line {line}) has an eventID that is none", field=f"{where}.eventID", line=line
        )
    return Event(line, id, content, members)


def _require_shallow(body: bytes) -> None:
    """Raises DocumentTooLarge, before a parser recurses, in a time that grows with the body and no faster."""
    steps = memoryview(TEXTS.sub(b"", body).translate(STEPS, NOT_BRACKETS)).cast("b")
    for depth in accumulate(steps):
        if depth > MAX_DEPTH:
            raise DocumentTooLarge(f"the document nests deeper than {MAX_DEPTH}", most=MAX_DEPTH)


NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One deeper, or one back, as signed bytes."""
