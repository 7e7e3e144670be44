"""The embedded index."""

from pathlib import Path

from adapters.fts5.index import Fts5Index
from application.search.documents import DocumentKind
from contracts.conformance.search import SearchConformance


class TestFts5(SearchConformance):
    async def open_index(self, folder: Path, kinds: tuple[DocumentKind, ...]) -> Fts5Index:
        return Fts5Index(folder / "search.sqlite", kinds)
