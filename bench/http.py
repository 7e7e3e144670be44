"""HTTP: what one serving process answers, beside the framework's typed handlers behind the same door.

The server is a process of its own (bench/http_server.py), the load another: this one. Rounds are interleaved on one
server, whose ledger grows for all alike; after each round the ledger is audited, and must hold what was accepted.
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.table import Table

from bench import workloads
from bench.http_load import Answers, Check, Target, ask, body_of, drive, end_of_feed, poll, stream
from bench.http_server import SHOWN, THREADS
from bench.machine import Steal, console, fsync_time
from bench.yardsticks import Order

CONNECTIONS: Final = 64
BULK: Final = 20
MANY: Final = 100
RESERVE: Final = "/v1/commands/reserve-stock"


class Load(NamedTuple):
    """A row of the table: `of` is the row it is compared with, `orders` how many a request is for, `writes` how many
    commands it carries out; with `by_order` figures are of an order, not of a request.
    """

    name: str
    requests: Callable[[Target, Sequence[Order]], list[bytes]]
    check: Check
    of: str = ""
    orders: int = 1
    writes: int = 0
    by_order: bool = False


def posted(path: str) -> Callable[[Target, Sequence[Order]], list[bytes]]:
    return lambda target, orders: [target.post(path, body_of(order), order.id) for order in orders]


def in_bulk(target: Target, orders: Sequence[Order]) -> list[bytes]:
    items = [{"request_id": each.id, "command": "reserve-stock", "body": body_of(each)} for each in orders]
    return [target.post("/v1/commands", {"commands": items[n : n + BULK]}) for n in range(0, len(items), BULK)]


def asked(path: str, goods: int) -> Callable[[Target, Sequence[Order]], list[bytes]]:
    """Of as many goods as that, one from each order."""

    def requests(target: Target, orders: Sequence[Order]) -> list[bytes]:
        names = [order.lines[0][0] for order in orders]
        return [
            target.get(f"{path}?" + "&".join(f"goods={each}" for each in names[n : n + goods]))
            for n in range(0, len(names), goods)
        ]

    return requests


def held(body: Any) -> bool:
    return bool(body["status"] == "held" and body["lines"][0]["quantity"] == 1)


def all_held(body: Any) -> bool:
    return len(body["outcomes"]) == BULK and all(held(each["reply"]) for each in body["outcomes"])


def told_of(goods: int) -> Check:
    """So many goods at most: one may have been asked for twice."""
    return lambda body: goods - 5 <= len(body["goods"]) <= goods and body["goods"][0]["amounts"]["available"] > 0


ECHO: Final = "typed echo of a reserve"
LOADS: Final = (
    Load("nothing: the server and the load alone", posted("/bench/nothing"), lambda body: body == {}),
    Load(ECHO, posted("/bench/echo"), held),
    Load("reserve, typed handler", posted("/bench/reserve"), held, ECHO, writes=1),
    Load("reserve", posted(RESERVE), held, ECHO, writes=1),
    Load(f"reserve, {BULK} a request", in_bulk, all_held, "reserve, typed handler", BULK, BULK, by_order=True),
    Load("typed echo, 1 goods", asked("/bench/availability", 1), told_of(1)),
    Load("availability, 1 goods", asked("/v1/availability", 1), told_of(1), "typed echo, 1 goods"),
    Load(f"typed echo, {MANY} goods", asked("/bench/availability", MANY), told_of(MANY), orders=MANY),
    Load(
        f"availability, {MANY} goods",
        asked("/v1/availability", MANY),
        told_of(MANY),
        f"typed echo, {MANY} goods",
        orders=MANY,
    ),
)
PROFILED: Final = (ECHO, "reserve, typed handler", "reserve", "availability, 1 goods")


class Measured(NamedTuple):
    """Of one round: orders a second, microseconds of the server's and of our CPU an order, milliseconds a request."""

    rate: float
    server: float
    ours: float
    p50: float
    p99: float


