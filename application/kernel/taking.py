"""Taking: a message is tried, tried again, and parked in the end, whichever broker brought it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from typing import Final, TypeVar

from application.kernel.broker import Delivery, Handler, NotNow, ParkedMessages, Poison
from application.kernel.outbox import Message

logger = logging.getLogger(__name__)

T = TypeVar("T")
_Key = tuple[int, str, str]
Sleep = Callable[[float], Awaitable[None]]
MOST_PARKED: Final = 10_000
MAX_REASON: Final = 500
AT_ONCE: Final = 64
"""Most messages of a partition that a handler which takes them so is given at once."""


@dataclass(frozen=True, slots=True)
class Tries:
    """A message is tried `attempts` times, then parked; between tries the waits double from `first_wait` seconds."""

    attempts: int = 5
    first_wait: float = 0.05
    longest_wait: float = 2.0


class Taking:
    """Has the messages of one group taken by its handler, or parked.

    A message that fails is tried again before the next of its partition, so that order is kept per key; after the last
    try, or at once for a Poison, it is parked. What only came at a bad moment (NotNow) is tried on. When a message
    cannot be parked either, it is tried until it can: nothing is dropped. Call `begin` before the first message, or
    `begin_anew` before the first of each partition that comes from another process; take the messages of one partition
    one after the other. No clock but `sleep`.
    """

    def __init__(
        self,
        group: str,
        handler: Handler,
        parked: ParkedMessages,
        tries: Tries | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.group = group
        self._handler = handler
        self._together: Callable[[Sequence[Message]], Awaitable[None]] | None = getattr(handler, "together", None)
        self._parked = parked
        self._tries = tries or Tries()
        self._sleep = sleep
        self._gaps: defaultdict[_Key, set[str]] = defaultdict(set)
        self._begun = False
        self._learning = asyncio.Lock()
        self._unsure: set[int] = set()

    @property
    def at_once(self) -> int:
        """Most messages to be given together."""
        return 1 if self._together is None else AT_ONCE

    async def begin(self) -> None:
        """Learn which keys have a gap from an earlier life. Raises StoreError."""
        if self._begun:
            return
        known = await self._parked.parked(self.group, MOST_PARKED)
        if not self._begun:
            self._begun = True
            for each in known:
                self._gaps[_key(each.message)].add(each.message.id)

    async def begin_anew(self, partition: int) -> None:
        """Learn which keys of a partition have a gap now: another process made or closed them. Raises StoreError."""
        self._unsure.add(partition)
        async with self._learning:  # those who wait for it are served by one look
            if partition not in self._unsure:
                return
            asked = frozenset(self._unsure)
            known = await self._parked.parked(self.group, MOST_PARKED)
            self._unsure -= asked
            for key in [key for key in self._gaps if key[0] in asked]:
                del self._gaps[key]
            for each in known:
                if each.message.partition in asked:
                    self._gaps[_key(each.message)].add(each.message.id)

    async def __call__(self, message: Message, *, parked: bool = False) -> None:
        """Return when the message is taken or parked. `parked`: it comes back from there."""
        wait, tried = self._tries.first_wait, 0
        # A message that was parked comes again unasked where its broker never learnt that it was.
        parked = parked or message.id in self._missing(message)
        attempt = 0
        while True:
            attempt += 1
            gap = bool(self._missing(message) - {message.id})
            try:
                await _handle(self._handler, Delivery(message, attempt, gap))
                if parked and await self._parked.remove(self.group, message.id):
                    self._close_gap(message)
                return
            except NotNow as error:
                logger.warning("%s cannot take %s now (try %d): %s", self.group, message.id, attempt, error)
            except Exception as error:
                tried += 1
                if isinstance(error, Poison) or tried >= self._tries.attempts:
                    if await self._park(message, tried, error):
                        return
                else:
                    logger.info("%s did not take %s (try %d): %r", self.group, message.id, attempt, error)
            await self._sleep(wait)
            wait = min(wait * 2, self._tries.longest_wait)

    async def together(self, messages: Sequence[Message]) -> bool:
        """Have messages of a partition taken at once; where this is False, they are still to be taken one by one.

        So are those of keys with a gap, and all of them where one fails: trying, parking and waiting is done for one.
        """
        if self._together is None or any(self._missing(each) for each in messages):
            return False
        try:
            await _handle(self._together, messages)
        except Exception as error:
            level = logging.INFO if isinstance(error, NotNow) else logging.WARNING
            text = "%s did not take %d together, and is given one by one: %r"
            logger.log(level, text, self.group, len(messages), error)
            return False
        return True

    async def _park(self, message: Message, attempts: int, error: Exception) -> bool:
        reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
        try:
            await self._parked.park(self.group, message, attempts, reason)
        except Exception:
            logger.exception("%s could not be parked for %s", message.id, self.group)
            return False
        self._gaps[_key(message)].add(message.id)
        logger.error(
            "%s (%s of %s, number %d) is parked for %s after %d tries: %s",
            message.id,
            message.subject,
            message.tenant,
            message.number,
            self.group,
            attempts,
            reason,
        )
        return True

    def _missing(self, message: Message) -> Set[str]:
        """What is parked of the message's key."""
        return self._gaps.get(_key(message), frozenset())

    def _close_gap(self, message: Message) -> None:
        key = _key(message)
        self._gaps[key].discard(message.id)
        if not self._gaps[key]:
            del self._gaps[key]


def _key(message: Message) -> _Key:
    return message.partition, *message.key


async def _handle(handler: Callable[[T], Awaitable[None]], given: T) -> None:
    """Have it handled. A cancellation that nobody asked for is a failure like any other: it must not end the lane."""
    try:
        await handler(given)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("what the consumer waited for was cancelled") from error
