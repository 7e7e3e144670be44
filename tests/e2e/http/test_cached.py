"""Availability over HTTP from a cache, and a process some of whose servers are away."""

import asyncio
import logging

import pytest

from entrypoints.composition.settings import Settings
from tests.e2e.http.street import Caller, Street, memory, street
from tests.e2e.http.test_metrics import metrics_of, value

ASKED = "/v1/availability?goods=A"
AWAY = "redis://127.0.0.1:1/0"


def cached(url: str, **rest: object) -> Settings:
    return memory().model_copy(update={"cache": Settings(cache={"url": url, "seconds": 300, **rest}).cache})


async def settled(here: Street) -> None:
    """What was told has come to the cache."""
    caching = here.house.caching
    assert caching is not None
    async with asyncio.timeout(10):
        while await here.house.outbox.pending():  # noqa: ASYNC110 - the relay's doing
            await asyncio.sleep(0.005)
    await caching.drain()


async def source(shop: Caller, asked: str = ASKED) -> str:
    said: str = (await shop.get(asked)).json()["source"]
    return said


async def test_what_was_fetched_is_known_again_whoever_answers() -> None:
    async with street(cached("memory:")) as here:
        shop = await here.caller()
        await shop.stocked(3)
        await settled(here)
        first = await shop.get(ASKED)
        await settled(here)
        second = await shop.get(ASKED)
        assert (first.json()["source"], second.json()["source"]) == ("memory", "cache")
        assert first.json()["as_of"] == second.json()["as_of"]
        assert first.headers["etag"] == second.headers["etag"]
        same = await shop.get(ASKED, If_None_Match=first.headers["etag"])
        assert same.status_code == 304
        await shop.reserve()
        await settled(here)
        changed = await shop.get(ASKED, If_None_Match=first.headers["etag"])
        assert (changed.status_code, changed.json()["source"]) == (200, "cache")
        assert changed.json()["goods"][0]["amounts"]["promisable"] == 2
        assert changed.headers["etag"] != first.headers["etag"]


async def test_who_names_a_version_sees_what_they_did_though_the_cache_is_late() -> None:
    async with street(cached("memory:")) as here:
        shop = await here.caller()
        await shop.stocked(3)
        await settled(here)
        await source(shop)
        await settled(here)
        assert here.house.caching is not None
        here.house.caching.follow.counts.learnt = 0
        reserved = (await shop.reserve()).json()
        version = reserved["accounts"][0]["version"] if "accounts" in reserved else 2
        found = (await shop.get(f"{ASKED}&node=N1&min_version={version}")).json()
        assert found["goods"][0]["amounts"]["reserved"] == 1


async def test_without_its_cache_a_process_is_degraded_and_serves(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with street(cached(AWAY)) as here:
        shop = await here.caller()
        await shop.stocked(3)
        ready = await here.nobody().get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert [name for name, state in ready.json()["checks"].items() if state == "down"] == ["cache"]
        assert "127.0.0.1" not in ready.text
        assert [await source(shop) for _ in range(3)] == ["memory"] * 3
        assert (await shop.reserve()).status_code == 200
        found = await metrics_of(shop)
    assert "cache is down: " in caplog.text
    assert value(found, "entrepot_adapter_up", adapter="cache") == 0
    assert value(found, "entrepot_adapter_downs_total", adapter="cache") == 1
    assert value(found, "entrepot_adapter_errors_total", adapter="cache") >= 1
    assert value(found, "entrepot_cache_errors_total") >= 3


async def test_what_the_cache_does_is_counted() -> None:
    async with street(cached("memory:")) as here:
        shop = await here.caller()
        await shop.stocked(3)
        await settled(here)
        for _ in range(3):
            await source(shop)
            await settled(here)
        await source(shop, f"{ASKED}&goods=B")
        found = await metrics_of(shop)
    assert value(found, "entrepot_cache_goods_total", found="yes") == 3
    assert value(found, "entrepot_cache_goods_total", found="no") == 2
    assert value(found, "entrepot_cache_fills_total") == 2
    assert value(found, "entrepot_cache_age_seconds_count") == 3
    assert value(found, "entrepot_cache_events_total", outcome="learnt") == 2
    assert value(found, "entrepot_cache_lag_seconds_count") >= 1