class Server(NamedTuple):
    target: Target
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU time it took so far, all threads."""
        return time.clock_gettime((~self.pid << 3) | 2)  # the clock of that process, as Linux numbers it


@contextmanager
def serving(folder: Path, positions: int, *more: str) -> Iterator[Server]:
    folder.mkdir()
    command = [sys.executable, "-m", "bench.http_server", str(folder), "--positions", str(positions), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            line = json.loads(process.stdout.readline()) if process.stdout else {}
            yield Server(Target(line["port"], line["key"]), process.pid)
        finally:
            process.terminate()


def http(options: argparse.Namespace, folder: Path) -> None:
    """Reserve and availability over HTTP, how late events are told, and where the time goes."""
    places = workloads.positions(options.positions)
    steal = Steal()
    with serving(folder / "served", options.positions) as server:
        figures = asyncio.run(_rounds(server, options, places))
        lags = asyncio.run(_lags(server, options, places))
    _print_rates({name: median_of(some) for name, some in figures.items()})
    _print_lags(lags)
    with serving(folder / "probed", options.positions, "--probed") as server:
        phases = asyncio.run(_phases(server, options, places))
    _print_phases(phases, {name: median_of(some) for name, some in figures.items()})
    console.print(
        f"seed {options.seed}; medians of {options.rounds} interleaved rounds of {_count(options):,} orders;"
        f" {options.positions:,} positions; fsync {fsync_time(folder):.2f} ms; CPU steal {steal.percent():.1f} %"
    )


def _count(options: argparse.Namespace) -> int:
    return max(MANY * 20, int(options.orders) // 2)


def median_of(rounds: Sequence[Measured]) -> Measured:
    return Measured(*(statistics.median(some) for some in zip(*rounds, strict=True)))


# -- the rounds -------------------------------------------------------------------------------------------------------


async def _rounds(
    server: Server, options: argparse.Namespace, places: Sequence[workloads.Position]
) -> dict[str, list[Measured]]:
    figures: dict[str, list[Measured]] = {load.name: [] for load in LOADS}
    # Every position is asked for once before, and every route: what is measured is the load, not the start.
    warm = [Order(f"warm-{n}", ((*place, 1),)) for n, place in enumerate(places)]
    await measure(server, LOADS[3], warm)
    for number, load in enumerate(LOADS):
        await measure(server, load, workloads.stream(workloads.spread(places, options.seed), MANY * 5, f"w-{number}"))
    movements = await audited(server)
    for round_ in range(options.rounds):
        seed, written = options.seed + round_, 0
        for number in random.Random(seed).sample(range(len(LOADS)), len(LOADS)):
            load = LOADS[number]
            orders = workloads.stream(workloads.spread(places, seed), _count(options), f"r{round_}-{number}")
            figures[load.name].append(await measure(server, load, orders))
            written += len(orders) if load.writes else 0
        found = await audited(server)
        if found - movements != written:
            raise SystemExit(f"{written} reserves were accepted, {found - movements} movements were written")
        movements = found
    return figures


async def measure(server: Server, load: Load, orders: Sequence[Order], connections: int = CONNECTIONS) -> Measured:
    """One round: all of the orders, over so many connections."""
    requests = load.requests(server.target, orders)
    began, ours = server.cpu(), time.process_time()
    answers = await drive(server.target, requests, connections, load.check)
    began, ours = server.cpu() - began, time.process_time() - ours
    _require_good(load, answers)
    latencies, count = sorted(answers.latencies), len(orders) if load.by_order else len(requests)
    return Measured(
        count / answers.seconds,
        1e6 * began / count,
        1e6 * ours / count,
        1_000 * latencies[len(latencies) // 2],
        1_000 * latencies[int(len(latencies) * 0.99)],
    )


def _require_good(load: Load, answers: Answers) -> None:
    if answers.wrong or any(status >= 300 for status in answers.statuses):
        raise SystemExit(f"{load.name} was answered {dict(answers.statuses)}: {answers.wrong[:1]}")


async def audited(server: Server) -> int:
    """The movements that are in the ledger, once its audit found nothing."""
    report = await ask(server.target, "/bench/audit")
    if not report["clean"]:
        raise SystemExit("the audit of the ledger found a difference")
    return int(report["movements"])


def _print_rates(median: dict[str, Measured]) -> None:
    table = Table(title=f"HTTP, one process, {CONNECTIONS} connections")
    headings = ("asked", "/s", "of it", "CPU µs", "of it", "load's µs", "p50 ms", "p99 ms")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    for load in LOADS:
        mine, of = median[load.name], median.get(load.of)
        table.add_row(
            load.name,
            f"{mine.rate:,.0f}",
            f"{mine.rate / of.rate:.2f}" if of else "",
            f"{mine.server:,.0f}",
            f"{of.server / mine.server:.2f}" if of else "",
            f"{mine.ours:,.0f}",
            f"{mine.p50:.1f}",
            f"{mine.p99:.1f}",
        )
    console.print(table)
    console.print(
        f"/s and µs are of a reserve, also where a request holds {BULK}; of it: of the typed echo of the same size,"
        " there of the typed handler; once by what is answered a second, once by the server's CPU time"
    )


# -- events -----------------------------------------------------------------------------------------------------------


async def _lags(
    server: Server, options: argparse.Namespace, places: Sequence[workloads.Position]
) -> dict[tuple[str, str], list[float]]:
    """Seconds from the ledger's time of an event to its arrival, under all the load there can be and under little."""
    lags: dict[tuple[str, str], list[float]] = {}
    for connections in (CONNECTIONS, 4):
        orders = workloads.stream(workloads.spread(places, options.seed), _count(options) // 2, f"lag-{connections}")
        requests = posted(RESERVE)(server.target, orders)
        after = await end_of_feed(server.target)
        readers: list[asyncio.Task[None]] = []
        for name, read in (("server-sent events", stream), ("long poll", poll)):
            found = lags[name, f"{connections} connections"] = []
            readers.append(asyncio.create_task(read(server.target, after, found)))
        await asyncio.sleep(0.5)
        await drive(server.target, requests, connections, held)
        await asyncio.sleep(0.5)
        for reader in readers:
            reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*readers)
    return lags


