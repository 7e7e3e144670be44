"""The worker: bounded loops in the process's event loop, one for each job."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[float]]
"""Does a bounded piece of work; the seconds until there may be more (0: there is)."""

Finish = Callable[[], Awaitable[None]]

LONGEST_FAILURE_WAIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits in seconds. A job that found nothing is asked again after `first`, then twice as long, up to `poll`.

    When it is stopped, jobs have `grace` to end, and whatever is then given back has `finish`, each.
    """

    first: float = 0.01
    poll: float = 0.25
    grace: float = 5.0
    finish: float = 8.0


class Worker:
    """Runs jobs until it is stopped. A job that fails is logged and tried again, ever later; it stops no other.

    `wake` has a waiting job look at once; without it they look at least every `pace.poll` seconds, more often while
    there was something lately. `failures` counts those of each job. `finish` is called in turn after the loops have
    ended, to give back what they hold. Call `start` within the running event loop, `stop` before it ends.
    """

    def __init__(self, jobs: Mapping[str, Job], finish: Sequence[Finish] = (), pace: Pace | None = None) -> None:
        self._jobs = dict(jobs)
        self._finish = tuple(finish)
        self._pace = pace or Pace()
        self._wakes = {name: asyncio.Event() for name in self._jobs}
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._failing: set[str] = set()
        self.failures: Counter[str] = Counter()

    @property
    def failing(self) -> Sequence[str]:
        """The jobs that failed when they were last tried, by name."""
        return sorted(self._failing)

    def start(self) -> None:
        if self._tasks:
            raise RuntimeError("the worker is running")
        self._stop.clear()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(name), name=f"worker-{name}") for name in self._jobs]

    @property
    def jobs(self) -> dict[str, bool]:
        """Every job by name, and whether its loop runs in this process now."""
        running = {task.get_name() for task in self._tasks if not task.done()}
        return {name: f"worker-{name}" in running for name in self._jobs}

    def wake(self, name: str) -> None:
        """There is something for this job: look now."""
        self._wakes[name].set()

    async def stop(self) -> None:
        """Let every job finish the piece it is at, then have everything given back; neither is waited for for ever."""
        self._stop.set()
        for event in self._wakes.values():
            event.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._pace.grace)
            for task in late:
                logger.warning("%s did not end in time and is cut off", task.get_name())
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks = []
        for finish in self._finish:
            try:
                async with asyncio.timeout(self._pace.finish):
                    await finish()
            except TimeoutError:
                logger.warning("something was not given back in time and is cut off: it will lapse")
            except Exception:
                logger.exception("something could not be given back: it will lapse")

    async def _run(self, name: str) -> None:
        job, wake, pace = self._jobs[name], self._wakes[name], self._pace
        idle, failed = pace.first, 0.0
        while not self._stop.is_set():
            wake.clear()
            try:
                wait = await job()
                failed = 0.0
                self._failing.discard(name)
            except Exception:
                self._failing.add(name)
                self.failures[name] += 1
                failed = min(LONGEST_FAILURE_WAIT, max(pace.poll, failed * 2))
                logger.exception("%s failed and is tried again in %.2f s", name, failed)
                # Only stopping cuts this short: wakes are many.
                await self._sleep(self._stop, failed)
                continue
            if wait <= 0:
                idle = pace.first
                # Others of this loop have their turn, however much there is to do.
                await asyncio.sleep(0)
                continue
            if not self._stop.is_set():
                await self._sleep(wake, min(wait, idle))
            idle = pace.first if wake.is_set() else min(pace.poll, idle * 2)

    async def _sleep(self, until: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()


class Regularly:
    """A job that does something every so often, the first time after one such while."""

    def __init__(self, work: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._next = asyncio.get_running_loop().time() + seconds

    async def __call__(self) -> float:
        """Do it if it is time; the seconds until it is. Raises what the work raises, and is then due again at once."""
        clock = asyncio.get_running_loop().time
        if clock() >= self._next:
            await self._work()
            self._next = clock() + self._seconds
        return self._next - clock()
