"""The OpenAPI 3.1 document of the interface, made from what is published of it and from the table of problems.

It is a pure function of the code: the same code makes the same bytes. It is committed, and the door gives it out.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from contracts.http.v1 import VERSION
from contracts.http.v1.bulk import BulkReply, BulkRequest
from contracts.http.v1.catalogue import (
    COMMANDS,
    EXPECTED,
    NETWORK,
    POLICIES,
    PROMISES,
    QUOTAS,
    REGISTERS,
    RESERVATIONS,
    SHIPMENTS,
    STOCK,
    SUPPLY,
    CommandForm,
)
from contracts.http.v1.epcis import Captured, CaptureJob
from contracts.http.v1.problems import Problem
from contracts.http.v1.promises import ManyPromised, ManyPromises, PromiseRequest, Reserving
from contracts.http.v1.queries import Requeued
from contracts.http.v1.questions import EXPORT, QUESTIONS, QuestionForm
from contracts.http.v1.wms import WmsMessage, WmsTakenIn
from entrypoints.http.openapi_answers import ANYONE, JSON, OF_COMMAND, OF_QUESTION, answer, common, problem, problems
from entrypoints.http.openapi_messages import messages, parked
from entrypoints.http.openapi_outside import TAG as OUTSIDE
from entrypoints.http.openapi_outside import outside
from entrypoints.http.openapi_parts import HEADERS, LINKS, PARAMETERS, operation_id
from entrypoints.http.openapi_promises import promises
from entrypoints.wire.schemas import Json, plain, ref, schemas

TAGS: Final = (
    ("reservations", "Hold stock for an order, and see it through.", RESERVATIONS),
    ("stock", "Stock enters, is counted, set aside, and leaves.", STOCK),
    ("shipments", "Stock goes from one node to another.", SHIPMENTS),
    ("promises", "What can be supplied, from where, by when; and to hold exactly that.", PROMISES),
    ("registers", "The goods and nodes that commands may name.", REGISTERS),
    ("supply", "What is sold, and which goods can stand for it.", SUPPLY),
    ("network", "Where nodes are, when they work, and whom they deliver to.", NETWORK),
    ("policies", "What holds for whom.", POLICIES),
    ("channel-stock", "What a sales channel may take of the stock there is.", QUOTAS),
    ("expected", "What is announced to arrive, and what a node can do in a day.", EXPECTED),
)
QUESTIONS_TAG: Final = "questions"
MORE_TAGS: Final = (
    (QUESTIONS_TAG, "What is there, what happened, and what happens."),
    ("messages", "Commands as CloudEvents, and messages that could not be taken."),
    (OUTSIDE, "What other systems tell in their own words."),
    ("health", "Whether the process lives and can serve."),
)

ABOUT: Final = """\
Stock that is counted, held and promised, and never sold twice.

**Commands** are sent with `POST /v1/commands/<name>`, and change something; **questions** are asked with `GET`, and \
change nothing. A key (`Authorization: Bearer ek_…`) says who asks, for which tenant, and what for: its scopes are \
`read`, `sell`, `adjust` and `admin`, none of which implies another.

Every command has a **request id**, the header `Idempotency-Key`. Choose it once, and send the same one whenever the \
same command is repeated: it is never done twice, and its answer is the one it got the first time. After a timeout, a \
lost connection or a 503, repeat it under the same id to learn what became of it.

