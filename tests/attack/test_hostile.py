"""On real sockets: requests that are two, bodies that mean two things, crowds that say nothing; others are served."""

import asyncio
import json
import re
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from contracts.events.v1.cloudevents import BATCH, STRUCTURED
from contracts.events.v1.messages import label_of
from tests.attack.doorstep import Doorstep, Heard, Visitor
from tests.e2e.http.street import RESERVE, Caller, Street, memory, street

STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@pytest.fixture
async def there() -> AsyncIterator[Street]:
    async with street(memory(head_seconds=2, body_seconds=2, idle_seconds=1)) as opened:
        yield opened


@pytest.fixture
async def caller(there: Street) -> Caller:
    return await there.caller()


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in STATUS.findall(answer)]


# -- requests that one reader takes for one, and another for two ------------------------------------------------------

INNER: Final = b"GET /v1/goods?smuggled=1 HTTP/1.1\r\nhost: a\r\n\r\n"

SHAPES: Final[dict[str, tuple[bytes, bytes]]] = {
    "a length and chunks": (b"content-length: 6\r\ntransfer-encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunks and a length": (b"transfer-encoding: chunked\r\ncontent-length: 6\r\n", b"0\r\n\r\n"),
    "two lengths": (b"content-length: 2\r\ncontent-length: 7\r\n", b"{}"),
    "two lengths that agree": (b"content-length: 2\r\ncontent-length: 2\r\n", b"{}"),
    "a list of lengths": (b"content-length: 2, 2\r\n", b"{}"),
    "a length with a sign": (b"content-length: +2\r\n", b"{}"),
    "a negative length": (b"content-length: -2\r\n", b"{}"),
    "a length in hex": (b"content-length: 0x2\r\n", b"{}"),
    "a length with a dash": (b"content-length: 0_2\r\n", b"{}"),
    "a length of nothing": (b"content-length: \r\n", b"{}"),
    "a length beyond all": (b"content-length: 99999999999999999999999\r\n", b"{}"),
    "a coding nobody knows": (b"transfer-encoding: xchunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked not last": (b"transfer-encoding: chunked, identity\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked twice": (b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked and another": (b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a tab before it": (b"transfer-encoding:\x0bchunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a space before the colon": (b"transfer-encoding : chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a folded line": (b"x: y\r\n transfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a line feed alone": (b"x: y\ntransfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a return alone": (b"x: y\rtransfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a zero in a value": (b"x: y\x00transfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a zero in a name": (b"transfer\x00-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a chunk of no size": (b"transfer-encoding: chunked\r\n", b"\r\n{}\r\n0\r\n\r\n"),
    "a chunk of a wrong size": (b"transfer-encoding: chunked\r\n", b"3\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with a sign": (b"transfer-encoding: chunked\r\n", b"+2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with 0x": (b"transfer-encoding: chunked\r\n", b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size beyond all": (b"transfer-encoding: chunked\r\n", b"FFFFFFFFFFFFFFFF2\r\n{}\r\n0\r\n\r\n"),
    "a chunk that goes on": (b"transfer-encoding: chunked\r\n", b"2\r\n{}{}\r\n0\r\n\r\n"),
    "two hosts": (b"host: b\r\ncontent-length: 2\r\n", b"{}"),
    "no body at all": (b"", b""),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_what_stands_behind_a_request_is_not_let_in_with_it(there: Street, caller: Caller, shape: str) -> None:
    """Without a key of its own, what is hidden within or behind a request finds nothing open, however it is read."""
    head, body = SHAPES[shape]
    start = f"POST {RESERVE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {caller.key}\r\nidempotency-key: s\r\n"
    answer = await there.raw(start.encode() + head + b"\r\n" + body + INNER)
    told = statuses(answer)
    assert told, "something is said"
    assert told[0] in (400, 408, 413, 501), answer
    assert set(told[1:]) <= {400, 401}, answer
    if shape not in ("no body at all", "two hosts"):
        assert len(told) == 1, f"the connection ends, for nobody knows where the next request begins: {answer!r}"


async def test_many_requests_in_one_piece_are_answered_in_their_order(there: Street, caller: Caller) -> None:
    await caller.stocked()
    key = f"host: a\r\nauthorization: Bearer {caller.key}\r\n"
    line = '{"lines":[{"goods":"A","quantity":1,"nodes":["N1"]}]}'
    sent = "".join(
        f"POST {RESERVE} HTTP/1.1\r\n{key}idempotency-key: p{n}\r\ncontent-length: {len(line)}\r\n\r\n{line}"
        f"GET /v1/reservations/p{n} HTTP/1.1\r\n{key}\r\n"
        for n in range(25)
    )
    answer = await there.raw(sent.encode())
    assert statuses(answer) == [200] * 50
    assert [int(n) for n in re.findall(rb'\{"reservation":"p(\d+)"', answer)] == [n // 2 for n in range(50)]


async def test_a_good_request_behind_a_bad_one_is_not_done(there: Street, caller: Caller) -> None:
    await caller.stocked()
    body = '{"goods":[{"code":"X","name":"X"}]}'
    good = (
        f"POST /v1/commands/register-goods HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {caller.key}\r\n"
        f"idempotency-key: late\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    ).encode()
    bad = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    assert statuses(await there.raw(bad + good)) == [400]
    assert "X" not in [each["code"] for each in (await caller.get("/v1/goods")).json()["items"]]


async def test_http_1_0_is_answered_and_let_go(there: Street, caller: Caller) -> None:
    asked = f"GET /v1/goods HTTP/1.0\r\nauthorization: Bearer {caller.key}\r\n".encode()
    assert statuses(await there.raw((asked + b"\r\n") * 2)) == [200]
    assert set(statuses(await there.raw((asked + b"connection: keep-alive\r\n\r\n") * 2))) == {200}


async def test_what_is_not_for_a_server_like_this_one_is_refused(there: Street, caller: Caller) -> None:
    for target in (b"http://127.0.0.1:1/v1/goods", b"//127.0.0.1/v1/goods", b"*", b"127.0.0.1:1", b"/v1/goods#x"):
        for method in (b"GET", b"CONNECT", b"OPTIONS"):
            answer = await there.raw(method + b" " + target + b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert statuses(answer)[0] in (400, 401, 404, 405), (method, target, answer)
    for upgrade in (
        b"upgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n",
        b"upgrade: websocket\r\nsec-websocket-version: 13\r\n",
    ):
        said = b"GET /v1/goods HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n" + upgrade
        assert statuses(await there.raw(said + b"\r\n")) == [401], upgrade
    assert statuses(await there.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))[0] in (400, 505)


# -- bodies that mean two things --------------------------------------------------------------------------------------

ONE: Final = '{"goods":"A","quantity":1,"nodes":["N1"]}'
NINE: Final = '{"goods":"A","quantity":9,"nodes":["N1"]}'
TWICE: Final = {
    "at the top": f'{{"lines":[{NINE}],"lines":[{ONE}]}}',
    "within": '{"lines":[{"goods":"A","quantity":9,"nodes":["N1"],"quantity":1}]}',
    "escaped": '{"lines":[{"goods":"A","quantity":9,"nodes":["N1"],"\\u0071uantity":1}]}',
    "escaped first": '{"lines":[{"goods":"A","\\u0071uantity":9,"nodes":["N1"],"quantity":1}]}',
    "thrice": f'{{"lines":[{NINE}],"lines":7,"lines":[{ONE}]}}',
}
"""Bodies that name something twice. A command's own body, as that of an event in headers is, is read by one parser,
which takes the last: 1, never 9. An event in JSON is refused, for brokers and what stands between read it too."""


def quantity_in(answer: Heard) -> int:
    told: Any = answer.json
    if "outcomes" in told:
        told = told["outcomes"][0]["reply"]
    told = told.get("data", told)
    return int(told["lines"][0]["quantity"])


async def stocked(shop: Visitor) -> None:
    for name, body in (
        ("register-goods", {"goods": [{"code": "A", "name": "A"}]}),
        ("register-node", {"nodes": [{"code": "N1", "name": "One"}]}),
        ("receive-stock", {"lines": [{"goods": "A", "node": "N1", "quantity": 1_000}]}),
    ):
        said = shop.headers(Idempotency_Key=name)
        assert (await shop.step.ask("POST", f"/v1/commands/{name}", said, json.dumps(body).encode())).status == 200


@pytest.mark.parametrize("where", TWICE)
async def test_of_what_is_named_twice_no_door_takes_the_first(here: Doorstep, shop: Visitor, where: str) -> None:
    await stocked(shop)
    body = TWICE[where]

    async def ask(path: str, content: str, **headers: str) -> Heard:
        return await here.ask("POST", path, shop.headers(**headers), content.encode())

    event = f'"specversion":"1.0","source":"/s","type":"entrepot.command.v1.reserve-stock","data":{body}'
    binary = {"ce_specversion": "1.0", "ce_id": "n", "ce_source": "/s", "ce_type": "entrepot.command.v1.reserve-stock"}
    took_the_last = [
        await ask(RESERVE, body, Idempotency_Key="one"),
        await ask("/v1/commands", f'{{"commands":[{{"request_id":"b","command":"reserve-stock","body":{body}}}]}}'),
        await ask("/v1/messages", body, Content_Type="application/json", **binary),
    ]
    assert [(each.status, quantity_in(each)) for each in took_the_last] == [(200, 1), (207, 1), (200, 1)]
    refused = [
        await ask("/v1/messages", f'{{"id":"m",{event}}}', Content_Type=STRUCTURED),
        await ask("/v1/messages", f'[{{"id":"m",{event}}}]', Content_Type=BATCH),
    ]
    assert [(each.status, each.code) for each in refused] == [(400, "message.malformed")] * 2
    assert (await shop.get("/v1/movements?request_id=m")).json["items"] == []


async def test_of_an_envelope_that_names_something_twice_the_last_is_meant(here: Doorstep, shop: Visitor) -> None:
    await stocked(shop)
    item = (
        f'{{"request_id":"x","command":"register-goods","body":{{}},'
        f'"request_id":"y","command":"reserve-stock","body":{{"lines":[{ONE}]}}}}'
    )
    told = (await here.ask("POST", "/v1/commands", shop.headers(), f'{{"commands":[{item}]}}'.encode())).json
    assert (told["outcomes"][0]["request_id"], told["outcomes"][0]["status"]) == ("y", 200)
    whole = f'{{"commands":[],"commands":[{item.replace(chr(34) + "y" + chr(34), chr(34) + "z" + chr(34))}]}}'
    told = (await here.ask("POST", "/v1/commands", shop.headers(), whole.encode())).json
    assert told["outcomes"][0]["request_id"] == "z"


async def test_an_event_that_is_from_two_is_parked_under_one_and_taken_from_none(here: Doorstep, shop: Visitor) -> None:
    await stocked(shop)
    said = (
        f'{{"specversion":"1.0","id":"p","source":"/tenants/one/x","type":"entrepot.command.v1.count-stock",'
        f'"id":"q","source":"/tenants/two/y","type":"entrepot.command.v1.reserve-stock","data":{{"lines":[{ONE}]}}}}'
    ).encode()
    label = label_of(said)
    assert (label.tenant, label.request, label.type) == ("two", "q", "entrepot.command.v1.reserve-stock")
    answer = await here.ask("POST", "/v1/messages", shop.headers(Content_Type=STRUCTURED), said)
    assert (answer.status, answer.code) == (400, "message.malformed"), "and whoever means the first is not heard either"


@pytest.mark.parametrize(
    "text", [b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xc0\x80"', b'"\xf5"']
)
async def test_no_door_takes_text_that_is_none(here: Doorstep, shop: Visitor, text: bytes) -> None:
    await stocked(shop)
    body = b'{"lines":[{"goods":"A","quantity":1,"nodes":["N1"]}],"order":' + text + b"}"
    event = (
        b'{"specversion":"1.0","id":"m","source":"/s","type":"entrepot.command.v1.reserve-stock","data":' + body + b"}"
    )
    bulk = b'{"commands":[{"request_id":"b","command":"reserve-stock","body":' + body + b"}]}"
    one = await here.ask("POST", RESERVE, shop.headers(Idempotency_Key="a"), body)
    assert (one.status, one.code) in ((400, "body.malformed"), (400, "input.invalid"))
    many = await here.ask("POST", "/v1/commands", shop.headers(), bulk)
    assert many.status == 400 or many.json["outcomes"][0]["status"] == 400
    sent = await here.ask("POST", "/v1/messages", shop.headers(Content_Type=STRUCTURED), event)
    assert sent.status == 400 or sent.json["data"]["status"] == 400
    assert (await shop.get("/v1/movements?goods=A&node=N1")).json["items"][-1]["request"] == "receive-stock"


# -- crowds -----------------------------------------------------------------------------------------------------------

CROWD: Final = """
import socket, sys
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = []
for number in range(count):
    each = socket.create_connection((host, port))
    if number % 3 == 1:
        each.send(b"GET /health/live HT")
    elif number % 3 == 2:
        each.send(b"POST /v1/commands HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 9\\r\\n\\r\\n{")
    held.append(each)
print("here", flush=True)
sys.stdin.readline()
"""
"""A process that holds connections: a third say nothing, a third half a head, a third half a body."""


async def test_ten_thousand_who_say_nothing_keep_nobody_from_being_served() -> None:
    """As many as this machine lets one process open, which may be fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 20_000 if hard == resource.RLIM_INFINITY else hard
    count = min(10_000, most - 1_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(most, count + 1_000)), hard))
    async with street(memory(head_seconds=120, body_seconds=120, idle_seconds=120)) as here:
        shop = await here.caller()
        await shop.stocked(1_000)
        place, port = here.place
        crowd = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CROWD, place, str(port), str(count)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert crowd.stdout is not None
        try:
            assert await crowd.stdout.readline() == b"here\n"
            answers = await asyncio.gather(*(shop.reserve() for _ in range(100)))
            assert {each.status_code for each in answers} == {200}
            assert (await shop.get("/health/ready")).status_code == 200
            assert len(here.server.server_state.connections) >= count
        finally:
            crowd.kill()
            await crowd.wait()
        for _ in range(200):
            if len(here.server.server_state.connections) < 200:
                break
            await asyncio.sleep(0.05)
        assert len(here.server.server_state.connections) < 200, "those who are gone are forgotten"
        assert (await shop.reserve()).status_code == 200
