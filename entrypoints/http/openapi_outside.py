"""The operations for outside systems in the OpenAPI document: EPCIS capture, messages of warehouses."""

from collections.abc import Sequence
from typing import Final

from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.epcis import Captured, CaptureJob
from contracts.http.v1.wms import WmsMessage, WmsTakenIn
from entrypoints.http.openapi_answers import ANYONE, JSON, OF_COMMAND, OF_QUESTION, SENT, SERVED, answer, problems
from entrypoints.wire.schemas import Json, ref

TAG: Final = "outside systems"
LINKED: Final = "application/ld+json"

EVENT: Final[Json] = {
    "type": "object",
    "description": "One event of EPCIS 2.0; its eventID is its identity.",
    "required": ["type"],
    "properties": {
        "type": {"type": "string", "minLength": 1},
        "eventID": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "^[!-~]+$"},
        "action": {"type": "string"},
        "bizStep": {"type": "string"},
        "disposition": {"type": "string"},
    },
    "additionalProperties": True,
}
DOCUMENT: Final[Json] = {
    "type": "object",
    "description": "An EPCISDocument in JSON or JSON-LD, with 1 to 1,000 events.",
    "required": ["type", "schemaVersion", "epcisBody"],
    "properties": {
        "type": {"type": "string", "enum": ["EPCISDocument"]},
        "schemaVersion": {"type": "string", "enum": ["2.0", "2.0.0", "2.0.1"]},
        "creationDate": {"type": "string"},
        "epcisBody": {
            "type": "object",
            "required": ["eventList"],
            "properties": {"eventList": {"type": "array", "minItems": 1, "maxItems": 1_000, "items": EVENT}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": True,
}
EXAMPLE: Final[Json] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-03-01T08:00:00Z",
    "epcisBody": {
        "eventList": [
            {
                "eventID": "urn:uuid:0b4f5e0e-64d1-4b3b-9a86-2f6f4f0d8a11",
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "bizStep": "receiving",
                "disposition": "in_progress",
                "eventTime": "2026-03-01T07:58:00Z",
                "eventTimeZoneOffset": "+00:00",
                "bizLocation": {"id": "urn:epc:id:sgln:0614141.00888.0"},
                "epcList": [],
                "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:0614141.107346.*", "quantity": 24}],
            }
        ]
    },
}


OF_DOCUMENT: Final = ("epcis.document", "epcis.too_large", "together.too_many")

TAKEN_IN: Final = frozenset(
    ("ReceiveStock", "ReceiveShipment", "ShipReservation", "DeallocateReservation", "CountStock", "HoldStock")
)
"""What messages of warehouses come to."""

MESSAGE: Final[Json] = {
    "id": "north-000817",
    "type": "goods.received",
    "node": "harbour",
    "lines": [{"goods": "coffee-1kg", "quantity": 40, "damaged": 1}],
}


def outside() -> Json:
    """Paths of what outside systems tell."""
    codes = [code for code in OF_COMMAND if code not in ("request_id.missing", "request.mismatch", "outcome.unknown")]
    return {
        "/v1/epcis/capture": {
            "post": {
                "operationId": "capture_events",
                "tags": [TAG],
                "summary": "Capture EPCIS events",
                "description": "1 to 1,000 events of GS1 EPCIS 2.0, each taken in as commands in one transaction, or "
                "refused, in answers of the same order; or all of them are taken in, or none, where "
                "`GS1-Capture-Error-Behaviour` is `rollback`. An event is known by its eventID: sent again, in "
                "whatever document, it gets the answer it got. What its names mean is set by `set-mappings`, of the "
                "system `gs1`. An event that ships or sells needs the scope `sell` too. `Idempotency-Key` is refused "
                "here.",
                "security": [{"key": ["adjust"]}],
                "parameters": [{"$ref": "#/components/parameters/OnBehalfOf"}, _behaviour("proceed")],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": DOCUMENT, "example": EXAMPLE}, LINKED: {"schema": DOCUMENT}},
                },
                "responses": {
                    "207": answer("What became of each event.", Captured),
                    **problems([*codes, *OF_DOCUMENT]),
                },
            }
        },
        "/v1/epcis/2.0/capture": {"post": _job(codes), "get": _jobs()},
        "/v1/epcis/2.0/capture/{id}": {"get": _one_job()},
        "/v1/wms/{source}/messages": {"post": _warehouse()},
    }


