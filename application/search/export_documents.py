"""Export documents: all that a question finds, by id, page after page, for those who write them away as they come."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.search.conditions import query
from application.search.documents import ID, DocumentKind
from application.search.find_documents import DocumentFound, document_found, kind_of, tenant_of
from application.search.ports import After, Ask, SearchIndex, Sort
from domain.kernel.quantity import identifier, text

PAGE: Final = 500
MAX_ID: Final = 2_048


@dataclass(frozen=True, slots=True)
class ExportDocuments:
    """All documents of a kind that meet the conditions, those whose id comes after this one."""

    kind: str
    words: str = ""
    where: tuple[str, ...] = ()
    after: str = ""

    def __post_init__(self) -> None:
        identifier(self.kind, "kind")
        text(self.after, "after", most=MAX_ID)


class ExportDocumentsHandler:
    def __init__(self, index: SearchIndex, kinds: Mapping[str, DocumentKind]) -> None:
        self._index = index
        self._kinds = kinds

    def columns(self, asked: ExportDocuments) -> Sequence[str]:
        """The names of the fields, in order. Raises KindUnknown."""
        return [each.name for each in kind_of(self._kinds, asked.kind).columns]

    async def __call__(self, tenant: str, asked: ExportDocuments) -> AsyncIterator[Sequence[DocumentFound]]:
        """Pages, never an empty one: what does not change meanwhile is met once. No more is held than one page.

        Raises SearchOff, KindUnknown, InvalidInput, IndexUnavailable.
        """
        kind = kind_of(self._kinds, asked.kind)
        meant = query(kind, asked.words, asked.where)
        after = After(asked.after, asked.after) if asked.after else None
        while True:
            found = await self._index.find(tenant_of(tenant), Ask(meant, Sort(ID), after, PAGE, count=False))
            if found.hits:
                yield [document_found(kind, hit) for hit in found.hits]
            if len(found.hits) < PAGE:
                return
            after = After(found.hits[-1].id, found.hits[-1].id)
