"""The broker within a process, and the messages parked in memory."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from adapters.memory.database import MemoryDatabase
from application.kernel.broker import (
    BrokerUnavailable,
    Delivery,
    Handler,
    Parked,
    ParkedMessages,
    Poison,
)
from application.kernel.outbox import Message

logger = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
MOST_PARKED: Final = 10_000
MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class BrokerLimits:
    """A message is tried `attempts` times, then parked; between tries the waits double from `first_wait` seconds.

    At most `queue` publications wait for a consumer; the relay waits while there are so many.
    """

    attempts: int = 5
    first_wait: float = 0.05
    longest_wait: float = 2.0
    queue: int = 16


@dataclass(slots=True, eq=False)
class _Given:
    """Messages in a lane: `kept` of them were taken or parked by now. `parked`: they come back from there."""

    messages: Sequence[Message]
    settled: "asyncio.Future[None]"
    parked: bool = False
    kept: int = 0


@dataclass(slots=True, eq=False)
class _Lane:
    """One partition for one group: one consumer, which takes the messages in turn."""

    group: str
    handler: Handler
    queue: "asyncio.Queue[_Given | None]"
    gaps: Counter[tuple[str, str]]
    worker: "asyncio.Task[None] | None" = field(default=None)


class InProcessBroker:
    """Delivers to handlers of this process; nothing is kept but what is parked.

    So a message is accepted when every group has taken or parked it, and a process that dies leaves the rest to the
    outbox, to be published again. A message that fails is tried again before the next of its partition, so that order
    is kept per key; after the last try, or at once for a Poison, it is parked. When it cannot be parked either, it is
    tried again until it can: nothing is dropped. No threads, and no clock but `sleep`.
    """

    def __init__(
        self, parked: ParkedMessages, limits: BrokerLimits | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._parked = parked
        self._limits = limits or BrokerLimits()
        self._sleep = sleep
        self._groups: dict[str, tuple[Handler, Counter[tuple[str, str]]]] = {}
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._started: set[str] = set()
        self._publishing = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._stopped = False

    def subscribe(self, group: str, handler: Handler) -> None:
        if group in self._groups:
            raise ValueError(f"group {group} has a handler already")
        self._groups[group] = handler, Counter()

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._draining:
            raise BrokerUnavailable("the broker is stopping")
        if not messages:
            return
        self._publishing += 1
        self._idle.clear()
        try:
            await self._publish(messages)
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._idle.set()

    async def _publish(self, messages: Sequence[Message]) -> None:
        groups = tuple(self._groups)
        for group in groups:
            await self._start(group)
        given = [await self._give(group, messages) for group in groups]
        if given:
            await asyncio.wait([each.settled for each in given])
        if any(each.settled.cancelled() for each in given):
            raise BrokerUnavailable("the broker stopped", accepted=min(each.kept for each in given))

    async def _give(self, group: str, messages: Sequence[Message], *, parked: bool = False) -> _Given:
        """Put messages of one partition behind what waits for its consumer, when there is room."""
        given = _Given(messages, asyncio.get_running_loop().create_future(), parked)
        await self._lane(group, messages[0].partition).queue.put(given)
        if self._stopped:
            given.settled.cancel()
        return given

    async def requeue(self, group: str, messages: Collection[str]) -> int:
        await self._start(group)
        found = await self._parked.find(group, messages)
        for each in found:
            await self._give(group, (each.message,), parked=True)
        return len(found)

    async def drain(self) -> None:
        self._draining = True
        await self._idle.wait()
        lanes = list(self._lanes.values())
        for lane in lanes:
            await lane.queue.put(None)
        await asyncio.gather(*(lane.worker for lane in lanes if lane.worker is not None))
        self._lanes.clear()

    def stop(self) -> None:
        """Stop at once: what was not settled counts as not accepted."""
        self._draining = self._stopped = True
        for lane in self._lanes.values():
            if lane.worker is not None:
                lane.worker.cancel()
            while not lane.queue.empty():
                waiting = lane.queue.get_nowait()
                if waiting is not None:
                    waiting.settled.cancel()
        self._lanes.clear()

    # -- the consumers ------------------------------------------------------------------------------------------------

    async def _start(self, group: str) -> None:
        """Before the first message: learn which keys have a gap from an earlier life."""
        if group in self._started:
            return
        if group not in self._groups:
            raise ValueError(f"nobody subscribed in the name of {group}")
        known = await self._parked.parked(group, MOST_PARKED)
        if group not in self._started:
            self._started.add(group)
            self._groups[group][1].update(each.message.key for each in known)

    def _lane(self, group: str, partition: int) -> _Lane:
        lane = self._lanes.get((group, partition))
        if lane is None or (lane.worker is not None and lane.worker.done()):
            handler, gaps = self._groups[group]
            lane = self._lanes[group, partition] = _Lane(group, handler, asyncio.Queue(self._limits.queue), gaps)
            lane.worker = asyncio.get_running_loop().create_task(self._consume(lane), name=f"{group}-{partition}")
        return lane

    async def _consume(self, lane: _Lane) -> None:
        current: _Given | None = None
        try:
            while (current := await lane.queue.get()) is not None:
                for message in current.messages:
                    await self._settle(lane, message, parked=current.parked)
                    current.kept += 1
                current.settled.set_result(None)
                current = None
        finally:
            if current is not None:
                current.settled.cancel()

    async def _settle(self, lane: _Lane, message: Message, *, parked: bool) -> None:
        """Have the message taken or parked."""
        limits = self._limits
        wait, attempt = limits.first_wait, 0
        while True:
            attempt += 1
            gap = lane.gaps[message.key] > (1 if parked else 0)
            try:
                await _deliver(lane.handler, Delivery(message, attempt, gap))
                if parked and await self._parked.remove(lane.group, message.id):
                    self._close_gap(lane, message)
                return
            except Exception as error:
                if isinstance(error, Poison) or attempt >= limits.attempts:
                    if await self._park(lane, message, attempt, error, again=parked):
                        return
                else:
                    logger.info("%s did not take %s (try %d): %r", lane.group, message.id, attempt, error)
            await self._sleep(wait)
            wait = min(wait * 2, limits.longest_wait)

    async def _park(self, lane: _Lane, message: Message, attempts: int, error: Exception, *, again: bool) -> bool:
        reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
        try:
            await self._parked.park(lane.group, message, attempts, reason)
        except Exception:
            logger.exception("%s could not be parked for %s", message.id, lane.group)
            return False
        if not again:
            lane.gaps[message.key] += 1
        logger.error(
            "%s is parked for %s after %d tries: %s of %s has a gap at number %d: %s",
            message.id,
            lane.group,
            attempts,
            message.subject,
            message.tenant,
            message.number,
            reason,
        )
        return True

    def _close_gap(self, lane: _Lane, message: Message) -> None:
        lane.gaps[message.key] -= 1
        if lane.gaps[message.key] <= 0:
            del lane.gaps[message.key]


async def _deliver(handler: Handler, delivery: Delivery) -> None:
    """Have it handled. A cancellation that nobody asked for is a failure like any other: it must not end the lane."""
    try:
        await handler(delivery)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("what the consumer waited for was cancelled") from error


class MemoryParkedMessages:
    """Parked messages in the memory database."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._rows: dict[tuple[str, str], Parked] = database.tables.setdefault("parked", {})

    async def park(self, group: str, message: Message, attempts: int, reason: str) -> None:
        async with self._database.writer:
            known = self._rows.get((group, message.id))
            if known is not None:
                self._rows[group, message.id] = replace(known, attempts=known.attempts + attempts, reason=reason)
            else:
                self._rows[group, message.id] = Parked(group, message, attempts, reason, self._now())

    async def parked(self, group: str, limit: int) -> Sequence[Parked]:
        return [row for (of, _), row in self._rows.items() if of == group][:limit]

    async def find(self, group: str, messages: Collection[str]) -> Sequence[Parked]:
        wanted = set(messages)
        return [row for (of, id), row in self._rows.items() if of == group and id in wanted]

    async def remove(self, group: str, message: str) -> bool:
        async with self._database.writer:
            return self._rows.pop((group, message), None) is not None

    def _now(self) -> datetime:
        return max(self._database.clock(), self._database.committed_at)