def _job(codes: Sequence[str]) -> Json:
    done = answer("The job, which is done; `Location` is where it is found.", CaptureJob)
    done["headers"] = {
        **done["headers"],
        "Location": {"description": "The path of the job.", "required": True, "schema": {"type": "string"}},
    }
    return {
        "operationId": "capture_in_job",
        "tags": [TAG],
        "summary": "Capture EPCIS events, as the standard's binding has it",
        "description": "As `POST /v1/epcis/capture`, and answered with a capture job. To a client of EPCIS the address "
        "of this repository is `/v1/epcis/2.0`. All events of the document are taken in, or none, unless "
        "`GS1-Capture-Error-Behaviour` is `proceed`. `OPTIONS` tells the bounds.",
        "security": [{"key": ["adjust"]}],
        "parameters": [
            {"$ref": "#/components/parameters/OnBehalfOf"},
            _behaviour("rollback"),
        ],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": DOCUMENT, "example": EXAMPLE}, LINKED: {"schema": DOCUMENT}},
        },
        "responses": {"202": done, **problems([*codes, *OF_DOCUMENT])},
    }


def _behaviour(default: str) -> Json:
    return {
        "name": "GS1-Capture-Error-Behaviour",
        "in": "header",
        "required": False,
        "description": f"`proceed`: each event on its own; `rollback`: all of them or none. Left out: `{default}`.",
        "schema": {"type": "string", "enum": ["proceed", "rollback"], "default": default},
    }


def _jobs() -> Json:
    page = answer("The jobs.", CaptureJob)
    schema = page["content"][JSON]["schema"]
    page["content"] = {JSON: {"schema": {"type": "array", "maxItems": 100, "items": schema}}}
    page["headers"] = {
        **page["headers"],
        "Link": {
            "description": 'Where the next page is, `rel="next"`; left out with the last.',
            "required": False,
            "schema": {"type": "string"},
        },
    }
    token: Json = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[^\\x00-\\x1f\\x7f]+$"}
    return {
        "operationId": "list_captures",
        "tags": [TAG],
        "summary": "List capture jobs",
        "description": "In the order in which they came. A page may have fewer than were asked for, where they have "
        "many errors.",
        "security": [{"key": ["adjust"]}],
        "parameters": [
            {
                "name": "perPage",
                "in": "query",
                "required": False,
                "description": "Most jobs of a page; more than 100 are none the more.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 30},
            },
            {
                "name": "nextPageToken",
                "in": "query",
                "required": False,
                "description": "As the page before it has it in its `Link`.",
                "schema": token,
            },
        ],
        "responses": {"200": page, **problems(OF_QUESTION)},
    }


def _one_job() -> Json:
    id: Json = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[^\\x00-\\x1f\\x7f]+$"}
    return {
        "operationId": "find_capture",
        "tags": [TAG],
        "summary": "Find a capture job",
        "description": "What became of a document. Jobs are kept as long as requests are remembered.",
        "security": [{"key": ["adjust"]}],
        "parameters": [{"name": "id", "in": "path", "required": True, "description": "The captureID.", "schema": id}],
        "responses": {
            "200": answer("The job.", CaptureJob),
            **problems((*OF_QUESTION, "capture.unknown")),
        },
    }


def _warehouse() -> Json:
    codes = (*ANYONE, *SERVED, *SENT, "input.invalid", "request.mismatch", "outcome.unknown", "service.busy")
    decided = sorted({code for form in COMMANDS if form.command in TAKEN_IN for code in form.refusals})
    own = ("signature.invalid", "signature.stale", "wms.malformed", "mapping.unknown", "rate.limited")
    return {
        "operationId": "hear_warehouse",
        "tags": [TAG],
        "summary": "Hear a warehouse",
        "description": "One message of a warehouse system: goods came, left, left short, were counted or broke. It is "
        "signed with a secret of its source: HMAC-SHA256 over the time, a full stop and the bytes of the body. Its id "
        "is its identity: sent again, it gets the answer it got.",
        "security": [],
        "parameters": [
            {
                "name": "source",
                "in": "path",
                "required": True,
                "description": "The warehouse system, as the installation's settings name it.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 32, "pattern": "^[a-z0-9][a-z0-9._-]*$"},
            },
            {
                "name": "Entrepot-Signature",
                "in": "header",
                "required": True,
                "description": "`t=<seconds since 1970>,v1=<hex>`; several `v1` where a secret is being changed.",
                "schema": {"type": "string", "pattern": "^t=[0-9]{1,12}(,v1=[0-9a-f]{64}){1,8}$"},
            },
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": ref(WmsMessage), "example": MESSAGE}}},
        "responses": {
            "200": answer("It was taken in, now or before.", WmsTakenIn),
            **problems((*codes, *decided, *own)),
        },
    }
