"""Patience: how long somebody else is waited for, by a process that may itself be busy meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

STEPS: Final = 4


@asynccontextmanager
async def patient(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after `seconds` in which this process could have heard.

    An event loop that does something else for longer than that finds the answer and the end of the time at once, and
    the end goes first. So it is waited in steps, each begun when the one before was noticed: whatever holds the loop up
    counts as one step at most.
    """
    loop, left = asyncio.get_running_loop(), STEPS
    timer: asyncio.TimerHandle
    async with asyncio.timeout(None) as limit:

        def over() -> None:
            nonlocal left, timer
            left -= 1
            if left:
                timer = loop.call_later(seconds / STEPS, over)
            else:
                limit.reschedule(loop.time())

        timer = loop.call_later(seconds / STEPS, over)
        try:
            yield
        finally:
            timer.cancel()
