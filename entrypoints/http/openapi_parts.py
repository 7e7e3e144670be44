"""Parts of the OpenAPI document that are written by hand: headers, and what leads on from an answer."""

from collections.abc import Mapping
from typing import Final

from entrypoints.wire.schemas import Json


def operation_id(name: str) -> str:
    return name.replace("-", "_")


PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "The request id: 1 to 128 visible ASCII characters, bare or as a string in quotes (RFC 9651). "
        "The same for every repeat of the same command. Those that begin `expire:` are the platform's own.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 258,
            "pattern": r'^(?!"?expire:)([!#-~][!-~]{0,127}|"([ !#-\[\]-~]|\\["\\]){1,128}")$',
        },
        "example": "3f2c8e0a-order-1001-reserve",
    },
    "OnBehalfOf": {
        "name": "On-Behalf-Of",
        "in": "header",
        "required": False,
        "description": "Who acts, where that is someone else than the key stands for. Both are kept.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "pattern": r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        },
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of an answer had before.",
        "schema": {"type": "string", "maxLength": 1024},
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The place after which a stream goes on; it counts before `after`.",
        "schema": {"type": "string", "maxLength": 512},
    },
}

HEADERS: Final[Json] = {
    "XRequestId": {"description": "The request id; one made here where none was sent.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait before a repeat.", "schema": {"type": "integer", "minimum": 1}},
    "ETag": {"description": "Of the content, whenever it was read.", "schema": {"type": "string"}},
}

_RESERVATION: Final = "$response.body#/reservation"
_SHIPMENT: Final = "$response.body#/shipment"


def _then(name: str, **body: object) -> Json:
    return {"operationId": operation_id(name), "requestBody": body, "description": f"Its reservation, for {name}."}


_FIND: Final[Json] = {
    "find_reservation": {"operationId": "find_reservation", "parameters": {"path.id": _RESERVATION}},
    "find_movements": {"operationId": "find_movements", "parameters": {"query.reservation": _RESERVATION}},
}
_GO_ON: Final[Json] = {
    **_FIND,
    **{
        operation_id(name): _then(name, reservation=_RESERVATION)
        for name in (
            "confirm-reservation",
            "release-reservation",
            "deallocate-reservation",
            "ship-reservation",
        )
    },
    "extend_reservation": _then("extend-reservation", reservation=_RESERVATION, hold_for="PT10M"),
}
_CARRY_ON: Final[Json] = {
    "find_movements": {"operationId": "find_movements", "parameters": {"query.shipment": _SHIPMENT}}
}
_LOOK: Final[Json] = {
    "find_availability": {
        "operationId": "find_availability",
        "parameters": {
            "query.goods": "$response.body#/positions/0/goods",
            "query.node": "$response.body#/positions/0/node",
        },
    }
}

LINKS: Final[Mapping[str, Json]] = {
    "reserve-stock": _GO_ON,
    "extend-reservation": _GO_ON,
    "confirm-reservation": _GO_ON,
    "release-reservation": _FIND,
    "deallocate-reservation": _FIND,
    "damage-reserved": _FIND,
    "exchange-holds": _GO_ON,
    "freeze-transfer": _GO_ON,
    "ship-reservation": _FIND,
    "receive-shipment": _CARRY_ON,
    "recall-shipment": _CARRY_ON,
    "receive-stock": _LOOK,
    "set-safety-stock": _LOOK,
    "report-sale": _LOOK,
}
"""What may be done next with what was answered: for people, and for tools that walk from one to the next."""
