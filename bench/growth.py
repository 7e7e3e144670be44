"""What a command costs when the ledger has grown, and what the process keeps."""

import argparse
import asyncio
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from rich.table import Table

from bench import workloads
from bench.machine import console, resident
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.yardsticks import Bare, Order

Picked = Callable[[], tuple[workloads.Position, ...]]

PORTION = 200_000
"""Orders between two checkpoints while a ledger is filled."""


async def _ours(path: Path, warm: Sequence[Order], orders: Sequence[Order]) -> float:
    ours = Ours(path)
    await ours.open()
    # The process has run for a while, as Y2's has, which knows all positions: this is the load, not the start.
    await drive(ours.reserve, warm, CALLERS)
    began = time.perf_counter()
    await drive(ours.reserve, orders, CALLERS)
    spent = time.perf_counter() - began
    await ours.close()
    return 1e6 * spent / len(orders)


def _bare(path: Path, orders: Sequence[Order]) -> float:
    driver = Bare(path)
    began = time.perf_counter()
    driver.reserve(orders, CALLERS)
    spent = time.perf_counter() - began
    driver.close()
    return 1e6 * spent / len(orders)


def _costs(path: Path, options: argparse.Namespace, name: str, pick: Picked) -> tuple[float, float]:
    """Microseconds an order, ours and Y2's: medians of interleaved rounds on the same file."""
    count = options.orders // 2
    ours, bare = [], []
    for round_ in range(options.rounds):
        warm = workloads.stream(pick, count, f"{name}-w{round_}")
        ours.append(asyncio.run(_ours(path, warm, workloads.stream(pick, count, f"{name}-o{round_}"))))
        bare.append(_bare(path, workloads.stream(pick, count, f"{name}-y{round_}")))
    return statistics.median(ours), statistics.median(bare)


def growth(options: argparse.Namespace, folder: Path) -> None:
    """Cost per order as positions grow, each beside Y2 on the same file."""
    table = Growth(f"growth on SQLite, {CALLERS} callers: microseconds an order")
    for count in (10_000, 100_000, 1_000_000):
        path = folder / "positions.db"
        create(path)
        places = workloads.positions(count)
        asyncio.run(open_stock(path, places))
        for load, pick in (("zipf", workloads.zipf), ("uniform", workloads.spread)):
            costs = _costs(path, options, f"{load}{count}", pick(places, options.seed))
            table.row(load, f"{count:,} positions", costs)
        for file in folder.glob("positions.db*"):
            file.unlink()
    table.show(options)


def history(options: argparse.Namespace, folder: Path) -> None:
    """Cost per order as movements grow: 10^5, 10^6 and, if `full`, 10^7 of them, each beside Y2 on the same file."""
    table = Growth(f"a longer history on SQLite, {CALLERS} callers: microseconds an order")
    places = workloads.positions(10_000)
    orders = workloads.zipf(places, options.seed)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    for size in (100_000, 1_000_000, 10_000_000) if options.full else (100_000, 1_000_000):
        path = (options.keep or folder) / f"movements-{size}.db"
        if not path.exists():
            part = path.with_suffix(".part")
            create(part)
            asyncio.run(open_stock(part, places))
            _fill(part, orders, size - len(places))
            part.rename(path)
        table.row("zipf", f"{size:,} movements", _costs(path, options, f"m{time.time_ns()}", orders))
        if not options.keep:
            for file in folder.glob("movements-*.db*"):
                file.unlink()
    table.show(options)


def _fill(path: Path, orders: Picked, count: int) -> None:
    """Write so many movements, with a checkpoint now and then: nobody else makes one, and the disk would be full."""
    for done in range(0, count, PORTION):
        _bare(path, workloads.stream(orders, min(PORTION, count - done), f"fill{done}"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Growth:
    """A table of costs, each beside that of its load's first row."""

    def __init__(self, title: str) -> None:
        self._table = Table(title=title)
        for heading in ("load", "size", "ours", "× first", "Y2", "Y2 × first"):
            self._table.add_column(heading, justify="left" if heading == "load" else "right")
        self._first: dict[str, tuple[float, float]] = {}

    def row(self, load: str, size: str, costs: tuple[float, float]) -> None:
        first = self._first.setdefault(load, costs)
        ours, bare = costs
        self._table.add_row(
            load, size, f"{ours:.0f}", f"{ours / first[0]:.2f}", f"{bare:.0f}", f"{bare / first[1]:.2f}"
        )

    def show(self, options: argparse.Namespace) -> None:
        console.print(self._table)
        console.print(f"seed {options.seed}; medians of {options.rounds} rounds of {options.orders // 2:,} orders")


async def _kept(path: Path, places: Sequence[workloads.Position], seed: int) -> list[tuple[int, int]]:
    ours = Ours(path)
    await ours.open()
    pick = workloads.zipf(places, seed)
    kept = []
    done = 0
    for upto in (100_000, 1_000_000):
        while done < upto:
            await drive(ours.reserve, workloads.stream(pick, 10_000, f"m{done}"), CALLERS)
            done += 10_000
        kept.append((upto, resident()))
    await ours.close()
    return kept


def memory(options: argparse.Namespace, folder: Path) -> None:
    """Resident memory of the process after 10^5 and after 10^6 reservations."""
    path = folder / "memory.db"
    create(path)
    places = workloads.positions(options.positions)
    asyncio.run(open_stock(path, places))
    table = Table(title="memory of the process that commits")
    for heading in ("reservations", "MiB", "× first"):
        table.add_column(heading, justify="right")
    kept = asyncio.run(_kept(path, places, options.seed))
    for count, bytes_ in kept:
        table.add_row(f"{count:,}", f"{bytes_ / 2**20:.0f}", f"{bytes_ / kept[0][1]:.2f}")
    console.print(table)
