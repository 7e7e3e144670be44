"""Register entries with all they say, followed by whoever keeps a view of them in its own process."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command, Commit
from domain.kernel.books import Entry

MAX_AGE: Final = 1.0
"""Seconds."""

PAGE: Final = 2_000
"""Entries read at once: an import of ten thousands holds up nobody for long."""

SLICE: Final = 0.005
"""Seconds for which entries are taken over before others have a turn."""


class WrittenEntry(NamedTuple):
    """An entry as it was last written, and the number of that write."""

    change: int
    tenant: str
    entry: Entry


class EntryFeed(Protocol):
    """The entries of registers as they were last committed. Raises StoreError."""

    async def written(self, registers: Collection[str], after: int, limit: int) -> Sequence[WrittenEntry]:
        """Those whose last write bears a number beyond `after`, by that number, of all tenants; at most `limit`.

        Numbers rise with every write to any register, and no number appears below one that was already seen.
        """
        ...


class View(Protocol):
    """What one tenant's entries come to, for those who ask."""

    def take(self, entry: Entry) -> None:
        """Take over an entry that is new or was written anew; what is inactive says so in its facts."""
        ...


V = TypeVar("V", bound=View)
Answer = TypeVar("Answer")


class Followed(Generic[V]):
    """A view for each tenant of some registers, at most a second older than what is committed.

    The first to ask reads everything, and once a second somebody reads what was written since. Nothing is decided from
    a view that a lock would have to guard: it says what there is to choose from. `clock` reads seconds that never fall.
    """

    def __init__(
        self, feed: EntryFeed, registers: Collection[str], empty: Callable[[], V], clock: Callable[[], float]
    ) -> None:
        self._feed = feed
        self._registers = tuple(registers)
        self._empty = empty
        self._nothing = empty()
        self._clock = clock
        self._views: dict[str, V] = {}
        self._seen = 0
        self._as_of = -MAX_AGE - 1.0
        self._turn = asyncio.Lock()

    async def of(self, tenant: str) -> V:
        """The tenant's view; where nothing was entered the empty one, which is everybody's. Raises StoreError."""
        if self._clock() - self._as_of >= MAX_AGE:
            await self._look()
        return self._views.get(tenant, self._nothing)

    def seen(self, tenant: str) -> V | None:
        """The tenant's view as it was last looked at, however old, without looking; None where there is none yet."""
        return self._views.get(tenant)

    def look_again(self) -> None:
        """Whoever asks next sees what is committed by now."""
        self._as_of = -MAX_AGE - 1.0

    async def _look(self) -> None:
        async with self._turn:
            if self._clock() - self._as_of < MAX_AGE:
                return  # whoever had the turn before looked
            asked_at = self._clock()
            more = True
            while more:
                found = await self._feed.written(self._registers, self._seen, PAGE)
                await self._take(found)
                more = len(found) == PAGE
            self._as_of = asked_at

    async def _take(self, found: Sequence[WrittenEntry]) -> None:
        """Take them over. One may be a fraction of a millisecond's work or, with all its corners, many."""
        since = self._clock()
        for change, tenant, entry in found:
            view = self._views.get(tenant)
            if view is None:
                view = self._views[tenant] = self._empty()
            view.take(entry)
            self._seen = change
            if self._clock() - since >= SLICE:
                await asyncio.sleep(0)
                since = self._clock()


class EnterHandler:
    """Handles commands that write entries which this process follows: its next question sees what they wrote."""

    def __init__(self, commit: Commit, *followed: Followed[View]) -> None:
        self._commit = commit
        self._followed = followed

    async def __call__(self, call: Call, command: Command[Answer], asked: object | None = None) -> Answer:
        """The command's reply; `asked` is what the caller sent, where that differs. Raises the command's refusals,
        Unanswered."""
        reply = await self._commit.submit(call, command, asked)
        for each in self._followed:
            each.look_again()
        return reply
