"""Follow balances: what the ledger tells of positions goes into the availability cache."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.kernel.broker import Delivery, Poison
from application.kernel.events import BalancesChanged
from application.kernel.ports import Codec
from application.stock.availability import Part
from application.stock.availability_cache import AvailabilityCache, CacheUnavailable, Change, Shelf
from domain.stock.position import POSITION

GROUP: Final = "availability"
"""The group of consumers that keeps the cache."""

MOST_WAITING: Final = 20_000


@dataclass(slots=True)
class FollowCounts:
    """`learnt` positions were handed to the cache, `gaps` of them after a missed event; `dropped` were not."""

    learnt: int = 0
    gaps: int = 0
    dropped: int = 0


class FollowBalances:
    """Takes an event as soon as it is noted, and hands to the cache what was noted while it was busy.

    Of several events of a position only the latest is handed on. What the cache does not take is dropped and counted,
    and holds up nobody: an entry is no older than it says, whatever is heard of it. `wall` tells the time, `lagged` is
    told how long after its commit an event was in the cache.
    """

    def __init__(
        self,
        cache: AvailabilityCache,
        codec: Codec,
        wall: Callable[[], datetime],
        lagged: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._cache = cache
        self._decode = codec.decode
        self._wall = wall
        self._lagged = lagged
        self._waiting: dict[tuple[Shelf, tuple[str, ...]], tuple[Change, datetime]] = {}
        self._task: asyncio.Task[None] | None = None
        self.counts = FollowCounts()

    async def __call__(self, delivery: Delivery) -> None:
        """Raises Poison."""
        message = delivery.message
        if message.type != BalancesChanged.__name__:
            return
        try:
            told: BalancesChanged = self._decode(message.data, BalancesChanged)
            if told.kind != POSITION.name:
                return
            change = Change(Shelf(message.epoch, message.tenant), told.version_before, _part(told))
        except (ValueError, KeyError) as error:
            raise Poison(f"not the balances of a position: {error}") from error
        key = change.shelf, change.part[:5]
        known = self._waiting.get(key)
        if known is not None:
            if known[0].part[-1] >= change.part[-1]:
                return
            # Nothing was missed between these two, unless something was missed before the first.
            if known[0].part[-1] == change.version_before:
                change = change._replace(version_before=known[0].version_before)
        elif len(self._waiting) >= MOST_WAITING:
            self.counts.dropped += 1
            return
        self._waiting[key] = change, message.at
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._hand_on(), name="follow-balances")

    async def drain(self) -> None:
        """Wait until what was noted is handed on."""
        if self._task is not None:
            await self._task

    async def _hand_on(self) -> None:
        while self._waiting:
            noted = [*self._waiting.values()]
            self._waiting.clear()
            try:
                self.counts.gaps += await self._cache.learn([change for change, _ in noted])
            except CacheUnavailable:
                self.counts.dropped += len(noted)
            else:
                self.counts.learnt += len(noted)
                self._lagged(max(0.0, (self._wall() - min(at for _, at in noted)).total_seconds()))


def _part(told: BalancesChanged) -> Part:
    key = told.key
    return (
        key["goods"],
        key["node"],
        key["owner"],
        key["lot"],
        key["channel"],
        max(0, told.available - told.floor),
        told.available,
        told.reserved,
        told.allocated,
        told.in_transit,
        told.held,
        told.floor,
        told.version,
    )
