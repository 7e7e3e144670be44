"""The operations on promises in the OpenAPI document, beside their commands."""

from typing import Any, Final

from contracts.http.v1.catalogue import PROMISES
from contracts.http.v1.promises import (
    ManyPromised,
    ManyPromises,
    Promise,
    PromiseRequest,
    PromiseReserved,
    Reserving,
    WantedReserved,
)
from entrypoints.http.openapi_answers import JSON, OF_COMMAND, answer, problems
from entrypoints.wire.schemas import Json, ref

TAG: Final = "promises"
FORMS: Final = {form.name: form for form in PROMISES}
WANTED: Final[Any] = FORMS["make-promise"].example["wanted"]
READS: Final = [
    code for code in OF_COMMAND if code not in ("request_id.missing", "request.mismatch", "outcome.unknown")
]


def promises() -> Json:
    """Paths of promises."""
    make, reserve = FORMS["make-promise"].refusals, FORMS["reserve-promise"].refusals
    named = {"$ref": "#/components/parameters/IdempotencyKey"}
    behalf = {"$ref": "#/components/parameters/OnBehalfOf"}
    at_once = sorted({*make, *FORMS["reserve-wanted"].refusals})
    one = _operation(
        "promise_wanted",
        "Promise what is wanted",
        "What can be supplied, from where, by when, at what cost. With `keep` it is stored, with `reserve` held at "
        "once: both need `Idempotency-Key`, which may be left out otherwise. Needs `read`, to reserve `sell`.",
        [behalf, _optional("Idempotency-Key")],
        _sent(PromiseRequest, {"wanted": WANTED, "explain": "all"}),
        {
            "200": answer("A promise; with `reserve`, the reservation and its promise.", Promise),
            **problems((*OF_COMMAND, *at_once)),
        },
    )
    one["responses"]["200"]["content"][JSON]["schema"] = {"anyOf": [ref(Promise), ref(WantedReserved)]}
    return {
        "/v1/promises": {"post": one},
        "/v1/promises/bulk": {
            "post": _operation(
                "promise_many",
                "Promise many",
                "1 to 200 demands from one read of balances, each promised by itself: none sees what another would "
                "take. `Idempotency-Key` is refused here.",
                [behalf],
                _sent(ManyPromises, {"wanted": [WANTED]}),
                {"207": answer("What became of each.", ManyPromised), **problems(READS)},
                "read",
            )
        },
        "/v1/promises/{id}/reservation": {
            "post": _operation(
                "reserve_promised",
                "Reserve a promise by its id or token",
                FORMS["reserve-promise"].description,
                [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "description": "The id of a kept promise, or a token. Percent-encoded, slashes too.",
                        "schema": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 8_192,
                            "pattern": r"^[^\x00-\x1f\x7f]+$",
                        },
                    },
                    named,
                    behalf,
                ],
                _sent(Reserving, {"order": "2003"}),
                {
                    "200": answer("Held; or held before, under the same request id.", PromiseReserved),
                    **problems((*OF_COMMAND, *reserve)),
                },
                "sell",
            )
        },
    }


def _operation(
    id: str, summary: str, description: str, parameters: list[Json], sent: Json, responses: Json, scope: str = ""
) -> Json:
    return {
        "operationId": id,
        "tags": [TAG],
        "summary": summary,
        "description": description,
        "security": [{"key": [scope] if scope else []}],
        "parameters": parameters,
        "requestBody": sent,
        "responses": responses,
    }


def _sent(model: Any, example: Json) -> Json:
    return {"required": True, "content": {JSON: {"schema": ref(model), "example": example}}}


def _optional(name: str) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": "The id of this request where it keeps or reserves: the same for every repeat.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 130},
    }
