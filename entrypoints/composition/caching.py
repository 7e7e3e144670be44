"""The availability cache in use: who asks it, who feeds it, and how old and how late what it tells is."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from application.kernel.outbox import OutboxFeed
from application.kernel.ports import Codec
from application.stock.availability import AvailabilityReader
from application.stock.availability_cache import AvailabilityCache, CacheLimits
from application.stock.cached_availability import CachedAvailability, LedgerEpoch
from application.stock.follow_balances import FollowBalances
from entrypoints.composition.settings import Settings
from entrypoints.metrics.tally import Durations


@dataclass(frozen=True, slots=True)
class Caching:
    """`ages`: of the answers from the cache, since the ledger was read for them. `lags`: from a commit until its events
    were in the cache.
    """

    cache: AvailabilityCache
    reader: CachedAvailability
    follow: FollowBalances
    ages: Durations
    lags: Durations

    async def drain(self) -> None:
        """Wait for what is on its way to the cache."""
        await self.follow.drain()
        await self.reader.drain()


def caching_of(
    settings: Settings,
    cache: AvailabilityCache | None,
    ledger: AvailabilityReader,
    feed: OutboxFeed,
    codec: Codec,
    wall: Callable[[], datetime],
) -> Caching | None:
    """None where no cache is set."""
    if cache is None:
        return None

    async def epoch() -> int:
        return (await feed.end()).epoch

    seconds = settings.cache.seconds
    limits = CacheLimits(seconds, settings.cache.goods)
    ages, lags = Durations(), Durations()
    asked = LedgerEpoch(epoch, seconds)
    reader = CachedAvailability(ledger, cache, asked, limits, random.random, ages.add)
    return Caching(cache, reader, FollowBalances(cache, codec, wall, lags.add), ages, lags)


def asked_of(caching: Caching | None, ledger: AvailabilityReader) -> AvailabilityReader:
    """Who is asked what may be promised."""
    return ledger if caching is None else caching.reader


def cache_name(settings: Settings) -> str:
    """What the keys of an installation begin with; a ledger that ends with its process leaves nothing to the next."""
    name = settings.cache.name
    return name if settings.database.technology != "memory" else f"{name}-{token_hex(8)}"
