"""How much, how, and where (OWASP API Security Top 10 of 2023: API4, API6, API8, API9), asked of every route."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pytest

from application.search.export_documents import ExportDocumentsHandler
from application.sourcing.make_promises import MakePromisesHandler
from contracts.events.v1.cloudevents import BATCH, STRUCTURED
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.problems import Problem
from entrypoints.composition.installation import Installation
from entrypoints.composition.settings import Settings
from entrypoints.http.openapi import document
from tests.attack.doorstep import Doorstep, Visitor, doorstep
from tests.attack.routes import (
    BULK,
    CAPTURE,
    CONSOLE,
    FORMS,
    JOB,
    MESSAGES,
    PROMISES,
    Asked,
    asked_of,
    bulk,
    command,
    event,
    guarded,
    routes_of,
)
from tests.attack.routes import message as cloudevent
from tests.attack.shapes import dotted, may_be_null, numbers, texts, with_value
from tests.e2e.http.street import memory, with_search
from tests.warm import ROOT

# -- API4: how much of everything -------------------------------------------------------------------------------------


def bodies_of(here: Doorstep) -> list[Asked]:
    """A good request to every route that takes a body."""
    return [asked_of(route, uuid4().hex) for route in guarded(here.door) if route.takes_a_body]


async def test_no_route_takes_a_longer_body_than_the_settings_say() -> None:
    async with doorstep(memory(body_bytes=4_096, bulk_bytes=8_192)) as here:
        shop = await here.visitor()
        for asked in bodies_of(here):
            most = 8_192 if asked.path in (BULK, MESSAGES, CAPTURE, JOB, PROMISES[1]) else 4_096
            for size, status in ((most + 1, 413), (most, None)):
                padded = asked.content + b" " * (size - len(asked.content))
                answer = await here.ask("POST", asked.path, {**asked.headers, **shop.headers()}, padded)
                assert (answer.status == 413) == (status == 413), (asked.path, size, answer.text)
            lying = {**asked.headers, **shop.headers(), "Content-Length": str(most + 1)}
            assert (await here.ask("POST", asked.path, lying, b"{}")).code == "body.too_large", asked.path


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"":'], ids=["lists", "objects", "both"])
async def test_no_route_follows_a_body_down_without_end(here: Doorstep, shop: Visitor, opening: bytes) -> None:
    for asked in bodies_of(here):
        for depth in (33, 20_000):
            deep = b'{"lines":' + opening * depth
            answer = await here.ask("POST", asked.path, {**asked.headers, **shop.headers()}, deep)
            assert (answer.status, answer.code) == (400, "body.too_deep"), (asked.path, depth, answer.text)


async def test_a_body_of_a_hundred_thousand_faults_is_refused_without_listing_them(shop: Visitor) -> None:
    """What is wrong with each part of a body takes longer to say than the body to send: there is a most."""
    unknown = {f"x{number}": 1 for number in range(30_000)}
    line = {"goods": "", "quantity": 0, "nodes": [""] * 50}
    for body, said in (
        (unknown, "30001 faults"),
        ({"lines": [1] * 100_000}, "parts"),
        ({f"x{number}": 1 for number in range(80_000)}, "parts"),
        ({"lines": [line] * 500}, "faults"),
        ({"lines": [{"goods": ",,," * 40, "quantity": 0, "nodes": ["n"]}] * 400}, "lines.0.quantity"),
    ):
        refused = await command("reserve-stock", uuid4().hex, body).by(shop)
        assert (refused.status, refused.code) == (400, "input.invalid"), said
        assert said in refused.json["detail"]
        assert len(refused.json["facts"].get("faults", ())) <= 20
        assert len(refused.content) < 10_000
        (outcome,) = (await bulk((uuid4().hex, "reserve-stock", body)).by(shop)).json["outcomes"]
        assert outcome["status"] == 400
        assert len(str(outcome)) < 10_000


async def test_what_is_little_else_than_brackets_is_not_followed(here: Doorstep, shop: Visitor) -> None:
    flat = b'{"lines":[' + b",".join([b"[]"] * 300_000) + b"]}"
    steep = b"[" * 32 + b"]" * 32
    for body in (flat, b"[" + steep * 10_000 + b"]", steep * 10_000):
        for asked in bodies_of(here)[:3]:
            answer = await here.ask("POST", asked.path, {**asked.headers, **shop.headers()}, body)
            assert (answer.status, answer.code) == (400, "body.too_deep"), asked.path


async def test_no_route_takes_more_items_than_published(here: Doorstep, shop: Visitor) -> None:
    for form in COMMANDS:
        for name, value in form.example.items():
            if isinstance(value, list):
                body = {**form.example, name: [value[0]] * 501}
                refused = await command(form.name, uuid4().hex, body).by(shop)
                assert (refused.status, refused.code) == (400, "input.invalid"), (form.name, name)
                assert refused.json["facts"]["field"] == name
    too_many = [(str(number), "report-sale", FORMS["report-sale"].example) for number in range(501)]
    assert (await bulk(*too_many).by(shop)).code == "input.invalid"
    events = [event(name, id, body) for id, name, body in too_many]
    headers = shop.headers(Content_Type=BATCH)
    assert (await here.ask("POST", MESSAGES, headers, json.dumps(events).encode())).code == "input.invalid"


NEEDED: Final = {
    "/v1/reservations": "order=1&",
    "/v1/promise-replays": "policy=nearest&",
    "/v1/movements": "reservation=1&",
    "/v1/routes": "lat=30.5&lng=120&",
    "/v1/expected-promises": "goods=coffee-1kg&node=harbour&on=2027-03-01&",
}
"""What a page of these cannot be asked without."""


async def test_no_question_has_a_longer_page_or_a_longer_list_than_published(here: Doorstep, shop: Visitor) -> None:
    paged = {
        f"{path}?": each["schema"]["maximum"]
        for path, of in document()["paths"].items()
        for each in of.get("get", {}).get("parameters", ())
        if each.get("name") == "limit"
    }
    assert len(paged) >= 6
    for name in ("register-goods", "register-node", "announce-supply"):
        assert (await command(name, name, FORMS[name].example).by(shop)).status == 200, name
    assert set(paged.values()) <= {100, 500, 1_000}
    for path, most in paged.items():
        path = path.replace("{kind}", "goods") + NEEDED.get(path.removesuffix("?"), "")
        assert (await shop.get(f"{path}limit={most}")).status == 200, path
        odd = ("0", "-1", "1e2", "99999999999999999999", "٣", "0x10", "", " 1", "1.0", "+1", "null")
        for limit in (str(most + 1), *odd):
            refused = await shop.get(f"{path}limit={quote(limit)}")
            assert (refused.status, refused.code) == (400, "input.invalid"), (path, limit)
    for name, path in (("goods", "/v1/availability?"), ("node", "/v1/availability?goods=a&")):
        many = "&".join(f"{name}={number}" for number in range(501))
        assert (await shop.get(path + many)).code == "input.invalid", name
    assert (await shop.get("/v1/goods?" + "&".join(f"a{n}=1" for n in range(5_000)))).code == "input.invalid"
    assert (await shop.get("/v1/movements?kind=stock&" + "key=a&" * 6 + "key=a")).code == "input.invalid"


async def test_no_command_takes_a_longer_text_or_a_larger_number_than_published(shop: Visitor) -> None:
    odd_numbers: list[Any] = [-1, 2**31 * 10**6, 2**63, 2**64, 10**400, 1.5, "1", True, None, [], {}, 10**9 + 1]
    for form in COMMANDS:
        bodies = [(dotted(path), with_value(form.example, path, "x" * 513)) for path in texts(form.example)]
        bodies += [(dotted(path), with_value(form.example, path, 7)) for path in texts(form.example)]
        for path in numbers(form.example):
            whole_balance = path[-1] == "counted" or form.name == "set-safety-stock"
            several = odd_numbers[2:-1] if whole_balance else odd_numbers
            if may_be_null(form, path):
                several = [each for each in several if each is not None]
            bodies += [(f"{dotted(path)}={each!r:.30}", with_value(form.example, path, each)) for each in several]
        outcomes = (await bulk(*((uuid4().hex, form.name, body) for _, body in bodies)).by(shop)).json["outcomes"]
        for (what, _), outcome in zip(bodies, outcomes, strict=True):
            assert outcome["status"] == 400, (form.name, what, outcome)


async def test_numbers_that_no_float_holds_are_refused_as_they_are_written(shop: Visitor) -> None:
    for number in ("1e309", "-0.0", "1E400", "NaN", "Infinity", "-Infinity", "9" * 5_000, "01", "+1", "0x1", "1_000"):
        line = '{"goods":"coffee-1kg","node":"harbour","quantity":' + number + "}"
        headers = shop.headers(Idempotency_Key=uuid4().hex)
        answer = await shop.step.ask("POST", "/v1/commands/report-sale", headers, f'{{"lines":[{line}]}}'.encode())
        assert (answer.status, answer.code) in ((400, "input.invalid"), (400, "body.malformed")), number


async def pages_after(work: Awaitable[None]) -> AsyncIterator[list[Any]]:
    """The pages of an export, none of which comes before this is done."""
    await work
    yield []


async def test_no_question_takes_longer_than_a_request_may(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with doorstep(with_search(memory(seconds=0.1), tmp_path)) as here:
        shop = await here.visitor()

        async def never(*_: object) -> None:
            await asyncio.sleep(30)

        monkeypatch.setattr(type(here.house), "ask", never)
        monkeypatch.setattr(ExportDocumentsHandler, "__call__", lambda *_: pages_after(never()))
        monkeypatch.setattr(type(here.house.parked), "of_tenant", never)
        for route in guarded(here.door):
            if route.method == "GET" and route.template not in ("/v1/events", "/metrics"):
                answer = await asked_of(route).by(shop)
                assert (answer.status, answer.code) == (503, "service.too_late"), str(route)
                assert answer.headers["retry-after"] == "1", str(route)


# -- API6: how often --------------------------------------------------------------------------------------------------


def rated(per_second: float, burst: int) -> Settings:
    settings = memory()
    return settings.model_copy(update={"rate": type(settings.rate)(per_second=per_second, burst=burst)})


async def test_a_key_may_ask_no_route_more_often_than_its_rate() -> None:
    async with doorstep(rated(0.01, 3)) as here:
        for route in guarded(here.door):
            eager = await here.visitor()
            answers = [await asked_of(route, uuid4().hex).by(eager) for _ in range(5)]
            assert [each.status == 429 for each in answers] == [False] * 3 + [True] * 2, str(route)
            assert answers[-1].code == "rate.limited"
            assert int(answers[-1].headers["retry-after"]) >= 50
        assert (await eager.get("/health/live")).status == 200


async def test_what_comes_many_at_once_costs_as_much_as_it_would_alone() -> None:
    async with doorstep(rated(1.0, 10)) as here:
        sales = [(uuid4().hex, "report-sale", FORMS["report-sale"].example) for _ in range(500)]
        batch = json.dumps([event(name, id, body) for id, name, body in sales]).encode()
        for asked in (bulk(*sales), Asked("POST", MESSAGES, {"Content-Type": BATCH}, batch)):
            buyer = await here.visitor()
            assert (await asked.by(buyer)).status in (207, 200, 429)
            refused = await asked.by(buyer)
            assert (refused.status, refused.code) == (429, "rate.limited"), asked.path
            wait = int((await buyer.get("/v1/goods")).headers.get("retry-after", 0))
            small = await bulk(*sales[:9]).by(await here.visitor())
            assert small.status == 207
            assert wait == 0 or wait <= 500, "it is paid off in time"
            answers = [await asked_of(route, uuid4().hex).by(buyer) for route in guarded(here.door)[:12]]
            assert answers[-1].status == 429, "and not by changing the route"


# -- API8: how it is set up -------------------------------------------------------------------------------------------

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "get", "X")
CORS: Final = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods")
LEAKS: Final = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|sqlite|sqlalchemy|SELECT |INSERT |pydantic|msgspec|litestar|uvicorn"
    rf"|/root|/home|/usr|{re.escape(str(ROOT))}|0x[0-9a-f]{{8}}|<[^>]* object at|Error\b",
    re.IGNORECASE,
)
"""What an answer never says: what it is made of, and where it lies."""


async def test_every_route_takes_its_own_methods_and_names_them(here: Doorstep, shop: Visitor) -> None:
    taken: dict[str, set[str]] = {}
    for route in routes_of(here.door):
        taken.setdefault(asked_of(route).path.partition("?")[0], set()).add(route.method)
    for path, own in taken.items():
        for method in METHODS:
            if method in own:
                continue
            answer = await here.ask(method, path, {**shop.headers(), "Origin": "https://evil.example", "X-Secret": "s"})
            if method == "OPTIONS" and answer.status == 204:
                assert set(answer.headers["allow"].split(", ")) <= {*own, "OPTIONS"}, path
                assert answer.content == b""
            elif path.startswith(CONSOLE):
                assert answer.status in (404, 405), (method, path)
            else:
                assert (answer.status, answer.code) == (405, "route.method"), (method, path)
                assert set(answer.headers["allow"].split(", ")) == own, (method, path)
            assert not set(CORS) & answer.headers.keys(), (method, path)
            assert b"X-Secret" not in answer.content, "nothing is sent back"


async def test_every_answer_has_its_headers_and_none_that_tells_what_serves(here: Doorstep, shop: Visitor) -> None:
    said = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for route in routes_of(here.door):
        for visitor in (shop, here.nobody()):
            answer = await asked_of(route, uuid4().hex).by(visitor, **said)
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", str(route)
            assert not set(CORS) & headers.keys(), str(route)
            assert not {"server", "x-powered-by", "via"} & headers.keys(), str(route)
            assert headers["x-request-id"], str(route)
            if route.template.startswith("/v1/"):
                assert "no-store" in headers["cache-control"] or "private" in headers["cache-control"], str(route)
                kinds = ("application/json", "application/problem+json", "application/x-ndjson", STRUCTURED, None)
                assert headers.get("content-type") in kinds, str(route)
            if headers.get("content-type", "").startswith("text/html"):
                policy = headers["content-security-policy"]
                assert "default-src 'none'" in policy, str(route)
                assert "frame-ancestors 'none'" in policy, str(route)
                assert "unsafe-eval" not in policy, str(route)


NO_PATHS: Final = [
    "/v1/goods?limit=x",
    "/v1/goods?x=1",
    "/v1/goods?prefix=%ff",
    "/v1/goods?%",
    "/v1/reservations/%ff",
    "/v1/events?after=x",
    "/v1/parked?after=x",
    "/v1/balances?goods=a&node=b&at=x",
    "/v1/nope",
    "/%00",
    "/v1//goods",
    "/v1/goods/",
    "/V1/goods",
    "/v1/goods;a=b",
    "/v1/../v1/goods",
    "/v1/%67oods",
    "/.git/config",
    "/.env",
    "*",
    "/assets/../door.py",
    "/assets/%2e%2e%2fdoor.py",
    "/console/static/..%2fview.py",
    "/assets/",
    "/server-status",
]
"""Where there is nothing, or nothing that can be asked so."""


async def test_no_problem_tells_what_it_is_made_of(here: Doorstep, shop: Visitor) -> None:
    """Whatever is wrong with a request, its answer is a problem in the published form and speaks of the request."""
    for asked in bodies_of(here):
        for content in (b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff", b'{"a":1}', b'{"lines":[{}]}', b"{'a':1}"):
            answer = await here.ask("POST", asked.path, {**asked.headers, **shop.headers()}, content)
            assert answer.status in (400, 404, 200), (asked.path, content)
            assert not LEAKS.search(answer.text), answer.text
            if answer.status != 200:
                Problem.model_validate_json(answer.content)
    for path in NO_PATHS:
        answer = await shop.get(path)
        assert answer.status in (400, 404), (path, answer.text)
        assert not LEAKS.search(answer.text.replace(path, "")), answer.text


@pytest.mark.parametrize("fault", [RuntimeError("the secret of /root/x.py"), RecursionError(), MemoryError()])
async def test_no_fault_tells_what_it_was(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Installation, "ask", broken)
    monkeypatch.setattr(Installation, "handle", broken)
    monkeypatch.setattr(MakePromisesHandler, "__call__", broken)
    monkeypatch.setattr(ExportDocumentsHandler, "__call__", lambda *_: pages_after(broken()))
    async with doorstep(with_search(memory(), tmp_path)) as here:
        shop = await here.visitor()
        monkeypatch.setattr(type(here.house.parked), "of_tenant", broken)
        monkeypatch.setattr(type(here.house.parked), "find", broken)
        with caplog.at_level(logging.CRITICAL):
            for route in guarded(here.door):
                if route.template in ("/v1/events", "/metrics"):
                    continue
                answer = await asked_of(route, uuid4().hex).by(shop)
                told = answer.json["outcomes"][0]["problem"] if route.template in (BULK, CAPTURE) else answer.json
                told = told.get("data", told)
                assert (told["status"], told["code"]) == (500, "internal.fault"), str(route)
                assert not LEAKS.search(answer.text), answer.text


async def test_a_body_is_json_or_refused(here: Doorstep, shop: Visitor) -> None:
    for asked in bodies_of(here):
        for kind in (
            *("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"),
            *("application/json5", "application/jsonx", "text/json", "*/*", "application/msgpack", "json", ";", ""),
        ):
            said = {**asked.headers, **shop.headers(), "Content-Type": kind}
            answer = await here.ask("POST", asked.path, said, asked.content)
            assert answer.status in (400, 415), (asked.path, kind, answer.text)


async def test_a_body_that_is_packed_is_not_unpacked(here: Doorstep, shop: Visitor) -> None:
    for asked in bodies_of(here):
        said = {**asked.headers, **shop.headers(), "Content-Encoding": "gzip"}
        answer = await here.ask("POST", asked.path, said, b"\x1f\x8b\x08\x00")
        assert answer.status in (400, 415), (asked.path, answer.text)


# -- API9: what there is ----------------------------------------------------------------------------------------------

FOR_PEOPLE: Final = {
    *("/", "/docs", "/openapi.json", "/asyncapi.json", "/problems", "/problems/{code}", "/assets/{name}"),
    *("/favicon.ico", "/metrics"),
}
"""Pages and what they are made of, and what a collector of metrics reads: not part of the interface."""


async def test_what_is_served_is_documented_and_what_is_documented_is_served(here: Doorstep) -> None:
    served = {
        (route.method, route.template)
        for route in routes_of(here.door)
        if route.template not in FOR_PEOPLE and not route.template.startswith(CONSOLE)
    }
    documented = {(method.upper(), path) for path, of in document()["paths"].items() for method in of}
    assert served == documented


async def test_what_the_document_says_of_keys_and_scopes_is_so(here: Doorstep) -> None:
    paths = document()["paths"]
    for route in routes_of(here.door):
        if route.template in FOR_PEOPLE or route.template.startswith(CONSOLE):
            continue
        said = paths[route.template][route.method.lower()]["security"]
        needs: Any = {"": [], "each": [{"key": []}]}.get(route.needs, [{"key": [route.needs]}])
        assert said == needs, str(route)


async def test_no_command_of_the_house_s_own_is_taken(here: Doorstep, shop: Visitor) -> None:
    """By no door, in no spelling: not even with every scope."""
    names = [
        "expire-reservation",
        "ExpireReservation",
        "Reserve-Stock",
        "reserve_stock",
        "reserve-stock ",
        "",
        "*",
        "..",
    ]
    for name in names:
        assert (await command(quote(name), "x", {"reservation": "r"}).by(shop)).status in (404, 405), name
        (outcome,) = (await bulk(("x", name, {"reservation": "r"})).by(shop)).json["outcomes"]
        assert (outcome["status"], outcome["problem"]["code"]) == (404, "command.unknown"), name
        refused = await cloudevent(name, "x", {"reservation": "r"}).by(shop)
        assert (refused.status, refused.code) == (400, "message.unknown"), name
