"""Promises over HTTP: one line before 10, 100 and 1,000 candidates, alone and in bulk, beside a typed echo of one."""

import argparse
import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from bench.http import CONNECTIONS, Load, Measured, Server, measure, median_of, serving
from bench.http_load import Target
from bench.http_server import NETS, PROMISED
from bench.machine import Steal, console, fsync_time
from bench.yardsticks import Order

BULK: Final = 100
BULKS: Final = 2
"""Connections that ask in bulk."""

ECHO: Final = "typed echo of a promise"


def wanted(order: Order, candidates: int) -> dict[str, Any]:
    """One line for a place of its own."""
    dice = random.Random(order.id)
    to = {"nation": str(candidates), "lat": round(dice.uniform(30, 45), 4), "lng": round(dice.uniform(-120, -75), 4)}
    return {"wanted": {"lines": [{"goods": PROMISED, "quantity": 1}], "to": to}}


def single(path: str, candidates: int) -> Callable[[Target, Sequence[Order]], list[bytes]]:
    return lambda target, orders: [target.post(path, wanted(order, candidates), order.id) for order in orders]


def bulk(candidates: int) -> Callable[[Target, Sequence[Order]], list[bytes]]:
    def requests(target: Target, orders: Sequence[Order]) -> list[bytes]:
        asked = [wanted(order, candidates)["wanted"] for order in orders]
        return [target.post("/v1/promises/bulk", {"wanted": asked[n : n + BULK]}) for n in range(0, len(asked), BULK)]

    return requests


def promised(body: Any) -> bool:
    return bool(len(body["legs"]) == 1 and not body["short"])


def all_promised(body: Any) -> bool:
    told = body.get("outcomes", ())
    return len(told) == BULK and all(each["status"] == 200 and promised(each["promise"]) for each in told)


def loads() -> list[Load]:
    found = [Load(ECHO, single("/bench/promise", NETS[0]), promised)]
    for candidates in NETS:
        name = f"promise, {candidates:,} candidates"
        found.append(Load(name, single("/v1/promises", candidates), promised, ECHO))
        found.append(Load(f"  in bulk of {BULK}", bulk(candidates), all_promised, name, BULK, by_order=True))
    return found


def promises_http(options: argparse.Namespace, folder: Path) -> None:
    """The section of `make bench`."""
    steal = Steal()
    rows = loads()
    with serving(folder / "served", 100) as server:
        figures = asyncio.run(_rounds(server, options, rows))
    table = Table(title=f"promises over HTTP, 1 line, one process, {CONNECTIONS} connections")
    for heading in ("asked", "promises/s", "of it", "CPU µs", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    medians = [median_of(figures[number]) for number in range(len(rows))]
    for number, (row, mine) in enumerate(zip(rows, medians, strict=True)):
        of = medians[0] if row.of == ECHO else medians[number - 1] if row.of else None
        table.add_row(
            row.name,
            f"{mine.rate:,.0f}",
            f"{mine.rate / of.rate:.2f}" if of else "",
            f"{mine.server:,.0f}",
            f"{mine.p50:.1f}",
            f"{mine.p99:.1f}",
        )
    console.print(table)
    console.print(
        "of it: of the typed echo; in bulk, of the same promises asked one by one\n"
        f"seed {options.seed}; medians of {options.rounds} interleaved rounds; fsync {fsync_time(folder):.2f} ms;"
        f" CPU steal {steal.percent():.1f} %"
    )


async def _rounds(server: Server, options: argparse.Namespace, rows: Sequence[Load]) -> list[list[Measured]]:
    figures: list[list[Measured]] = [[] for _ in rows]
    for round_ in range(-1, options.rounds):  # the first warms everything, and is not counted
        for number in random.Random(options.seed + round_).sample(range(len(rows)), len(rows)):
            many = f"{NETS[-1]:,} " in (rows[number].name + rows[number].of)
            count = options.orders // (10 if many else 2) // BULK * BULK
            orders = [Order(f"p{round_}-{number}-{n}", ()) for n in range(max(BULK * 4, count))]
            found = await measure(server, rows[number], orders, CONNECTIONS if rows[number].orders == 1 else BULKS)
            if round_ >= 0:
                figures[number].append(found)
    return figures
