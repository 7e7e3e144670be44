"""Search in use: who asks the index, who keeps it up, who rebuilds and checks it, and how it goes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from adapters.fts5.index import Fts5Index
from application.kernel.ports import Codec
from application.search.add_up_documents import AddUpDocuments, AddUpDocumentsHandler
from application.search.check_index import CheckIndexHandler
from application.search.documents import DocumentKind
from application.search.export_documents import ExportDocumentsHandler
from application.search.find_documents import FindDocuments, FindDocumentsHandler
from application.search.index_events import IndexEvents
from application.search.kinds import KINDS, by_name
from application.search.off import NoIndex
from application.search.ports import IndexUnavailable, LedgerWalk, Records, SearchIndex
from application.search.rebuild_index import RebuildIndexHandler
from domain.kernel.account import AccountKind
from entrypoints.composition.settings import SearchSettings, Settings
from entrypoints.metrics.tally import Durations, Tally

Asked = Callable[[str, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Searching:
    """`lags`: from a commit until its event was in the index. `asked`: how long answers took, by what was asked;
    `failures` the same of questions that the index did not answer.
    """

    on: bool
    kinds: Mapping[str, DocumentKind]
    index: SearchIndex
    take_in: IndexEvents
    queries: Mapping[type, Asked]
    export: ExportDocumentsHandler
    rebuild: RebuildIndexHandler
    check: CheckIndexHandler
    lags: Durations
    asked: Tally[str]
    failures: Tally[str]


def searching_of(
    settings: Settings,
    index: SearchIndex,
    walk: LedgerWalk,
    records: Records,
    accounts: Mapping[str, AccountKind],
    codec: Codec,
    wall: Callable[[], datetime],
) -> Searching:
    kinds = by_name()
    lags, asked, failures = Durations(), Tally[str](), Tally[str]()
    take_in = IndexEvents(index, records, KINDS, accounts, codec, wall, settings.search.batch)
    take_in.on_lag = lags.add

    def observed(name: str, handler: Asked) -> Asked:
        async def ask(tenant: str, query: Any) -> Any:
            started = perf_counter()
            try:
                answer = await handler(tenant, query)
            except IndexUnavailable:
                failures.add(name, perf_counter() - started)
                raise
            asked.add(name, perf_counter() - started)
            return answer

        return ask

    return Searching(
        not isinstance(index, NoIndex),
        kinds,
        index,
        take_in,
        {
            FindDocuments: observed("find", FindDocumentsHandler(index, kinds)),
            AddUpDocuments: observed("add_up", AddUpDocumentsHandler(index, kinds)),
        },
        ExportDocumentsHandler(index, kinds),
        RebuildIndexHandler(index, walk, kinds),
        CheckIndexHandler(index, walk, records, kinds, accounts),
        lags,
        asked,
        failures,
    )


def fts5_index(search: SearchSettings) -> Fts5Index:
    """The index in a file of this machine."""
    return Fts5Index(Path(search.url.removeprefix("sqlite:///")), KINDS, seconds=search.seconds)


def on_a_server(make: Callable[..., Any]) -> Callable[[SearchSettings], Any]:
    """The index on servers, by the adapter that `make` makes."""

    def made(search: SearchSettings) -> Any:
        return make(
            url=search.url,
            seconds=search.seconds,
            kinds=KINDS,
            name=search.name,
            analyzer=search.analyzer,
            shards=search.shards,
            replicas=search.replicas,
        )

    return made
