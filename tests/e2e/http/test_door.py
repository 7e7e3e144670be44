"""The door: keys, limits, headers; and that whatever is sent, the answer is a problem and others are served."""

import asyncio
import contextlib
import html
import json
import logging
import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from contracts.http.v1.problems import Problem
from domain.permissions.scope import Scope
from entrypoints.http.door import CROWD
from entrypoints.http.knock import Seen
from entrypoints.wire.problems import explained
from tests.e2e.http.street import RESERVE, Caller, Street, memory, street


def problem_in(answer: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the problem of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), answer
    told = json.loads(body)
    Problem.model_validate(told)
    return int(head.split()[1]), told


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_without_a_good_key_there_is_nothing_but_health_and_pages(here: Street, shop: Caller) -> None:
    assert shop.key is not None
    no_keys = [None, "nonsense", shop.key[:-1], shop.key + "x", shop.key.replace("ek_", "kk_"), "ek_" + "a" * 5_000]
    for key in no_keys:
        caller = Caller(here.client, key)
        for path in ("/v1/goods", "/v1/events", "/v1/nope", "/nope"):
            refused = await caller.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "key.invalid"), (key, path)
            assert refused.headers["www-authenticate"].startswith("Bearer")
        assert (await caller.do("reserve-stock", {})).status_code == 401
    for path in ("/", "/docs", "/openapi.json", "/problems", "/health/live", "/health/ready", "/assets/rapidoc-min.js"):
        assert (await here.nobody().get(path)).status_code == 200, path


async def test_a_key_may_come_in_any_case_of_bearer_but_only_once(here: Street, shop: Caller) -> None:
    spoken = await here.client.get("/v1/goods", headers={"Authorization": f"bEARER {shop.key}"})
    assert spoken.status_code == 200
    twice = await here.client.get("/v1/goods", headers=[("Authorization", f"Bearer {shop.key}")] * 2)
    assert (twice.status_code, twice.json()["code"]) == (400, "head.malformed")


async def test_a_key_that_asks_too_often_is_told_when_to_come_back() -> None:
    settings = memory().model_copy(update={"rate": memory().rate.model_copy(update={"per_second": 0.01, "burst": 3})})
    async with street(settings) as here:
        eager, patient = await here.caller(), await here.caller()
        answers = [await eager.get("/v1/goods") for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert answers[-1].json()["code"] == "rate.limited"
        assert answers[-1].json()["retryable"] is True
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await patient.get("/v1/goods")).status_code == 200
        many = await patient.bulk(*({"request_id": str(n), "command": "x", "body": {}} for n in range(9)))
        assert many.status_code == 429, "what comes in bulk costs as much as it would alone"


# -- what every answer has --------------------------------------------------------------------------------------------


async def test_every_answer_bears_its_request_and_its_place_in_the_trace(shop: Caller) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    for path in ("/v1/goods", "/v1/nope", "/health/live"):
        answer = await shop.get(path, X_Request_Id="mine-1", traceparent=f"00-{trace}-b7ad6b7169203331-01")
        assert answer.headers["x-request-id"] == "mine-1"
        version, same, ours, flags = answer.headers["traceparent"].split("-")
        assert (version, same, flags) == ("00", trace, "01")
        assert ours != "b7ad6b7169203331"
    for unusable in ("", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "nonsense", f"ff-{trace}-b7ad6b7169203331-01"):
        answer = await shop.get("/v1/goods", traceparent=unusable, X_Request_Id="two words")
        assert answer.headers["traceparent"].split("-")[1] not in (trace, "0" * 32)
        assert answer.headers["x-request-id"] not in ("", "two words")


