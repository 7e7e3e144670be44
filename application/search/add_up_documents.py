"""Add documents up: how many there are and the sums of their numbers, by dimensions and spans of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.search.conditions import by_of, query, sum_of
from application.search.documents import DocumentKind, Shape
from application.search.find_documents import kind_of, tenant_of
from application.search.places import read, written
from application.search.ports import AskSums, By, SearchIndex
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InvalidInput

MAX_BY: Final = 3
MAX_SUMS: Final = 10
MAX_GROUPS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sum:
    """One group: its value for each dimension, how many documents, the sum of each number. `at.day` is a date."""

    by: Mapping[str, str | int | bool]
    count: int
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SumPage:
    """In the order of the groups' values. `after` is what to ask for the next page with, "" after the last.

    `as_of` is the commit time of the latest change that the index has taken in.
    """

    as_of: datetime
    groups: tuple[Sum, ...]
    after: str


@dataclass(frozen=True, slots=True)
class AddUpDocuments:
    """At most `limit` groups (1 to 1,000) of the documents of a kind, by at most 3 dimensions; none: all in one."""

    kind: str
    words: str = ""
    where: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        identifier(self.kind, "kind")
        whole(self.limit, "limit", most=MAX_GROUPS)
        for given, name, most in ((self.by, "by", MAX_BY), (self.sums, "sum", MAX_SUMS)):
            if len(given) > most or len(set(given)) < len(given):
                raise InvalidInput(f"at most {most} of {name}, each once", field=name, most=most)


class AddUpDocumentsHandler:
    def __init__(self, index: SearchIndex, kinds: Mapping[str, DocumentKind]) -> None:
        self._index = index
        self._kinds = kinds

    async def __call__(self, tenant: str, asked: AddUpDocuments) -> SumPage:
        """Raises SearchOff, KindUnknown, InvalidInput, IndexUnavailable."""
        kind = kind_of(self._kinds, asked.kind)
        meant = query(kind, asked.words, asked.where)
        by = tuple(by_of(kind, each) for each in asked.by)
        sums = tuple(sum_of(kind, each) for each in asked.sums)
        place = tuple(read((meant, by), asked.after, tuple(map(_type, by)))) if asked.after else None
        found = await self._index.add_up(tenant_of(tenant), AskSums(meant, by, sums, place, asked.limit + 1))
        shown, after = found.groups[: asked.limit], ""
        if len(found.groups) > asked.limit:
            after = written((meant, by), *shown[-1].values)
        told = tuple(
            Sum(
                dict(zip((each.name for each in by), group.values, strict=True)),
                group.number,
                dict(zip((each.name for each in sums), group.sums, strict=True)),
            )
            for group in shown
        )
        return SumPage(found.as_of, told, after)


def _type(by: By) -> type:
    if by.field.shape is Shape.WHOLE:
        return int
    return bool if by.field.shape is Shape.FLAG else str
