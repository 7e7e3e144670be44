"""A CloudEvents 1.0 event: its attributes, and what they may hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

Value = str | int | bool

_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})
CONTEXT: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data", "data_base64"}
)
_NAME: Final = re.compile(r"[a-z0-9]+")
_URI: Final = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
TOKEN: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~\-]+"
_PARAMETER: Final = rf'[ \t]*;[ \t]*{TOKEN}=(?:{TOKEN}|"[^"\\\x00-\x1f\x7f]*")'
MEDIA_TYPE: Final = re.compile(rf"({TOKEN}/{TOKEN})((?:{_PARAMETER})*)", re.ASCII)
# Controls, halves of surrogate pairs and noncharacters: what a String may not hold.
_NO_TEXT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


class Malformed(ValueError):
    """It is no CloudEvent, or not one of these forms; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Raises Malformed for attributes that the specification does not allow.

    `data` is what the content type says, as bytes: for JSON, one JSON value; None for no data at all. It is not looked
    at here. `extensions` are further attributes: texts, whole numbers of 32 bits, true or false.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    data: bytes | None = None
    extensions: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        for name in ("id", "source", "type"):
            _checked(getattr(self, name), name)
        if self.subject is not None:
            _checked(self.subject, "subject")
        if not _URI.fullmatch(self.source):
            raise Malformed("source must be a URI reference")
        if self.dataschema is not None and not (_URI.fullmatch(self.dataschema) and _SCHEME.match(self.dataschema)):
            raise Malformed("dataschema must be an absolute URI")
        if self.datacontenttype is not None and not MEDIA_TYPE.fullmatch(self.datacontenttype):
            raise Malformed("datacontenttype must be a media type")
        if self.time is not None and self.time.tzinfo is None:
            raise Malformed("time needs its zone")
        given: Mapping[str, object] = self.extensions
        for name, extension in given.items():
            if name in CONTEXT or not _NAME.fullmatch(name):
                raise Malformed(f"{name[:40]!r} cannot be the name of an extension: a to z and 0 to 9")
            if isinstance(extension, str):
                _checked(extension, name, least=0)
            elif not isinstance(extension, int) or not -(2**31) <= extension < 2**31:
                raise Malformed(f"{name} must be a text, a whole number of 32 bits, true or false")

    @property
    def attributes(self) -> dict[str, Value]:
        """All that is said of it, the version of the specification first; nothing that is not said."""
        said: dict[str, Value | None] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": None if self.time is None else time_text(self.time),
            "datacontenttype": self.datacontenttype,
            "dataschema": self.dataschema,
            **self.extensions,
        }
        return {name: value for name, value in said.items() if value is not None}


def allowed_text(text: str) -> str:
    """The text, with the characters that no attribute may hold (C1 controls, noncharacters, …) percent-escaped."""
    return _NO_TEXT.sub(lambda found: quote(found[0], safe="", errors="replace"), text)


def _checked(value: object, name: str, *, least: int = 1) -> None:
    if not isinstance(value, str) or len(value) < least:
        raise Malformed(f"{name} must be a text that is not empty")
    if _NO_TEXT.search(value):
        raise Malformed(f"{name} must not contain control characters, lone surrogates or noncharacters")


def time_of(text: str) -> datetime:
    """The moment that RFC 3339 writes so, in UTC. Raises Malformed."""
    if not _TIME.fullmatch(text.upper()):
        raise Malformed("time must be written as RFC 3339 says")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of the calendar are beyond it in UTC
        raise Malformed("time must be a moment of the calendar") from None


def time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
