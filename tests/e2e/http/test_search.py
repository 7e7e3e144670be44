"""Search over HTTP: what was done is found a moment later; pages, sums, exports; what cannot be asked."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from contracts.http.v1.searches import FoundDocument
from entrypoints.composition.settings import SearchSettings
from tests.e2e.http.street import Caller, Street, memory, street, with_search


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(with_search(memory(), tmp_path)) as opened:
        yield opened


@pytest.fixture
async def shop(here: Street) -> Caller:
    return await here.caller()


async def until_found(caller: Caller, path: str, count: int) -> dict[str, Any]:
    """The page when it has so many documents."""
    async with asyncio.timeout(10):
        while True:
            answer = await caller.get(path)
            assert answer.status_code == 200, answer.text
            page: dict[str, Any] = answer.json()
            if page["total"] == count:
                return page
            await asyncio.sleep(0.02)


async def test_what_was_done_is_found_a_moment_later(shop: Caller) -> None:
    await shop.do("register-goods", {"goods": [{"code": "apple", "name": "红富士苹果", "unit": "kg"}]})
    await shop.stocked(100, "A", "B")
    await shop.reserve("A", 3, request="r-1", order="订单-1")
    await shop.do("confirm-reservation", {"reservation": "r-1"})
    page = await until_found(shop, f"/v1/search/goods?q={quote('苹果')}", 1)
    assert page["items"][0]["fields"] == {
        "code": "apple",
        "name": "红富士苹果",
        "unit": "kg",
        "scale": 0,
        "active": True,
    }
    FoundDocument.model_validate(page["items"][0])
    page = await until_found(shop, "/v1/search/reservations?where=status:confirmed", 1)
    (found,) = page["items"]
    assert (found["id"], found["fields"]["order"], found["fields"]["confirmed"]) == ("r-1", "订单-1", 3)
    assert page["as_of"] >= found["at"]
    page = await until_found(shop, "/v1/search/movements?facet=movement&sort=-at&limit=1", 4)
    assert page["facets"]["movement"] == [
        {"value": "RECEIVE", "count": 2},
        {"value": "CONFIRM", "count": 1},
        {"value": "RESERVE", "count": 1},
    ]
    assert [each["fields"]["movement"] for each in page["items"]] == ["CONFIRM"]
    page = await until_found(shop, "/v1/search/positions?where=available%3C100", 1)
    assert (page["items"][0]["id"], page["items"][0]["version"]) == ("-/A/N1/-/-", 3)
    assert page["items"][0]["fields"]["on_hand"] == 100
    assert (await until_found(shop, "/v1/search/nodes?q=one", 1))["after"] is None


async def test_pages_go_on_and_sums_add_up(shop: Caller) -> None:
    await shop.stocked(7, *(f"G{n}" for n in range(5)))
    page = await until_found(shop, "/v1/search/movements?sort=id&limit=2", 5)
    seen = [each["fields"]["goods"] for each in page["items"]]
    while page["after"]:
        page = (await shop.get(f"/v1/search/movements?sort=id&limit=2&after={page['after']}")).json()
        seen += [each["fields"]["goods"] for each in page["items"]]
    assert seen == [f"G{n}" for n in range(5)]
    sums = (await shop.get("/v1/sums/movements?by=node&by=movement&sum=quantity")).json()
    assert sums["items"] == [{"by": {"node": "N1", "movement": "RECEIVE"}, "count": 5, "sums": {"quantity": 35}}]
    days = (await shop.get("/v1/sums/movements?by=at.day&where=goods:G1&sum=quantity")).json()
    assert [each["sums"] for each in days["items"]] == [{"quantity": 7}]


async def test_exports_are_whole_and_in_both_forms(here: Street, shop: Caller) -> None:
    codes = [f"G{n:03}" for n in range(600)]
    for start in range(0, 600, 300):
        body = {"goods": [{"code": code, "name": f'=1+1, "{code}"'} for code in codes[start : start + 300]]}
        assert (await shop.do("register-goods", body)).status_code == 200
    await until_found(shop, "/v1/search/goods?limit=1", 600)
    answer = await shop.get("/v1/exports/goods")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["id"] for each in lines] == codes
    assert lines[0]["name"] == '=1+1, "G000"'
    answer = await shop.get("/v1/exports/goods?format=csv&after=G597")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["name"], row["active"]) for row in rows] == [
        ("G598", '\'=1+1, "G598"', "true"),
        ("G599", '\'=1+1, "G599"', "true"),
    ]
    other = await here.caller("other")
    assert (await other.get("/v1/exports/goods")).content == b""


async def _read(here: Street, shop: Caller, seen: list[str]) -> None:
    async with here.client.stream("GET", "/v1/exports/goods", headers=shop.headers()) as answer:
        async for line in answer.aiter_lines():
            seen.append(json.loads(line)["id"])  # noqa: PERF401 - what came before it broke off counts


async def test_an_export_that_is_too_much_is_broken_off_and_goes_on(tmp_path: Path) -> None:
    few = SearchSettings(url=f"sqlite:///{tmp_path / 'search.db'}", export_rows=700)
    async with street(memory().model_copy(update={"search": few})) as here:
        shop = await here.caller()
        for start in range(0, 1_200, 400):
            goods = [{"code": f"G{n:04}", "name": "x"} for n in range(start, start + 400)]
            assert (await shop.do("register-goods", {"goods": goods})).status_code == 200
        await until_found(shop, "/v1/search/goods?limit=1", 1_200)
        seen: list[str] = []
        with pytest.raises(httpx.RemoteProtocolError):
            await _read(here, shop, seen)
        assert seen == [f"G{n:04}" for n in range(500)]
        rest = await shop.get(f"/v1/exports/goods?after={seen[-1]}&where=code^G05")
        assert [json.loads(line)["id"] for line in rest.text.splitlines()] == [f"G{n:04}" for n in range(500, 600)]


async def test_what_cannot_be_searched_is_refused_with_its_name(shop: Caller) -> None:
    for path, status, code, field in (
        ("/v1/search/nothing", 404, "search.kind", None),
        ("/v1/sums/nothing", 404, "search.kind", None),
        ("/v1/exports/nothing", 404, "search.kind", None),
        ("/v1/search/goods?where=colour:red", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=code", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=scale:x", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=active:yes", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=name%3E5", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=at%3E2026", 400, "input.invalid", "where"),
        ("/v1/search/goods?where=scale^1", 400, "input.invalid", "where"),
        ("/v1/search/goods?sort=unit", 400, "input.invalid", "sort"),
        ("/v1/search/goods?facet=at", 400, "input.invalid", "facet"),
        ("/v1/search/goods?q=%2B", 400, "input.invalid", "q"),
        ("/v1/search/goods?after=x", 400, "input.invalid", "after"),
        ("/v1/search/goods?limit=501", 400, "input.invalid", "limit"),
        ("/v1/sums/goods?by=at", 400, "input.invalid", "by"),
        ("/v1/sums/reservations?by=goods", 400, "input.invalid", "by"),
        ("/v1/sums/goods?sum=name", 400, "input.invalid", "sum"),
        ("/v1/exports/goods?format=xml", 400, "input.invalid", "format"),
    ):
        answer = await shop.get(path)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), path
        assert field is None or problem["facts"]["field"] == field, path


async def test_without_an_index_search_is_refused_and_all_else_goes_on() -> None:
    async with street(memory()) as here:
        shop = await here.caller()
        await shop.stocked()
        for path in ("/v1/search/goods", "/v1/sums/goods", "/v1/exports/goods"):
            answer = await shop.get(path)
            assert (answer.status_code, answer.json()["code"]) == (409, "search.off")


async def test_an_index_that_does_not_answer_is_said_so_and_all_else_goes_on() -> None:
    nowhere = SearchSettings(url="elasticsearch+http://127.0.0.1:9", seconds=0.5)
    idle = memory().worker.model_copy(update={"enabled": False})
    settings = memory().model_copy(update={"search": nowhere, "worker": idle})
    async with street(settings, worker=False) as here:
        shop = await here.caller()
        await shop.stocked()
        for path in ("/v1/search/goods", "/v1/sums/goods", "/v1/exports/goods"):
            answer = await shop.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "search.unavailable")
            assert answer.headers["retry-after"] == "1"
        ready = await here.nobody().get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["search"]) == (200, "down")
