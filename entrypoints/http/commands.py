"""Commands over HTTP: one generic route for all of them, past the framework.

`POST /v1/commands/{name}` takes one, `POST /v1/commands` up to 500, each with its own fate. The body is read once and
validated by the published model of the command; the reply is the use case's own, as bytes.
"""

import asyncio
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from application.kernel.call import Call
from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from contracts.http.v1.bulk import MAX_COMMANDS
from contracts.http.v1.catalogue import CommandForm
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body, require_text
from entrypoints.http.bounds import pay_for
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.refusals import CommandUnknown, RequestIdMissing
from entrypoints.wire.bodies import BodyMalformed, parsed
from entrypoints.wire.commands import FORMS
from entrypoints.wire.problems import problem_of

QUOTED: Final = re.compile(rb'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
BARE: Final = re.compile(rb"[\x21\x23-\x7e][\x21-\x7e]*")
MULTI_STATUS: Final = 207
NEEDED: Final[Mapping[str, Scope]] = {name: Scope(form.scope) for name, form in FORMS.items()}
"""The scope that each command needs."""


class OneCommand:
    """`POST /v1/commands/{name}`: the header Idempotency-Key names the request."""

    method = "POST"
    template = "/v1/commands/{name}"
    needs: Scope | None = None
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._handle = house.handle
        self._encode = house.codec.encode
        self._most = house.settings.http.body_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises CommandUnknown, ScopeMissing, RequestIdMissing, what is wrong with the body, what handling raises."""
        form = form_of(name)
        knock.route = f"/v1/commands/{name}"
        require_scope(knock.caller, NEEDED[form.name])
        knock.command_request = request_of(knock.headers)
        body = await read_body(knock.receive, knock.headers, self._most)
        command = parsed(form, body, self._house.settings)
        return Reply(200, self._encode(await self._handle(call_of(knock, knock.command_request), command)))


class Item(msgspec.Struct, forbid_unknown_fields=True):
    """One command of a bulk request, its body unread."""

    request_id: str
    command: str
    body: msgspec.Raw


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    commands: list[msgspec.Raw]


ENVELOPE: Final = msgspec.json.Decoder(Envelope)
ITEM: Final = msgspec.json.Decoder(Item)
NAMED: Final = msgspec.json.Decoder(dict[str, Any])


class ManyCommands:
    """`POST /v1/commands`: every command has an id of its own, is refused or done alone, and answered in its place.

    They are handed on in their order, side by side; those that name the same reservation or shipment one after the
    other.
    """

    method = "POST"
    template = "/v1/commands"
    needs: Scope | None = None
    waits = False

    def __init__(self, house: Installation, rate: RateLimit) -> None:
        self._house = house
        self._rate = rate
        self._most = house.settings.http.bulk_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with a command is its outcome."""
        if b"idempotency-key" in knock.headers:
            raise InvalidInput(
                "each command has its own request_id: leave Idempotency-Key out", field="Idempotency-Key"
            )
        call_of(knock, knock.request)  # in whose name is said of all of them
        body = await read_body(knock.receive, knock.headers, self._most)
        require_text(body, "the body")
        try:
            items = ENVELOPE.decode(body).commands
        except msgspec.ValidationError as error:
            raise InvalidInput(f"commands: {error}", field="commands") from None
        except msgspec.DecodeError as error:
            raise BodyMalformed(f"the body is not JSON: {error}") from None
        if not 1 <= len(items) <= MAX_COMMANDS:
            raise InvalidInput(f"1 to {MAX_COMMANDS} commands", field="commands", least=1, most=MAX_COMMANDS)
        pay_for(len(items), knock, self._rate)
        outcomes = await self._outcomes(knock, items)
        return Reply(MULTI_STATUS, self._house.codec.encode({"outcomes": outcomes}))

    async def _outcomes(self, knock: Knock, items: list[msgspec.Raw]) -> list[dict[str, Any]]:
        last: dict[tuple[str, str], asyncio.Task[dict[str, Any]]] = {}
        outcomes: list[asyncio.Task[dict[str, Any]] | dict[str, Any]] = []
        for number, raw in enumerate(items):
            request: str | None = None
            try:
                item = _item(raw, number)
                request = item.request_id
                form = form_of(item.command)
                require_scope(knock.caller, NEEDED[form.name])
                call = call_of(knock, request)
                command = parsed(form, bytes(item.body), self._house.settings)
            except Exception as error:
                outcomes.append(_refused(request or _request_in(raw), error))
                continue
            names = _names(command, request)
            before = [last[name] for name in names if name in last]
            task = asyncio.create_task(self._outcome(call, command, before))
            last.update(dict.fromkeys(names, task))
            outcomes.append(task)
        return [each if isinstance(each, dict) else await each for each in outcomes]

    async def _outcome(self, call: Call, command: Any, before: list[asyncio.Task[dict[str, Any]]]) -> dict[str, Any]:
        try:
            if before:
                await asyncio.wait(before)
            reply = await self._house.handle(call, command)
        except Exception as error:
            return _refused(call.request, error)
        return {"request_id": call.request, "status": 200, "reply": reply}


def _refused(request: str | None, error: Exception) -> dict[str, Any]:
    problem = problem_of(error)
    return {"request_id": request, "status": problem.status, "problem": problem.body(ManyCommands.template, request)}


def form_of(name: str) -> CommandForm:
    """Raises CommandUnknown."""
    form = FORMS.get(name)
    if form is None:
        near = get_close_matches(name[:64], FORMS, 1)
        hint = f": did you mean {near[0]}?" if near else ""
        raise CommandUnknown(f"there is no command {name!r:.80}{hint}", command=name[:128])
    return form


def call_of(knock: Knock, request: str) -> Call:
    """Who asks for what in whose name. Raises InvalidInput."""
    caller = knock.caller
    said = knock.headers.get(b"on-behalf-of")
    actor = caller.principal if said is None else require_text(said, "On-Behalf-Of")
    return Call(caller.tenant, actor, request, caller.principal, knock.deadline)


def request_of(headers: Mapping[bytes, bytes]) -> str:
    """The request id: a structured string in quotes (RFC 9651), or bare. Raises RequestIdMissing, InvalidInput."""
    said = headers.get(b"idempotency-key", b"").strip()
    if not said:
        raise RequestIdMissing("send the header Idempotency-Key: an id for this request, the same for every repeat")
    if BARE.fullmatch(said):
        return said.decode("ascii")
    quoted = QUOTED.fullmatch(said)
    if quoted is None:
        raise InvalidInput("Idempotency-Key is visible ASCII, or a string in quotes", field="Idempotency-Key")
    return re.sub(rb"\\(.)", rb"\1", quoted[1]).decode("ascii")


def _item(raw: msgspec.Raw, number: int) -> Item:
    try:
        return ITEM.decode(raw)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"commands.{number}: {error}", field=f"commands.{number}") from None


def _request_in(raw: msgspec.Raw) -> str | None:
    """The request id of a command that is otherwise not understood."""
    try:
        said = NAMED.decode(raw).get("request_id")
    except msgspec.MsgspecError:
        return None
    return said if isinstance(said, str) else None


def _names(command: Any, request: str) -> list[tuple[str, str]]:
    """What the command names that others of the same request may name too."""
    found = [(what, getattr(command, what, None)) for what in ("reservation", "shipment")]
    named = [(what, name) for what, name in found if isinstance(name, str) and name]
    return named or [("reservation", request)]
