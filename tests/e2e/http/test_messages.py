"""Commands as CloudEvents over HTTP, and the messages that could not be taken."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from application.kernel.broker import Channel
from application.kernel.unanswered import Busy
from application.stock.find_movements import FindMovements
from application.stock.queries import OfCommand
from application.stock.reserve_stock import ReserveStock
from contracts.events.v1.cloudevents import (
    BATCH,
    STRUCTURED,
    from_batch,
    from_structured,
    to_batch,
    to_binary_http,
    to_structured,
)
from contracts.events.v1.envelope import Event
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.problems import Problem
from contracts.http.v1.queries import ParkedPage, Requeued
from domain.permissions.scope import Scope
from entrypoints.http.messages import MAX_EVENTS
from entrypoints.messages.consumer import GROUP
from tests.contract.messages.channel import message_of
from tests.e2e.http.street import Caller, Street, memory, street

MESSAGES = "/v1/messages"


@pytest.fixture
async def here() -> AsyncIterator[Street]:
    """Where messages are taken."""
    async with street(memory(), worker=True) as opened:
        yield opened


def command(name: str, id: str, data: Mapping[str, Any], **extensions: str) -> Event:
    body = json.dumps(data).encode()
    type = f"entrepot.command.v1.{name}"
    return Event(id, "/till/7", type, datacontenttype="application/json", data=body, extensions=extensions)


def reserve(id: str, quantity: int = 1, **extensions: str) -> Event:
    return command(
        "reserve-stock", id, {"lines": [{"goods": "A", "quantity": quantity, "nodes": ["N1"]}]}, **extensions
    )


async def post(caller: Caller, body: bytes, content: str = STRUCTURED, **headers: str) -> httpx.Response:
    headers = caller.headers(Content_Type=content, **headers)
    return await caller.client.post(MESSAGES, content=body, headers=headers)


async def send(caller: Caller, event: Event) -> Event:
    answer = await post(caller, to_structured(event))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == STRUCTURED
    return from_structured(answer.content)


# -- answered ---------------------------------------------------------------------------------------------------------


async def test_every_command_is_taken_as_a_message_and_answered_with_its_reply(shop: Caller) -> None:
    for form in COMMANDS:
        reply = await send(shop, command(form.name, f"story {form.name}", form.example))
        assert reply.type == f"entrepot.reply.v1.{form.name}"
        assert reply.datacontenttype == "application/json", reply.data
        form.reply.model_validate_json(reply.data or b"")


async def test_the_binary_mode_is_the_same_message(shop: Caller) -> None:
    await shop.stocked()
    headers, body = to_binary_http(reserve("o-1", 3))
    answer = await shop.client.post(MESSAGES, content=body, headers=shop.headers() | dict(headers))
    assert from_structured(answer.content) == await send(shop, reserve("o-1", 3))


async def test_the_event_s_id_is_the_request_s_over_either_door(here: Street, shop: Caller) -> None:
    await shop.stocked()
    reply = await send(shop, reserve("o-1"))
    same = await shop.reserve(request="o-1")
    assert same.content == reply.data
    (movement,) = (await here.house.ask("acme", FindMovements(OfCommand("o-1")))).movements
    assert (movement.actor, movement.principal) == ("/till/7", "shop")


async def test_a_refusal_is_a_reply_too(shop: Caller) -> None:
    await shop.stocked(1)
    reply = await send(shop, reserve("o-1", 2))
    assert reply.datacontenttype == "application/problem+json"
    problem = Problem.model_validate_json(reply.data or b"")
    assert (problem.code, problem.request_id) == ("stock.insufficient", "o-1")


async def test_a_batch_is_answered_in_its_order_each_for_itself(shop: Caller) -> None:
    await shop.stocked(10)
    undo = [
        command("release-reservation", f"undo-{n}", {"reservation": f"o-{n}"}, partitionkey="one") for n in range(5)
    ]
    pairs = [each for n in range(5) for each in (reserve(f"o-{n}", 10, partitionkey="one"), undo[n])]
    events = [*pairs, reserve("too many", 11), reserve("o-0", 10, partitionkey="one")]
    answer = await post(shop, to_batch(events), BATCH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, BATCH)
    replies = from_batch(answer.content)
    assert [each.extensions["correlationid"] for each in replies] == [each.id for each in events]
    codes = [json.loads(each.data or b"").get("code") for each in replies]
    assert codes == [None] * 10 + ["stock.insufficient", None]
    assert replies[0].data == replies[-1].data


async def test_what_cannot_be_answered_now_is_to_be_sent_again(here: Street, shop: Caller) -> None:
    await shop.stocked()
    commands: Any = here.house.commands

    async def busy(call: Any, command: Any) -> Any:
        raise Busy("too many wait", request=call.request, retry_after=3.0)

    commands[ReserveStock] = busy
    answer = await post(shop, to_structured(reserve("o-1")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    receive = command("receive-stock", "in", {"lines": [{"goods": "A", "node": "N1", "quantity": 1}]})
    unanswered, done = from_batch((await post(shop, to_batch([reserve("o-1"), receive]), BATCH)).content)
    problem = Problem.model_validate_json(unanswered.data or b"")
    assert (problem.code, problem.retryable) == ("service.busy", True)
    assert done.datacontenttype == "application/json"


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content", "code"),
    [
        (b"", STRUCTURED, "message.malformed"),
        (b"\xff", STRUCTURED, "message.malformed"),
        (b"{}", STRUCTURED, "message.malformed"),
        (b"{}", "application/json", "message.malformed"),
        (b"{}", "application/cloudevents+xml", "message.malformed"),
        (b"[]", BATCH, "input.invalid"),
        (b"{}", BATCH, "message.malformed"),
        (to_structured(replace(reserve("o"), type="entrepot.command.v1.unknown")), STRUCTURED, "message.unknown"),
        (to_structured(replace(reserve("o"), type="entrepot.command.v9.reserve-stock")), STRUCTURED, "message.unknown"),
        (to_structured(replace(reserve("o"), datacontenttype="text/plain")), STRUCTURED, "message.malformed"),
        (to_structured(replace(reserve("o"), data=b'{"lines":[]}')), STRUCTURED, "input.invalid"),
        (to_structured(replace(reserve("o"), source="/" + "x" * 128)), STRUCTURED, "input.invalid"),
        (b"[" * 10_000, STRUCTURED, "body.too_deep"),
        (to_batch([reserve("o")] * (MAX_EVENTS + 1)), BATCH, "input.invalid"),
    ],
)
async def test_what_cannot_be_understood_is_a_problem(shop: Caller, body: bytes, content: str, code: str) -> None:
    answer = await post(shop, body, content)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert (problem.code, answer.status_code) == (code, 400)


async def test_of_a_batch_with_something_malformed_nothing_is_done(shop: Caller) -> None:
    await shop.stocked()
    answer = await post(shop, to_batch([reserve("o-1"), replace(reserve("o-2"), type="entrepot.command.v1.x")]), BATCH)
    assert answer.status_code == 400
    assert answer.json()["facts"]["event"] == 1
    assert (await shop.get("/v1/reservations/o-1")).status_code == 404


@pytest.mark.parametrize("header", ["Idempotency_Key", "On_Behalf_Of"])
async def test_what_the_event_says_is_not_said_by_a_header_too(shop: Caller, header: str) -> None:
    answer = await post(shop, to_structured(reserve("o")), **{header: "x"})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (400, header.replace("_", "-"))


@pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.name)
async def test_a_message_needs_the_scope_of_its_command(here: Street, form: Any) -> None:
    caller = await here.caller(scopes=frozenset(Scope) - {Scope(form.scope)})
    event = command(form.name, "r", form.example)
    for body, content in ((to_structured(event), STRUCTURED), (to_batch([event]), BATCH)):
        answer = await post(caller, body, content)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope.missing")


async def test_the_tenant_is_the_key_s_whatever_the_source_says(here: Street, shop: Caller) -> None:
    await shop.stocked()
    other = await here.caller("other")
    reply = await send(other, replace(reserve("o-1"), source="/tenants/acme/shop"))
    assert reply.source == "/tenants/other"
    assert json.loads(reply.data or b"")["code"] == "goods.unknown"


async def test_nobody_sends_without_a_key(here: Street) -> None:
    assert (await post(here.nobody(), to_structured(reserve("o")))).status_code == 401


# -- parked -----------------------------------------------------------------------------------------------------------

KIOSK = "/tenants/acme/kiosk"


async def park(here: Street, *events: Event) -> None:
    """Send what nobody may send: it is parked."""
    channel = here.house.channels(Channel.COMMANDS)
    for event in events:
        await channel.publish([message_of(event)])


async def listed(caller: Caller, path: str = "/v1/parked") -> ParkedPage:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    return ParkedPage.model_validate_json(answer.content)


async def test_a_tenant_sees_its_own_parked_messages_page_by_page(here: Street, shop: Caller) -> None:
    await park(here, *(replace(reserve(f"o-{n}"), source=KIOSK) for n in range(5)))
    await park(here, replace(reserve("theirs"), source="/tenants/other/kiosk"))
    seen: list[Any] = []
    after = ""
    while True:
        page = await listed(shop, f"/v1/parked?limit=2{after}")
        seen += page.items
        if page.after is None:
            break
        after = f"&after={page.after}"
    assert [each.subject for each in seen] == [f"o-{n}" for n in range(5)]
    assert seen[0].group == GROUP
    assert seen[0].reason.startswith("Poison: message.sender")


async def test_requeued_over_http_it_is_taken_once_its_reason_is_gone() -> None:
    settings = memory()
    senders = settings.messages.model_copy(update={"senders": f"{KIOSK}=sell"})
    async with street(settings.model_copy(update={"messages": senders}), worker=True) as here:
        shop = await here.caller()
        await shop.stocked(5)
        commands: Any = here.house.commands
        handler = commands.pop(ReserveStock)  # as if it were broken
        await park(here, replace(reserve("o-1"), source=KIOSK))
        (parked,) = (await listed(shop)).items
        assert (parked.type, parked.attempts) == ("entrepot.command.v1.reserve-stock", 5)
        commands[ReserveStock] = handler
        answer = await shop.client.post(f"/v1/parked/{parked.group}/{parked.id}/requeue", headers=shop.headers())
        assert Requeued.model_validate_json(answer.content).requeued == 1
        await here.house.channels(Channel.COMMANDS).drain()
        assert (await listed(shop)).items == ()
        assert (await shop.get("/v1/reservations/o-1")).json()["status"] == "held"


async def test_given_up_it_is_gone(here: Street, shop: Caller) -> None:
    await park(here, *(replace(reserve(f"o-{n}"), source=KIOSK) for n in range(2)))
    first, second = (await listed(shop)).items
    path = f"/v1/parked/{first.group}/{first.id}"
    assert (await shop.client.delete(path, headers=shop.headers())).status_code == 204
    again = await shop.client.delete(path, headers=shop.headers())
    assert (again.status_code, again.json()["code"]) == (404, "parked.unknown")
    assert [each.id for each in (await listed(shop)).items] == [second.id]


async def test_another_tenant_s_parked_messages_are_not_there(here: Street, shop: Caller) -> None:
    await park(here, replace(reserve("o-1"), source=KIOSK))
    (parked,) = (await listed(shop)).items
    other = await here.caller("other")
    assert (await listed(other)).items == ()
    path = f"/v1/parked/{parked.group}/{parked.id}"
    for refused in (
        await other.client.post(f"{path}/requeue", headers=other.headers()),
        await other.client.delete(path, headers=other.headers()),
        await other.client.delete("/v1/parked/nobody/nothing", headers=other.headers()),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "parked.unknown")
    assert len((await listed(shop)).items) == 1


async def test_parked_messages_are_for_those_who_run_things(here: Street) -> None:
    caller = await here.caller(scopes=frozenset(Scope) - {Scope.ADMIN})
    for refused in (
        await caller.get("/v1/parked"),
        await caller.client.post("/v1/parked/commands/x/requeue", headers=caller.headers()),
        await caller.client.delete("/v1/parked/commands/x", headers=caller.headers()),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "scope.missing")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=%C2%B2", "after=!", "after=e30", "more=1"])
async def test_what_was_never_a_question_is_refused(shop: Caller, query: str) -> None:
    refused = await shop.get(f"/v1/parked?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, "input.invalid")
