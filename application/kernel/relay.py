"""The relay: publishes the outbox, one partition at a time in the hands of one relay."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.kernel.broker import BrokerUnavailable, Publisher
from application.kernel.outbox import PARTITIONS, Lease, Message, Outbox
from application.kernel.ports import Reach, pass_by

logger = logging.getLogger(__name__)

RELAY_FAILPOINTS: Final = ("relay.leased", "relay.published", "relay.stamped")


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """`batch` messages of a partition at a time; leases of `lease`; waits in seconds: idle, and after broker failures.

    `lease` must be the same for all relays of an installation, and several times `idle`. A round begins no sooner than
    `interval` seconds after the last began, unless that left something behind: under load rounds are larger, not more.
    """

    batch: int = 64
    interval: float = 0.03
    lease: timedelta = timedelta(seconds=15)
    idle: float = 0.25
    first_wait: float = 0.05
    longest_wait: float = 5.0


@dataclass(slots=True)
class RelayCounts:
    """What a relay did since it started; `lost` leases were taken by another before the stamp."""

    published: int = 0
    failures: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Held:
    lease: Lease
    until: float


@dataclass(slots=True)
class _Flight:
    """A batch of one partition on its way to the broker."""

    lease: Lease
    messages: Sequence[Message]
    task: "asyncio.Task[None]"


class Relay:
    """Publishes unpublished rows in order, then stamps them with their positions.

    A message is stamped only after the broker kept it, so a relay that dies between the two leaves it to be published
    again: at least once. Stamps are fenced by the lease's token, so a relay that was stopped and wakes up stamps
    nothing that another took over. Partitions fly apart: one whose consumer is slow holds up itself alone; the stamps
    of those that landed together are one transaction. `holder` must be unique to this relay. While `heard` says that
    nobody listens, to publish is to stamp: rows are neither read nor given to the broker.
    `on_publish`, if set, is called after messages were stamped; it neither waits nor raises.
    """

    def __init__(
        self,
        outbox: Outbox,
        broker: Publisher,
        holder: str,
        limits: RelayLimits | None = None,
        reach: Reach = pass_by,
        heard: Callable[[], bool] = lambda: True,
    ) -> None:
        self._outbox = outbox
        self._broker = broker
        self._holder = holder
        self._limits = limits or RelayLimits()
        self._reach = reach
        self._heard = heard
        self._next_round = 0.0
        self._held: dict[int, _Held] = {}
        self._flights: dict[int, _Flight] = {}
        self._failed = 0
        self._retry_at = 0.0
        self.counts = RelayCounts()
        self.on_publish: Callable[[], None] | None = None

    @property
    def failing(self) -> bool:
        """The broker took nothing the last time."""
        return self._failed > 0

    async def __call__(self) -> float:
        """Publish once around; the seconds to wait before the next time (0: there is more). Raises StoreError."""
        clock = asyncio.get_running_loop().time
        if (early := self._next_round - clock()) > 0:
            await asyncio.sleep(early)
        now = clock()
        self._next_round = now + self._limits.interval
        passed = False
        if now >= self._retry_at:
            mine = await self._take_hold()
            if mine and self._heard():
                await self._take_off(mine)
            elif mine:
                passed = await self._pass_on(mine)
        elif not self._flights:
            return self._retry_at - now
        if not self._flights:
            return 0.0 if passed else self._limits.idle
        tasks = [flight.task for flight in self._flights.values()]
        if (left := self._next_round - clock()) > 0:
            # No other begins before: those that land until then are stamped together.
            await asyncio.wait(tasks, timeout=left)
        # Not for ever: meanwhile other partitions may have something, and leases must be held on to.
        await asyncio.wait(tasks, timeout=self._limits.idle, return_when=asyncio.FIRST_COMPLETED)
        await self._land()
        return 0.0

    async def close(self, grace: float = 5.0) -> None:
        """Wait for what is on its way, at most `grace` seconds, stamp it, and let others have the partitions."""
        if self._flights:
            tasks = [flight.task for flight in self._flights.values()]
            await asyncio.wait(tasks, timeout=grace)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._land()
        if self._held:
            await self._outbox.give_back([held.lease for held in self._held.values()])
            self._held.clear()

    async def _take_hold(self) -> Sequence[int]:
        """The partitions that are held, have nothing on their way, and may have something."""
        free = [partition for partition in range(PARTITIONS) if partition not in self._flights]
        if not self._unsure(free):
            return free
        waiting = [partition for partition in await self._outbox.pending() if partition not in self._flights]
        if waiting:
            await self._hold(waiting)
        return [partition for partition in waiting if partition in self._held]

    async def _take_off(self, partitions: Sequence[int]) -> None:
        """Start publishing what these have."""
        for partition, messages in (await self._outbox.unpublished(partitions, self._limits.batch)).items():
            if messages:
                self._came(len(messages))
                task = asyncio.get_running_loop().create_task(self._broker.publish(messages), name=f"relay-{partition}")
                self._flights[partition] = _Flight(self._held[partition].lease, messages, task)

    async def _pass_on(self, partitions: Sequence[int]) -> bool:
        """Stamp what these have; whether they had anything."""
        leases = [self._held[partition].lease for partition in partitions]
        until = asyncio.get_running_loop().time() + self._limits.lease.total_seconds()
        self._reach("relay.published")
        stamped = await self._outbox.pass_on(leases, self._limits.batch, self._limits.lease)
        self._reach("relay.stamped")
        for lease in leases:
            count = stamped.get(lease)
            if count is None:
                self._lose(lease)
            elif count:
                self._came(count)
                self.counts.published += count
                self._held[lease.partition] = _Held(lease, until)
        passed = any(stamped.values())
        if passed and self.on_publish is not None:
            self.on_publish()
        return passed

    def _came(self, count: int) -> None:
        """So many rows of a partition came: where there may be more, the next round begins at once."""
        if count >= self._limits.batch:
            self._next_round = 0.0

    def _lose(self, lease: Lease) -> None:
        self.counts.lost += 1
        self._held.pop(lease.partition, None)
        logger.warning("partition %d was taken over by another relay", lease.partition)

    async def _hold(self, partitions: Sequence[int]) -> None:
        """Take those of the partitions that are not safely held."""
        unsure = self._unsure(partitions)
        if not unsure:
            return
        duration, started = self._limits.lease, asyncio.get_running_loop().time()
        for partition in unsure:
            self._held.pop(partition, None)
        for lease in await self._outbox.lease(self._holder, unsure, duration):
            self._held[lease.partition] = _Held(lease, started + duration.total_seconds())
        self._reach("relay.leased")

    def _unsure(self, partitions: Sequence[int]) -> Sequence[int]:
        """Those of the partitions that are not safely held."""
        half = asyncio.get_running_loop().time() + self._limits.lease.total_seconds() / 2
        return [each for each in partitions if each not in self._held or self._held[each].until < half]

    async def _land(self) -> None:
        """Stamp what the broker keeps by now, and hold on to what is still on its way."""
        landed = [flight for flight in self._flights.values() if flight.task.done()]
        stamps: dict[Lease, Sequence[Message]] = {}
        fault: BaseException | None = None
        for flight in landed:
            del self._flights[flight.lease.partition]
            error = asyncio.CancelledError() if flight.task.cancelled() else flight.task.exception()
            if isinstance(error, BrokerUnavailable):
                self._back_off(error)
                stamps[flight.lease] = flight.messages[: error.accepted]
            elif error is None:
                self._failed = 0
                stamps[flight.lease] = flight.messages
            elif not isinstance(error, asyncio.CancelledError):
                fault = error
        self._reach("relay.published")
        started = asyncio.get_running_loop().time()
        half = started + self._limits.lease.total_seconds() / 2
        for partition, flight in self._flights.items():
            if partition in self._held and self._held[partition].until < half:
                stamps[flight.lease] = ()
        if stamps:
            lost = await self._outbox.stamp(stamps, self._limits.lease)
            self._reach("relay.stamped")
            for lease, messages in stamps.items():
                if lease in lost:
                    self._lose(lease)
                else:
                    self.counts.published += len(messages)
                    self._held[lease.partition] = _Held(lease, started + self._limits.lease.total_seconds())
            if self.on_publish is not None:
                self.on_publish()
        if fault is not None:
            raise fault

    def _back_off(self, error: BrokerUnavailable) -> None:
        self.counts.failures += 1
        self._failed += 1
        wait = min(self._limits.longest_wait, self._limits.first_wait * 2 ** min(self._failed - 1, 20))
        self._retry_at = asyncio.get_running_loop().time() + wait
        if self._failed == 1:
            logger.warning("the broker takes nothing: %s", error)
