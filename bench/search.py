"""Search: documents indexed a second, how long answers take, how late an order is found."""

import argparse
import asyncio
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.table import Table

from application.kernel.call import Call
from application.search.add_up_documents import AddUpDocuments
from application.search.documents import Document
from application.search.find_documents import FindDocuments
from application.search.kinds import MOVEMENTS, of_movement
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from bench.machine import Steal, console
from domain.kernel.books import Act, Movement
from domain.kernel.movement import Balances
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.position import RECEIVE, Position
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings
from entrypoints.demo.beside import forget

TENANT: Final = "bench"
BATCH: Final = 500
WRITERS: Final = 4
ASKERS: Final = 4
GOODS: Final = 1_000
SERVERS: Final = ("ENTREPOT_TEST_ELASTICSEARCH_URL", "ENTREPOT_TEST_OPENSEARCH_URL")
"""Where servers are, as `make services` prints it; one that is not said is left out."""

BROKERS: Final = {each: f"ENTREPOT_TEST_{each.upper()}_URL" for each in ("redis", "rabbitmq", "nats", "kafka")}
"""Behind each of these that is said the lag is measured too."""

WARM: Final = 3.0
"""Seconds of orders before the lag is measured: a server takes a second to make ready for documents of a new kind."""

QUIET: Final = 2.0
"""Seconds without another event after which all of them are taken to have come."""

START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def documents(count: int, seed: int) -> Iterator[Document]:
    """Movements on a thousand goods at ten nodes, one a second, with a reason of a few words."""
    draw = random.Random(seed)
    versions: dict[int, int] = {}
    for number in range(count):
        goods = draw.randrange(GOODS)
        versions[goods] = version = versions.get(goods, 0) + 1
        key = Position(f"G{goods:04}", f"N{goods % 10}").key
        act = Act(number, f"r{number}", "ReceiveStock", f"clerk {number % 50}", "gateway")
        reason = f"第{number % 97}批 采购入库 shelf {number % 31}"
        after = Balances(version * 5, 0, 0, 0, 0)
        at = START + timedelta(seconds=number)
        line = Movement(key, version, RECEIVE, 5, after, 0, f"po-{number % 500}", "purchase", reason, at, act)
        yield of_movement(MOVEMENTS, TENANT, line)


def questions(draw: random.Random) -> object:
    """One of those that a back office asks."""
    goods = f"goods:G{draw.randrange(GOODS):04}"
    return draw.choice(
        (
            FindDocuments("movements", where=(goods,)),
            FindDocuments("movements", f"第{draw.randrange(97)}批"),
            FindDocuments("movements", "shelf", (f"node:N{draw.randrange(10)}",), facets=("actor", "scene")),
            AddUpDocuments("movements", where=(goods,), by=("at.day",), sums=("quantity",)),
        )
    )


async def _measure(settings: Settings, options: argparse.Namespace) -> tuple[float, float, float, float]:
    """(documents a second, answers' p50 and p99 in milliseconds, lag's p99 in milliseconds)."""
    async with open_installation(settings, worker=True) as house:
        index = house.searching.index
        made = list(documents(options.orders, options.seed))
        await index.put(made[:BATCH])
        batches = iter([made[start : start + BATCH] for start in range(BATCH, len(made), BATCH)])

        async def write() -> None:
            for batch in batches:
                await index.put(batch)

        began = time.perf_counter()
        await asyncio.gather(*(write() for _ in range(WRITERS)))
        rate = (len(made) - BATCH) / (time.perf_counter() - began)
        await index.settle()
        answers = await _ask(house.ask, options)
        return rate, *answers, await _lag(house)


async def _ask(ask: Callable[[str, Any], Awaitable[Any]], options: argparse.Namespace) -> tuple[float, float]:
    draw = random.Random(options.seed)
    waiting = [questions(draw) for _ in range(1_000)]
    spent: list[float] = []

    async def one() -> None:
        while waiting:
            question = waiting.pop()
            began = time.perf_counter()
            await ask(TENANT, question)
            spent.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(ASKERS)))
    return _at(spent, 0.5), _at(spent, 0.99)


