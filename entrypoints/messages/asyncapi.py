"""The AsyncAPI 3 document of the messages: events told, commands taken, replies given, all of them CloudEvents.

A pure function of what is published, like the OpenAPI document beside it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from contracts.events.v1 import VERSION
from contracts.events.v1.catalogue import COMMAND, EVENT, EVENTS, REPLY, EventForm
from contracts.events.v1.cloudevents import JSON, STRUCTURED
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from contracts.http.v1.problems import Problem
from entrypoints.wire.schemas import Json, ref, schemas

PROBLEM: Final = "application/problem+json"
TENANT: Final = "/tenants/acme"

ABOUT: Final = """\
Every message is one CloudEvent 1.0, as structured JSON or in the binary mode of its transport.

**Events** are told at least once, in order within a subject: `sequence` counts there, and `partitionkey` keeps them \
together. The `id` of an event told twice is the same.

**Commands** are the same as over HTTP, the body as data. The `id` of the event is the request id: the same command \
under the same id is never done twice. `replyto` asks for the reply, `partitionkey` keeps commands in order. What can \
never be done is parked, with the reason.

**Replies** name the command's id in `correlationid`. The data of a refusal is a problem (RFC 9457), as its \
`datacontenttype` says.
"""


def document() -> Json:
    """The whole document, as plain values."""
    messages: Json = {form.name: _event(form) for form in EVENTS}
    for form in COMMANDS:
        messages[form.command] = _command(form)
        messages[_reply_name(form)] = _reply(form)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Entrepot",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": STRUCTURED,
        "channels": {
            "events": _channel("events", "What happened.", [form.name for form in EVENTS]),
            "commands": _channel("commands", "What shall be done.", [form.command for form in COMMANDS]),
            "replies": _channel("replies", "What was done, or why not.", [_reply_name(form) for form in COMMANDS]),
        },
        "operations": {
            "tell_events": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Tell what happened.",
            },
            **{form.name.replace("-", "_"): _operation(form) for form in COMMANDS},
        },
        "components": {
            "messages": messages,
            "schemas": {
                **schemas(
                    (form.request for form in COMMANDS),
                    [*(form.reply for form in COMMANDS), *(form.data for form in EVENTS), Problem],
                ),
                "CloudEvent": CLOUD_EVENT,
            },
        },
    }


def document_bytes() -> bytes:
    """The document as it is committed and given out."""
    return (json.dumps(document(), ensure_ascii=False, indent=2) + "\n").encode()


def _channel(address: str, about: str, messages: list[str]) -> Json:
    named = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {"address": address, "description": about, "messages": named}


def _operation(form: CommandForm) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/commands"},
        "summary": form.summary,
        "description": f"{form.description} Who sends it needs the scope `{form.scope}`.",
        "messages": [{"$ref": f"#/channels/commands/messages/{form.command}"}],
        "reply": {
            "channel": {"$ref": "#/channels/replies"},
            "messages": [{"$ref": f"#/channels/replies/messages/{_reply_name(form)}"}],
        },
    }


def _event(form: EventForm) -> Json:
    said = {
        "subject": {"type": "string", "description": f"What it is of: `{form.of}:<id>`."},
        "sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "Its number within the subject."},
        "partitionkey": {"type": "string", "description": "Order is kept among those with the same."},
        "requestid": {"type": "string", "description": "The request that caused it, if one did."},
        "traceparent": {"type": "string", "description": "That request's place in a trace, if one was recorded."},
    }
    needed = ["subject", "time", "datacontenttype", "data", "sequence", "partitionkey"]
    return _message(form.name, form.summary, EVENT + form.name, {**said, "data": ref(form.data)}, needed)


def _command(form: CommandForm) -> Json:
    said = {
        "partitionkey": {**TEXT, "description": "Commands with the same are done in their order; else the id."},
        "replyto": {
            "type": "string",
            "maxLength": 128,
            "description": "Ask for a reply; the reply says it again, for whoever must find its own.",
        },
        "data": ref(form.request),
    }
    message = _message(form.command, f"{form.summary}.", COMMAND + form.name, said, ["data"])
    example = {
        "specversion": "1.0",
        "id": f"example-{form.name}",
        "source": f"{TENANT}/shop",
        "type": COMMAND + form.name,
        "datacontenttype": JSON,
        "data": form.example,
    }
    return {**message, "examples": [{"name": form.command, "payload": example}]}


def _reply(form: CommandForm) -> Json:
    said: Mapping[str, Any] = {
        "correlationid": {"type": "string", "description": "The id of the command."},
        "partitionkey": {"type": "string", "description": "The command's."},
        "replyto": {"type": "string", "description": "The command's."},
        "datacontenttype": {"type": "string", "enum": [JSON, PROBLEM]},
        "data": {"oneOf": [ref(form.reply), ref(Problem)]},
    }
    needed = ["datacontenttype", "data", "correlationid", "partitionkey"]
    about = "What was done, or a problem that says why it was not."
    message = _message(_reply_name(form), about, REPLY + form.name, said, needed)
    return {**message, "correlationId": {"location": "$message.payload#/correlationid"}}


def _message(name: str, summary: str, type: str, said: Mapping[str, Any], needed: list[str]) -> Json:
    body = {"type": "object", "required": needed, "properties": {"type": {"const": type}, **said}}
    return {
        "name": name,
        "title": name,
        "summary": summary,
        "contentType": STRUCTURED,
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, body]},
    }


def _reply_name(form: CommandForm) -> str:
    return f"{form.command}Reply"


TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 128}

CLOUD_EVENT: Final[Json] = {
    "type": "object",
    "title": "CloudEvent",
    "description": "What every event says, as CloudEvents 1.0 in JSON.",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {
            **TEXT,
            "maxLength": 256,
            "description": "The same event has the same id; of a command, the request id.",
        },
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string", "minLength": 1},
    },
}
