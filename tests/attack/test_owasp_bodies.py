"""What is sent (OWASP API Security Top 10 of 2023: API3, API7, API10, and injection), in every place of every body."""

import asyncio
import dataclasses
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pytest

from contracts.events.v1.cloudevents import STRUCTURED
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from entrypoints.composition.maintenance import migrate
from entrypoints.wire.classes import CLASSES
from tests.attack.doorstep import Doorstep, Heard, Visitor, doorstep
from tests.attack.routes import BULK, FORMS, MESSAGES, QUERIES, bulk, command, event, guarded
from tests.attack.routes import message as cloudevent
from tests.attack.shapes import dotted, objects, texts, with_value
from tests.e2e.http.street import memory, sqlite

# -- API3: fields that are not the caller's to set --------------------------------------------------------------------

NOT_YOURS: Final = (
    *("tenant", "actor", "principal", "system", "version", "status", "due", "deadline", "created_at", "scopes", "key"),
    *("request", "request_id", "number", "token", "sequence", "balance", "floor", "name", "reply", "__class__"),
    *("__proto__", "$where", "", "Lines", "lines ", "LINES"),
)


def strange_fields(form: CommandForm) -> list[tuple[str, Any]]:
    """Bodies with one field too many, each with the place of it."""
    inner = {each.name for each in dataclasses.fields(CLASSES[form.command])} | set(vars(CLASSES[form.command]))
    return [
        (dotted((*path, name)), with_value(form.example, (*path, name), "other"))
        for path, known in objects(form)
        for name in sorted({*NOT_YOURS, *inner} - known)
    ]


async def test_no_command_takes_a_field_that_is_not_published(shop: Visitor) -> None:
    for form in COMMANDS:
        await _takes_no_other_field(shop, form)
    assert (await shop.get("/v1/goods")).json["items"] == []


async def _takes_no_other_field(shop: Visitor, form: CommandForm) -> None:
    bodies = strange_fields(form)
    assert len(bodies) >= len(NOT_YOURS) - 3
    alone = command(form.name, "one", bodies[0][1])
    assert (await alone.by(shop)).code == "input.invalid"
    for start in range(0, len(bodies), 500):
        some = bodies[start : start + 500]
        outcomes = (await bulk(*((uuid4().hex, form.name, body) for _, body in some)).by(shop)).json["outcomes"]
        for (place, _), outcome in zip(some, outcomes, strict=True):
            assert outcome["status"] == 400, place
            assert outcome["problem"]["code"] == "input.invalid", place
            assert place in [fault["field"] for fault in outcome["problem"]["facts"]["faults"]], place
    for place, body in bodies[:3]:
        refused = (await cloudevent(form.name, uuid4().hex, body).by(shop)).json
        assert refused.get("code", refused.get("data", {}).get("code")) == "input.invalid", place


async def test_no_envelope_of_many_takes_a_field_that_is_not_published(shop: Visitor) -> None:
    item = {"request_id": "a", "command": "register-goods", "body": FORMS["register-goods"].example}
    for name in NOT_YOURS:
        if name not in ("request_id", "command", "body"):
            whole = json.dumps({"commands": [item], name: "other"}).encode()
            refused = await shop.step.ask("POST", BULK, shop.headers(), whole)
            assert (refused.status, refused.code) == (400, "input.invalid"), name
            one = json.dumps({"commands": [{**item, name: "other"}]}).encode()
            outcomes = (await shop.step.ask("POST", BULK, shop.headers(), one)).json["outcomes"]
            assert outcomes[0]["status"] == 400, name
    assert (await shop.get("/v1/goods")).json["items"] == []


async def test_attributes_and_headers_of_the_same_names_say_nothing(here: Doorstep, shop: Visitor) -> None:
    """Extensions of an event and headers may be anything: they are passed over."""
    other = await here.visitor("other")
    attributes: dict[str, Any] = {
        "tenant": "other",
        "actor": "root",
        "principal": "root",
        "system": True,
        "scopes": "x",
    }
    register = FORMS["register-goods"].example
    assert (await cloudevent("register-goods", "g", register, **attributes).by(shop)).status == 200
    headers = {f"X_{name}": "other" for name in ("Tenant", "Actor", "Principal", "User", "Forwarded_User", "Scopes")}
    assert (await command("register-node", "n", FORMS["register-node"].example).by(shop, **headers)).status == 200
    assert (await command("receive-stock", "r", FORMS["receive-stock"].example).by(shop, **headers)).status == 200
    for path in ("/v1/goods", "/v1/nodes", "/v1/movements?request_id=r"):
        assert (await other.get(path, **headers)).json["items"] == [], path
    for movement in (await shop.get("/v1/movements?request_id=r")).json["items"]:
        assert (movement["actor"], movement["principal"]) == ("shop", "shop")