async def _lag(house: Installation, seconds: float = 10.0, rate: int = 100) -> float:
    """From commit to index, while orders of the same goods come at a steady pace."""
    lags: list[float] = []
    await house.handle(Call(TENANT, "bench", "g"), RegisterGoods((Goods("A", "A"),)))
    await house.handle(Call(TENANT, "bench", "n"), RegisterNode((Node("N1", "One"),)))
    await house.handle(Call(TENANT, "bench", "s"), ReceiveStock((ReceivedLine("A", "N1", 1_000_000),)))
    await _order(house, WARM, rate)
    house.searching.take_in.on_lag = lags.append
    await _order(house, seconds, rate)
    while await house.outbox.pending():  # noqa: ASYNC110 - the outbox is what says so
        await asyncio.sleep(0.05)
    # A broker outside has them now, and they are on their way.
    came = -1
    while came < len(lags):
        came = len(lags)
        await asyncio.sleep(QUIET)
    return _at(lags, 0.99)


async def _order(house: Installation, seconds: float, rate: int) -> None:
    orders = []
    for _ in range(int(seconds * rate)):
        id = uuid4().hex
        command = ReserveStock((StockLine("A", 1, ("N1",)),), reservation=id)
        orders.append(asyncio.ensure_future(house.handle(Call(TENANT, "bench", id), command)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*orders)


async def _behind(settings: Settings) -> float:
    """The lag's p99 in milliseconds behind a broker outside, which keeps nothing of it."""
    async with open_installation(settings, worker=True) as house:
        await house.broker.publish([])  # from its return on, everything is kept for the group
        lag = await _lag(house)
        used = house.channels
    await forget(settings, [used], files=False)
    return lag


def _at(spent: Sequence[float], part: float) -> float:
    return 1_000 * sorted(spent)[int(len(spent) * part)]


def _settings(folder: Path, index: str, broker: str) -> Settings:
    """A new ledger, migrated, with nothing of another's on servers."""
    name = f"bench-{uuid4().hex[:8]}"
    settings = Settings(
        database={"url": f"sqlite:///{folder / f'{uuid4().hex}.db'}"},
        search={"url": index, "name": name, "replicas": 0, "seconds": 30.0},
        broker={"url": broker, "name": name},
        log={"flow": False},
    )
    migrate(settings)
    return settings


def search(options: argparse.Namespace, folder: Path) -> None:
    """Documents indexed a second, p50 and p99 of answers over them, p99 of the lag at 100 orders a second: with the
    broker within the process, and behind those outside that can be reached.
    """
    steal = Steal()
    brokers = {name: url for name, variable in BROKERS.items() if (url := os.environ.get(variable))}
    table = Table(title=f"search, {options.orders:,} movements, batches of {BATCH}, {ASKERS} askers")
    behind = (f"behind {name}" for name in brokers)
    for heading in ("index", "documents/s", "answer p50 ms", "answer p99 ms", "lag p99 ms", *behind):
        table.add_column(heading, justify="left" if heading == "index" else "right")
    urls = [f"sqlite:///{folder / 'search.db'}", *filter(None, map(os.environ.get, SERVERS))]
    for url in urls:
        rounds = []
        for round_ in range(options.rounds):
            settings = _settings(folder, url.replace("search.db", f"search{round_}.db"), "inprocess:")
            figures = list(asyncio.run(_measure(settings, options)))
            asyncio.run(forget(settings, [], files=False))
            for name, broker in brokers.items():
                outside = _settings(folder, url.replace("search.db", f"{name}{round_}.db"), broker)
                figures.append(asyncio.run(_behind(outside)))
            rounds.append(figures)
        rate, p50, p99, *lags = (statistics.median(each) for each in zip(*rounds, strict=True))
        shown = (f"{lag:.0f}" for lag in lags)
        table.add_row(settings.search.technology, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", *shown)
    console.print(table)
    console.print(f"seed {options.seed}; medians of {options.rounds} rounds; CPU steal {steal.percent():.1f} %")
