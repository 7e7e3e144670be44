"""Commands that come as messages, through the whole house, over the broker within the process."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.unanswered import Busy, InternalFault, OutcomeUnknown
from application.stock.availability import Detail
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements
from application.stock.queries import OfCommand
from application.stock.reserve_stock import ReserveStock
from contracts.events.v1.cloudevents import from_kafka, to_structured
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import envelope_of
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.problems import Problem
from entrypoints.composition.settings import BadSettings, load_settings
from entrypoints.messages.consumer import GROUP
from tests.contract.messages.channel import DEPOT, OTHER, SHOP, Street, command, message_of, open_street, reserve


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    async with open_street() as street:
        yield street


async def left(street: Street, tenant: str = "north") -> int:
    """Units of tea that can still be promised."""
    found = await street.house.ask(tenant, FindAvailability(("tea",), detail=Detail.TOTAL))
    total: int = found.goods[0].amounts.available
    return total


# -- answered ---------------------------------------------------------------------------------------------------------


async def test_every_command_of_the_catalogue_comes_as_a_message_too(street: Street) -> None:
    source = "/tenants/fresh/all"
    async with open_street(
        senders=f"{source}=read+sell+adjust+admin, {DEPOT}=adjust+admin, {OTHER}=adjust+admin"
    ) as fresh:
        for form in COMMANDS:
            await fresh.send(command(form.name, f"story {form.name}", form.example, source))
        assert await fresh.parked() == []
        assert [each.type for each in fresh.replies] == [f"entrepot.reply.v1.{form.name}" for form in COMMANDS]
        for form, reply in zip(COMMANDS, fresh.replies, strict=True):
            assert reply.datacontenttype == "application/json", (form.name, reply.data)
            form.reply.model_validate_json(reply.data or b"")


async def test_a_message_that_comes_five_times_has_one_effect_and_one_answer(street: Street) -> None:
    await street.send(*[reserve("o-1", 3)] * 5)
    assert await left(street) == 7
    assert len(street.replies) == 5
    assert len({to_structured(each) for each in street.replies}) == 1
    (reply, *_) = street.replies
    assert reply.source == "/tenants/north"
    assert reply.type == "entrepot.reply.v1.reserve-stock"
    assert reply.extensions["correlationid"] == reply.extensions["partitionkey"] == "o-1"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_repeats_in_any_order_change_nothing(street: Street, seed: int) -> None:
    chance = random.Random(seed)
    sent = [reserve(f"o-{n}", n % 3 + 1) for n in range(5)] * 3
    chance.shuffle(sent)
    await street.send(*sent)
    assert await left(street) == 1
    answers: dict[str, set[str]] = {}
    for request, content in street.said():
        answers.setdefault(request, set()).add(json.dumps(content))
    assert {request: len(each) for request, each in answers.items()} == {f"o-{n}": 1 for n in range(5)}


async def test_the_same_command_by_message_and_by_call_is_the_same_request(street: Street) -> None:
    await street.send(reserve("o-1"), reserve("o-1", 2))
    (_, accepted), (_, refused) = street.said()
    assert accepted["status"] == "held"
    assert refused["code"] == "request.mismatch"


async def test_a_refusal_is_an_answer_and_nothing_is_parked(street: Street) -> None:
    await street.send(reserve("o-1", 11))
    (reply,) = street.replies
    assert reply.datacontenttype == "application/problem+json"
    problem = Problem.model_validate_json(reply.data or b"")
    assert (problem.code, problem.status, problem.request_id) == ("stock.insufficient", 409, "o-1")
    assert problem.instance == "/v1/commands/reserve-stock"
    assert await street.parked() == []


async def test_a_reply_is_sent_where_it_was_asked_for_or_always() -> None:
    async with open_street(replies="asked") as street:
        await street.send(reserve("o-1"), reserve("o-2", replyto="checkout-3"))
        (reply,) = street.replies
        assert (reply.extensions["correlationid"], reply.extensions["replyto"]) == ("o-2", "checkout-3")
        assert await left(street) == 8


# -- who sends --------------------------------------------------------------------------------------------------------


async def test_who_sent_it_stands_on_every_movement(street: Street) -> None:
    await street.send(reserve("o-1"))
    (movement,) = (await street.house.ask("north", FindMovements(OfCommand("o-1")))).movements
    assert (movement.actor, movement.principal) == ("shop", "shop")


async def test_tenants_send_the_same_ids_and_never_meet(street: Street) -> None:
    await street.send(reserve("o-1", 4), reserve("o-1", 9, OTHER))
    assert [content["status"] for _, content in street.said()] == ["held", "held"]
    assert (await left(street), await left(street, "south")) == (6, 1)


@pytest.mark.parametrize(
    "source",
    [
        "/tenants/north",
        "/tenants/north/",
        "/tenants/north/shop/",
        "/tenants/north/stranger",
        "/tenants/NORTH/shop",
        "/tenants/nort%68/shop",
        "tenants/north/shop",
        "https://example.com/tenants/north/shop",
        "/tenants/south/depot",
    ],
)
async def test_who_is_not_named_may_send_nothing(street: Street, source: str) -> None:
    await street.send(reserve("o-1", source=source))
    (parked,) = await street.parked()
    assert parked.reason.startswith("Poison: message.sender")
    assert (street.replies, await left(street)) == ([], 10)


async def test_nobody_is_named_unless_the_settings_do() -> None:
    assert load_settings(database={"url": "memory:"}).messages.senders == ""


async def test_a_sender_may_send_what_its_scopes_are_for_and_no_more(street: Street) -> None:
    receive = {"lines": [{"goods": "tea", "node": "depot", "quantity": 1}]}
    await street.send(command("receive-stock", "r-1", receive, SHOP))
    (parked,) = await street.parked()
    assert parked.reason.startswith("Poison: scope.missing")
    assert SHOP in parked.reason
    await street.send(command("receive-stock", "r-2", receive, DEPOT))
    assert await left(street) == 11


@pytest.mark.parametrize(
    ("senders", "wrong"),
    [
        ("shop=sell", "must be"),
        ("/tenants/north=sell", "must be"),
        ("/tenants/north/shop", "must be"),
        ("/tenants/north/shop=buy", "no scope"),
        ("/tenants/north/shop=", "no scope"),
        ("/tenants/a/b=sell,/tenants/a/b=adjust", "twice"),
        ("/tenants/größe/shop=sell", "percent-encoded"),
    ],
)
def test_senders_that_cannot_be_read_are_refused_at_the_start(senders: str, wrong: str) -> None:
    with pytest.raises(BadSettings, match=f"ENTREPOT_MESSAGES__SENDERS: .*{wrong}"):
        load_settings(messages={"senders": senders})


# -- poison -----------------------------------------------------------------------------------------------------------

GOOD = reserve("good", partitionkey="cart")
POISON: dict[str, Event | bytes] = {
    "not JSON": b"\xff\x00{",
    "no event": b'{"specversion":"1.0"}',
    "an unknown version of events": to_structured(GOOD).replace(b'"1.0"', b'"2.0"'),
    "an unknown type": replace(GOOD, type="entrepot.command.v1.sell-everything"),
    "an unknown version": replace(GOOD, type="entrepot.command.v2.reserve-stock"),
    "an event, no command": replace(GOOD, type="entrepot.event.v1.StockReserved"),
    "another content type": replace(GOOD, datacontenttype="application/xml", data=b"<a/>"),
    "data that is no JSON": replace(GOOD, datacontenttype="application/json", data=b'{"lines":'),
    "no data": replace(GOOD, data=None),
    "unknown fields": replace(GOOD, data=b'{"lines":[],"price":1}'),
    "a quantity that is no number": replace(GOOD, data=(GOOD.data or b"").replace(b" 1", b' "1"')),
    "a command that only the platform sends": replace(GOOD, type="entrepot.command.v1.expire-reservation"),
    "an id of the platform": replace(GOOD, id="expire:o:1"),
    "an id too long": replace(GOOD, id="x" * 129),
    "a key too long": replace(GOOD, extensions={"partitionkey": "x" * 129}),
    "a key that is no text": replace(GOOD, extensions={"partitionkey": 7}),
    "data too deep": replace(GOOD, data=b"[" * 200 + b"]" * 200),
    "a record without an event": envelope_of(from_kafka, [("content-type", "text/plain")], b"hello"),
}


@pytest.mark.parametrize("what", POISON)
async def test_what_no_repeat_makes_good_is_parked_as_it_came_and_what_follows_goes_on(
    street: Street, what: str
) -> None:
    poison = message_of(POISON[what])
    channel = street.house.channels(Channel.COMMANDS)
    follows = replace(message_of(GOOD), partition=poison.partition)
    await channel.publish([poison, follows])
    (parked,) = await street.parked()
    assert parked.message == poison
    assert parked.attempts == 1
    assert parked.reason.startswith("Poison: ")
    assert [request for request, _ in street.said()] == ["good"]


async def test_what_was_parked_can_be_requeued_once_the_reason_is_gone(street: Street) -> None:
    await street.send(reserve("o-1", partitionkey="cart", source="/tenants/north/kiosk"), GOOD)
    (parked,) = await street.parked()
    assert (parked.message.tenant, parked.message.subject, parked.message.request) == ("north", "cart", "o-1")
    # Still for nothing: it is parked again, in its old place.
    channel = street.house.channels(Channel.COMMANDS)
    assert await channel.requeue(GROUP, [parked.message.id]) == 1
    await channel.drain()
    (again,) = await street.parked()
    assert (again.attempts, again.at) == (2, parked.at)


async def test_requeued_where_the_sender_is_known_by_now_it_is_done(tmp_path: Any) -> None:
    kiosk = "/tenants/north/kiosk"
    async with open_street(tmp_path) as street:
        await street.send(reserve("o-1", source=kiosk))
        (parked,) = await street.parked()
    senders = f"{kiosk}=sell, {DEPOT}=adjust+admin, {OTHER}=adjust+admin"
    async with open_street(tmp_path, senders=senders) as street:
        channel = street.house.channels(Channel.COMMANDS)
        assert await channel.requeue(GROUP, [parked.message.id]) == 1
        await channel.drain()
        assert await street.parked() == []
        assert await left(street) == 9


# -- bad moments ------------------------------------------------------------------------------------------------------


class Failing:
    """Stands before a handler and fails so often."""

    def __init__(self, handler: Any, error: type[Exception], times: int, *, after: bool = False) -> None:
        self.handler, self.error, self.left, self.after = handler, error, times, after

    async def __call__(self, call: Any, command: Any) -> Any:
        if self.left:
            self.left -= 1
            if self.after:
                await self.handler(call, command)
            raise self.error("not now", request=call.request)  # type: ignore[call-arg]
        return await self.handler(call, command)


def fail(street: Street, error: type[Exception], times: int, *, after: bool = False) -> None:
    commands: Any = street.house.commands
    commands[ReserveStock] = Failing(commands[ReserveStock], error, times, after=after)


async def test_what_cannot_be_answered_now_is_tried_on_in_its_order_and_not_parked(street: Street) -> None:
    fail(street, Busy, 6)
    await street.house.channels(Channel.COMMANDS).publish([message_of(reserve("o-1")), message_of(reserve("o-1", 2))])
    assert await street.parked() == []
    assert [content.get("code") for _, content in street.said()] == [None, "request.mismatch"]


async def test_an_outcome_that_is_unknown_is_found_out_by_the_repeat(street: Street) -> None:
    fail(street, OutcomeUnknown, 2, after=True)
    await street.send(reserve("o-1", 4))
    assert await left(street) == 6
    ((_, content),) = street.said()
    assert content["status"] == "held"


async def test_a_fault_of_ours_is_tried_a_few_times_and_then_parked(street: Street) -> None:
    fail(street, InternalFault, 99)
    await street.send(reserve("o-1"))
    (parked,) = await street.parked()
    assert parked.attempts > 1
    assert parked.reason.startswith("InternalFault")


async def test_a_reply_that_cannot_be_told_brings_the_command_again_and_has_one_effect(street: Street) -> None:
    replies = street.house.channels(Channel.REPLIES)
    publish, refused = replies.publish, 3

    async def unruly(messages: Any) -> None:
        nonlocal refused
        if refused:
            refused -= 1
            raise BrokerUnavailable("away")
        await publish(messages)

    replies.publish = unruly  # type: ignore[method-assign]
    await street.send(reserve("o-1", 4))
    assert await left(street) == 6
    assert len(street.replies) == 1


# -- order ------------------------------------------------------------------------------------------------------------


async def test_commands_of_a_key_are_handled_in_their_order(street: Street) -> None:
    """A reservation is made and released again and again: out of turn, one of the two would be refused."""
    sent = []
    for n in range(10):
        sent.append(reserve(f"o-{n}", 10, partitionkey="cart"))
        release = {"reservation": f"o-{n}"}
        sent.append(command("release-reservation", f"undo-{n}", release, partitionkey="cart"))
    messages = [message_of(each) for each in sent]
    assert len({each.partition for each in messages}) == 1
    await street.house.channels(Channel.COMMANDS).publish(messages)
    assert [request for request, _ in street.said()] == [each.id for each in sent]
    assert [content.get("code") for _, content in street.said()] == [None] * 20
