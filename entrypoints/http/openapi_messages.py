"""The operations on messages in the OpenAPI document: commands as CloudEvents, and what was parked."""

from typing import Final

from contracts.events.v1.catalogue import COMMAND
from contracts.events.v1.cloudevents import BATCH, STRUCTURED
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.queries import Requeued
from entrypoints.http.openapi_answers import OF_COMMAND, OF_QUESTION, answer, problems
from entrypoints.wire.schemas import Json

TAG: Final = "messages"
EVENT: Final[Json] = {
    "type": "object",
    "description": "One CloudEvent 1.0 in JSON; the document at /asyncapi.json shows those of every command.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "id": {"type": "string", "minLength": 1, "maxLength": 128, "description": "The request id."},
        "source": {"type": "string", "minLength": 1, "maxLength": 128, "description": "Who acts."},
        "type": {"type": "string", "enum": [COMMAND + form.name for form in COMMANDS]},
        "datacontenttype": {"type": "string"},
        "partitionkey": {"type": "string", "description": "Commands with the same are done in their order."},
        "data": {"type": "object", "description": "The command's body.", "additionalProperties": True},
    },
    "additionalProperties": True,
}
ANSWER: Final[Json] = {
    "type": "object",
    "description": "One CloudEvent: the reply, or a problem, as its `datacontenttype` says.",
    "required": ["specversion", "id", "source", "type", "datacontenttype", "data", "correlationid"],
    "properties": {
        "specversion": {"type": "string"},
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "datacontenttype": {"type": "string"},
        "correlationid": {"type": "string", "description": "The id of the command."},
        "partitionkey": {"type": "string", "description": "The command's."},
        "replyto": {"type": "string", "description": "The command's; left out where it has none."},
        "data": {"type": "object", "additionalProperties": True},
    },
}


def messages() -> Json:
    """Commands as CloudEvents over HTTP."""
    first = next(form for form in COMMANDS if form.name == "reserve-stock")
    example = {
        "specversion": "1.0",
        "id": "message-reserve-1001",
        "source": "/shop",
        "type": COMMAND + first.name,
        "data": first.example,
    }
    codes = [code for code in OF_COMMAND if code not in ("request_id.missing", "request.mismatch", "body.type")]
    return {
        "/v1/messages": {
            "post": {
                "operationId": "send_messages",
                "tags": [TAG],
                "summary": "Send commands as CloudEvents",
                "description": "One command, structured or in binary mode, or a batch of 1 to 500, each answered with "
                "an event. A refusal is answered with an event too, whose data is a problem. What cannot be "
                "understood, or is not the key's to send, is a problem of the whole, and nothing was done. "
                "`Idempotency-Key` and `On-Behalf-Of` are refused here: the event's id and source say it.",
                "security": [{"key": []}],
                "requestBody": {
                    "required": True,
                    "content": {
                        STRUCTURED: {"schema": EVENT, "example": example},
                        BATCH: {"schema": {"type": "array", "items": EVENT, "minItems": 1, "maxItems": 500}},
                    },
                },
                "responses": {
                    "200": {
                        "description": "What became of it, or of each in its place.",
                        "content": {
                            STRUCTURED: {"schema": ANSWER},
                            BATCH: {"schema": {"type": "array", "items": ANSWER}},
                        },
                    },
                    **problems([*codes, "message.malformed", "message.unknown"]),
                },
            }
        }
    }


def parked() -> Json:
    """What may be done with a message that was parked; the page of them is a question."""
    which = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"{about} Percent-encoded.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 256},
        }
        for name, about in (("group", "The consumers that could not take it."), ("id", "Its id."))
    ]
    codes = (*OF_QUESTION, "parked.unknown")
    common: Json = {"tags": [TAG], "security": [{"key": ["admin"]}], "parameters": which}
    return {
        "/v1/parked/{group}/{id}/requeue": {
            "post": {
                "operationId": "requeue_parked",
                "summary": "Deliver a parked message again",
                "description": "Behind what waits. It stays parked until it is taken.",
                **common,
                "responses": {
                    "200": answer("It is delivered again.", Requeued),
                    **problems([*codes, "parked.elsewhere"]),
                },
            }
        },
        "/v1/parked/{group}/{id}": {
            "delete": {
                "operationId": "give_up_parked",
                "summary": "Give up a parked message",
                "description": "It is forgotten: nobody will take it.",
                **common,
                "responses": {"204": {"description": "It is forgotten."}, **problems(codes)},
            }
        },
    }