What is not done is answered with **problem details** (RFC 9457), whose `code` is stable: compare that, not the text. \
Quantities are whole numbers of the goods' smallest unit. Times are UTC. Fields may be added to answers in later minor \
versions: pass over those you do not know.
"""


def document() -> Json:
    """The whole document, as plain values."""
    paths: Json = {}
    for tag, _, forms in TAGS:
        for form in forms:
            paths[f"/v1/commands/{form.name}"] = {"post": _command(form, tag)}
    paths["/v1/commands"] = {"post": _bulk()}
    for question in (*QUESTIONS, EXPORT):
        paths[question.path] = {"get": _question(question)}
    paths |= {**parked(), **messages(), **outside(), **promises(), **_health()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entrepot",
            "version": VERSION,
            "summary": "An inventory core for online and in-store trade.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [_tagged(name, about) for name, about, *_ in (*TAGS, *MORE_TAGS)],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {name: problem(*each) for name, each in common().items()},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "ek_<id>_<secret>",
                    "description": "An API key. What an operation names beside it is the scope it must have.",
                }
            },
        },
    }


def document_bytes() -> bytes:
    """The document as it is committed and given out."""
    return (json.dumps(document(), ensure_ascii=False, indent=2) + "\n").encode()


# -- operations -------------------------------------------------------------------------------------------------------


def _command(form: CommandForm, tag: str) -> Json:
    return {
        "operationId": operation_id(form.name),
        "tags": [tag],
        "summary": form.summary,
        "description": form.description,
        "security": [{"key": [form.scope]}],
        "parameters": [_parameter("IdempotencyKey"), _parameter("OnBehalfOf")],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": ref(form.request), "example": form.example}},
        },
        "responses": {
            "200": answer("Done; or done before, under the same request id.", form.reply, LINKS.get(form.name)),
            **problems((*OF_COMMAND, *form.refusals)),
        },
    }


def _bulk() -> Json:
    first, second = (form for form in COMMANDS if form.name in ("receive-stock", "reserve-stock"))
    example = {
        "commands": [
            {"request_id": f"bulk-{form.name}", "command": form.name, "body": form.example} for form in (first, second)
        ]
    }
    codes = [code for code in OF_COMMAND if code not in ("request_id.missing", "request.mismatch", "outcome.unknown")]
    return {
        "operationId": "send_commands",
        "tags": ["reservations"],
        "summary": "Send many commands",
        "description": "1 to 500 commands in one request, each with its own request id and its own fate, in answers of "
        "the same order. Those that name the same reservation or shipment are done one after the other, in their "
        "order. Each needs the scope that it needs alone. `Idempotency-Key` is refused here.",
        "security": [{"key": []}],
        "parameters": [_parameter("OnBehalfOf")],
        "requestBody": {"required": True, "content": {JSON: {"schema": ref(BulkRequest), "example": example}}},
        "responses": {
            "207": answer("What became of each.", BulkReply),
            **problems(codes),
        },
    }


def _question(form: QuestionForm) -> Json:
    responses: Json = {"200": answer("The answer.", form.answer)}
    parameters = _asked(form)
    if form.name == "find-availability":
        responses["200"]["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
        responses["304"] = {"description": "Nothing changed since the answer with this ETag."}
        parameters.append(_parameter("IfNoneMatch"))
    if form is EXPORT:
        line = {"type": "string", "description": "A document a line: its id, version and time, then its fields."}
        table = {"type": "string", "description": "A document a row, below a heading; times in RFC 3339."}
        responses["200"]["content"] = {"application/x-ndjson": {"schema": line}, "text/csv": {"schema": table}}
    if form.name == "read-events":
        stream = {
            "type": "string",
            "description": "Server-sent events: each `data` is one event as CloudEvents JSON, each `id` a place to go "
            "on after.",
        }
        responses["200"]["content"]["text/event-stream"] = {"schema": stream}
        parameters.append(_parameter("LastEventId"))
    return {
        "operationId": operation_id(form.name),
        "tags": [QUESTIONS_TAG],
        "summary": form.summary,
        "description": form.description,
        "security": [{"key": [form.scope]}],
        "parameters": parameters,
        "responses": {**responses, **problems((*OF_QUESTION, *form.refusals))},
    }


def _asked(form: QuestionForm) -> list[Json]:
    """What is asked with, as parameters: in the path where the path names it, in the query otherwise."""
    schema = form.asked.model_json_schema()
    parameters = []
    for name, shape in schema["properties"].items():
        shape = _without_null(shape)
        where = "path" if f"{{{name}}}" in form.path else "query"
        description = shape.pop("description", None)
        parameter: Json = {"name": name, "in": where, "required": name in schema.get("required", ())}
        if description:
            parameter["description"] = description
        parameters.append({**parameter, "schema": plain(shape)})
    return parameters


def _health() -> Json:
    checks = {"type": "object", "additionalProperties": {"type": "string", "enum": ["up", "down"]}}
    ready = {
        "type": "object",
        "required": ["status", "checks"],
        "properties": {"status": {"type": "string"}, "checks": checks},
    }
    live = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
    return {
        f"/health/{name}": {
            "get": {
                "operationId": f"health_{name}",
                "tags": ["health"],
                "summary": summary,
                "security": [],
                "responses": {
                    **{
                        status: {"description": meaning, "content": {JSON: {"schema": schema}}}
                        for status, meaning in answers.items()
                    },
                    **problems(ANYONE),
                },
            }
        }
        for name, summary, schema, answers in (
            ("live", "Whether the process answers", live, {"200": "It does."}),
            (
                "ready",
                "Whether it can serve",
                ready,
                {"200": "It can.", "503": "It cannot; `checks` says what is down."},
            ),
        )
    }


# -- schemas ----------------------------------------------------------------------------------------------------------


def _schemas() -> Json:
    asked: list[type[BaseModel]] = [*(form.request for form in COMMANDS), BulkRequest, WmsMessage]
    asked += [PromiseRequest, ManyPromises, Reserving]
    answered: list[type[BaseModel]] = [form.reply for form in COMMANDS]
    answered += [
        *(form.answer for form in QUESTIONS),
        BulkReply,
        Captured,
        CaptureJob,
        WmsTakenIn,
        Problem,
        Requeued,
        ManyPromised,
    ]
    return schemas(asked, answered)


def _without_null(shape: Mapping[str, Any]) -> Json:
    """A parameter is there or is not: it has no null."""
    shape = dict(shape)
    ways = [way for way in shape.pop("anyOf", ()) if way != {"type": "null"}]
    if ways:
        (way,) = ways
        shape.pop("default")
        shape |= way
    return shape


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _tagged(name: str, about: str) -> Json:
    return {"name": name, "description": about}