async def test_no_answer_can_be_sniffed_framed_or_kept_unless_it_says_so(shop: Caller) -> None:
    for path in ("/v1/goods", "/v1/nope", "/", "/docs", "/problems", "/health/ready"):
        answer = await shop.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        if path.startswith("/v1"):
            assert answer.headers["cache-control"] == "no-store"
        if answer.headers["content-type"].startswith("text/html"):
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_those_who_observe_are_told_of_every_request_by_its_template() -> None:
    seen: list[Seen] = []
    async with street(memory(), seen.append) as here:
        shop = await here.caller()
        await shop.get("/v1/reservations/secret")
        await shop.reserve(request="r-9")
        await shop.get("/nowhere/secret")
        await here.nobody().get("/problems/secret")
    told = [(each.method, each.route, each.status, each.caller.tenant) for each in seen]
    assert told == [
        ("GET", "/v1/reservations/{id}", 404, "acme"),
        ("POST", "/v1/commands/reserve-stock", 404, "acme"),
        ("GET", "(none)", 404, "acme"),
        ("GET", "/problems/{code}", 404, ""),
    ]
    assert [each.command_request for each in seen] == ["", "r-9", "", ""]
    assert "r-9" not in {each.request for each in seen}


async def test_nothing_here_and_not_so_are_problems_too(shop: Caller) -> None:
    for method, path, status, code in (
        ("GET", "/v1", 404, "route.unknown"),
        ("GET", "/v1/commands/a/b", 404, "route.unknown"),
        ("POST", "/v1/goods", 405, "route.method"),
        ("GET", "/v1/commands/reserve-stock", 405, "route.method"),
        ("DELETE", "/health/live", 405, "route.method"),
        ("BREW", "/", 405, "route.method"),
    ):
        answer = await shop.client.request(method, path, headers=shop.headers())
        if method == "BREW":  # not a method at all
            assert answer.status_code == 400
            continue
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        if status == 405:
            assert answer.headers["allow"]


async def test_every_code_is_explained_on_a_page_of_its_own(here: Street) -> None:
    overview = (await here.nobody().get("/problems")).text
    for code in explained():
        assert f'href="/problems/{code}"' in overview
        page = await here.nobody().get(f"/problems/{code}")
        assert page.status_code == 200
        assert html.escape(explained()[code].meaning) in page.text
        assert explained()[code].advice, f"{code} must say what to do"


