"""`entrepot serve` under load, stopped and killed: what a caller was told holds, and the rest can be asked again."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from application.reconciliation.audit_ledger import AuditLedger
from application.stock.availability import Detail
from application.stock.find_availability import FindAvailability
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import load_settings
from tests.e2e.http.street import Caller
from tests.e2e.http.test_serve import served
from tests.faults.figures import Record, came_of_it

pytestmark = [pytest.mark.kill, pytest.mark.slow]

STOCK = 1_000_000
CALLERS = 24
STOPPING = ("service.stopping", "service.busy", "service.unavailable")


@dataclass
class Log:
    """What callers remember: what they were told, by request, and what they never heard the end of."""

    told: dict[str, bytes] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    unclean: list[str] = field(default_factory=list)

    @property
    def asked(self) -> set[str]:
        return set(self.told) | self.unsure


def line(request: str) -> dict[str, object]:
    """What is asked under a request id, the same every time: one to five of one of two goods, in one or two lines."""
    dice = random.Random(request)
    lines = [
        {"goods": goods, "quantity": dice.randint(1, 5), "nodes": ["N1"]}
        for goods in dice.sample("AB", dice.choice((1, 2)))
    ]
    return {"lines": lines}


def quantity(request: str, goods: str) -> int:
    return sum(each["quantity"] for each in line(request)["lines"] if each["goods"] == goods)  # type: ignore[attr-defined]


@asynccontextmanager
async def calling(address: str, key: str) -> AsyncIterator[Caller]:
    limits = httpx.Limits(max_connections=CALLERS + 8)
    async with httpx.AsyncClient(base_url=address, timeout=20, limits=limits, verify=False) as client:
        yield Caller(client, key)


async def load(shop: Caller, log: Log, after: int, strike: Callable[[], Awaitable[None]]) -> None:
    """Many callers reserve without a pause; once `after` of them were told, `strike`; each ends when sent away."""
    enough = asyncio.Event()

    async def buy_on(buyer: int) -> None:
        for number in range(100_000):
            request = f"b{buyer}-{number}"
            try:
                answer = await shop.do("reserve-stock", line(request), request)
                while answer.status_code == 404:  # the other process may not have heard of the goods for a second
                    await asyncio.sleep(0.1)
                    answer = await shop.do("reserve-stock", line(request), request)
            except httpx.TransportError:
                log.unsure.add(request)
                return
            if answer.status_code == 200:
                log.told[request] = answer.content
            else:
                log.unsure.add(request)
                if answer.status_code != 503 or answer.json()["code"] not in STOPPING:
                    log.unclean.append(answer.text)
                return
            if len(log.told) >= after:
                enough.set()

    buyers = [asyncio.create_task(buy_on(buyer)) for buyer in range(CALLERS)]
    await enough.wait()
    await strike()
    await asyncio.gather(*buyers)


async def ask_again(shop: Caller, log: Log) -> None:
    """Everything, under the same ids: what was told is told again, the rest is done now, or was done before."""

    async def again(requests: list[str]) -> None:
        for request in requests:
            answer = await shop.do("reserve-stock", line(request), request)
            assert answer.status_code == 200, answer.text
            assert log.told.get(request, answer.content) == answer.content, request

    asked = sorted(log.asked)
    await asyncio.gather(*(again(asked[start::CALLERS]) for start in range(CALLERS)))


async def reserved(folder: Path) -> dict[str, int]:
    """What is reserved of each goods by the database itself, which proves clean from its first movement on."""
    settings = load_settings(database={"url": f"sqlite:///{folder / 'var' / 'entrepot.db'}"})
    async with open_installation(settings, worker=False) as house:
        report = await house.audit(AuditLedger(full=True))
        assert report.clean, report
        found = await house.ask("main", FindAvailability(("A", "B"), detail=Detail.TOTAL))
        for goods in found.goods:
            assert goods.amounts.available + goods.amounts.reserved == STOCK
        return {goods.goods: goods.amounts.reserved for goods in found.goods}


def sums(requests: set[str]) -> dict[str, int]:
    return {goods: sum(quantity(request, goods) for request in requests) for goods in "AB"}


@pytest.mark.parametrize("after", [40, 250])
async def test_kill_minus_nine_loses_nothing_that_was_told(tmp_path: Path, after: int, record_property: Record) -> None:
    log = Log()
    with served(tmp_path) as (process, said):
        async with calling(said["address"], said["key"]) as shop:
            await shop.stocked(STOCK)

            async def kill() -> None:
                process.kill()

            await load(shop, log, after, kill)
        assert process.wait(10) == -signal.SIGKILL
    assert log.unsure
    assert not log.unclean
    killed, lost = time.monotonic(), 0
    with served(tmp_path) as (_, again):
        async with calling(again["address"], said["key"]) as shop:
            for request in log.told:
                lost += (await shop.get(f"/v1/reservations/{request}")).status_code != 200
                if request == next(iter(log.told)):
                    went_on = time.monotonic() - killed
            await ask_again(shop, log)
    kept = await reserved(tmp_path)
    doubled = sum(kept.values()) - sum(sums(log.asked).values())
    came_of_it(record_property, acknowledged=len(log.told), lost=lost, doubled=doubled, went_on=went_on)
    record_property("never heard, asked again", len(log.unsure))
    assert kept == sums(log.asked)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_stop_under_load_is_clean(tmp_path: Path, workers: int) -> None:
    log = Log()
    ready: list[tuple[int, str]] = []
    arguments = () if workers == 1 else ("--workers", str(workers))
    with served(tmp_path, *arguments, ENTREPOT_HTTP__LINGER_SECONDS="1") as (process, said):
        async with calling(said["address"], said["key"]) as shop:
            await shop.stocked(STOCK)

            async def look() -> None:
                """As a proxy does, on a connection of its own each time."""
                while True:
                    try:
                        async with httpx.AsyncClient(base_url=said["address"], timeout=5, verify=False) as proxy:
                            answer = await proxy.get("/health/ready")
                    except httpx.TransportError:
                        return
                    ready.append((answer.status_code, answer.json()["checks"]["process"]))
                    await asyncio.sleep(0.05)

            looking = asyncio.create_task(look())
            begun = time.monotonic()

            async def stop() -> None:
                process.send_signal(signal.SIGTERM)

            await load(shop, log, 150, stop)
            await looking
            code = await asyncio.to_thread(process.wait, 40)
            assert code == 0
            assert time.monotonic() - begun < 40
    assert not log.unclean
    assert ready[0] == (200, "up")
    assert ready[-1] == (503, "down"), "it said that it is not ready before it took nothing new"
    kept = await reserved(tmp_path)
    told, asked = sums(set(log.told)), sums(log.asked)
    for goods in "AB":  # what was told is there; of the rest, each is wholly there or not at all
        assert told[goods] <= kept[goods] <= asked[goods]
    with served(tmp_path) as (_, again):
        async with calling(again["address"], said["key"]) as shop:
            await ask_again(shop, log)
    assert await reserved(tmp_path) == asked
