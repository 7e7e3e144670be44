"""An event loop whose time is virtual and whose ready tasks run in a seeded order."""

import asyncio
import random
import selectors
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NothingToWaitFor(selectors.SelectSelector):
    """Instead of waiting, time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for something that will never come")
        self.now += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs what is ready in an order drawn from `dice`; sleeps take no time but virtual time."""

    def __init__(self, dice: random.Random) -> None:
        self._clock = _NothingToWaitFor()
        self._dice = dice
        super().__init__(self._clock)
        self.faults: list[str] = []
        self.set_exception_handler(self._note)

    def time(self) -> float:
        return self._clock.now

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(str(context.get("exception") or context.get("message")))

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            shuffled = list(ready)
            self._dice.shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)
        super()._run_once()  # type: ignore[misc]


def run(coroutine: Coroutine[Any, Any, T], dice: random.Random) -> T:
    """Run to the end on a loop of its own; whatever is still running is cancelled."""
    loop = SimulatedLoop(dice)
    try:
        main = loop.create_task(coroutine)
        result = loop.run_until_complete(main)
        rest = asyncio.all_tasks(loop)
        for task in rest:
            task.cancel()
        loop.run_until_complete(_ended(rest))
        return result
    finally:
        loop.close()


async def _ended(tasks: Collection["asyncio.Task[Any]"]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
