"""A command that came as a CloudEvent, understood; whatever brought it."""

from dataclasses import dataclass
from typing import Any

from application.kernel.call import Call
from application.permissions.authorize import require_scope
from contracts.events.v1.catalogue import COMMAND
from contracts.events.v1.cloudevents import JSON
from contracts.events.v1.envelope import Event
from contracts.http.v1.catalogue import CommandForm
from domain.kernel.quantity import identifier
from domain.kernel.refusal import Refusal
from domain.permissions.key import Caller
from domain.permissions.scope import Scope
from entrypoints.composition.settings import Settings
from entrypoints.wire.bodies import parsed, require_shallow
from entrypoints.wire.commands import FORMS


class MessageMalformed(Refusal):
    """The message is not a CloudEvent, or its data is not JSON.

    Send what the document at /asyncapi.json shows: CloudEvents 1.0, the command's body as data, application/json.
    """

    code = "message.malformed"


class MessageUnknown(Refusal):
    """There is no command of this type (`type`), or not in this version.

    Take it from the document at /asyncapi.json: `entrepot.command.v1.` and the command's name.
    """

    code = "message.unknown"


@dataclass(frozen=True, slots=True)
class SentCommand:
    """A command to handle. The order of those with the same `key` is kept.

    It asked for its reply to be sent to `reply_to`, or "". `trace` is its sender's place in a trace, or "".
    """

    form: CommandForm
    command: Any
    call: Call
    key: str
    reply_to: str
    trace: str = ""


def sent_command(
    event: Event, caller: Caller, settings: Settings, *, actor: str | None = None, deadline: float | None = None
) -> SentCommand:
    """What the event asks for, its id being the request's. `actor` None: who was authenticated.

    Raises MessageUnknown, MessageMalformed, ScopeMissing, InvalidInput, BodyMalformed, BodyTooDeep.
    """
    form = FORMS.get(event.type.removeprefix(COMMAND)) if event.type.startswith(COMMAND) else None
    if form is None:
        raise MessageUnknown(f"there is no command of the type {event.type!r:.150}", type=event.type[:150])
    require_scope(caller, Scope(form.scope))
    said = event.datacontenttype or JSON
    if said.partition(";")[0].strip().lower() != JSON:
        raise MessageMalformed(f"the data of a command is {JSON}, not {said!r:.100}", field="datacontenttype")
    call = Call(caller.tenant, actor or caller.principal, event.id, caller.principal, deadline)
    key = identifier(event.extensions.get("partitionkey", event.id), "partitionkey")
    asked = event.extensions.get("replyto", "")
    reply_to = "" if asked == "" else identifier(asked, "replyto")
    body = event.data or b""
    require_shallow(body)
    trace = str(event.extensions.get("traceparent", ""))
    return SentCommand(form, parsed(form, body, settings), call, key, reply_to, trace)