async def test_a_fault_of_ours_is_told_in_one_word_and_logged_whole(
    here: Street, shop: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(type(here.house), "ask", broken)
    monkeypatch.setattr(type(here.house), "handle", broken)
    with caplog.at_level(logging.ERROR):
        for answer in (await shop.get("/v1/goods"), await shop.get("/v1/reservations/a")):
            assert (answer.status_code, answer.json()["code"]) == (500, "internal.fault")
            assert "secret" not in answer.text
    assert "the secret cause" in caplog.text


# -- what may be sent -------------------------------------------------------------------------------------------------


async def test_a_body_that_is_no_json_of_ours_is_refused(shop: Caller) -> None:
    deep = b'{"lines":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    wide = b'{"lines":[' + b",".join([b'{"goods":"[[[[","quantity":1,"nodes":["N1"]}'] * 60) + b"]}"
    for body, kind, status, code in (
        (b"", "application/json", 400, "body.malformed"),
        (b"{", "application/json", 400, "body.malformed"),
        (b'{"lines": [}', "application/json", 400, "body.malformed"),
        (b'{"order": "\xff\xfe"}', "application/json", 400, "body.malformed"),
        (b'{"order": "\\ud800"}', "application/json", 400, "body.malformed"),
        (b"\xef\xbb\xbf{}", "application/json", 400, "body.malformed"),
        (b'{"lines": NaN}', "application/json", 400, "input.invalid"),
        (deep, "application/json", 400, "body.too_deep"),
        (b"[" * 500_000, "application/json", 400, "body.too_deep"),
        (wide, "application/json; charset=utf-8", 404, "goods.unknown"),
        (b"{}", "text/plain", 415, "body.type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "body.type"),
        (b" " * (2**20 + 1), "application/json", 413, "body.too_large"),
    ):
        headers = shop.headers(Idempotency_Key="x", Content_Type=kind)
        answer = await shop.client.post(RESERVE, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body[:40], answer.text)
        bulk = await shop.client.post("/v1/commands", content=body, headers=shop.headers(Content_Type=kind))
        assert bulk.status_code in (400, 413, 415), (body[:40], bulk.text)
        assert bulk.json()["code"]


async def test_a_body_without_a_length_is_held_to_the_same_limit(shop: Caller) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    headers = shop.headers(Idempotency_Key="x", Content_Type="application/json")
    answer = await shop.client.post(RESERVE, content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


async def test_what_is_not_http_or_too_much_of_it_is_refused(here: Street) -> None:
    long = b"GET / HTTP/1.1\r\nhost: a\r\n"
    for sent, status, code in (
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "head.malformed"),
        (b"GET / HTTP/9.9.9\r\n\r\n", 400, "head.malformed"),
        (b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n", 400, "head.malformed"),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", 400, "head.malformed"),
        (
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
            "head.malformed",
        ),
        (long + b"x: " + b"y" * 40_000 + b"\r\n\r\n", 431, "head.too_large"),
        (long + b"x: y\r\n" * 9_000 + b"\r\n", 431, "head.too_large"),
        (long + b"x: " + b"y" * 60_000, 431, "head.too_large"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "head.malformed"),
        (b"GET /" + b"y" * 40_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 431, "head.too_large"),
    ):
        told, problem = problem_in(await here.raw(sent, until_told=True))
        assert (told, problem["code"]) == (status, code), sent[:60]


async def test_duplicate_names_in_a_body_do_no_harm(shop: Caller) -> None:
    await shop.stocked()
    body = b'{"lines":[{"goods":"A","quantity":99,"nodes":["N1"]}],"lines":[{"goods":"A","quantity":1,"nodes":["N1"]}]}'
    headers = shop.headers(Idempotency_Key="d", Content_Type="application/json")
    answer = await shop.client.post(RESERVE, content=body, headers=headers)
    assert answer.json()["lines"][0]["quantity"] == 1, "the last counts"


# -- time -------------------------------------------------------------------------------------------------------------


async def test_who_is_slow_is_cut_off_and_others_are_served() -> None:
    async with street(memory(head_seconds=1.5, body_seconds=1.5)) as here:
        shop = await here.caller()
        await shop.stocked()
        body = b'{"lines":[]}'
        head = (
            f"POST {RESERVE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {shop.key}\r\nidempotency-key: slow\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()
        slow = [
            asyncio.create_task(here.raw(sent))
            for sent in [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n", head + body[:4]] * 50
        ]
        served = await asyncio.gather(*(shop.reserve() for _ in range(20)))
        assert {each.status_code for each in served} == {200}
        answers = await asyncio.gather(*slow)
        for answer in answers[0::4]:
            assert answer == b"", "who says nothing is told nothing"
        for answer in (*answers[1::4], *answers[2::4], *answers[3::4]):
            status, problem = problem_in(answer)
            assert (status, problem["code"]) == (408, "request.too_slow")


async def test_who_asks_no_more_is_let_go() -> None:
    async with street(memory(idle_seconds=0.2)) as here:
        idle = await here.raw(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        assert idle.startswith(b"HTTP/1.1 200")


async def test_who_drips_a_byte_at_a_time_is_cut_off_all_the_same() -> None:
    async with street(memory(head_seconds=0.3)) as here:
        reader, writer = await asyncio.open_connection(*here.place)

        async def drip() -> None:
            for byte in b"GET / HTTP/1.1\r\nhost: " + b"a" * 5_000:
                writer.write(bytes((byte,)))
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(5):
            assert problem_in(await reader.readuntil(b"e}"))[0] == 408
        dripping.cancel()
        writer.close()


async def test_who_does_not_read_is_cut_off() -> None:
    async with street(memory(unread_seconds=0.3)) as here:
        shop = await here.caller()
        await shop.do("register-goods", {"goods": [{"code": f"G{n:03}", "name": "n" * 200} for n in range(500)]})
        asked = f"GET /v1/goods?limit=500 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {shop.key}\r\n\r\n"
        with socket.create_connection(here.place) as silent:
            silent.setblocking(False)
            silent.send(asked.encode() * 200)
            kept = here.server.server_state.connections
            for _ in range(100):
                await asyncio.sleep(0.05)
                if not any(getattr(each, "client", None) == silent.getsockname() for each in kept):
                    break
            else:
                pytest.fail("it is still connected")
        assert (await shop.get("/health/live")).status_code == 200


async def test_more_connections_than_there_may_be_are_turned_away_and_the_others_kept() -> None:
    async with street(memory(connections=20)) as here:
        shop = await here.caller()
        assert (await shop.get("/v1/goods")).status_code == 200
        idle = [await asyncio.open_connection(*here.place) for _ in range(30)]
        refused = [reader for reader, _ in idle[19:]]
        status, problem = problem_in(await refused[-1].read())
        assert (status, problem["code"]) == (503, "connections.exhausted")
        assert (await shop.get("/v1/goods")).status_code == 200
        for _, writer in idle:
            writer.close()
        for _, writer in idle:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_more_than_can_be_under_way_are_told_to_come_back_and_nobody_else_is_kept_waiting() -> None:
    async with street(memory(under_way=2)) as here:
        shop = await here.caller()
        head = f"POST {RESERVE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {shop.key}\r\nidempotency-key: x\r\n"
        under_way = [await asyncio.open_connection(*here.place) for _ in range(2)]
        for _, writer in under_way:
            writer.write(f"{head}content-length: 2\r\n\r\n{{".encode())
        for _ in range(200):  # until both are there
            refused = await shop.get("/v1/goods")
            if refused.status_code != 200:
                break
        assert (refused.status_code, refused.json()["code"]) == (503, "service.busy")
        assert refused.headers["retry-after"] == "1"
        assert (await shop.get("/health/ready")).status_code == 200
        assert (await shop.get("/v1/events")).status_code == 200
        for reader, writer in under_way:
            writer.write(b"}")
            assert problem_in(await reader.readuntil(b"false}"))[1]["code"] == "input.invalid"
            writer.close()
        assert (await shop.get("/v1/goods")).status_code == 200


async def test_who_is_turned_away_with_a_body_may_ask_again_over_the_same_connection() -> None:
    seen: list[Seen] = []
    async with street(memory(under_way=1), seen.append) as here:
        shop = await here.caller()
        head = f"POST {RESERVE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {shop.key}\r\nidempotency-key: x\r\n"
        inside_reader, inside = await asyncio.open_connection(*here.place)
        inside.write(f"{head}content-length: 2\r\n\r\n{{".encode())
        for _ in range(200):  # until it is inside
            if (await shop.get("/v1/goods")).status_code == 503:
                break
        reader, writer = await asyncio.open_connection(*here.place)
        asked = f"{head}content-length: 24\r\n\r\nGET /v1/goods HTTP/1.1\r\n".encode()  # a body is a body
        for parts in ((asked,), (asked[:-10], asked[-10:])):
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.02)
            told = await reader.readuntil(b"\r\n\r\n")
            length = int(told.lower().partition(b"content-length: ")[2].split()[0])
            status, problem = problem_in(told + await reader.readexactly(length))
            assert (status, problem["code"], problem["request_id"]) == (503, "service.busy", None)
            assert b"retry-after: 1\r\n" in told
        inside.write(b"}")
        await inside_reader.readuntil(b"false}")
        writer.write(f"{head}content-length: 2\r\n\r\n{{}}".encode())
        async with asyncio.timeout(5):
            assert problem_in(await reader.readuntil(b"false}"))[1]["code"] == "input.invalid"
        assert [each.status for each in seen if each.route == CROWD][-2:] == [503, 503]
        for each in (writer, inside):
            each.close()


async def test_the_trace_and_the_scopes_of_one_request_are_not_another_s(here: Street) -> None:
    read = await here.caller(scopes=frozenset({Scope.READ}))
    sell = await here.caller(scopes=frozenset({Scope.SELL}))
    answers = await asyncio.gather(*(each.get("/v1/goods") for each in [read, sell] * 50))
    assert [each.status_code for each in answers] == [200, 403] * 50


async def test_the_access_log_says_who_asked_for_what_and_nothing_that_proves_a_key(
    here: Street, shop: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "entrepot.access"), capture_logs() as records:
        await shop.get("/v1/reservations/r-1", X_Request_Id="seen-1")
    (record,) = (each for each in records if each["event"] == "request")
    assert (record["route"], record["status"]) == ("/v1/reservations/{id}", 404)
    assert (record["request"], record["tenant"], record["principal"]) == ("seen-1", "acme", "shop")
    assert shop.key is not None
    assert shop.key.rpartition("_")[2] not in str(records)
