"""Availability from the database, from a cache on a server and from one in this process; how late events are there."""

import argparse
import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

from rich.table import Table

from application.kernel.call import Call
from application.stock.availability import Detail
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from bench import workloads
from bench.machine import Steal, console
from bench.ours import OPENING
from bench.yardsticks import TENANT
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.settings import Settings

ASKERS: Final = 4
SECONDS: Final = 3.0
RATE: Final = 200
"""Commands a second while lateness is measured: the machine must not be busy with them."""

KEPT: Final = 0.05
"""Seconds after which a server has kept what it was given to keep; before, the database answers."""

LATE: Final = 100

DATABASES: Final = {"PostgreSQL": "ENTREPOT_TEST_POSTGRES_URL", "MariaDB": "ENTREPOT_TEST_MARIADB_URL"}
CACHES: Final = {"Redis": "ENTREPOT_TEST_REDIS_URL", "Valkey": "ENTREPOT_TEST_VALKEY_URL"}
"""Where servers are, as `make services` prints it; one that is not said is left out."""


class Asked(NamedTuple):
    rate: float
    p50: float
    p99: float


def settings_of(database: str, cache: str) -> Settings:
    keep = {"url": cache, "name": f"bench-{token_hex(4)}", "seconds": 300, "goods": 500, "patience_seconds": 1}
    return Settings(database={"url": database}, cache=keep, log={"flow": False, "level": "critical"})


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An empty one of each technology that there is, by its name: the URL."""
    found = {"SQLite": f"sqlite:///{folder / 'cache.db'}"}
    migrate(Settings(database={"url": found["SQLite"]}))
    scratches = []
    for name, variable in DATABASES.items():
        if url := os.environ.get(variable):
            scratches.append(scratch := scratch_databases(Settings(database={"url": url})))
            found[name] = scratch.make()
    try:
        yield found
    finally:
        for scratch in scratches:
            scratch.drop()


async def fill(house: Installation, places: Sequence[workloads.Position]) -> None:
    for start in range(0, len(places), 500):
        lines = tuple(ReceivedLine(goods, node, OPENING) for goods, node in places[start : start + 500])
        await house.committer.submit(Call(TENANT, "bench", f"open-{start}"), ReceiveStock(lines, opening=True))


async def ask(house: Installation, hot: Sequence[str], goods: int, seed: int) -> Asked:
    """ASKERS who ask for so many of these goods, one question after the other, after each goods was asked for once."""
    for start in range(0, len(hot), goods):
        await house.ask(TENANT, FindAvailability(tuple(hot[start : start + goods])))
    if house.caching is not None:
        await house.caching.drain()
    draw, latencies = random.Random(seed), []
    ends = time.perf_counter() + SECONDS

    async def asker() -> None:
        while (began := time.perf_counter()) < ends:
            await house.ask(TENANT, FindAvailability(tuple(draw.sample(hot, goods)), detail=Detail.NODE))
            latencies.append(time.perf_counter() - began)
            await asyncio.sleep(0)  # an answer from this process waits for nothing, and the others want their turn

    began = time.perf_counter()
    await asyncio.gather(*(asker() for _ in range(ASKERS)))
    spent = time.perf_counter() - began
    latencies.sort()
    half, most = (1_000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
    return Asked(len(latencies) / spent, half, most)


async def lateness(house: Installation, places: Sequence[workloads.Position], count: int) -> list[float]:
    """Milliseconds from the answer to a command until the cache tells what it did; looked at every millisecond."""
    found = []
    for goods, node in places[:count]:
        await house.ask(TENANT, FindAvailability((goods,), detail=Detail.POSITION))
        await asyncio.sleep(KEPT)
        line = ReceivedLine(goods, node, 1)
        done = await house.committer.submit(Call(TENANT, "bench", f"late-{token_hex(8)}"), ReceiveStock((line,)))
        began, version = time.perf_counter(), done.positions[0].version
        while True:
            known = await house.ask(TENANT, FindAvailability((goods,), detail=Detail.POSITION))
            if known.goods[0].nodes[0].positions[0].version >= version:
                break
            await asyncio.sleep(0.001)
        found.append(1_000 * (time.perf_counter() - began))
        await asyncio.sleep(1 / RATE)
    return found


async def _measure(database: str, cache: str, places: Sequence[workloads.Position], seed: int) -> tuple[Asked, ...]:
    hot = [goods for goods, _ in places[1:1_001]]
    async with open_installation(settings_of(database, cache)) as house:
        measured = tuple([await ask(house, hot, goods, seed) for goods in (1, 100)])
        if house.caching is not None:
            await house.caching.cache.clear()
        return measured


async def _late(database: str, cache: str, places: Sequence[workloads.Position]) -> list[float]:
    async with open_installation(settings_of(database, cache)) as house:
        found = await lateness(house, places[1:], LATE)
        assert house.caching is not None
        await house.caching.cache.clear()
        return sorted(found)


async def _open(database: str, places: Sequence[workloads.Position]) -> None:
    async with open_installation(settings_of(database, "none:")) as house:
        await fill(house, places)


def cache(options: argparse.Namespace, folder: Path) -> None:
    """Availability of 1 and of 100 goods by who answers, and how late a commit is in the cache."""
    places, steal = workloads.positions(options.positions), Steal()
    caches = {"": "none:", "in process": "memory:"}
    caches |= {name: url for name, variable in CACHES.items() if (url := os.environ.get(variable))}
    asked = Table(title=f"availability, {ASKERS} askers, 1,000 goods of {options.positions:,} positions")
    for heading in ("database", "cache", "goods", "answers/s", "p50 ms", "p99 ms"):
        asked.add_column(heading, justify="left" if heading in ("database", "cache") else "right")
    late = Table(title=f"from the answer to a command until the cache tells what it did, {LATE} commands")
    for heading in ("database", "cache", "p50 ms", "p99 ms", "longest ms"):
        late.add_column(heading, justify="left" if heading in ("database", "cache") else "right")
    with databases(folder) as urls:
        for database, url in urls.items():
            asyncio.run(_open(url, places))
            for name, where in caches.items():
                rounds = [asyncio.run(_measure(url, where, places, options.seed + n)) for n in range(options.rounds)]
                for goods, figures in zip((1, 100), zip(*rounds, strict=True), strict=True):
                    rate, p50, p99 = (statistics.median(each) for each in zip(*figures, strict=True))
                    asked.add_row(database, name or "none", str(goods), f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}")
                if name:
                    times = asyncio.run(_late(url, where, places))
                    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
                    late.add_row(database, name, f"{p50:.1f}", f"{p99:.1f}", f"{times[-1]:.1f}")
    console.print(asked)
    console.print(late)
    console.print(f"seed {options.seed}; medians of {options.rounds} rounds; CPU steal {steal.percent():.1f} %")
