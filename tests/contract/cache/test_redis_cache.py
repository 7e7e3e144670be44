"""The availability cache on Redis and on Valkey."""

import asyncio
from secrets import token_hex

from adapters.redis.availability import RedisAvailabilityCache
from contracts.conformance.availability_cache import AvailabilityCacheConformance
from tests.services import url_of


class RedisCacheConformance(AvailabilityCacheConformance):
    server: str

    async def open_cache(self, seconds: float) -> RedisAvailabilityCache:
        # Patient: the machine may be busy, and what is tested here is not how soon it gives up.
        return RedisAvailabilityCache(url_of(self.server), f"test-{token_hex(6)}", seconds, patience=2.0)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class TestRedisCache(RedisCacheConformance):
    server = "redis"


class TestValkeyCache(RedisCacheConformance):
    server = "valkey"
