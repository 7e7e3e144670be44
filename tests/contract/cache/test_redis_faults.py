"""What becomes of availability when the server of its cache is killed, stopped, emptied or filled with rubbish."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from redis.asyncio import Redis

from adapters.redis.availability import RedisAvailabilityCache
from application.stock.availability import Detail
from application.stock.availability_cache import CacheUnavailable, Shelf
from application.stock.find_availability import FindAvailability
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from contracts.conformance.availability_cache import NORTH, THEN, part, told
from domain.kernel.refusal import InsufficientBalance
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import load_settings
from tests.builders import call, receive, reserve
from tests.faults.figures import Record, came_of_it
from tests.services import PrivateServer, private_server, url_of

pytestmark = pytest.mark.slow

SECONDS = 1.0
PATIENCE = 0.05
PATIENT = 2.0
"""Where nothing is said of how long anybody waits: a busy machine takes its time."""


@pytest.fixture(params=["valkey", "redis"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PrivateServer]:
    async with private_server(request.param, tmp_path) as made:
        yield made


@asynccontextmanager
async def house_on(url: str, path: Path, goods: int = 1, **cache: Any) -> AsyncIterator[Installation]:
    """A ledger of `goods` goods A, A1, A2 … of 1,000 units each at one node."""
    from entrypoints.composition.maintenance import migrate

    settings = load_settings(
        database={"url": f"sqlite:///{path}/ledger.db"},
        cache={"url": url, "seconds": SECONDS, "patience_seconds": PATIENCE, **cache},
    )
    migrate(settings)
    codes = ["A", *(f"A{n}" for n in range(1, goods))]
    async with open_installation(settings) as house:
        await house.handle(call("goods"), RegisterGoods(tuple(Goods(code, code) for code in codes)))
        await house.handle(call("node"), RegisterNode((Node("N1", "One"),)))
        for code in codes:
            await house.handle(call(f"first {code}"), receive(code, quantity=1_000))
        yield house


async def available(house: Installation, goods: str = "A") -> tuple[int, str]:
    found = await house.ask("acme", FindAvailability((goods,), detail=Detail.TOTAL))
    return found.goods[0].amounts.available, found.source


async def comes_back(house: Installation) -> None:
    """The cache answers again."""
    async with asyncio.timeout(15):
        while (await available(house))[1] != "cache":  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.05)


async def load(house: Installation, stop: asyncio.Event, seed: int) -> dict[str, Any]:
    """Sell and ask, and look that no answer is older than it says it may be."""
    chance, sold, asked, slowest = random.Random(seed), 0, 0, 0.0
    reserved: list[tuple[datetime, int]] = []
    sources: set[str] = set()
    while not stop.is_set():
        await house.handle(call(f"sell {seed} {sold}"), reserve("A", quantity=1))
        sold += 1
        reserved.append((datetime.now(UTC), sold))
        for _ in range(chance.randint(1, 4)):
            started, before = time.monotonic(), datetime.now(UTC)
            units, source = await available(house)
            slowest = max(slowest, time.monotonic() - started)
            asked += 1
            sources.add(source)
            oldest = [n for at, n in reserved if (before - at).total_seconds() > SECONDS + 0.5]
            assert units <= 1_000 - (oldest[-1] if oldest else 0), "older than it may be"
        await asyncio.sleep(0.002)
    return {"sold": sold, "asked": asked, "slowest": slowest, "sources": sources}


@pytest.mark.parametrize("fault", ["kill", "suspend"])
async def test_a_server_that_goes_in_the_middle_of_work_delays_nobody_and_comes_back(
    server: PrivateServer, tmp_path: Path, fault: str, record_property: Record
) -> None:
    async with house_on(server.url, tmp_path) as house:
        stop = asyncio.Event()
        await comes_back(house)
        loading = asyncio.ensure_future(load(house, stop, 1))
        await asyncio.sleep(0.4)
        await (server.kill() if fault == "kill" else server.suspend())
        await asyncio.sleep(0.5)
        away = [await available(house) for _ in range(50)]
        assert [source for _, source in away] == ["ledger"] * 50
        started = time.monotonic()
        for _ in range(50):
            await available(house)
        waited = time.monotonic() - started
        assert house.caching is not None
        errors = house.caching.reader.counts.errors
        await (server.start() if fault == "kill" else server.resume())
        there_again = time.monotonic()
        await comes_back(house)
        went_on = time.monotonic() - there_again
        stop.set()
        done = await loading
        assert done["sources"] == {"cache", "ledger"}
        assert errors > 50
        # Not how fast the machine is, but that 50 questions did not each wait their patience.
        assert waited < 50 * PATIENCE
        assert await settles(house, 1_000 - done["sold"])
        caught_up = time.monotonic() - there_again
        held = house.committer.counts.accepted - 3  # goods, node, and what was received first
        came_of_it(
            record_property,
            acknowledged=done["sold"],
            lost=max(0, done["sold"] - held),
            doubled=max(0, held - done["sold"]),
            went_on=went_on,
            caught_up=caught_up,
        )
        record_property("questions", done["asked"])
        record_property("the slowest, s", f"{done['slowest']:.3f}")


async def settles(house: Installation, units: int) -> bool:
    """What is told comes to this within the time that an answer may be old."""
    ends = time.monotonic() + SECONDS + 1.0
    while time.monotonic() < ends:
        if (await available(house))[0] == units:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_process_begins_and_ends_without_the_server(tmp_path: Path) -> None:
    async with house_on("redis://127.0.0.1:1/0", tmp_path) as house:
        assert await available(house) == (1_000, "ledger")


async def test_an_emptied_server_is_filled_anew(server: PrivateServer, tmp_path: Path) -> None:
    async with house_on(server.url, tmp_path, patience_seconds=PATIENT) as house, Redis.from_url(server.url) as redis:
        await comes_back(house)
        await redis.flushall()
        await redis.script_flush()
        assert (await available(house))[0] == 1_000
        await comes_back(house)


async def test_rubbish_is_passed_over_and_written_over(server: PrivateServer, tmp_path: Path) -> None:
    async with house_on(server.url, tmp_path, patience_seconds=PATIENT) as house, Redis.from_url(server.url) as redis:
        await comes_back(house)
        (key,) = [each async for each in redis.scan_iter(match="entrepot:availability:*")]
        whole = await redis.get(key)
        assert isinstance(whole, bytes)
        rubbish = [
            b"",
            b"rubbish",
            token_bytes(64),
            whole[:-1],
            whole + b"\x00",
            b"\xc0",
            b"\x93\x01\x02\x03",
            b"\x93\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x01\x90",  # good for ever
            b"\x93\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x01\x80",  # until not a number
            b"\x93\xcf\x00\x00\x09\x99\x99\x99\x99\x99\x01\x81\xa1x\x98" + b"\x01" * 8,
            b"\x93\xcf\x00\x00\x09\x99\x99\x99\x99\x99\x01\x81\xa1x\x91\xa1y",
            b"\xdd\xff\xff\xff\xff" + b"\x90" * 10,  # a list said to be huge
            b"\x91" * 10_000,  # nested without end
        ]
        for number, each in enumerate(rubbish, 1):
            await redis.set(key, each)
            assert (await available(house))[0] == 1_000 - number + 1
            await redis.set(key, each)
            await house.handle(call(f"sell {number}"), reserve("A", quantity=1))
            assert await settles(house, 1_000 - number)
            await comes_back(house)
        async with redis.pipeline(transaction=True) as both:  # nobody fills it in between
            both.delete(key)
            both.rpush(key, "a list")
            await both.execute()
        assert (await available(house))[0] == 1_000 - len(rubbish)
        await comes_back(house)


async def test_lies_decide_nothing_and_are_told_no_longer_than_an_entry_lasts(
    server: PrivateServer, tmp_path: Path
) -> None:
    """Whoever can write to the server can lie to those who ask. The ledger asks nobody."""
    async with house_on(server.url, tmp_path, patience_seconds=PATIENT) as house:
        assert house.caching is not None
        cache, shelf = house.caching.cache, Shelf(1, "acme")
        looked = await cache.look(shelf, ["A"])
        await cache.fill(shelf, looked.at, THEN, {"A": [part("A", version=10**9, available=10**6)]})
        assert await available(house) == (10**6, "cache")
        with pytest.raises(InsufficientBalance):
            await house.handle(call("too many"), reserve("A", quantity=1_001))
        await house.handle(call("all"), reserve("A", quantity=1_000))
        await cache.fill(shelf, looked.at, THEN, {"A": [part("A", version=10**9 + 1, available=0)]})
        await house.handle(call("more"), receive("A", quantity=5))
        await house.handle(call("last"), reserve("A", quantity=5))
        with pytest.raises(InsufficientBalance):
            await house.handle(call("none left"), reserve("A", quantity=1))
        assert await settles(house, 0)
        await house.handle(call("again"), receive("A", quantity=7))
        await asyncio.sleep(SECONDS)
        await asyncio.sleep(SECONDS)
        assert await settles(house, 7)


@pytest.mark.parametrize("kind", ["valkey", "redis"])
async def test_how_late_an_event_is_in_the_cache_is_measured(kind: str, tmp_path: Path) -> None:
    """The figure is printed by `make bench ARGS="--sections cache"`; here, that it is measured and bounded."""
    name = f"test-{random.getrandbits(40):x}"
    async with house_on(url_of(kind), tmp_path, name=name, patience_seconds=PATIENT) as house:
        assert house.caching is not None
        lags = house.caching.lags
        for sold in range(1, 21):
            await house.handle(call(f"sell {sold}"), reserve("A", quantity=1))
        assert await settles(house, 980)
        async with asyncio.timeout(60):
            while not lags.number:  # noqa: ASYNC110 - what was settled may have been the ledger's answer
                await asyncio.sleep(0.02)
        assert lags.seconds / lags.number < SECONDS
        await house.caching.cache.clear()


class Slow(asyncio.Protocol):
    """Says OK to whatever it is told, so many seconds later; None: takes connections and says nothing at all."""

    def __init__(self, after: float | None) -> None:
        self._after = after

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        if self._after is not None:
            asyncio.get_running_loop().call_later(self._after, self._transport.write, b"+OK\r\n")


@asynccontextmanager
async def answering(after: float | None) -> AsyncIterator[str]:
    """The URL of such a server."""
    async with await asyncio.get_running_loop().create_server(lambda: Slow(after), "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


@pytest.mark.parametrize("after", [None, 0.9], ids=["mute", "slow to each word"])
async def test_one_question_waits_for_its_patience_and_no_longer(after: float | None) -> None:
    patience = 1.0
    async with answering(None if after is None else after * patience) as url:
        cache = RedisAvailabilityCache(url, "test", 5.0, patience)
        started = time.monotonic()
        with pytest.raises(CacheUnavailable):
            await cache.look(NORTH, ["A"])
        assert 0.9 * patience < time.monotonic() - started < 1.7 * patience
        await cache.close()


async def test_many_questions_wait_together_for_a_server_that_says_nothing_and_then_it_is_left_alone() -> None:
    async with answering(None) as url:
        cache = RedisAvailabilityCache(url, "test", 5.0, patience=0.02, connections=2)
        started = time.monotonic()
        outcomes = await asyncio.gather(*(cache.look(NORTH, ["A"]) for _ in range(500)), return_exceptions=True)
        for _ in range(2_000):
            with pytest.raises(CacheUnavailable):
                await cache.learn([told(NORTH, part("A"))])
        assert time.monotonic() - started < 10, "2,500 times the patience would be 50 s"
        assert {type(each) for each in outcomes} == {CacheUnavailable}
        assert cache.calls.up is False
        assert cache.calls.errors < 600
        await cache.close()