async def test_no_question_takes_a_parameter_that_is_not_published(here: Doorstep, shop: Visitor) -> None:
    for route in guarded(here.door):
        if route.method != "GET" or not route.template.startswith("/v1/"):
            continue
        path, query = route.template.replace("{id}", "x"), QUERIES[route.template]
        for name in ("tenant", "actor", "principal", "system", "scopes", "id", "goods[]", "limit "):
            if (route.template, name) == ("/v1/mappings", "system"):
                continue  # there it is published: an outside system's name
            more = f"{quote(name)}=other"
            refused = await shop.get(f"{path}?{query}&{more}" if query else f"{path}?{more}")
            assert (refused.status, refused.code) == (400, "input.invalid"), (str(route), name)


async def test_no_part_of_a_question_is_passed_over(shop: Visitor) -> None:
    """Who narrows a question down, and is answered as if it were not, takes the answer for another one."""
    assert (await command("register-goods", "g", FORMS["register-goods"].example).by(shop)).status == 200
    for question in (
        "movements?reservation=r&node=N1",
        "movements?reservation=r&owner=bob",
        "movements?shipment=s&lot=7",
        "movements?request_id=r&key=a",
        "movements?request_id=r&channel=web",
        "movements?kind=stock&key=a&key=b&key=c&key=d&key=e&owner=bob",
        "balances?kind=stock&key=a&key=b&key=c&key=d&key=e&lot=7&version=1",
        "availability?goods=coffee-1kg&owner=bob",
        "availability?goods=coffee-1kg&lot=7&channel=web",
    ):
        refused = await shop.get(f"/v1/{question}")
        assert (refused.status, refused.code) == (400, "input.invalid"), question
        assert refused.json["facts"]["field"] in question, question


# -- injection --------------------------------------------------------------------------------------------------------

HOSTILE: Final = {
    "sql": "'; DROP TABLE entry; --",
    "sql2": "\" OR \"1\"=\"1' OR '1'='1",
    "like": "%_\\%",
    "json": '","tenant":"other","x":"',
    "pointer": "$.a[*]",
    "header": "a b: c;d=e\u2028Set-Cookie: x=y",
    "template": "{{7*7}}${7*7}<%= 7*7 %>#{7*7}{0.__class__}%s%n",
    "script": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "command": "$(id);`id`|id&&id",
    "path": "../../../../etc/passwd",
    "windows": "..\\..\\con.txt:$DATA",
    "encoded": "%00%0d%0a%2e%2e%2f%u0041",
    "ldap": "*)(uid=*))(|(uid=*",
    "formula": '=cmd|"/C calc"!A0',
    "bidi": "abc\u202etxt.exe\u2066x\u2069",
    "zero width": "a\u200bb\u200d\ufeffc",
    "combining": "e" + "\u0301" * 40,
    "emoji": "\U0001f469\u200d\U0001f680",
    "astral": "\U0010fffe\U000e0001",
    "dots": "\u0130I\u0131\u1e9e\ufb01",
    "turned": "\ufdfa\uffff",
    "log": "\u0085level=error msg=forged\u2029",
    "space": " leading and trailing ",
    "null": "null",
    "number": "1e309",
    "slash": "a/b//c?d#e",
}
"""Nothing here is a control character: these are names like any other, and come back as they were sent."""

REFUSED: Final = {
    "nul": "a\x00b",
    "line": "a\r\nX-Injected: yes",
    "newline": "a\nb",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "delete": "a\x7f",
    "tab": "a\tb",
}
"""Control characters, which no identity may hold."""

FREE: Final = ("reason", "order")
"""Texts for people, which may hold lines."""


