"""Who gets in, how long they stay, and what a page never gives away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import expect

from domain.permissions.scope import Scope
from entrypoints.http.console.pages import POLICY
from entrypoints.http.console.routes import console_routes
from entrypoints.http.console.sessions import Sessions
from tests.e2e.console.conftest import House, Seat

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Without a browser: what a hand could send."""
    async with httpx.AsyncClient(base_url=house.address, follow_redirects=False) as client:
        yield client


async def form_token(http: httpx.AsyncClient, path: str = "/console/sign-in") -> str:
    page = await http.get(path)
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


async def signed_in(http: httpx.AsyncClient, house: House, *scopes: Scope) -> str:
    """A session over plain HTTP; the token of its forms."""
    key = await house.key(*scopes)
    answer = await http.post("/console/sign-in", data={"form_token": await form_token(http), "key": key.text})
    assert answer.status_code == 303
    return await form_token(http, "/console/stock")


async def test_a_key_opens_the_console_and_is_nowhere_in_it(seat: Seat) -> None:
    key = await seat.house.key()
    await seat.open("/sign-in")
    await seat.present(key.text)
    await expect(seat.page.get_by_role("heading", name="Stock")).to_be_visible()
    secret = key.text.rpartition("_")[2]
    assert secret not in await seat.page.content()
    assert not any(secret in address for address in seat.asked)
    stored = await seat.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert secret not in stored
    assert await seat.page.evaluate("document.cookie") == ""


async def test_a_wrong_key_is_told_so_without_saying_which_part(seat: Seat) -> None:
    key = await seat.house.key()
    said = []
    for text in ("nonsense", key.text[:-4] + "aaaa", "ek_" + "a" * 12 + "_" + key.text.rpartition("_")[2]):
        await seat.open("/sign-in")
        await seat.present(text)
        said.append(await seat.page.get_by_role("alert").inner_text())
        assert await seat.page.get_by_label("Key").input_value() == ""
    assert set(said) == {"This key does not open the console."}


async def test_a_key_that_may_not_read_stays_outside(seat: Seat) -> None:
    key = await seat.house.key(Scope.SELL, Scope.ADMIN)
    await seat.open("/sign-in")
    await seat.present(key.text)
    await expect(seat.page.get_by_role("alert")).to_contain_text("read")
    await seat.open("/stock")
    assert "/sign-in" in seat.page.url


async def test_a_page_asked_for_before_signing_in_comes_after_it(seat: Seat) -> None:
    key = await seat.house.key()
    await seat.open("/ledger?goods=TEA&node=N1")
    await seat.present(key.text)
    await expect(seat.page.get_by_label("Goods")).to_have_value("TEA")
    await expect(seat.page.get_by_label("Node")).to_have_value("N1")


async def test_signing_out_ends_the_session_for_good(seat: Seat) -> None:
    await seat.sign_in()
    kept = await seat.page.context.cookies()
    await seat.page.get_by_role("button", name="Sign out").click()
    await seat.page.wait_for_url("**/console/sign-in")
    await seat.page.context.add_cookies(
        [{"name": each["name"], "value": each["value"], "url": seat.house.address} for each in kept]
    )
    await seat.open("/stock")
    assert "/sign-in" in seat.page.url


async def test_a_revoked_key_ends_the_session_of_a_page_that_is_open(seat: Seat) -> None:
    key = await seat.sign_in()
    await seat.house.revoke(key)
    await seat.page.wait_for_url("**/console/sign-in", timeout=8_000)


async def test_the_cookie_is_for_this_site_alone_and_for_no_script(http: httpx.AsyncClient, house: House) -> None:
    key = await house.key()
    answer = await http.post("/console/sign-in", data={"form_token": await form_token(http), "key": key.text})
    session = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("entrepot_console="))
    attributes = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/console"} <= attributes
    assert any(each.startswith("max-age=") for each in attributes)
    assert key.text not in session
    assert key.text.rpartition("_")[2] not in session


async def test_the_session_keeps_to_https_behind_a_proxy_that_ends_it(http: httpx.AsyncClient, house: House) -> None:
    key = await house.key()
    data = {"form_token": await form_token(http), "key": key.text}
    origin = house.address.replace("http://", "https://")
    answer = await http.post("/console/sign-in", data=data, headers={"Origin": origin})
    assert answer.status_code == 303
    assert all("secure" in each.lower() for each in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_cookie_keeps_to_https_where_the_console_is_reached_by_it(house: House, scheme: str) -> None:
    app: Any = Litestar(route_handlers=[console_routes(house.installation, Sessions.new())], openapi_config=None)
    address = f"{scheme}://console.example"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address) as http:
        key = await house.key()
        answer = await http.post("/console/sign-in", data={"form_token": await form_token(http), "key": key.text})
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all(("secure" in each.lower()) is (scheme == "https") for each in cookies)