def _print_lags(lags: dict[tuple[str, str], list[float]]) -> None:
    table = Table(title="events: milliseconds from the ledger's time to the reader")
    for heading in ("reader", "beside reserves over", "events", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right" if "ms" in heading or heading == "events" else "left")
    for (reader, load), found in lags.items():
        some = sorted(found)
        table.add_row(
            reader,
            load,
            f"{len(some):,}",
            f"{1_000 * some[len(some) // 2]:.0f}",
            f"{1_000 * some[int(len(some) * 0.99)]:.0f}",
        )
    console.print(table)


# -- where the time goes ----------------------------------------------------------------------------------------------


async def _phases(
    server: Server, options: argparse.Namespace, places: Sequence[workloads.Position]
) -> dict[str, Counter[str]]:
    """Nanoseconds a request by phase."""
    phases: dict[str, Counter[str]] = {}
    for number, load in enumerate(LOADS):
        if load.name in PROFILED:
            orders = workloads.stream(workloads.spread(places, options.seed), _count(options), f"p-{number}")
            await measure(server, load, orders[: MANY * 5])
            await ask(server.target, "/bench/begin")
            await measure(server, load, orders[MANY * 5 :])
            spent = await ask(server.target, "/bench/end")
            phases[load.name] = Counter({phase: ns / (len(orders) - MANY * 5) for phase, ns in spent.items()})
    return phases


def _print_phases(phases: dict[str, Counter[str]], median: dict[str, Measured]) -> None:
    table = Table(title="microseconds of the server's CPU a request", show_footer=True)
    table.add_column("phase", footer="together")
    columns: list[dict[str, float]] = []
    for name, spent in phases.items():
        # The other threads are not probed; the rest is shown as its share of what a server without probes takes.
        share = (median[name].server - spent[THREADS] / 1_000) / (sum(spent.values()) - spent[THREADS])
        columns.append({phase: ns / 1_000 if phase == THREADS else ns * share for phase, ns in spent.items()})
        table.add_column(name, justify="right", footer=f"{median[name].server:.0f}")
    for phase in SHOWN:
        cells = [column.get(phase, 0.0) for column in columns]
        if max(cells) >= 0.5:
            table.add_row(phase, *(f"{cell:.0f}" if cell >= 0.5 else "" for cell in cells))
    console.print(table)