async def test_whatever_stands_in_a_text_is_done_or_refused_and_nothing_breaks(
    shop: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for form in COMMANDS:
            await _answers_cleanly(shop, form)
    assert not caplog.records


async def _answers_cleanly(shop: Visitor, form: CommandForm) -> None:
    bodies = [
        (dotted(path), name, with_value(form.example, path, text))
        for path in texts(form.example)
        for name, text in {**HOSTILE, **REFUSED}.items()
    ]
    for start in range(0, len(bodies), 250):
        some = bodies[start : start + 250]
        outcomes = (await bulk(*((uuid4().hex, form.name, body) for *_, body in some)).by(shop)).json["outcomes"]
        for (place, name, _), outcome in zip(some, outcomes, strict=True):
            assert outcome["status"] in (200, 400, 404, 409), (form.name, place, name, outcome)
            if name in REFUSED and place.rpartition(".")[2] not in FREE:
                assert outcome["status"] == 400, (form.name, place, name, outcome)


@pytest.fixture(params=["memory", "sqlite"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Doorstep]:
    """In memory, and in a database that understands SQL."""
    settings = memory()
    if request.param == "sqlite":
        settings = sqlite(tmp_path / "attack.db")
        migrate(settings)
    async with doorstep(settings) as opened:
        yield opened


async def done(answer: Heard) -> Any:
    assert answer.status == 200, answer.text
    return answer.json


async def test_hostile_names_are_names_like_any_other(kept: Doorstep) -> None:
    shop = await kept.visitor()
    for text in HOSTILE.values():
        await _lives_under(shop, text)
    assert len((await done(await shop.get("/v1/goods?limit=500")))["items"]) == len(HOSTILE), "all are still there"


async def _lives_under(shop: Visitor, text: str) -> None:
    """Everything that can be named bears this name, and is found by it, and by nothing else."""
    said = quote(text, safe="")
    request = uuid4().hex
    await done(await command("register-goods", f"{request}-g", {"goods": [{"code": text, "name": text}]}).by(shop))
    await done(await command("register-node", f"{request}-n", {"nodes": [{"code": text, "name": text}]}).by(shop))
    line = {"goods": text, "node": text, "quantity": 5, "owner": text, "lot": text}
    received = {"lines": [line], "reason": text, "scene": "purchase"}
    await done(await command("receive-stock", request, received).by(shop, On_Behalf_Of=quote("ana")))
    held = {"goods": text, "quantity": 1, "nodes": [text], "line": text, "owner": text, "lot": text}
    body = {"lines": [held], "reservation": text, "order": text}
    assert (await done(await command("reserve-stock", f"{request}-r", body).by(shop)))["reservation"] == text
    for path, prefix in (("/v1/goods", said), ("/v1/nodes", said)):
        (found,) = (await done(await shop.get(f"{path}?prefix={prefix}")))["items"]
        assert (found["code"], found["facts"]["name"]) == (text, text)
    assert (await done(await shop.get(f"/v1/reservations/{said}")))["reservation"] == text
    (of_order,) = (await done(await shop.get(f"/v1/reservations?order={said}")))["items"]
    assert (of_order["order"], of_order["lines"][0]["line"]) == (text, text)
    asked = f"/v1/movements?goods={said}&node={said}&owner={said}&lot={said}"
    movements = (await done(await shop.get(asked)))["items"]
    assert [each["reason"] for each in movements if each["request"] == request] == [text]
    assert (await shop.get(f"/v1/reservations/{said}x")).status == 404


async def test_wildcards_in_a_prefix_are_characters(kept: Doorstep) -> None:
    shop = await kept.visitor()
    codes = ["a%b", "a_b", "a*b", "a?b", "axb", "A%b", "a\\b", "a[b", "%", "_", "ab"]
    goods = {"goods": [{"code": code, "name": code} for code in codes]}
    await done(await command("register-goods", "g", goods).by(shop))
    for prefix in ("%", "_", "a%", "a_", "a*", "a?", "a\\", "a[", "A", "a", "*", "[a]", "ab"):
        page = await done(await shop.get(f"/v1/goods?prefix={quote(prefix, safe='')}"))
        assert {each["code"] for each in page["items"]} == {each for each in codes if each.startswith(prefix)}, prefix


async def test_hostile_texts_in_a_question_find_nothing(kept: Doorstep) -> None:
    shop = await kept.visitor()
    await done(await command("register-goods", "g", FORMS["register-goods"].example).by(shop))
    for name, text in {**HOSTILE, **REFUSED}.items():
        said = quote(text, safe="")
        for path in (
            f"/v1/goods?prefix={said}",
            f"/v1/goods?after={said}",
            f"/v1/availability?goods={said}&node={said}",
            f"/v1/movements?request_id={said}",
            f"/v1/movements?reservation={said}&after={said}",
            f"/v1/movements?kind={said}&key={said}",
            f"/v1/reservations?order={said}&after={said}",
            f"/v1/reservations/{said}",
            f"/v1/balances?goods={said}&node={said}&version=1",
            f"/v1/balances?goods=a&node=b&at={said}",
            f"/v1/events?after={said}",
            f"/v1/parked?after={said}",
            f"/v1/goods?limit={said}",
            f"/problems/{said}",
            f"/assets/{said}",
            f"/console/static/{said}",
            f"/v1/commands/{said}",
            f"/{said}",
        ):
            answer = await shop.get(path)
            assert answer.status in (200, 400, 404, 405), (name, path, answer.text)
            if answer.status == 200 and "after=" not in path:
                assert b"coffee" not in answer.content, (name, path)


async def test_no_header_of_an_answer_can_be_written_by_a_caller(shop: Visitor) -> None:
    for text in ("a\r\nset-cookie: x=y", "a\nb", "a\x00b", "é", "a b", "%0d%0aset-cookie: x=y", "\x85x"):
        for name in ("X-Request-Id", "traceparent", "Idempotency-Key", "On-Behalf-Of", "Last-Event-ID", "Accept"):
            said = {**shop.headers(), name: text}
            answer = await shop.step.ask("POST", "/v1/commands/report-sale", said, b"{}")
            assert answer.status in (400, 404), (name, text)
            assert "set-cookie" not in answer.headers
            for value in answer.headers.values():
                assert value.isprintable(), (name, text)


# -- API7: nothing that is sent is fetched ----------------------------------------------------------------------------


async def test_no_address_that_is_sent_is_visited(here: Doorstep, shop: Visitor) -> None:
    visits: list[str] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(str(writer.get_extra_info("peername")))
        writer.close()

    canary = await asyncio.start_server(visited, "127.0.0.1", 0)
    port = canary.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/x"
    async with canary:
        for form in COMMANDS:
            bodies = [with_value(form.example, path, address) for path in texts(form.example)]
            bodies += [with_value(form.example, path, {"$ref": address}) for path in texts(form.example)]
            answer = await bulk(*((uuid4().hex, form.name, body) for body in bodies)).by(shop, On_Behalf_Of=address)
            assert answer.status == 207
            attributes = dict.fromkeys(("dataschema", "source", "subject", "replyto", "schemaurl"), address)
            said = event(form.name, uuid4().hex, form.example, **attributes)
            headers = shop.headers(Content_Type=STRUCTURED, Host=f"127.0.0.1:{port}", Origin=address, Referer=address)
            assert (await here.ask("POST", MESSAGES, headers, json.dumps(said).encode())).status == 200, form.name
        for path in (
            f"/{address}",
            address,
            f"/v1/reservations/{quote(address, safe='')}",
            f"/docs?spec-url={address}",
        ):
            await shop.get(path, X_Forwarded_Host=f"127.0.0.1:{port}", Forwarded=f"host=127.0.0.1:{port}")
        await asyncio.sleep(0.05)
    assert visits == []


# -- API10: what comes from others is data, never trusted -------------------------------------------------------------


async def test_hostile_events_are_answered_and_say_nothing_but_themselves(shop: Visitor) -> None:
    good = FORMS["report-sale"].example
    for name, text in {**HOSTILE, **REFUSED, "lone": "\ud800"}.items():
        for attribute in ("id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "partitionkey"):
            said = event("report-sale", f"e-{name}", good)
            said[attribute] = text
            headers = shop.headers(Content_Type=STRUCTURED)
            answer = await shop.step.ask("POST", MESSAGES, headers, json.dumps(said).encode())
            assert answer.status in (200, 400, 404), (name, attribute, answer.text)
            assert all(value.isprintable() for value in answer.headers.values()), (name, attribute)
            if answer.status == 200:
                told = answer.json
                assert told["correlationid"] == said["id"], (name, attribute)
                assert told["source"] == "/tenants/acme", (name, attribute)


async def test_what_is_no_event_is_refused_whole(shop: Visitor) -> None:
    for body in (
        *(b"", b"null", b"[]", b"{}", b"[[]]", b'"x"', b"1", b"\xff", b"{" * 100, b'{"specversion":"2.0"}'),
        json.dumps(event("report-sale", "x", None)).encode(),
        json.dumps({**event("report-sale", "x", {}), "data_base64": "!!!"}).encode(),
        json.dumps({**event("report-sale", "x", {}), "nested": {"a": 1}}).encode(),
        json.dumps({**event("report-sale", "x", {}), "Upper": "a"}).encode(),
        json.dumps({**event("report-sale", "x", {}), "number": 2**40}).encode(),
    ):
        for content in (STRUCTURED, "application/cloudevents-batch+json", "application/json", "text/plain", ""):
            answer = await shop.step.ask("POST", MESSAGES, shop.headers(Content_Type=content), body)
            assert answer.status in (200, 400, 415), (body, content, answer.text)
            if answer.status == 200:
                assert answer.json["data"]["code"] == "input.invalid", (body, content)
