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
        "schema": {"type": "string"},
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The place after which a stream goes on; it counts before `after`.",
        "schema": {"type": "string"},
    },
}

HEADERS: Final[Json] = {
    "XRequestId": {
        "description": "What was sent as X-Request-Id, 1 to 128 visible ASCII characters; else one made here.",
        "schema": {"type": "string"},
    },
    "RetryAfter": {"description": "Seconds to wait before a repeat.", "schema": {"type": "integer", "minimum": 1}},
    "ETag": {"description": "Of the content, whenever it was read.", "schema": {"type": "string"}},
}

_RESERVATION: Final = "$response.body#/reservation"
_SHIPMENT: Final = "$response.body#/shipment"


def _then(name: str, **body: object) -> Json:
    return {"operationId": operation_id(name), "requestBody": body, "description": f"What it names, for {name}."}


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
    "exchange_holds": _then(
        "exchange-holds",
        reservation=_RESERVATION,
        pick={"line": "$response.body#/lines/0/line"},
        to=[{"goods": "$response.body#/lines/0/goods", "node": "$response.body#/lines/0/node"}],
    ),
    "damage_reserved": _then(
        "damage-reserved",
        reservation=_RESERVATION,
        picks=[{"line": "$response.body#/lines/0/line", "quantity": 1}],
        reason="as found",
    ),
}
_CARRY_ON: Final[Json] = {
    "find_movements": {"operationId": "find_movements", "parameters": {"query.shipment": _SHIPMENT}}
}
_POSITION: Final = {"goods": "$response.body#/positions/0/goods", "node": "$response.body#/positions/0/node"}
_LOOK: Final[Json] = {
    "find_availability": {
        "operationId": "find_availability",
        "parameters": {f"query.{name}": value for name, value in _POSITION.items()},
    },
    **{
        operation_id(name): _then(name, lines=[{**_POSITION, "quantity": 1}], reason="as found")
        for name in ("hold-stock", "unhold-stock", "write-off-stock")
    },
}
_CODE: Final = "$response.body#/entries/0/code"

LINKS: Final[Mapping[str, Json]] = {
    "register-goods": {"change_goods": _then("change-goods", changes=[{"code": _CODE, "active": True}])},
    "register-node": {"change_node": _then("change-node", changes=[{"code": _CODE, "active": True}])},
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
