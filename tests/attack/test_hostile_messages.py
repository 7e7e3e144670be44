"""Commands that a broker brings, with what belongs in no body in every place of it: parked or refused, and said why.

`make fuzz` sends all of them, of every command. A run of every test sends some, of the commands that say what is
promised, and from what.
"""

import asyncio
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from application.kernel.broker import GROUP_OF_COMMANDS as GROUP
from application.kernel.broker import Channel
from contracts.events.v1.cloudevents import JSON
from contracts.events.v1.envelope import Event
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from tests.attack.shapes import Path, dotted, may_be_null, numbers, objects, texts, with_value
from tests.contract.messages.channel import DEPOT, OTHER, Street, command, open_street, reserve

SOURCE: Final = "/tenants/fresh/all"
SENDERS: Final = f"{SOURCE}=read+sell+adjust+admin, {DEPOT}=read+sell+adjust+admin, {OTHER}=sell+adjust+admin"

PROMISED: Final = (
    *("set-items", "set-supply", "set-regions", "set-postcodes", "set-calendars", "set-sites", "set-relations"),
    *("publish-policies", "set-quotas", "carve-stock", "restore-stock", "make-promise", "reserve-promise"),
    *("reserve-wanted", "reserve-pooled", "pin-reservation", "reject-node", "drop-promises", "announce-supply"),
    *("move-supply", "withdraw-supply", "arrive-expected", "adjust-capacity"),
)
"""The commands of supply, network, channel stock, capacity, expected supply, promises and policies."""

FUZZ: Final = bool(int(os.environ.get("FUZZ", "0")))
SOME: Final = 8
"""So many bodies of each command, in a run of every test."""

NOWHERE: Final = {
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "a huge number": b"1" + b"0" * 400,
    "a huge negative number": b"-1" + b"0" * 400,
    "beyond any float": b"1e400",
    "a lone surrogate": b'"\\ud800"',
    "surrogates turned round": b'"\\udc00\\ud800"',
    "bytes that are no text": b'"\xed\xa0\x80"',
    "nul": b'"a\\u0000b"',
    "nul in another place": b'"\\u0000"',
    "deep": b'{"a":' * 40 + b"1" + b"}" * 40,
    "deep lists": b"[" * 40 + b"]" * 40,
    "a list of everything": b'[1,"a",null,{}]',
    "an object": b'{"a":1}',
    "a bracket": b"}",
    "cut off": b'"a',
}
"""JSON, or not quite, that belongs in no place of any body."""

NO_NUMBER: Final = {
    "half": b"1.5",
    "a text": b'"1"',
    "truth": b"true",
    "a little too much": str(2**63).encode(),
    "far too little": str(-(2**63) - 1).encode(),
}
NO_TEXT: Final = {"a number": b"1", "truth": b"true", "a book": b'"' + b"x" * (1_000_000 if FUZZ else 10_000) + b'"'}

MARK: Final = "put something here"


def hostile(form: CommandForm) -> Iterator[tuple[str, bytes]]:
    """Bodies with something in one place that does not belong there, and what that is."""
    for path in texts(form.example):
        yield from _each(form, path, {**NOWHERE, **NO_TEXT})
    for path in numbers(form.example):
        yield from _each(form, path, {**NOWHERE, **NO_NUMBER})
    for path, known in objects(form):
        first = min(known)
        inside = json.dumps(with_value(form.example, (*path, MARK), 1)).encode()
        yield f"{dotted(path)}: a name of nobody", inside
        yield f"{dotted(path)}: null", json.dumps(with_value(form.example, path, None)).encode() if path else b"null"
        yield f"{dotted(path)}: {first} as a list", json.dumps(with_value(form.example, path, [[first]])).encode()
    for path, many in lists(form.example):
        huge = [many[0] if many else 1] * 5_000
        yield f"{dotted(path)}: five thousand of the same", json.dumps(with_value(form.example, path, huge)).encode()
        if FUZZ:
            endless = _put(with_value(form.example, path, MARK), b"[" + b"0," * 1_000_000 + b"0]")
            yield f"{dotted(path)}: a million of nothing", endless


