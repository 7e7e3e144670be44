"""What an order costs on PostgreSQL when there are more positions: ours and Y2, interleaved on the same database."""

import argparse
import asyncio
import random
import statistics
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final

import asyncpg

from bench import workloads
from bench.growth import Growth
from bench.machine import Steal, console
from bench.ours import CALLERS, drive
from bench.ours_on_postgresql import OursOnPostgresql
from bench.postgresql_yardsticks import BareOnPostgresql, run_bare
from bench.yardsticks import Order
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.settings import load_settings
from tests.services import private_server

SIZES: Final = (10_000, 100_000, 1_000_000)
LARGEST: Final = 10_000_000
STRIDE: Final = 7_919
"""A prime, and so no divisor of a size: the n-th most wanted goods lies anywhere."""

Picked = Callable[[], tuple[workloads.Position, ...]]

FILL: Final = """
INSERT INTO account SELECT n, a.tenant, a.kind, '-/G' || lpad(n::text, 8, '0') || '/N' || n % 10 || '/-/-', '-',
  'G' || lpad(n::text, 8, '0'), 'N' || n % 10, '-', '-', NULL, a.facts, a.available, a.reserved, a.allocated,
  a.in_transit, a.held, a.floor, a.debt, a.version, a.changed_at
  FROM account a, generate_series({first}, {last}) n WHERE a.id = 1;
INSERT INTO movement SELECT n, m.version, m.kind, m.quantity, m.available, m.reserved, m.allocated, m.in_transit,
  m.held, m.floor, m.command, m.subject, m.scene, m.reason, m.at, m.request, m.name, m.actor, m.principal
  FROM movement m, generate_series({first}, {last}) n WHERE m.account = 1;
UPDATE ledger_state SET next_account = {last} + 1
"""
"""Positions as the first one was opened, by the database itself: a hundred times as fast as by commands."""

PORTION: Final = 500_000


def position(number: int) -> workloads.Position:
    """The position of the account with this number, from 2 on."""
    return f"G{number:08d}", f"N{number % 10}"


def uniform(count: int, seed: int) -> Picked:
    draw = random.Random(seed)
    return lambda: (position(2 + draw.randrange(count)),)


def zipf(count: int, seed: int) -> Picked:
    """As `workloads.zipf`, without a list of all positions."""
    draw = random.Random(seed)
    weights = array("d", accumulate(1 / rank for rank in range(1, count + 1)))
    return lambda: (position(2 + min(bisect_left(weights, draw.random() * weights[-1]), count - 1) * STRIDE % count),)


def postgresql_growth(options: argparse.Namespace, folder: Path) -> None:
    """Microseconds an order, with ever more positions; with `full` up to ten millions of them (some 12 GB)."""
    folder.chmod(0o755)  # the server runs as nobody where this is root
    asyncio.run(_section(options, folder.resolve()))


async def _section(options: argparse.Namespace, folder: Path) -> None:
    table = Growth(f"growth on PostgreSQL, {CALLERS} callers: microseconds an order")
    steal = Steal()
    async with private_server("postgres", folder) as server:
        for count in (*SIZES, LARGEST) if options.full else SIZES:
            made = scratch_databases(load_settings(database={"url": server.url}))
            url = made.make()
            await asyncio.to_thread(migrate, load_settings(database={"url": url}))
            await _fill(url, count)
            for name, pick in (("zipf", zipf), ("uniform", uniform)):
                table.row(name, f"{count:,} positions", await _costs(url, options, name, pick(count, options.seed)))
            made.drop()
    table.show(options)
    console.print(f"CPU steal {steal.percent():.1f} %")


async def _fill(url: str, count: int) -> None:
    ours = OursOnPostgresql(url)
    await ours.open()
    await ours.stock([workloads.SHARED])
    await ours.close()
    connection = await asyncpg.connect(url)
    for first in range(2, count + 2, PORTION):
        await connection.execute(FILL.format(first=first, last=min(first + PORTION, count + 2) - 1))
    await connection.execute("VACUUM ANALYZE account")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _costs(url: str, options: argparse.Namespace, name: str, pick: Picked) -> tuple[float, float]:
    count = options.orders // 2
    ours, bare = [], []
    for round_ in range(options.rounds):
        warm = workloads.stream(pick, count, f"{name}-w{round_}")
        ours.append(await _ours(url, warm, workloads.stream(pick, count, f"{name}-o{round_}")))
        orders = workloads.stream(pick, count, f"{name}-y{round_}")
        goods = sorted({goods for order in orders for goods, _, _ in order.lines})
        bare.append(await run_bare(url, partial(_bare, orders), goods))
    return statistics.median(ours), statistics.median(bare)


async def _ours(url: str, warm: Sequence[Order], orders: Sequence[Order]) -> float:
    ours = OursOnPostgresql(url)
    await ours.open()
    await drive(ours.reserve, warm, CALLERS)
    began = time.perf_counter()
    await drive(ours.reserve, orders, CALLERS)
    spent = time.perf_counter() - began
    await ours.close()
    return 1e6 * spent / len(orders)


def _bare(orders: Sequence[Order], driver: BareOnPostgresql) -> float:
    began = time.perf_counter()
    driver.reserve(orders, CALLERS)
    return 1e6 * (time.perf_counter() - began) / len(orders)
