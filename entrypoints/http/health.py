"""Whether the process lives, and whether it can serve: for those who restart it, and those who send it callers."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final

from application.kernel.broker import Reachable
from entrypoints.composition.installation import Installation

logger = logging.getLogger("entrepot.health")

UP: Final = "up"
DOWN: Final = "down"
FRESH: Final = 1.0
"""Seconds an answer is given again: anyone may ask, as often as they like."""

PATIENCE: Final = 2.0
"""Seconds after which what does not answer is down."""


class Health:
    """Looks at every adapter that serving needs."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._turn = asyncio.Lock()
        self._known: dict[str, str] = {}
        self._looked_at = float("-inf")
        self._draining = False

    def drain(self) -> None:
        """From now on it is not ready."""
        self._draining = True

    async def checks(self) -> dict[str, str]:
        """Each with `up` or `down`; why is in the log, not for everyone to read."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at > FRESH:
                self._known = await self._look()
                self._looked_at = now
        return {**self._known, "process": DOWN if self._draining else UP}

    async def _look(self) -> dict[str, str]:
        house = self._house
        found = {
            "database.read": await _answers("database.read", house.feed.end()),
            # A transaction of the writer that writes nothing.
            "database.write": await _answers("database.write", house.outbox.give_back(())),
            "broker": DOWN if house.relay.failing else UP,
        }
        if isinstance(house.channels, Reachable) and await _answers("broker", house.channels.reach()) == DOWN:
            found["broker"] = DOWN
        if house.settings.worker.enabled:
            failing = set(house.worker.failing)
            for job, running in house.worker.jobs.items():
                found[f"worker.{job}"] = UP if running and job not in failing else DOWN
        return found


async def _answers(name: str, question: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await question
    except Exception as error:  # whatever it is: it is not there
        logger.warning("%s is down: %s", name, str(error) or type(error).__name__)
        return DOWN
    return UP