def lists(value: Any, path: Path = ()) -> Iterator[tuple[Path, list[Any]]]:
    """Every list in it."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from lists(part, (*path, name))
    elif isinstance(value, list | tuple):
        yield path, list(value)
        for number, part in enumerate(value):
            yield from lists(part, (*path, number))


def _each(form: CommandForm, path: Path, what: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    marked = with_value(form.example, path, MARK)
    for name, text in what.items():
        yield f"{dotted(path)}: {name}", _put(marked, text)
    if not may_be_null(form, path):
        yield f"{dotted(path)}: null", _put(marked, b"null")


def _put(marked: Any, text: bytes) -> bytes:
    return json.dumps(marked).encode().replace(json.dumps(MARK).encode(), text)


def sent(form: CommandForm, body: bytes) -> Event:
    return Event(uuid4().hex, SOURCE, f"entrepot.command.v1.{form.name}", datacontenttype=JSON, data=body)


async def test_what_belongs_in_no_body_is_parked_or_refused_and_what_follows_goes_on() -> None:
    chance = random.Random(6)
    async with open_street(senders=SENDERS) as street:
        accepted = street.house.committer.counts.accepted
        for form in COMMANDS:
            if not (FUZZ or form.name in PROMISED):
                continue
            bodies = list(hostile(form))
            if not FUZZ:
                bodies = chance.sample(bodies, SOME)
            await _is_not_taken(street, form, bodies)
        assert street.house.committer.counts.accepted == accepted
        assert street.house.committer.counts.faults == 0
        await street.send(command("register-goods", "g-2", {"goods": [{"code": "rum", "name": "Rum"}]}, SOURCE))
        assert [request for request, _ in street.said()] == ["g-2"]


async def _is_not_taken(street: Street, form: CommandForm, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Each alone, refused, or parked for what is wrong with it."""
    for what, body in bodies:
        event = sent(form, body)
        await street.send(event)
        parked = await street.parked()
        if parked:
            (one,) = parked
            assert one.reason.startswith("Poison: "), (form.name, what, one.reason)
            assert await street.house.parked.remove(GROUP, one.message.id)
        else:
            ((request, problem),) = street.said()
            assert (request, problem["status"] // 100) == (event.id, 4), (form.name, what, problem)
            street.replies.clear()


WANTED: Final = {"lines": [{"goods": "tea", "quantity": 2}], "to": {"lat": 53.55, "lng": 10.0}}
SITE: Final = {"code": "depot", "lat": 53.54, "lng": 9.99, "covers": {"anywhere": True}}


async def test_what_is_promised_by_messages_is_promised_once_however_often_late_and_together_they_come() -> None:
    async with open_street(senders=SENDERS) as street:
        await street.send(command("set-sites", "s", {"sites": [SITE]}, DEPOT))
        keep = command("make-promise", "keep", {"wanted": WANTED, "keep": True}, DEPOT)
        take = command("reserve-promise", "take", {"promise": "keep"}, DEPOT)
        both = command("reserve-wanted", "both", {"wanted": WANTED}, DEPOT)
        street.replies.clear()
        await asyncio.gather(*(street.send(keep) for _ in range(4)))
        await asyncio.gather(*(street.send(*some) for some in ([take, both], [both, take], [take], [both, keep])))
        rest = {"lines": [{"goods": "tea", "quantity": 6, "nodes": ["depot"]}]}
        await street.send(command("reserve-stock", "rest", rest, DEPOT))
        await street.send(both, take, keep)
        await street.send(reserve("one too many", source=DEPOT))
        await street.house.channels(Channel.COMMANDS).drain()
        answers: dict[str, set[str]] = {}
        for request, content in street.said():
            answers.setdefault(request, set()).add(json.dumps(content))
        assert await street.parked() == []
        refused = json.loads(answers.pop("one too many").pop())
        assert refused["code"] == "stock.insufficient"
        assert {request: len(each) for request, each in answers.items()} == dict.fromkeys(answers, 1)
        assert {request for request, each in answers.items() if '"status": "held"' in min(each)} == {
            *("take", "both", "rest")
        }
