"""`make bench`: every published figure, beside its yardsticks, in one run."""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from bench import workloads
from bench.cache import cache
from bench.growth import growth, history, memory
from bench.http import http
from bench.machine import Steal, console, fsync_time
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.overload import overload
from bench.profile import profile
from bench.promises import promises
from bench.promises_http import promises_http
from bench.reads import reads
from bench.relay import relay
from bench.search import search
from bench.yardsticks import Bare, Order
from entrypoints.composition.process import tuned

Pick = Callable[[Sequence[workloads.Position], int], Callable[[], tuple[workloads.Position, ...]]]


class Workload(NamedTuple):
    """A row of the table: what is ordered, over how many positions, and which step is measured."""

    name: str
    pick: Pick
    step: str = "reserve"


class Measured(NamedTuple):
    rate: float
    p50: float
    p99: float


WORKLOADS = (
    Workload("reserve hot, 1 line", workloads.hot),
    Workload("reserve spread, 1 line", workloads.spread),
    Workload("reserve spread, 3 lines", lambda places, seed: workloads.spread(places, seed, 3)),
    Workload("reserve zipf, 1 line", workloads.zipf),
    Workload("reserve, all share one account", workloads.shared),
    Workload("confirm, spread", workloads.spread, "confirm"),
    Workload("release, spread", workloads.spread, "release"),
)


async def ours(path: Path, workload: Workload, warm: Sequence[Order], orders: Sequence[Order]) -> Measured:
    ledger = Ours(path)
    await ledger.open()
    await drive(ledger.reserve, warm, CALLERS)
    if workload.step != "reserve":
        await drive(ledger.reserve, orders, CALLERS)
    step = {"reserve": ledger.reserve, "confirm": ledger.confirm, "release": ledger.release}[workload.step]
    began = time.perf_counter()
    latencies = sorted(await drive(step, orders, CALLERS))
    spent = time.perf_counter() - began
    await ledger.close()
    return Measured(
        len(orders) / spent, 1_000 * latencies[len(orders) // 2], 1_000 * latencies[int(len(orders) * 0.99)]
    )


def bare(path: Path, workload: Workload, warm: Sequence[Order], orders: Sequence[Order], batch: int) -> float:
    driver = Bare(path)
    driver.reserve(warm, CALLERS)
    if workload.step != "reserve":
        driver.reserve(orders, CALLERS)
    step = {"reserve": driver.reserve, "confirm": driver.confirm, "release": driver.release}[workload.step]
    began = time.perf_counter()
    step(orders, batch)
    spent = time.perf_counter() - began
    driver.close()
    return len(orders) / spent


def measure(workload: Workload, options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Interleaved rounds of ours, Y2 and Y1, each on a fresh file with the same orders."""
    figures: dict[str, list[float]] = {name: [] for name in ("ours", "y1", "y2", "p50", "p99")}
    places = workloads.positions(options.positions)
    for round_ in range(options.rounds):
        seed = options.seed + round_
        orders = workloads.stream(workload.pick(places, seed), options.orders, f"r{round_}")
        # Every position is asked for once before: what is measured is the load, not the start.
        warm = [Order(f"warm-{n}", ((*place, 1),)) for n, place in enumerate(places)]
        for what in random.Random(seed).sample(("ours", "y1", "y2"), 3):
            path = folder / f"{what}.db"
            create(path)
            asyncio.run(open_stock(path, places))
            if what == "ours":
                measured = asyncio.run(ours(path, workload, warm, orders))
                figures["ours"].append(measured.rate)
                figures["p50"].append(measured.p50)
                figures["p99"].append(measured.p99)
            elif what == "y1":
                figures["y1"].append(bare(path, workload, warm, orders[: max(200, options.orders // 10)], 1))
            else:
                figures["y2"].append(bare(path, workload, warm, orders, CALLERS))
            for file in folder.glob(f"{what}.db*"):
                file.unlink()
    return figures


def ledger(options: argparse.Namespace, folder: Path) -> None:
    """Reservations a second beside Y1 (bare driver, one transaction each) and Y2 (bare driver, batches, no domain)."""
    settings = create(folder / "settings.db")
    steal = Steal()
    table = Table(title=f"group commit on SQLite, {CALLERS} callers, {options.positions:,} positions")
    for heading in ("workload", "ours/s", "Y1/s", "Y2/s", "× Y1", "of Y2", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "workload" else "right")
    for workload in WORKLOADS:
        if options.only and options.only not in workload.name:
            continue
        median = {name: statistics.median(values) for name, values in measure(workload, options, folder).items()}
        table.add_row(
            workload.name,
            *(f"{median[name]:,.0f}" for name in ("ours", "y1", "y2")),
            f"{median['ours'] / median['y1']:.1f}",
            f"{median['ours'] / median['y2']:.2f}",
            f"{median['p50']:.1f}",
            f"{median['p99']:.1f}",
        )
    console.print(table)
    console.print(
        f"seed {options.seed}; medians of {options.rounds} interleaved rounds of {options.orders:,} orders; {settings};"
        f" fsync {fsync_time(folder):.2f} ms; CPU steal {steal.percent():.1f} %"
    )


def on_postgresql(section: str) -> Callable[[argparse.Namespace, Path], None]:
    """Its driver is an extra: imported when it is asked for."""

    def run(options: argparse.Namespace, folder: Path) -> None:
        found = import_module(f"bench.{section}")
        getattr(found, section)(options, folder)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--positions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20_250_101)
    parser.add_argument("--only", default="", help="only workloads whose name holds this")
    parser.add_argument("--folder", type=Path, help="where the databases go (default: a folder under var/)")
    parser.add_argument(
        "--sections",
        default="ledger,profile,relay,reads,promises,http,overload,growth,history,memory",
        help="which tables to print",
    )
    parser.add_argument("--overload-seconds", type=float, default=60.0, help="how long the overload lasts")
    parser.add_argument(
        "--full",
        action="store_true",
        help="history up to 10^7 movements, growth on PostgreSQL up to 10^7 positions (20 minutes, 20 GB)",
    )
    parser.add_argument(
        "--keep", type=Path, help="a folder that keeps the ledgers that history fills, to measure again"
    )
    options = parser.parse_args()
    base = options.folder or Path("var")
    base.mkdir(parents=True, exist_ok=True)
    sections: dict[str, Callable[[argparse.Namespace, Path], None]] = {
        "ledger": ledger,
        "reads": reads,
        "growth": growth,
        "history": history,
        "memory": memory,
        "profile": profile,
    }
    sections |= {"relay": relay, "http": http, "overload": overload, "search": search, "cache": cache}
    sections |= {"promises": promises, "promises-http": promises_http}
    sections |= {
        name.replace("_", "-"): on_postgresql(name) for name in ("postgresql", "postgresql_growth", "postgresql_http")
    }
    for name in options.sections.split(","):
        with tuned(), tempfile.TemporaryDirectory(dir=base) as folder:
            sections[name](options, Path(folder))


if __name__ == "__main__":
    main()
