"""What can be searched for: kinds of documents, declared as data, and the documents themselves.

A document is a copy of one thing of the ledger or of a register as of a version of it. It is always written whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from application.search.words import words
from domain.kernel.account import BEGINNING

Value = str | int | bool | datetime
Plain = str | int | bool | None | list[str]
"""A value as an index keeps it: times are whole microseconds since 1970 UTC."""

SPANS: Final[Mapping[str, str]] = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m"}
"""What times may be grouped by, in UTC; documents carry these texts, so that every index groups alike."""

BETWEEN_FIELDS: Final = "‡"
"""A word that nobody asks for: what is asked for as a phrase is not found across two fields."""


class Shape(StrEnum):
    """What the values of a field are."""

    KEYWORD = "keyword"
    WHOLE = "whole"
    TIME = "time"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of document.

    `text`: its words are found by full text. `many`: it has several values. `optional`: it may have none. `key`: its
    values are many and asked for one by one, which an index may want to be quick at. `sort`: documents may be sorted
    by it.
    """

    name: str
    shape: Shape = Shape.KEYWORD
    text: bool = False
    many: bool = False
    optional: bool = False
    key: bool = False
    sort: bool = False

    def __post_init__(self) -> None:
        if self.sort and (self.many or self.optional):
            raise ValueError(f"{self.name}: what is sorted by is always there, once")
        if self.many and self.shape is not Shape.KEYWORD:
            raise ValueError(f"{self.name}: only keywords may be many")


ID: Final = Field("id", sort=True)
VERSION: Final = Field("version", Shape.WHOLE)
AT: Final = Field("at", Shape.TIME, sort=True)
COMMON: Final = (ID, VERSION, AT)
"""What every document has: its id among those of its kind and tenant, its version, when that was committed."""


class AccountsOf(NamedTuple):
    """One document for each account of this kind."""

    kind: str


class MovementsOfAll(NamedTuple):
    """One document for each movement, of every kind of account."""


class ReservationsOfAll(NamedTuple):
    """One document for each reservation, tombstones too."""


class EntriesOf(NamedTuple):
    """One document for each entry of this register; its events tell the entry whole."""

    register: str


Source = AccountsOf | MovementsOfAll | ReservationsOfAll | EntriesOf


@dataclass(frozen=True, slots=True, eq=False)
class DocumentKind:
    """A kind of document: what it is made of, its fields, and how a page is sorted when nobody says (`-`: falling)."""

    name: str
    source: Source
    fields: tuple[Field, ...]
    sorted_by: str = "id"
    by_name: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {each.name: each for each in (*COMMON, *self.fields)})
        if len(self.by_name) != len(COMMON) + len(self.fields):
            raise ValueError(f"{self.name}: a field is declared twice")

    @property
    def columns(self) -> Sequence[Field]:
        """Every field, those that all documents have first."""
        return (*COMMON, *self.fields)

    @property
    def spans(self) -> Sequence[tuple[Field, str, str]]:
        """For each field of times and each span: the field, the span, and the name that its text is kept under."""
        times = [each for each in self.columns if each.shape is Shape.TIME]
        return [(each, span, kept_span(each.name, span)) for each in times for span in SPANS]

    def __repr__(self) -> str:
        return f"DocumentKind({self.name})"


def kept_span(name: str, span: str) -> str:
    return f"{name}__{span}"


class Ref(NamedTuple):
    """Which document of a kind."""

    tenant: str
    id: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document. A later `version` always stands for a later state; `at` is the commit time of that."""

    kind: DocumentKind
    tenant: str
    id: str
    version: int
    at: datetime
    fields: Mapping[str, Value | tuple[str, ...] | None]

    @property
    def ref(self) -> Ref:
        return Ref(self.tenant, self.id)


def plain(document: Document) -> dict[str, Plain]:
    """The document as an index keeps it: every field, times also as the texts they are grouped by, and its words."""
    kind = document.kind
    kept: dict[str, Plain] = {"tenant": document.tenant, "id": document.id, "version": document.version}
    for each in (AT, *kind.fields):
        value = document.at if each is AT else document.fields.get(each.name)
        if isinstance(value, datetime):
            kept[each.name] = micros(value)
        else:
            kept[each.name] = list(value) if isinstance(value, tuple) else value
    for each, span, name in kind.spans:
        value = document.at if each is AT else document.fields.get(each.name)
        kept[name] = value.strftime(SPANS[span]) if isinstance(value, datetime) else None
    kept["words"] = f" {BETWEEN_FIELDS} ".join(_told(document))
    return kept


def _told(document: Document) -> list[str]:
    told = []
    for each in document.kind.columns:
        if each.text:
            value = document.id if each is ID else document.fields.get(each.name)
            several = value if isinstance(value, tuple) else (value,)
            told += [" ".join(words(one)) for one in several if isinstance(one, str) and one]
    return told


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    since = at - BEGINNING
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
