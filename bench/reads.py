"""Availability, asked while the ledger is under load."""

import argparse
import asyncio
import random
import statistics
import time
from pathlib import Path

from rich.table import Table

from adapters.encoding import JsonCodec
from adapters.sql.query_statements import QueryStatements
from adapters.sql.statements import Statements
from adapters.sql.stock_queries import SqlStockQueries
from application.stock.availability import Detail
from application.stock.find_availability import FindAvailability, FindAvailabilityHandler
from bench import workloads
from bench.machine import console
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.yardsticks import TENANT
from domain.stock.position import kinds

READERS = 4


async def _beside_load(path: Path, options: argparse.Namespace, goods: int, *, load: bool) -> tuple[float, float]:
    """(answers a second, milliseconds at p99) of availability of `goods` goods."""
    places = workloads.positions(options.positions)
    ours = Ours(path)
    await ours.open()
    dialect = ours.database.dialect
    reader = SqlStockQueries(ours.database, Statements(dialect), QueryStatements(dialect), kinds(), JsonCodec())
    find = FindAvailabilityHandler(reader)
    draw = random.Random(options.seed)
    latencies: list[float] = []
    stop = False

    async def ask() -> None:
        while not stop:
            asked = FindAvailability(tuple(draw.choice(places)[0] for _ in range(goods)), detail=Detail.NODE)
            began = time.perf_counter()
            await find(TENANT, asked)
            latencies.append(time.perf_counter() - began)

    asking = [asyncio.create_task(ask()) for _ in range(READERS)]
    began = time.perf_counter()
    if load:
        orders = workloads.stream(workloads.spread(places, options.seed), options.orders // 2, f"l{goods}-{began}")
        await drive(ours.reserve, orders, CALLERS)
    else:
        await asyncio.sleep(3)
    spent = time.perf_counter() - began
    stop = True
    await asyncio.gather(*asking)
    await ours.close()
    latencies.sort()
    return len(latencies) / spent, 1_000 * latencies[int(len(latencies) * 0.99)]


def reads(options: argparse.Namespace, folder: Path) -> None:
    """Availability of 1 and of 100 goods, alone and beside 256 callers who reserve."""
    path = folder / "reads.db"
    create(path)
    asyncio.run(open_stock(path, workloads.positions(options.positions)))
    table = Table(title=f"availability on SQLite, {READERS} askers, {options.positions:,} positions")
    for heading in ("asked", "beside load", "answers/s", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    for goods in (1, 100):
        for load in (False, True):
            rounds = [asyncio.run(_beside_load(path, options, goods, load=load)) for _ in range(options.rounds)]
            rate, p99 = (statistics.median(figures) for figures in zip(*rounds, strict=True))
            table.add_row(f"{goods} goods", "yes" if load else "no", f"{rate:,.0f}", f"{p99:.1f}")
    console.print(table)
