"""Whether the process lives, and whether it can serve: for those who restart it, and those who send it callers."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, Final

from entrypoints.composition.installation import Installation

logger = logging.getLogger("entrepot.health")

UP: Final = "up"
DOWN: Final = "down"
SPARED: Final = frozenset(("broker", "cache", "search", "objects"))
"""Adapters without which stock is served all the same: slower, without searches, or with events that wait."""

READY: Final = "ready"
DEGRADED: Final = "degraded"
NOT_READY: Final = "not ready"
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
        }
        # Side by side: several that are down must not add up to longer than whoever asks waits.
        names = list(house.adapters)
        states = await asyncio.gather(*(_answers(name, house.adapters[name].reach()) for name in names))
        found |= {"broker": UP, **dict(zip(names, states, strict=True))}
        if house.relay.failing:
            found["broker"] = DOWN
        if house.settings.worker.enabled:
            failing = set(house.worker.failing)
            for job, running in house.worker.jobs.items():
                found[f"worker.{job}"] = UP if running and job not in failing else DOWN
        return found


def status_of(checks: Mapping[str, str]) -> str:
    """`degraded`: callers may be sent here, though not everything is there."""
    down = {name for name, state in checks.items() if state != UP}
    return READY if not down else DEGRADED if down <= SPARED else NOT_READY


async def _answers(name: str, question: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await question
    except Exception as error:  # whatever it is: it is not there
        logger.warning("%s is down: %s", name, str(error) or type(error).__name__)
        return DOWN
    return UP
