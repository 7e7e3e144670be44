"""Availability through a cache: what it tells, how old that may be, who reads the ledger for it; nobody waits."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import pytest

from adapters.memory.availability_cache import MemoryAvailabilityCache
from adapters.memory.broker import InProcessBroker, MemoryParkedMessages
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.stock_queries import MemoryStockQueries
from application.kernel.ports import StoreUnavailable
from application.kernel.relay import Relay, RelayLimits
from application.stock.availability import (
    Amounts,
    AnswerTooLarge,
    AtLeast,
    Availability,
    AvailabilityReader,
    Detail,
    require_parts,
)
from application.stock.availability_cache import (
    AvailabilityCache,
    CacheLimits,
    CacheUnavailable,
    Change,
    Looked,
    Shelf,
)
from application.stock.cached_availability import CachedAvailability, LedgerEpoch
from application.stock.follow_balances import GROUP, FollowBalances
from contracts.conformance.commands import Receive, SetFloor
from contracts.conformance.ground import TENANTS, Ground, Shop
from contracts.conformance.stock_asker import anything
from domain.stock.position import Position
from entrypoints.composition.root import utc_now
from tests.contract.cache.test_memory_cache import HandClock
from tests.contract.ledger.installations import CODEC, MemoryInstallation

LIMITS = CacheLimits(seconds=5.0, goods=10, nothings=3)
N1 = Position("A", "N1")


class Counted:
    """The ledger's queries, counted; they wait at the gate, and may be away."""

    def __init__(self, ledger: AvailabilityReader) -> None:
        self.ledger = ledger
        self.asked: list[Sequence[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    async def availability(
        self, tenant: str, goods: Sequence[str], nodes: Sequence[str], detail: Detail, at_least: AtLeast | None
    ) -> Availability:
        self.asked.append(goods)
        if self.away:
            raise StoreUnavailable("away")
        found = await self.ledger.availability(tenant, goods, nodes, detail, at_least)
        await self.gate.wait()
        return found


class Lagging:
    """A replica of the ledger: it answers as the ledger did at some time within the last `lag` seconds."""

    def __init__(
        self, ledger: AvailabilityReader, clock: Callable[[], float], lag: float, chance: random.Random
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lag = lag
        self._chance = chance
        self._was: list[tuple[float, Availability]] = []

    async def replay(self) -> None:
        """What the ledger says now reaches it, sooner or later."""
        self._was.append((self._clock(), await self._ledger.availability("north", ("A",), (), Detail.POSITION, None)))

    async def availability(self, *_: Any) -> Availability:
        """Of A, whatever it is asked."""
        now = self._clock()
        began = [at for at, _ in self._was]
        latest = max(index for index, at in enumerate(began) if at <= now)
        oldest = max((index for index, at in enumerate(began) if at <= now - self._lag), default=0)
        return self._was[self._chance.randint(oldest, latest)][1]


class Leaving:
    """A cache that is there, until it is not."""

    def __init__(self, cache: AvailabilityCache) -> None:
        self.cache = cache
        self.away = False

    def there(self) -> AvailabilityCache:
        if self.away:
            raise CacheUnavailable("away")
        return self.cache

    async def look(self, *asked: Any) -> Looked:
        return await self.there().look(*asked)

    async def fill(self, *asked: Any) -> None:
        await self.there().fill(*asked)

    async def learn(self, changes: Sequence[Change]) -> int:
        return await self.there().learn(changes)

    async def clear(self) -> int:
        return await self.there().clear()

    async def close(self) -> None:
        await self.cache.close()


class World:
    """A ledger in memory whose events a relay brings to the cache, when it is told to."""

    def __init__(self, limits: CacheLimits = LIMITS) -> None:
        installation = MemoryInstallation()
        self.database = installation.database
        self.ground = Ground(installation)
        self.shop = self.ground.shop("north")
        self.clock = HandClock()
        self.store = MemoryAvailabilityCache(limits.seconds, 1_000, self.clock)
        self.cache = Leaving(self.store)
        self.ledger = Counted(MemoryStockQueries(self.database))
        self.lot = 0.0
        self.ages: list[float] = []
        outbox = MemoryOutbox(self.database, CODEC)

        async def epoch() -> int:
            return (await outbox.end()).epoch

        self.reader = CachedAvailability(
            self.ledger, self.cache, LedgerEpoch(epoch, 0.0), limits, lambda: self.lot, self.ages.append
        )
        self.lags: list[float] = []
        self.follow = FollowBalances(self.cache, CODEC, utc_now, self.lags.append)
        broker = InProcessBroker(MemoryParkedMessages(self.database))
        broker.subscribe(GROUP, self.follow)
        self.relay = Relay(outbox, broker, "relay", RelayLimits(interval=0.0, idle=0.001))
        self.broker = broker

    async def publish(self) -> None:
        """Everything told so far comes to the cache."""
        while await self.relay() == 0.0:
            pass
        await self.follow.drain()

    async def ask(
        self,
        *goods: str,
        shop: Shop | None = None,
        nodes: Sequence[str] = (),
        detail: Detail = Detail.NODE,
        at_least: AtLeast | None = None,
    ) -> Availability:
        return await self.reader.availability((shop or self.shop).tenant, goods, nodes, detail, at_least)

    async def available(self, goods: str, **rest: Any) -> int:
        [found] = (await self.ask(goods, **rest)).goods
        return found.amounts.available


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    made.ledger.gate.set()
    await made.reader.drain()
    await made.relay.close()
    await made.broker.drain()
    await made.ground.committer.drain()


# -- what it tells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
async def test_it_tells_what_the_ledger_tells_once_it_has_heard_of_it(world: World, seed: int) -> None:
    chance = random.Random(seed)
    shops = [world.ground.shop(tenant) for tenant in TENANTS]
    cached = 0
    for step in range(60):
        await chance.choice(shops).outcome(anything(chance), f"q{step}")
        await world.publish()
        if chance.random() < 0.1:
            await world.cache.clear()
        for shop, goods, nodes, detail in product(
            shops, (("A",), ("B", "A", "C")), ((), ("N1",), ("N2", "N9")), Detail
        ):
            found = await world.ask(*goods, shop=shop, nodes=nodes, detail=detail)
            truth = await world.ledger.ledger.availability(shop.tenant, goods, nodes, detail, None)
            assert found.goods == truth.goods
            assert found.as_of <= truth.as_of
            cached += found.source == "cache"
    assert cached > 1_500
    assert world.follow.counts.gaps == 0


async def test_it_says_who_answers_and_up_to_when_that_is_right(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    first = await world.ask("A")
    assert (first.source, first.as_of) == ("memory", world.database.committed_at)
    await world.reader.drain()
    await world.shop.submit(Receive("A", 2), "r2")
    unheard = await world.ask("A")
    assert (unheard.source, unheard.as_of, unheard.goods) == ("cache", first.as_of, first.goods)
    await world.publish()
    heard = await world.ask("A")
    assert (heard.source, heard.as_of) == ("cache", first.as_of), "what it has not heard of may be missing still"
    assert heard.goods[0].amounts.available == 7
    mixed = await world.ask("A", "B")
    assert (mixed.source, mixed.as_of) == ("cache", first.as_of)
    assert all(0 <= age < 1 for age in world.ages)
    assert len(world.lags) >= 1


async def test_nothing_older_than_it_may_be_is_told_though_nothing_is_heard_any_more(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    await world.available("A")
    await world.reader.drain()
    for passed in range(1, 8):
        await world.shop.submit(Receive("A", 1), f"more {passed}")  # no event comes
        world.clock.now += 1.0
        found = await world.ask("A")
        assert found.goods[0].amounts.available == (5 if passed < 5 else 10)
        assert found.source == ("cache" if passed != 5 else "memory")
        await world.reader.drain()


@pytest.mark.parametrize("seed", range(20))
async def test_filled_from_a_replica_it_is_older_by_its_lag_at_most_and_takes_nothing_back(seed: int) -> None:
    """Whatever is heard, late or never, and however far behind the replica is, within its lag."""
    chance = random.Random(seed)
    lag = LIMITS.seconds * chance.choice((0.1, 0.5, 0.95))
    world = World()
    replica = Lagging(world.ledger.ledger, world.clock, lag, chance)
    world.ledger.ledger = replica
    lately: list[tuple[float, int]] = []
    units, kept, sources = 0, 0, set()
    for step in range(300):
        if chance.random() < 0.3:
            await world.shop.submit(Receive("A", 1), f"r{step}")
            units += 1
        await replica.replay()
        lately.append((world.clock.now, units))
        if chance.random() < 0.3:
            await world.publish()
        world.lot = chance.random()
        found = await world.ask("A", detail=Detail.POSITION)
        await world.reader.drain()
        sources.add(found.source)
        allowed = [was for at, was in lately if at < world.clock.now - LIMITS.seconds - lag]
        assert found.goods[0].amounts.available >= max(allowed, default=0), "older than it may be"
        looked = (await world.store.look(Shelf(1, "north"), ["A"])).kept["A"].parts
        version = max((each[-1] for each in looked), default=0)
        assert version >= kept, "it had a newer one"
        kept = version
        world.clock.now += chance.random()
    assert sources == {"memory", "cache"}
    await world.relay.close()
    await world.broker.drain()
    await world.ground.committer.drain()


async def test_a_version_that_it_has_not_heard_of_is_asked_of_the_ledger(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    await world.available("A")
    await world.reader.drain()
    done = await world.shop.submit(Receive("A", 5), "r2")
    assert await world.available("A") == 5
    assert await world.available("A", at_least=AtLeast(N1, done.versions[0])) == 10
    asked = len(world.ledger.asked)
    await world.publish()
    found = await world.ask("A", nodes=["N1"], at_least=AtLeast(N1, done.versions[0]))
    assert (found.source, found.goods[0].amounts.available) == ("cache", 10)
    assert len(world.ledger.asked) == asked


async def test_after_a_restore_nothing_from_before_is_told(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    await world.available("A")
    await world.reader.drain()
    world.database.epoch = 7
    world.clock.now += LIMITS.seconds * 0.9  # whoever fills asks for the epoch again
    world.lot = 0.99
    await world.ask("A")
    await world.reader.drain()
    assert world.reader.counts.early == 1
    assert (await world.ask("A")).source == "memory"
    await world.reader.drain()
    assert list((await world.store.look(Shelf(7, "north"), ["A"])).kept) == ["A"]


async def test_questions_for_more_goods_than_it_serves_are_the_ledgers(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    many = ["A", *(f"X{n}" for n in range(LIMITS.goods))]
    assert [(await world.ask(*many)).source for _ in range(3)] == ["memory"] * 3
    assert world.reader.counts.passed == 3
    assert world.reader.counts.hits == world.reader.counts.misses == 0


async def test_a_goods_of_too_many_positions_is_the_ledgers(world: World) -> None:
    for number in range(257):
        await world.shop.submit(Receive("A", 1, f"N{number}"), f"r{number}")
    await world.shop.submit(Receive("B", 1), "r")
    for expected in (2, 1, 1):
        before = len(world.ledger.asked)
        assert await world.available("A", nodes=["N3"]) == 1
        await world.reader.drain()
        assert len(world.ledger.asked) - before == expected, "it is read whole once, to see how wide it is"
    assert [(await world.ask("B")).source, (await world.ask("A", "B")).source] == ["memory"] * 2


async def test_what_is_too_large_for_an_answer_is_refused_as_the_ledger_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for node in ("N1", "N2", "N3"):
        await world.shop.submit(Receive("A", 1, node), node)
        await world.shop.submit(Receive("B", 1, node), node + "b")
    await world.ask("A")
    await world.ask("B")
    await world.reader.drain()
    monkeypatch.setattr("application.stock.cached_availability.require_parts", partial(require_parts, most=4))
    assert (await world.ask("A", "B", detail=Detail.TOTAL)).source == "cache"
    assert (await world.ask("A", "B", nodes=["N1", "N2"])).source == "cache"
    with pytest.raises(AnswerTooLarge):
        await world.ask("A", "B")


# -- who reads the ledger ---------------------------------------------------------------------------------------------


async def test_two_hundred_that_ask_at_once_cost_the_ledger_one_reading(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    world.ledger.gate.clear()
    asking = [asyncio.ensure_future(world.available("A", detail=Detail.TOTAL)) for _ in range(200)]
    both = asyncio.ensure_future(world.ask("A", "B"))
    await asyncio.sleep(0.01)
    asking[0].cancel()  # whoever began it may leave
    await asyncio.sleep(0.01)
    world.ledger.gate.set()
    assert await asyncio.gather(*asking[1:]) == [5] * 199
    assert [each.amounts.available for each in (await both).goods] == [5, 0]
    assert [list(each) for each in world.ledger.asked] == [["A"], ["B"]]


async def test_who_reads_for_many_and_fails_tells_all_of_them_and_the_next_tries_again(world: World) -> None:
    world.ledger.away = True
    world.ledger.gate.clear()
    outcomes = await asyncio.gather(*(world.available("A") for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [StoreUnavailable] * 5
    assert len(world.ledger.asked) == 1
    world.ledger.away = False
    world.ledger.gate.set()
    assert await world.available("A") == 0


async def test_an_entry_about_to_end_is_read_anew_once_while_all_are_answered_from_it(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    await world.available("A")
    await world.reader.drain()
    world.clock.now += LIMITS.seconds * 0.85
    world.lot = 0.5  # drawn by those who need not yet
    assert [(await world.ask("A")).source for _ in range(5)] == ["cache"] * 5
    assert len(world.ledger.asked) == 1
    world.lot = 0.9
    world.ledger.gate.clear()
    assert [(await world.ask("A")).source for _ in range(50)] == ["cache"] * 50
    world.ledger.gate.set()
    await world.reader.drain()
    assert len(world.ledger.asked) == 2
    world.clock.now += LIMITS.seconds * 0.5
    assert (await world.ask("A")).source == "cache"
    assert (world.reader.counts.fills, world.reader.counts.early) == (2, 1)


async def test_made_up_goods_do_not_fill_it(world: World) -> None:
    for number in range(50):
        assert await world.available(f"made up {number}") == 0
        await world.reader.drain()
    assert len(world.store) == LIMITS.nothings
    assert world.reader.counts.fills == LIMITS.nothings


# -- where it is away -------------------------------------------------------------------------------------------------


async def test_without_the_cache_everything_is_right_and_only_slower(world: World) -> None:
    world.cache.away = True
    for number in range(1, 4):
        await world.shop.submit(Receive("A", 1), f"r{number}")
        await world.publish()
        found = await world.ask("A")
        assert (found.source, found.goods[0].amounts.available) == ("memory", number)
    assert world.reader.counts.errors == 3
    assert world.follow.counts.dropped == 3, "an event is not held up for it"
    assert not await MemoryParkedMessages(world.database).parked(GROUP, 10)
    world.cache.away = False
    assert await world.available("A") == 3


async def test_events_missed_while_it_was_away_make_no_answer_older_than_it_says(world: World) -> None:
    await world.shop.submit(Receive("A", 5), "r1")
    await world.available("A")
    await world.reader.drain()
    world.cache.away = True
    await world.shop.submit(Receive("A", 1), "missed")
    missed = world.database.committed_at
    await world.publish()
    world.cache.away = False
    stale = await world.ask("A")
    assert (stale.goods[0].amounts.available, stale.as_of < missed) == (5, True)
    await world.shop.submit(SetFloor("A", 2), "heard")
    await world.publish()
    assert world.follow.counts.gaps == 1
    assert (await world.ask("A")).goods[0].amounts == Amounts(4, 6)


async def test_a_burst_on_one_position_is_handed_on_as_one(world: World) -> None:
    for number in range(40):
        await world.shop.submit(Receive("A", 1), f"r{number}")
    await world.available("A")
    await world.publish()
    assert await world.available("A") == 40
    assert world.follow.counts.gaps == 0
    assert 1 <= world.follow.counts.learnt <= 40
