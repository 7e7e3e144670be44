"""What is searched with, and what is found.

Documents are copies of what the ledger and the registers hold, a moment later: `as_of` says how late. Which fields the
documents of a kind have is on the page on search; later minor versions may add some.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict

from contracts.http.v1.parts import Answer, Body, Identifier
from contracts.http.v1.queries import Page

MAX_PAGE: Final = 500
MAX_GROUPS: Final = 1_000
MAX_WHERE: Final = 120

Kind = Annotated[
    Identifier, Field(description="positions, movements, reservations, goods or nodes.", examples=["movements"])
]
Words = Annotated[
    str,
    Field(
        max_length=200,
        description="Words that all must be there: whole or begun, whatever their case, width and accents; Chinese, "
        "Japanese and Korean by any part.",
    ),
]
Condition = Annotated[str, Field(min_length=1, max_length=1_200)]
Where = Annotated[
    tuple[Condition, ...],
    Field(
        max_length=MAX_WHERE,
        description="Conditions that all must hold: `field:value`, `field^beginning`, and `>=`, `<=`, `>`, `<` for "
        "numbers and times. Several of one field with `:` are alternatives.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=60)]
After = Annotated[str, Field(max_length=4_096, description="What the page before ended with; left out for the first.")]


class SearchQuestion(Body):
    """Of which kind, what is looked for, and which page."""

    kind: Kind
    q: Words = ""
    where: Where = ()
    sort: str = Field("", max_length=60, description="A field, or falling with `-` before it: `-at`.")
    facet: Annotated[tuple[Name, ...], Field(max_length=10)] = Field(
        (), description="Fields whose most frequent values are counted."
    )
    facet_values: Annotated[int, Strict(), Field(ge=1, le=100)] = Field(10, description="Most values of each facet.")
    after: After = ""
    limit: Annotated[int, Strict(), Field(ge=1, le=MAX_PAGE)] = Field(50, description="Most documents of the page.")


class SumsQuestion(Body):
    """Of which kind, which documents, by what they are grouped, and which of their numbers are added."""

    kind: Kind
    q: Words = ""
    where: Where = ()
    by: Annotated[tuple[Name, ...], Field(max_length=3)] = Field(
        (), description="Fields to group by; of times `at.hour`, `at.day`, `at.month` (UTC). None: all in one group."
    )
    sum: Annotated[tuple[Name, ...], Field(max_length=10)] = Field((), description="Numbers to add up.")
    after: After = ""
    limit: Annotated[int, Strict(), Field(ge=1, le=MAX_GROUPS)] = Field(100, description="Most groups of the page.")


class ExportQuestion(Body):
    """Of which kind, which documents, and in which form."""

    kind: Kind
    q: Words = ""
    where: Where = ()
    after: str = Field("", max_length=2_048, description="Go on after the document with this id.")
    format: Literal["ndjson", "csv"] = Field("ndjson", description="One JSON object a line, or CSV with a heading.")


class FoundDocument(Answer):
    """One document: as of which version and commit, and the fields of its kind."""

    id: str
    version: int
    at: datetime
    fields: Mapping[str, Any]


class FacetValue(Answer):
    """A value, and how many of the documents found have it."""

    value: str | int | bool
    count: int


class SearchPage(Page[FoundDocument]):
    """Documents in the order asked for.

    `total` counts up to 10,000 of what is found; `more_than_total` says that there are more. `as_of` is the commit time
    of the latest change of this kind that the index has taken in: one before it may still be on its way.
    """

    as_of: datetime
    total: int
    more_than_total: bool
    facets: Mapping[str, tuple[FacetValue, ...]]


class SumGroup(Answer):
    """One value for each that is grouped by, the number of documents, and a sum for each number asked for."""

    by: Mapping[str, str | int | bool]
    count: int
    sums: Mapping[str, int]


class SumPage(Page[SumGroup]):
    """Groups in the order of their values; `as_of` as on a page of documents."""

    as_of: datetime
