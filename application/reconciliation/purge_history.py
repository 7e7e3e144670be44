"""Purge what is kept for a while only: request ids, tombstones, published events, taken messages, some entries."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from application.reconciliation.ports import History, Passing, Purgeable
from domain.kernel.quantity import whole
from domain.kernel.refusal import InvalidInput

logger = logging.getLogger(__name__)

PurgeSome = Callable[[], Awaitable[int]]
DropsOld = Callable[[datetime, int], Awaitable[int]]
"""Drops up to so many things of before then; how many."""


async def nothing_kept(_before: datetime, _limit: int) -> int:
    return 0


SHORTEST_KEPT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PurgeHistory:
    """How long each is kept; `batch` rows are deleted in one transaction.

    A request id that is purged acts again when it is repeated, so `requests` is part of what callers are promised.
    Tombstones are kept as long, and so are register entries that pass. A kept promise is dropped after `promises`: what
    is left of it passes then. Movements, reservations and whatever is not yet
    published are never purged.
    """

    requests: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=7)
    messages: timedelta = timedelta(days=30)
    promises: timedelta = timedelta(days=90)
    batch: int = 1_000

    def __post_init__(self) -> None:
        whole(self.batch, "batch", most=10_000)
        for name in ("requests", "events", "messages", "promises"):
            if getattr(self, name) < SHORTEST_KEPT:
                raise InvalidInput(f"{name} must be kept for {SHORTEST_KEPT} at least", field=name)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each were deleted."""

    requests: int
    tombstones: int
    events: int
    messages: int
    entries: int = 0
    promises: int = 0


NOTHING: Final = Purged(0, 0, 0, 0)


class PurgeHistoryHandler:
    """Deletes in bounded batches and lets the writer work between them.

    Ages are told by the ledger's time or the machine's clock, whichever is earlier, so that one commit ahead of its
    time does not have request ids forgotten that are young. While `trusted` says that the clocks are under observation,
    nothing is deleted: there is time for that later. `passing` are the register entries that are kept for a while;
    `counts` says how many of each sort were deleted since this process started.
    """

    def __init__(
        self,
        history: History,
        outbox: Purgeable,
        inbox: Purgeable,
        trusted: Callable[[], bool] = lambda: True,
        passing: Sequence[Passing] = (),
        drop_promises: DropsOld = nothing_kept,
    ) -> None:
        self._history = history
        self._outbox = outbox
        self._inbox = inbox
        self._trusted = trusted
        self._passing = passing
        self._drop_promises = drop_promises
        self.counts: Counter[str] = Counter()

    async def __call__(self, command: PurgeHistory) -> Purged:
        """Raises StoreError; what was deleted before it stays deleted."""
        if not self._trusted():
            logger.warning("nothing is purged: a clock jumped, and is watched")
            return NOTHING
        batch, now = command.batch, await self._history.now()
        before = now - command.requests
        kept_before = now - command.promises
        steps: list[tuple[str, PurgeSome]] = [
            ("requests", partial(self._history.purge_requests, before, batch)),
            ("tombstones", partial(self._history.purge_tombstones, before, batch)),
            ("events", partial(self._outbox.purge, command.events, batch)),
            ("messages", partial(self._inbox.purge, command.messages, batch)),
            ("promises", partial(self._drop_promises, kept_before, batch)),
            *(("entries", partial(self._history.purge_entries, each, before, batch)) for each in self._passing),
        ]
        purged = Counter[str]()
        for what, some in steps:
            purged[what] += await self._to_the_end(what, batch, some)
        return Purged(*(purged[each.name] for each in fields(Purged)))

    async def _to_the_end(self, what: str, batch: int, some: PurgeSome) -> int:
        total = 0
        while True:
            purged = await some()
            self.counts[what] += purged
            total += purged
            if purged < batch:
                return total
            await asyncio.sleep(0)
