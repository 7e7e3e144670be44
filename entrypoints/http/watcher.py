"""Those who wait for events, and the one watcher per process that looks for all of them."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from application.kernel.outbox import Cursor, OutboxFeed
from application.kernel.ports import StoreError
from application.kernel.unanswered import Busy
from contracts.events.v1.messages import published

logger = logging.getLogger("entrepot.http")

RETRY_LISTENING: Final = 5.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page of a tenant's events, each encoded once for all who get it; `more`: there is another page already."""

    events: tuple[bytes, ...]
    after: Cursor
    more: bool


class Watcher:
    """Looks whether anything was published: when it is woken, else every `poll` seconds; while anybody waits.

    Everyone who waits is told at once; those who are at the same place of the same feed share one reading.
    `listeners` bounds how many wait, `listeners // 2` how many of one tenant while others wait too.
    """

    def __init__(self, feed: OutboxFeed, encode: Callable[[object], bytes], listeners: int, poll: float) -> None:
        self._feed = feed
        self._encode = encode
        self._most = listeners
        self._poll = poll
        self._waiting: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._news: asyncio.Future[None] | None = None
        self._end: Cursor | None = None
        self._shared: dict[tuple[str, Cursor, int], asyncio.Task[Fetched]] = {}
        self._task: asyncio.Task[None] | None = None
        self.stopping = False

    @property
    def listeners(self) -> int:
        """How many wait now."""
        return self._waiting.total()

    def wake(self) -> None:
        """Something was published in this process."""
        self._wake.set()

    def stop(self) -> None:
        """Nobody waits any longer."""
        self.stopping = True
        self._tell()

    @contextmanager
    def listening(self, tenant: str) -> Iterator[None]:
        """One more waits. Raises Busy."""
        mine, all_of_them = self._waiting[tenant], self._waiting.total()
        if all_of_them >= self._most or (mine >= max(1, self._most // 2) and all_of_them > mine):
            raise Busy("too many wait for events", request="", retry_after=RETRY_LISTENING)
        self._waiting[tenant] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="event-watcher")
        try:
            yield
        finally:
            self._waiting[tenant] -= 1
            if not self._waiting[tenant]:
                del self._waiting[tenant]
            if not self._waiting and self._task is not None:
                self._task.cancel()
                self._task = None
                self._shared.clear()

    @property
    def news(self) -> asyncio.Future[None]:
        """Done when something was published after this was asked for, or all is about to stop.

        Ask for it before reading, so that nothing falls between the two.
        """
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
            if self.stopping:
                self._news.set_result(None)
        return self._news

    async def read(self, tenant: str, after: Cursor | None, limit: int) -> Fetched:
        """What follows this place now. Raises FeedGone, StoreError."""
        page = await self._feed.read(tenant, after, limit)
        return Fetched(tuple(self._encode(published(each)) for each in page.messages), page.after, page.more)

    async def read_on(self, tenant: str, after: Cursor, limit: int) -> Fetched:
        """The same for those who have read all there was: read once for all who are at this place."""
        place = (tenant, after, limit)
        reading = self._shared.get(place)
        if reading is None:
            reading = self._shared[place] = asyncio.create_task(self.read(tenant, after, limit))
        return await asyncio.shield(reading)

    async def _watch(self) -> None:
        while True:
            try:
                end = await self._feed.end()
                if end != self._end:
                    self._end = end
                    self._tell()
            except StoreError as error:  # those who read are told; this goes on looking
                logger.warning("the feed cannot be read: %s", error)
            except Exception:
                logger.exception("looking for news failed and is tried again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._wake.wait()
            self._wake.clear()

    def _tell(self) -> None:
        self._shared.clear()
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