async def test_pages_count_against_the_rate_of_their_key(http: httpx.AsyncClient, house: House) -> None:
    key = await house.key()
    await http.post("/console/sign-in", data={"form_token": await form_token(http), "key": key.text})
    assert (await http.get("/console/stock")).status_code == 200
    # In an hour its bucket is full, so that anything is granted; until then nothing is left.
    assert house.installation.rate.take(key.key.id, asyncio.get_running_loop().time() + 3_600, 1_000_000) == 0
    answer = await http.get("/console/stock")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_no_post_is_taken_without_the_token_of_its_own_form(http: httpx.AsyncClient, house: House) -> None:
    key = await house.key()
    for data in ({"key": key.text}, {"key": key.text, "form_token": ""}, {"key": key.text, "form_token": "x" * 43}):
        assert (await http.post("/console/sign-in", data=data)).status_code == 403
    own = await signed_in(http, house, Scope.READ, Scope.ADMIN)
    id = await house.park("projection", "no")
    for path in ("/console/outbox/requeue", "/console/sign-out"):
        forged = {"group": "projection", "message": id, "form_token": "x" * len(own)}
        assert (await http.post(path, data=forged)).status_code == 403
    assert (await http.get("/console/stock")).status_code == 200


async def test_a_form_from_another_site_is_refused_even_with_its_token(http: httpx.AsyncClient, house: House) -> None:
    own = await signed_in(http, house, Scope.READ, Scope.ADMIN)
    for origin in ("https://elsewhere.example", "null"):
        answer = await http.post("/console/sign-out", data={"form_token": own}, headers={"Origin": origin})
        assert answer.status_code == 403
    answer = await http.post("/console/sign-out", data={"form_token": own}, headers={"Origin": house.address})
    assert answer.status_code == 303


async def test_only_admin_gives_parked_messages_back(http: httpx.AsyncClient, house: House) -> None:
    own = await signed_in(http, house, Scope.READ)
    id = await house.park("projection", "no")
    data = {"form_token": own, "group": "projection", "message": id}
    assert (await http.post("/console/outbox/requeue", data=data)).status_code == 403
    assert [each.message.id for each in await house.installation.parked.parked("projection", 9)] == [id]


async def test_every_page_forbids_what_it_does_not_need(http: httpx.AsyncClient, house: House) -> None:
    await signed_in(http, house)
    for path in ("stock", "reservations", "ledger", "outbox", "sign-in", "status", "nowhere", "stock?after=%00"):
        answer = await http.get(f"/console/{path}")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert " style=" not in answer.text
        assert "<script>" not in answer.text
    assert "unsafe" not in POLICY


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example/", "//elsewhere.example", "/console/../v1", "/\\e", "/v1/keys"]
)
async def test_signing_in_leads_nowhere_else(http: httpx.AsyncClient, house: House, to: str) -> None:
    key = await house.key()
    data = {"form_token": await form_token(http), "key": key.text, "to": to}
    answer = await http.post("/console/sign-in", data=data)
    assert answer.headers["location"] == "/console/stock"


@pytest.mark.parametrize("sent", [b"key=" + b"a" * 9_000, b"key=%ff", b"&" * 300 + b"key=a", b"\xff\xfe"])
async def test_what_cannot_be_a_form_is_refused(http: httpx.AsyncClient, sent: bytes) -> None:
    answer = await http.post(
        "/console/sign-in", content=sent, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (400, 403, 413)


@pytest.mark.parametrize(
    "query", ["goods=%ff", "goods=" + "a" * 5_000, "goods=%00", "goods=" + "a" * 200, "after=%ED%A0%80"]
)
async def test_what_cannot_be_asked_is_refused(http: httpx.AsyncClient, house: House, query: str) -> None:
    await signed_in(http, house)
    for path in ("stock", "ledger", "reservations"):
        answer = await http.get(f"/console/{path}?{query}&node=N1&q=%00")
        assert answer.status_code == 400
        # What is no text at all the door sends away; what is, the page answers.
        assert answer.headers["content-type"].partition(";")[0] in ("text/html", "application/problem+json")


async def test_a_link_from_elsewhere_finds_the_session(http: httpx.AsyncClient, house: House) -> None:
    """The cookie does not come with it; a page of our own asks again, and then it does."""
    answer = await http.get("/console/outbox", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.text


@pytest.mark.parametrize("path", ["nowhere", "nowhere/at/all", "stock/nowhere", "outbox/requeue/x", "static/x"])
async def test_what_is_not_there_is_a_page_too_signed_in_or_not(
    http: httpx.AsyncClient, house: House, path: str
) -> None:
    for _ in range(2):
        answer = await http.get(f"/console/{path}")
        assert answer.status_code == 404, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "There is no such page" in answer.text
        await signed_in(http, house)
