"""What a command costs when the ledger has grown, and what the process keeps."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from bench import workloads
from bench.machine import console, resident
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.yardsticks import Bare, Order

Picked = Callable[[], tuple[workloads.Position, ...]]


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
    """Cost per order as positions and movements grow, each beside Y2 on the same file."""
    table = Table(title=f"growth on SQLite, {CALLERS} callers: microseconds an order")
    for heading in ("load", "size", "ours", "× first", "Y2", "Y2 × first"):
        table.add_column(heading, justify="left" if heading == "load" else "right")

    def row(load: str, size: str, costs: tuple[float, float], first: tuple[float, float]) -> None:
        table.add_row(
            load,
            size,
            f"{costs[0]:.0f}",
            f"{costs[0] / first[0]:.2f}",
            f"{costs[1]:.0f}",
            f"{costs[1] / first[1]:.2f}",
        )

    first: dict[str, tuple[float, float]] = {}
    for count in (10_000, 100_000, 1_000_000):
        path = folder / "positions.db"
        create(path)
        places = workloads.positions(count)
        asyncio.run(open_stock(path, places))
        for load, pick in (("zipf", workloads.zipf), ("uniform", workloads.spread)):
            costs = _costs(path, options, f"{load}{count}", pick(places, options.seed))
            row(load, f"{count:,} positions", costs, first.setdefault(load, costs))
        for file in folder.glob("positions.db*"):
            file.unlink()

    path = folder / "movements.db"
    create(path)
    places = workloads.positions(10_000)
    asyncio.run(open_stock(path, places))
    orders = workloads.zipf(places, options.seed)
    there = len(places)
    for size in (100_000, 1_000_000, 10_000_000) if options.full else (100_000, 1_000_000):
        _bare(path, workloads.stream(orders, size - there, f"fill{size}"))
        costs = _costs(path, options, f"m{size}", orders)
        row("zipf", f"{size:,} movements", costs, first.setdefault("movements", costs))
        there = size + (options.orders // 2) * 3 * options.rounds
    console.print(table)
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
