"""The index on real servers: both pass the one suite."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.elasticsearch.elastic import elasticsearch_index
from adapters.elasticsearch.index import RemoteIndex
from adapters.elasticsearch.opensearch import opensearch_index
from application.search.documents import DocumentKind
from application.search.kinds import GOODS, KINDS
from application.search.ports import Stage
from contracts.conformance.search import SearchConformance, goods
from contracts.conformance.search_ledger import START, Seeker
from tests.services import url_of


def name_of(folder: Path) -> str:
    """What the indexes of a test are called by: each test has its own, in every process."""
    return f"test-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


class OnAServer(SearchConformance):
    server: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}

    def make(self, **given: Any) -> RemoteIndex:
        raise NotImplementedError

    async def open_index(self, folder: Path, kinds: tuple[DocumentKind, ...]) -> RemoteIndex:
        given = {"name": name_of(folder), "replicas": 0, **self.settings}
        return self.make(url=url_of(self.server), seconds=20.0, kinds=kinds, **given)

    async def drop_index(self, folder: Path) -> None:
        index = await self.open_index(folder, KINDS)
        await index.forget()
        await index.close()


@pytest.mark.slow
@pytest.mark.timeout(400)  # an index takes a server a second on a busy machine, and each test makes its own
class TestElasticsearch(OnAServer):
    server = "elasticsearch"

    def make(self, **given: Any) -> RemoteIndex:
        return elasticsearch_index(**given)


@pytest.mark.slow
@pytest.mark.timeout(400)  # an index takes a server a second on a busy machine, and each test makes its own
class TestOpensearch(OnAServer):
    server = "opensearch"

    def make(self, **given: Any) -> RemoteIndex:
        return opensearch_index(**given)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_an_analyser_of_a_language_finds_more_and_nothing_less(tmp_path: Path) -> None:
    given: dict[str, Any] = {"name": name_of(tmp_path), "replicas": 0, "kinds": KINDS, "seconds": 20.0}
    url = url_of("opensearch")
    plain, english = (opensearch_index(url=url, **given, analyzer=each) for each in ("", "english"))
    try:
        await plain.put([goods("A", "run")])
        assert await Seeker(plain).ids("goods", "running") == []
        assert await english.outdated(GOODS)
        rebuild = await english.begin(GOODS, START)
        await english.put_into(rebuild, [goods("A", "run"), goods("B", "苹果手机")])
        await english.swap(replace(rebuild, stage=Stage.SETTLE))
        assert not await english.outdated(GOODS)
        assert await Seeker(english).ids("goods", "running") == ["A"]
        assert await Seeker(english).ids("goods", "果手") == ["B"]
        assert await Seeker(english).ids("goods", "ru") == ["A"]
    finally:
        await english.forget()
        await plain.close()
        await english.close()
