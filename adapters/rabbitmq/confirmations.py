"""How long a server is waited for that confirms what was published: as long as it confirms anything, and no longer."""

import asyncio
from collections.abc import Sequence
from typing import Final

PATIENCE: Final = 10.0
"""Seconds that the server has to confirm anything; one that lacks memory or disk keeps publishers waiting."""


class Confirmations:
    """Waits for what is published on one channel, by many at once.

    Whose letters wait behind those of others hears nothing of its own for long, in a process that is busy. So while
    fewer have ended than were begun before, what counts is whether the server confirms anything to the channel; then,
    whether it confirms any of one's own. No letter has a time of its own.
    """

    def __init__(self) -> None:
        self._begun = 0
        self._over = 0
        self._confirmed = 0

    async def __call__(self, sent: Sequence["asyncio.Task[object]"]) -> None:
        """Return when each has ended; broken off are those left when nothing was confirmed for PATIENCE."""
        left = set(sent)
        self._begun += len(sent)
        last = self._begun
        for task in sent:
            task.add_done_callback(self._ended)
        try:
            while left:
                before = self._confirmed
                ended, left = await asyncio.wait(left, timeout=PATIENCE)
                behind = self._over < last
                if not ended and not (behind and self._confirmed > before):
                    break
        finally:
            for each in left:
                each.cancel()
        if left:
            await asyncio.wait(left)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._over += 1
        if not task.cancelled() and task.exception() is None:
            self._confirmed += 1
