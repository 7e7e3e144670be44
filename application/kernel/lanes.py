"""Lanes: the partitions in the hands of this process, where a server leaves it to its clients to share them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final

from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake, Settle, ended

BEAT: Final = 1.0
"""Most seconds between two looks at who else is there."""
RECANCEL: Final = 0.1


def beat_of(takeover: float) -> float:
    """Seconds between two signs of life, where silence of `takeover` seconds is taken for death."""
    return min(BEAT, takeover / 4)


def fair_share(members: int) -> int:
    """How many partitions a process holds at most, so that all of so many have work."""
    return -(-PARTITIONS // max(members, 1))


class LaneLost(Exception):
    """Another process has the partition: raised within a lane, which ends, and no other with it."""


class Lane:
    """One partition for one group, in this process."""

    def __init__(self, partition: int, intake: Intake) -> None:
        self.partition = partition
        self._intake = intake
        self._busy = False
        self._leaving = False
        self._task: asyncio.Task[None] | None = None

    @property
    def at_once(self) -> int:
        """Most messages to be given together."""
        return self._intake.at_once

    @property
    def ending(self) -> bool:
        """Asked to leave, or cut off."""
        return self._leaving or (self._task is not None and self._task.cancelling() > 0)

    async def begin(self) -> None:
        await self._intake.begin(self.partition)

    async def take(self, message: Message, settle: Settle, *, parked: bool = False) -> None:
        """As the intake does; a lane that is asked to leave ends after it."""
        self._busy = True
        await self._intake.take(message, settle, parked=parked)
        await self._rest()

    async def take_together(self, messages: Sequence[Message], settle: Settle) -> bool:
        """As the intake does; a lane that is asked to leave ends after it."""
        self._busy = True
        taken = await self._intake.take_together(messages, settle)
        await self._rest()
        return taken

    async def _rest(self) -> None:
        self._busy = False
        if self._leaving and self._task is not None:
            self._task.cancel()
            await asyncio.sleep(0)

    def leave(self) -> None:
        """End as soon as nothing is in hand."""
        self._leaving = True
        if not self._busy and self._task is not None:
            self._task.cancel()


class Lanes:
    """Runs a lane for each partition held; all of them end when it is left, or when one fails.

    `run` brings the messages of a lane until it is cancelled. It raises LaneLost where another process has it.
    """

    def __init__(self, intake: Intake, run: Callable[[Lane], Awaitable[None]]) -> None:
        self._intake = intake
        self._run = run
        self._lanes: dict[int, Lane] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._change = asyncio.Event()
        self._fault: Exception | None = None

    async def __aenter__(self) -> "Lanes":
        return self

    async def __aexit__(self, *_: object) -> None:
        await ended(self._tasks.values(), RECANCEL)

    @property
    def running(self) -> frozenset[int]:
        """The partitions that have a lane."""
        return frozenset(self._tasks)

    def start(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            if partition not in self._tasks:
                lane = self._lanes[partition] = Lane(partition, self._intake)
                lane._task = self._tasks[partition] = asyncio.get_running_loop().create_task(self._serve(lane))
                # Not within the task: one that is ended before it began runs nothing.
                lane._task.add_done_callback(partial(self._ended, partition))

    def drop(self, partitions: Collection[int]) -> None:
        """Others have these: cut them off."""
        for partition in partitions:
            if partition in self._tasks:
                self._tasks[partition].cancel()

    def leave(self, partitions: Collection[int]) -> None:
        """Have these end, each when nothing is in hand."""
        for partition in partitions:
            if partition in self._lanes:
                self._lanes[partition].leave()

    def keep(self, number: int) -> None:
        """Have all but so many leave, of those that nothing has ended yet."""
        self.leave([each for each in sorted(self._lanes) if not self._lanes[each].ending][number:])

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until a lane has ended. Raises what made one fail."""
        try:
            async with asyncio.timeout(seconds):
                await self._change.wait()
        except TimeoutError:
            pass
        self._change.clear()
        if self._fault is not None:
            raise self._fault

    async def _serve(self, lane: Lane) -> None:
        try:
            await lane.begin()
            await self._run(lane)
        except LaneLost:
            pass
        except Exception as error:
            self._fault = error

    def _ended(self, partition: int, _: "asyncio.Task[None]") -> None:
        del self._tasks[partition], self._lanes[partition]
        self._change.set()
