"""Find documents: by their fields and by words, page by page, with how many there are of what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from application.search.conditions import facet_of, query, sort_of
from application.search.documents import DocumentKind, Shape
from application.search.places import read, written
from application.search.ports import COUNTED, After, Ask, Hit, KindUnknown, SearchIndex
from domain.kernel.account import BEGINNING
from domain.kernel.quantity import MAX_TENANT, identifier, text, whole
from domain.kernel.refusal import InvalidInput

MAX_PAGE: Final = 500
MAX_FACETS: Final = 10
MAX_FACET_VALUES: Final = 100


@dataclass(frozen=True, slots=True)
class DocumentFound:
    """One document: as of which version and commit, and its fields."""

    id: str
    version: int
    at: datetime
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str | int | bool
    count: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """`after` is what to ask for the next page with, "" after the last. `total` is exact up to COUNTED.

    `as_of` is the commit time of the latest change that the index has taken in, of anything: a change before it may
    still be on its way. `source` is who answers.
    """

    as_of: datetime
    documents: tuple[DocumentFound, ...]
    after: str
    total: int
    more_than_total: bool
    facets: Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True, slots=True)
class FindDocuments:
    """A page of at most `limit` (1 to 500) documents of a kind: with all these words, meeting all these conditions."""

    kind: str
    words: str = ""
    where: tuple[str, ...] = ()
    sort: str = ""
    facets: tuple[str, ...] = ()
    facet_values: int = 10
    after: str = ""
    limit: int = 50

    def __post_init__(self) -> None:
        identifier(self.kind, "kind")
        text(self.sort, "sort")
        whole(self.limit, "limit", most=MAX_PAGE)
        whole(self.facet_values, "facet_values", most=MAX_FACET_VALUES)
        if len(self.facets) > MAX_FACETS:
            raise InvalidInput(f"at most {MAX_FACETS} facets", field="facet", most=MAX_FACETS)


class FindDocumentsHandler:
    def __init__(self, index: SearchIndex, kinds: Mapping[str, DocumentKind]) -> None:
        self._index = index
        self._kinds = kinds

    async def __call__(self, tenant: str, asked: FindDocuments) -> DocumentPage:
        """Raises SearchOff, KindUnknown, InvalidInput, IndexUnavailable."""
        kind = kind_of(self._kinds, asked.kind)
        meant = query(kind, asked.words, asked.where)
        sort = sort_of(kind, asked.sort)
        facets = tuple(dict.fromkeys(facet_of(kind, each) for each in asked.facets))
        place = None
        if asked.after:
            shape = str if sort.field.shape is Shape.KEYWORD else int
            place = After(*read((meant, sort), asked.after, (shape, str)))
        ask = Ask(meant, sort, place, asked.limit + 1, facets, asked.facet_values)
        found = await self._index.find(tenant_of(tenant), ask)
        shown, after = found.hits[: asked.limit], ""
        if len(found.hits) > asked.limit:
            after = written((meant, sort), *place_of(shown[-1], sort.field.name))
        total = found.total or 0
        return DocumentPage(
            found.as_of,
            tuple(document_found(kind, hit) for hit in shown),
            after,
            min(total, COUNTED),
            total > COUNTED,
            {name: tuple(FacetValue(*each) for each in values) for name, values in found.facets.items()},
        )


def tenant_of(tenant: str) -> str:
    """The tenant, if it can be one. Raises InvalidInput."""
    return identifier(tenant, "tenant", most=MAX_TENANT)


def kind_of(kinds: Mapping[str, DocumentKind], name: str) -> DocumentKind:
    """Raises KindUnknown."""
    found = kinds.get(name)
    if found is None:
        raise KindUnknown(f"there is no kind {name!r:.60}", kind=name[:60], one_of=sorted(kinds))
    return found


def place_of(hit: Hit, sorted_by: str) -> After:
    return After(hit.id if sorted_by == "id" else hit.kept[sorted_by], hit.id)


def document_found(kind: DocumentKind, hit: Hit) -> DocumentFound:
    """What the index keeps, in the words of the kind."""
    fields = {each.name: _told(each.shape, hit.kept.get(each.name)) for each in kind.fields}
    return DocumentFound(hit.id, hit.version, _moment(hit.kept["at"]), fields)


def _told(shape: Shape, kept: Any) -> Any:
    return _moment(kept) if shape is Shape.TIME and kept is not None else kept


def _moment(micros: int) -> datetime:
    return BEGINNING + timedelta(microseconds=micros)
