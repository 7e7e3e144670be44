"""Search in use: who asks the index, who keeps it up, who rebuilds and checks it, and how it goes."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from adapters.fts5.index import Fts5Index
from application.kernel.broker import ParkedMessages
from application.kernel.ports import Codec
from application.search.add_up_documents import AddUpDocuments, AddUpDocumentsHandler
from application.search.check_index import CheckIndexHandler
from application.search.export_documents import ExportDocumentsHandler
from application.search.fall_behind import FallBehind
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


class Searching:
    """`lags`: from a commit until its event was in the index. `asked`: how long answers took, by what was asked;
    `failures` the same of questions that the index did not answer. `fall_behind` stands before `take_in` where the
    broker keeps nothing.
    """

    def __init__(
        self,
        index: SearchIndex,
        walk: LedgerWalk,
        records: Records,
        accounts: Mapping[str, AccountKind],
        take_in: IndexEvents,
        parked: ParkedMessages,
    ) -> None:
        kinds = by_name()
        self.on = not isinstance(index, NoIndex)
        self.index = index
        self.take_in = take_in
        self.fall_behind = FallBehind(take_in, index, walk, KINDS, parked, monotonic)
        self.lags = Durations()
        self.asked = Tally[str]()
        self.failures = Tally[str]()
        self.queries: Mapping[type, Asked] = {
            FindDocuments: self._observed("find", FindDocumentsHandler(index, kinds)),
            AddUpDocuments: self._observed("add_up", AddUpDocumentsHandler(index, kinds)),
        }
        self.export = ExportDocumentsHandler(index, kinds)
        self.rebuild = RebuildIndexHandler(index, walk, kinds)
        self.check = CheckIndexHandler(index, walk, records, kinds, accounts)
        take_in.on_lag = self.lags.add

    def _observed(self, name: str, handler: Asked) -> Asked:
        async def ask(tenant: str, query: Any) -> Any:
            started = perf_counter()
            try:
                answer = await handler(tenant, query)
            except IndexUnavailable:
                self.failures.add(name, perf_counter() - started)
                raise
            self.asked.add(name, perf_counter() - started)
            return answer

        return ask


def searching_of(
    settings: Settings,
    index: SearchIndex,
    walk: LedgerWalk,
    records: Records,
    accounts: Mapping[str, AccountKind],
    codec: Codec,
    wall: Callable[[], datetime],
    parked: ParkedMessages,
) -> Searching:
    take_in = IndexEvents(index, records, KINDS, accounts, codec, wall, settings.search.batch)
    return Searching(index, walk, records, accounts, take_in, parked)


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
