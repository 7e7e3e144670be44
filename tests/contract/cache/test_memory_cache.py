"""The availability cache within a process."""

from adapters.memory.availability_cache import MemoryAvailabilityCache
from contracts.conformance.availability_cache import NORTH, THEN, AvailabilityCacheConformance, part, told


class HandClock:
    """Seconds that pass when they are told to; a little with every reading."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        self.now += 0.000_01
        return self.now


class TestMemoryCache(AvailabilityCacheConformance):
    async def open_cache(self, seconds: float) -> MemoryAvailabilityCache:
        self.clock = HandClock()
        return MemoryAvailabilityCache(seconds, 5_000, self.clock)

    async def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds


async def test_those_used_last_stay() -> None:
    cache = MemoryAvailabilityCache(5.0, 3, HandClock())
    for code in "ABC":
        looked = await cache.look(NORTH, [code])
        await cache.fill(NORTH, looked.at, THEN, {code: [part(code)]})
    await cache.look(NORTH, ["A"])
    await cache.learn([told(NORTH, part("D"))])
    assert len(cache) == 3
    assert set((await cache.look(NORTH, ["A", "B", "C"])).kept) == {"A", "C"}
