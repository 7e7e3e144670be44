"""Falling behind: where the broker keeps nothing, an index that is away holds up nobody.

A broker outside the process keeps what the index did not take, and nobody else waits for that. The broker within the
process has a message taken by every group before its relay goes on. So there, after some tries, the index falls behind:
from then on its events are let go, and once it answers again, what changed meanwhile is copied from the ledger. That
it is behind, and since when, is kept as a parked message, so a process that is killed does not forget it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from application.kernel.broker import Delivery, NotNow, ParkedMessages, Poison, TakesTogether
from application.kernel.outbox import Message
from application.kernel.ports import StoreError
from application.search.documents import DocumentKind
from application.search.index_events import GROUP
from application.search.kinds import document_of
from application.search.ports import IndexUnavailable, LedgerWalk, SearchIndex
from application.search.rebuild_index import MARGIN

logger = logging.getLogger(__name__)

TRIES: Final = 3
BEHIND: Final = "the index is behind from here on, and catches up by itself: "
"""In the reason of a parked message that stands for all that was let go since."""
MARKS: Final = 1_000
PAGE: Final = 500
FIRST_WAIT: Final = 0.25
LONGEST_WAIT: Final = 15.0


class FallBehind:
    """Takes events as `take_in` does while the index answers, and lets them go while it is behind.

    `catch_up` is a job of the worker: while the index is behind it tries, ever less often, to copy what changed.
    `clock` is the event loop's, in seconds.
    """

    def __init__(
        self,
        take_in: TakesTogether,
        index: SearchIndex,
        walk: LedgerWalk,
        kinds: Sequence[DocumentKind],
        parked: ParkedMessages,
        clock: Callable[[], float],
    ) -> None:
        self._take_in = take_in
        self._index = index
        self._walk = walk
        self._kinds = kinds
        self._parked = parked
        self._clock = clock
        self._begun = False
        self._copying = asyncio.Lock()
        self._since: datetime | None = None
        self._letting_go = False
        self._marks: dict[str, Message] = {}
        self._wait = FIRST_WAIT
        self._not_before = 0.0

    @property
    def behind(self) -> datetime | None:
        """The commit from which on the index may lack something; None where it lacks nothing."""
        return self._since

    async def __call__(self, delivery: Delivery) -> None:
        """Raises what `take_in` raises, NotNow only so often; Poison for what stands for more than itself."""
        message = delivery.message
        await self._begin()
        if message.id in self._marks:  # requeued, or published again after a crash: it alone would not do
            await self.catch_up()
            if message.id in self._marks:
                raise Poison(f"{BEHIND}it is still away")
            return
        if not self._letting_go:
            try:
                await self._take_in(delivery)
                return
            except NotNow as error:
                if delivery.attempt < TRIES and not self._letting_go:
                    raise
                if not self._letting_go:
                    await self._fall(message, str(error))
                    return
        if self._since is not None and message.at < self._since:
            await self._mark(message, "it came late")

    async def together(self, messages: Sequence[Message]) -> None:
        """As `take_in` takes them; while something is behind they are for one at a time (NotNow)."""
        await self._begin()
        if self._since is not None:
            raise NotNow("the index is behind")
        await self._take_in.together(messages)

    async def _fall(self, message: Message, why: str) -> None:
        if self._since is None:
            logger.warning("the index is away, and its events are let go until it answers: %s", why)
        self._letting_go = True
        await self._mark(message, why)

    async def _mark(self, message: Message, why: str) -> None:
        """Remember, for whoever comes after this process too, that from this commit on something may be missing."""
        self._since = message.at if self._since is None else min(self._since, message.at)
        self._marks[message.id] = message
        try:
            await self._parked.park(GROUP, message, TRIES, f"{BEHIND}{why}"[:500])
        except StoreError as error:
            raise NotNow(str(error)) from error

    async def catch_up(self) -> float:
        """Copy what changed, if the index is behind and answers; the seconds until it is worth another look.

        Raises StoreError.
        """
        async with self._copying:
            return await self._catch_up()

    async def _catch_up(self) -> float:
        await self._begin()
        if self._since is None or (early := self._not_before - self._clock()) > 0:
            return FIRST_WAIT if self._since is None else early
        try:
            await self._copy_since(self._since)
        except IndexUnavailable:
            self._letting_go = True
            self._not_before = self._clock() + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)
            for each in tuple(self._marks.values()):  # should another process have thought that it was done with it
                await self._parked.park(GROUP, each, 0, f"{BEHIND}it is still away")
        return 0.0

    async def _begin(self) -> None:
        """Learn what an earlier process left."""
        if self._begun:
            return
        left = [each for each in await self._parked.parked(GROUP, MARKS) if BEHIND in each.reason]
        for each in left:
            self._marks[each.message.id] = each.message
            self._since = min(self._since or each.message.at, each.message.at)
        self._begun = True

    async def _copy_since(self, since: datetime) -> None:
        """Raises IndexUnavailable: then it is behind as before."""
        now = await self._walk.committed_at()
        marks = tuple(self._marks)
        copied = await self._copy(since)
        # From here on events are taken again; those that were let go meanwhile were committed before, and are copied.
        self._letting_go = False
        copied += await self._copy(now)
        if self._letting_go:  # it was away again for an event, in between
            return
        for id in marks:
            await self._parked.remove(GROUP, id)
            self._marks.pop(id, None)
        self._since = min((each.at for each in self._marks.values()), default=None)
        self._wait, self._not_before = FIRST_WAIT, 0.0
        logger.info("the index has caught up: %d documents were copied", copied)

    async def _copy(self, since: datetime) -> int:
        """Everything that changed since then, or a little before; how many documents."""
        copied = 0
        for kind in self._kinds:
            after = ""
            while True:
                things, after = await self._walk.walk(kind.source, after, PAGE, since - MARGIN)
                if things:
                    await self._index.put([document_of(kind, tenant, thing) for tenant, thing in things])
                    copied += len(things)
                if not after:
                    break
        return copied
