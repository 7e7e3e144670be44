"""HTTP on PostgreSQL: what one serving process holds a second, beside pgbench writing the same rows."""

import argparse
import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rich.table import Table

from bench import workloads
from bench.http import (
    BULK,
    CONNECTIONS,
    RESERVE,
    Load,
    Measured,
    Server,
    all_held,
    audited,
    held,
    in_bulk,
    measure,
    median_of,
    posted,
    serving,
)
from bench.machine import Steal, console, fsync_time
from bench.ours_on_postgresql import OursOnPostgresql
from bench.postgresql import CLIENTS, pgbench
from bench.yardsticks import Order
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.settings import load_settings
from tests.services import private_server

Pick = Callable[[Sequence[workloads.Position], int], Callable[[], tuple[workloads.Position, ...]]]


class Row(NamedTuple):
    """One load and the yardstick that it is compared with."""

    load: Load
    pick: Pick
    pgbench: str


ROWS: Final = (
    Row(Load("reserve, hot", posted(RESERVE), held, writes=1), workloads.hot, "hot"),
    Row(Load("reserve, spread", posted(RESERVE), held, writes=1), workloads.spread, "spread"),
    Row(
        Load(f"reserve, {BULK} a request, hot", in_bulk, all_held, orders=BULK, writes=BULK, by_order=True),
        workloads.hot,
        "hot",
    ),
    Row(
        Load(f"reserve, {BULK} a request, spread", in_bulk, all_held, orders=BULK, writes=BULK, by_order=True),
        workloads.spread,
        "spread",
    ),
)


def postgresql_http(options: argparse.Namespace, folder: Path) -> None:
    """Reserves over HTTP, one process on a private PostgreSQL; pgbench on a database of its own, in the same rounds."""
    folder.chmod(0o755)  # the server runs as nobody where this is root
    asyncio.run(_section(options, folder.resolve()))


async def _section(options: argparse.Namespace, folder: Path) -> None:
    places, steal = workloads.positions(options.positions), Steal()
    figures: dict[str, list[Measured]] = {row.load.name: [] for row in ROWS}
    yardsticks: dict[tuple[str, int], list[float]] = {}
    async with private_server("postgres", folder) as postgres:
        made = scratch_databases(load_settings(database={"url": postgres.url}))
        with serving(folder / "served", options.positions, "--database", made.make()) as server:
            await _warm(server, places)
            for round_ in range(options.rounds):
                seed = options.seed + round_
                for number in random.Random(seed).sample(range(len(ROWS)), len(ROWS)):
                    row = ROWS[number]
                    orders = workloads.stream(row.pick(places, seed), options.orders, f"r{round_}-{number}")
                    figures[row.load.name].append(await measure(server, row.load, orders))
                for load in ("hot", "spread"):
                    for clients in CLIENTS:
                        rate = await _yardstick(postgres.url, load, clients, places, options)
                        yardsticks.setdefault((load, clients), []).append(rate)
            await audited(server)
        made.drop()
    _print(figures, yardsticks)
    console.print(
        f"seed {options.seed}; medians of {options.rounds} interleaved rounds of {options.orders:,} orders;"
        f" fsync {fsync_time(folder):.2f} ms; CPU steal {steal.percent():.1f} %"
    )


async def _warm(server: Server, places: Sequence[workloads.Position]) -> None:
    await measure(server, ROWS[1].load, [Order(f"warm-{n}", ((*place, 1),)) for n, place in enumerate(places)])


async def _yardstick(
    server: str, load: str, clients: int, places: Sequence[workloads.Position], options: argparse.Namespace
) -> float:
    made = scratch_databases(load_settings(database={"url": server}))
    url = made.make()
    await asyncio.to_thread(migrate, load_settings(database={"url": url}))
    ours = OursOnPostgresql(url)
    await ours.open()
    await ours.stock(places)
    await ours.close()
    try:
        return await pgbench(url, load, clients, options)
    finally:
        made.drop()


def _print(figures: dict[str, list[Measured]], yardsticks: dict[tuple[str, int], list[float]]) -> None:
    best = {
        load: max(sorted(yardsticks[load, clients])[len(yardsticks[load, clients]) // 2] for clients in CLIENTS)
        for load in ("hot", "spread")
    }
    table = Table(title=f"HTTP on PostgreSQL, one process, {CONNECTIONS} connections")
    for heading in ("asked", "/s", "pgbench/s", "× pgbench", "CPU µs", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    for row in ROWS:
        mine = median_of(figures[row.load.name])
        table.add_row(
            row.load.name,
            f"{mine.rate:,.0f}",
            f"{best[row.pgbench]:,.0f}",
            f"{mine.rate / best[row.pgbench]:.1f}",
            f"{mine.server:,.0f}",
            f"{mine.p50:.1f}",
            f"{mine.p99:.1f}",
        )
    console.print(table)
