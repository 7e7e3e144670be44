"""Rebuild the index of a kind from the ledger, beside the one in use, which is asked and written until it is replaced.

Nothing that is written meanwhile is missed, whatever the events do: everything is copied; then what changed since the
copying began; then the new index stands in for the old one; then what changed since the second copying began. Who
wrote to the old index wrote what was committed before that, and it is copied by the last step; who writes later writes
to the new one. Each step may be repeated, so a rebuild that was killed goes on where it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from application.search.documents import DocumentKind
from application.search.find_documents import kind_of
from application.search.kinds import document_of
from application.search.ports import LedgerWalk, Rebuild, SearchIndex, Stage
from domain.kernel.quantity import whole

MARGIN: Final = timedelta(minutes=5)
"""A commit may bear a time a little before the last one that was seen: so much earlier is looked at again."""

NEXT: Final = {Stage.COPY: Stage.CATCH_UP, Stage.CATCH_UP: Stage.SETTLE}

Progress = Callable[[str, Stage, int], None]
"""Told now and then: the kind, the stage, how many documents so far."""


def unheard(kind: str, stage: Stage, documents: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class RebuildIndex:
    """Rebuild the index of one kind, `page` documents at a time."""

    kind: str
    page: int = 500

    def __post_init__(self) -> None:
        whole(self.page, "page", most=10_000)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many documents were copied in each stage, by this run."""

    kind: str
    resumed: bool
    copied: int
    caught_up: int
    settled: int


class RebuildIndexHandler:
    def __init__(self, index: SearchIndex, walk: LedgerWalk, kinds: Mapping[str, DocumentKind]) -> None:
        self._index = index
        self._walk = walk
        self._kinds = kinds

    async def __call__(self, command: RebuildIndex, progress: Progress = unheard) -> Rebuilt:
        """Raises SearchOff, KindUnknown, IndexUnavailable, StoreError: call it again, and it goes on."""
        kind = kind_of(self._kinds, command.kind)
        now = await self._walk.committed_at()
        rebuild = await self._index.begin(kind, now - MARGIN)
        resumed = bool(rebuild.place) or rebuild.stage is not Stage.COPY
        copied = dict.fromkeys(Stage, 0)
        while True:
            rebuild = await self._copy(kind, rebuild, command.page, copied, progress)
            if rebuild.stage is Stage.SETTLE:
                break
            done, rebuild = rebuild.stage, replace(rebuild, stage=NEXT[rebuild.stage], place="")
            await (self._index.reached(rebuild) if done is Stage.COPY else self._index.swap(rebuild))
        await self._index.end(rebuild)
        return Rebuilt(kind.name, resumed, *(copied[stage] for stage in Stage))

    async def _copy(
        self, kind: DocumentKind, rebuild: Rebuild, page: int, copied: dict[Stage, int], progress: Progress
    ) -> Rebuild:
        """One stage to its end, from where it is."""
        since = None if rebuild.stage is Stage.COPY else rebuild.since
        while True:
            things, after = await self._walk.walk(kind.source, rebuild.place, page, since)
            if things:
                await self._index.put_into(rebuild, [document_of(kind, tenant, thing) for tenant, thing in things])
                copied[rebuild.stage] += len(things)
                progress(kind.name, rebuild.stage, copied[rebuild.stage])
            if not after:
                return rebuild
            rebuild = replace(rebuild, place=after)
            await self._index.reached(rebuild)
