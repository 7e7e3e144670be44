"""The event feed: pages, long polls, streams; whose events, from where, and when they end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from application.kernel.call import Call
from application.permissions.revoke_key import RevokeKey
from contracts.http.v1.queries import EventPage
from domain.permissions.scope import Scope
from entrypoints.composition.settings import KeySettings
from entrypoints.http import feed
from tests.e2e.http.street import Caller, Street, memory, street


async def told_until(caller: Caller, request: str) -> tuple[list[dict[str, Any]], str]:
    """The events from the first to the last of this request's, and the place after them."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = (await caller.get(f"/v1/events?wait=1&after={after}")).json()
        after = page["after"]
        if not page["items"] and any(each.get("requestid") == request for each in found):
            return found, after
        found += page["items"]


async def test_events_come_as_cloud_events_in_order_within_a_subject(shop: Caller) -> None:
    await shop.stocked()
    await shop.reserve(request="r-1")
    await shop.do("confirm-reservation", {"reservation": "r-1"}, "c-1")
    events, _ = await told_until(shop, "c-1")
    told = [(each["type"], each["sequence"]) for each in events if each["subject"] == "reservation:r-1"]
    assert [kind for kind, _ in told] == ["entrepot.event.v1.StockReserved", "entrepot.event.v1.StockConfirmed"]
    assert [number for _, number in told] == sorted(number for _, number in told)
    assert {each["source"] for each in events} == {"/tenants/acme"}
    assert len({each["id"] for each in events}) == len(events)
    assert {each["requestid"] for each in events if each["subject"] == "reservation:r-1"} == {"r-1", "c-1"}


async def test_who_waits_is_told_as_soon_as_there_is_something(shop: Caller) -> None:
    await shop.stocked()
    await shop.reserve(request="before")
    events, place = await told_until(shop, "before")
    waiting = asyncio.create_task(shop.get(f"/v1/events?after={place}&wait=20"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await shop.reserve(request="awaited")
    page = (await waiting).json()
    assert "awaited" in {each.get("requestid") for each in page["items"]}
    assert not {each["id"] for each in page["items"]} & {each["id"] for each in events}


async def test_who_waits_for_nothing_gets_an_empty_page_in_time(shop: Caller) -> None:
    page = await shop.get("/v1/events?wait=1")
    assert page.json()["items"] == []
    EventPage.model_validate_json(page.content)


async def test_a_tenant_is_told_of_its_own_alone(here: Street, shop: Caller) -> None:
    other = await here.caller("rival")
    await shop.stocked()
    await shop.reserve(request="mine")
    await told_until(shop, "mine")
    assert (await other.get("/v1/events?wait=1&limit=500")).json()["items"] == []


async def test_a_place_that_is_not_kept_is_gone(here: Street, shop: Caller) -> None:
    gone = await shop.get("/v1/events?after=" + ".".join(["9"] + ["0"] * 16))
    assert (gone.status_code, gone.json()["code"]) == (410, "feed.gone")
    begin = gone.json()["facts"]["oldest"]
    assert (await shop.get(f"/v1/events?after={begin}")).status_code == 200


# -- streams ----------------------------------------------------------------------------------------------------------


async def stream(caller: Caller, **headers: str) -> AsyncIterator[tuple[str | None, Any]]:
    """(the place named with it, the event) as they come."""
    asked = caller.headers(Accept="text/event-stream", **headers)
    async with caller.client.stream("GET", "/v1/events", headers=asked, timeout=10) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        place = None
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                place = value
            elif name == "data":
                yield place, json.loads(value)
                place = None


async def until(events: AsyncIterator[tuple[str | None, Any]], request: str) -> list[tuple[str | None, Any]]:
    """Those up to the reservation that this request made."""
    found = []
    async with asyncio.timeout(10):
        async for place, event in events:
            found.append((place, event))
            if event["subject"] == f"reservation:{request}":
                break
    return found


async def test_a_stream_tells_what_was_and_what_comes(shop: Caller) -> None:
    await shop.stocked()
    await shop.reserve(request="before")
    events = stream(shop)
    assert await until(events, "before")
    await shop.reserve(request="live")
    assert {each["requestid"] for _, each in await until(events, "live") if "requestid" in each} >= {"live"}


async def test_a_stream_goes_on_from_where_it_broke_off(shop: Caller) -> None:
    await shop.stocked()
    await shop.reserve(request="before")
    _, place = await told_until(shop, "before")
    await shop.reserve(request="later")
    again = await until(stream(shop, Last_Event_ID=place), "later")
    assert {each.get("requestid", "later") for _, each in again} == {"later"}


async def test_a_silent_stream_gives_signs_of_life_and_ends_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT", 0.05)
    settings = memory().model_copy(update={"keys": KeySettings(cache_seconds=0)})
    async with street(settings) as here:
        reader = await here.caller(scopes=frozenset({Scope.READ}))
        asked = reader.headers(Accept="text/event-stream")
        async with here.client.stream("GET", "/v1/events", headers=asked) as answer:
            lines = answer.aiter_lines()
            while await anext(lines) != ": still here":
                pass
            assert reader.key is not None
            key = reader.key.split("_")[1]
            await here.house.keys.revoke(Call("acme", "test", "revoke"), RevokeKey(key))
            async with asyncio.timeout(5):
                async for _ in lines:
                    pass  # until it ends


async def test_there_are_only_so_many_who_wait() -> None:
    async with street(memory(listeners=2)) as here:
        shop, other = await here.caller(), await here.caller("other")
        waiting = [asyncio.create_task(each.get("/v1/events?wait=20")) for each in (shop, other)]
        await asyncio.sleep(0.2)
        refused = await shop.get("/v1/events?wait=20")
        assert (refused.status_code, refused.json()["code"]) == (503, "service.busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await shop.get("/v1/events")).status_code == 200, "to ask without waiting is always possible"
        here.door.stop()
        assert [(await each).status_code for each in waiting] == [200, 200]


async def test_one_watcher_looks_for_all_who_wait(here: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await here.caller()
    await shop.stocked()
    await shop.reserve(request="before")
    _, place = await told_until(shop, "before")
    reads = 0
    all_read = asyncio.Event()
    read = type(here.house.feed).read

    async def counted(self: Any, tenant: Any, after: Any, limit: int) -> Any:
        nonlocal reads
        reads += 1
        if reads == 100:
            all_read.set()
        return await read(self, tenant, after, limit)

    monkeypatch.setattr(type(here.house.feed), "read", counted)
    waiting = [asyncio.create_task(shop.get(f"/v1/events?after={place}&wait=20")) for _ in range(100)]
    await all_read.wait()
    await shop.reserve(request="news")
    pages: list[httpx.Response] = await asyncio.gather(*waiting)
    assert all(page.json()["items"] for page in pages)
    assert reads < 120, "who is at the same place shares a reading"
