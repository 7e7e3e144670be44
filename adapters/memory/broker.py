"""The broker within a process, and the messages parked in memory."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from application.kernel.broker import (
    BrokerUnavailable,
    Channel,
    Handler,
    Parked,
    ParkedMessages,
    ParkedPlace,
)
from application.kernel.outbox import Message
from application.kernel.taking import Sleep, Taking, Tries


@dataclass(frozen=True, slots=True)
class BrokerLimits(Tries):
    """At most `queue` publications wait for a consumer; the relay waits while there are so many."""

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

    taking: Taking
    queue: "asyncio.Queue[_Given | None]"
    worker: "asyncio.Task[None] | None" = field(default=None)


class InProcessBroker:
    """Delivers to handlers of this process; nothing is kept but what is parked.

    So a message is accepted when every group has taken or parked it, and a process that dies leaves the rest to those
    who published it, to be published again. No threads, and no clock but `sleep`. `heard`: somebody must be there to
    take it, else it is not accepted.
    """

    def __init__(
        self,
        parked: ParkedMessages,
        limits: BrokerLimits | None = None,
        sleep: Sleep = asyncio.sleep,
        *,
        heard: bool = False,
    ) -> None:
        self._parked = parked
        self._heard = heard
        self._limits = limits or BrokerLimits()
        self._sleep = sleep
        self._groups: dict[str, Taking] = {}
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._publishing = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._stopped = False

    @property
    def silent(self) -> bool:
        """Nobody listens, and nobody has to: to publish would be to do nothing."""
        return not (self._groups or self._heard or self._draining)

    def subscribe(self, group: str, handler: Handler) -> None:
        if group in self._groups:
            raise ValueError(f"group {group} has a handler already")
        self._groups[group] = Taking(group, handler, self._parked, self._limits, self._sleep)

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._draining:
            raise BrokerUnavailable("the broker is stopping")
        if self._heard and not self._groups:
            raise BrokerUnavailable("nobody takes these messages in this process")
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
            await self._groups[group].begin()
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
        if group not in self._groups:
            raise ValueError(f"nobody subscribed in the name of {group}")
        await self._groups[group].begin()
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

    def _lane(self, group: str, partition: int) -> _Lane:
        lane = self._lanes.get((group, partition))
        if lane is None or (lane.worker is not None and lane.worker.done()):
            lane = self._lanes[group, partition] = _Lane(self._groups[group], asyncio.Queue(self._limits.queue))
            lane.worker = asyncio.get_running_loop().create_task(self._consume(lane), name=f"{group}-{partition}")
        return lane

    async def _consume(self, lane: _Lane) -> None:
        current: _Given | None = None
        try:
            while (current := await lane.queue.get()) is not None:
                while current.kept < len(current.messages):
                    await self._take(lane.taking, current)
                current.settled.set_result(None)
                current = None
        finally:
            if current is not None:
                current.settled.cancel()

    async def _take(self, taking: Taking, given: _Given) -> None:
        """Have the next of them taken; several at once where that will do."""
        some = given.messages[given.kept : given.kept + taking.at_once]
        if len(some) > 1 and not given.parked and await taking.together(some):
            given.kept += len(some)
            return
        for message in some:
            await taking(message, parked=given.parked)
            given.kept += 1


class InProcessChannels:
    """The channels of a process, each a broker of its own. A command that nobody takes is not accepted."""

    def __init__(self, parked: ParkedMessages, limits: BrokerLimits | None = None) -> None:
        self._brokers = {
            channel: InProcessBroker(parked, limits, heard=channel is Channel.COMMANDS) for channel in Channel
        }

    def __call__(self, channel: Channel) -> InProcessBroker:
        return self._brokers[channel]


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

    async def of_tenant(self, tenant: str, limit: int, after: ParkedPlace | None = None) -> Sequence[Parked]:
        mine = [row for row in self._rows.values() if row.message.tenant == tenant]
        later = [row for row in mine if after is None or row.place > after]
        return sorted(later, key=lambda row: row.place)[:limit]

    async def find(self, group: str, messages: Collection[str]) -> Sequence[Parked]:
        wanted = set(messages)
        return [row for (of, id), row in self._rows.items() if of == group and id in wanted]

    async def remove(self, group: str, message: str) -> bool:
        async with self._database.writer:
            return self._rows.pop((group, message), None) is not None

    def _now(self) -> datetime:
        return self._database.now()
