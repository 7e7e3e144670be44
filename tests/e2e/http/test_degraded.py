"""Servers come and go in any order: a process starts without them, serves, and finds them when they are there."""

import asyncio
from pathlib import Path

import pytest

from entrypoints.composition.settings import Settings
from tests.e2e.http.street import Street, memory, street
from tests.e2e.http.test_metrics import metrics_of, value
from tests.services import private_server

pytestmark = pytest.mark.slow


def outside(url: str, **rest: object) -> Settings:
    """A broker and a cache on one server."""
    made = Settings(broker={"url": url, "name": "test"}, cache={"url": url, "name": "test", **rest})
    return memory().model_copy(update={"broker": made.broker, "cache": made.cache})


async def ready(here: Street) -> tuple[int, str, list[str]]:
    answer = await here.nobody().get("/health/ready")
    said = answer.json()
    return answer.status_code, said["status"], [name for name, state in said["checks"].items() if state == "down"]


async def comes_to(here: Street, status: str) -> None:
    async with asyncio.timeout(30):
        while (await ready(here))[1] != status:  # noqa: ASYNC110 - a server's doing
            await asyncio.sleep(0.2)


async def test_a_process_starts_before_its_servers_and_outlives_them(tmp_path: Path) -> None:
    async with private_server("valkey", tmp_path) as server:
        await server.kill()
        async with street(outside(server.url, patience_seconds=2.0)) as here:
            shop = await here.caller()
            await shop.stocked(5)
            assert await ready(here) == (200, "degraded", ["broker", "cache"])
            assert (await shop.reserve()).status_code == 200
            assert await here.house.outbox.pending(), "what is told waits"
            await server.start()
            await comes_to(here, "ready")
            async with asyncio.timeout(30):
                while await here.house.outbox.pending():  # noqa: ASYNC110 - the relay's doing
                    await asyncio.sleep(0.05)
            await server.kill()
            await comes_to(here, "degraded")
            assert (await shop.reserve()).status_code == 200
            found = await metrics_of(shop)
            for adapter in ("broker", "cache"):
                assert value(found, "entrepot_adapter_up", adapter=adapter) == 0
                assert value(found, "entrepot_adapter_downs_total", adapter=adapter) == 2
                assert value(found, "entrepot_adapter_errors_total", adapter=adapter) >= 2
                calls = value(found, "entrepot_adapter_calls_total", adapter=adapter)
                assert calls > value(found, "entrepot_adapter_errors_total", adapter=adapter)
                assert value(found, "entrepot_adapter_seconds_total", adapter=adapter) > 0
