"""Promises over HTTP: `POST /v1/promises`, many at once, and reserving one by its id or token.

The same commands as at `/v1/commands/…`, on paths of their own, and with no request id where nothing is changed.
"""

from typing import Any, Final

import msgspec
from pydantic import BaseModel, ValidationError

from application.kernel.call import Call
from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from application.sourcing.demand import WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.make_promises import MakePromises
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from contracts.http.v1.promises import ManyPromises, PromiseRequest, Reserving
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Handler, Installation
from entrypoints.http.body import read_body
from entrypoints.http.bounds import in_time, pay_for
from entrypoints.http.commands import MULTI_STATUS, call_of, request_of
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.parameters import id_in_path
from entrypoints.wire.bodies import invalid
from entrypoints.wire.problems import problem_of

KEY: Final = b"idempotency-key"


class OnePromise:
    """`POST /v1/promises`: what can be supplied; kept, or reserved at once, where that is asked for."""

    method = "POST"
    template = "/v1/promises"
    needs: Scope | None = None
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._most = house.settings.http.body_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises ScopeMissing, RequestIdMissing, what is wrong with the body, what handling raises."""
        read: PromiseRequest = await _body(knock, PromiseRequest, self._most)
        command: MakePromise | ReserveWanted
        if read.reserve is None:
            require_scope(knock.caller, Scope.READ)
            given = {name: getattr(read, name) for name in read.model_fields_set - {"reserve"}}
            command = msgspec.convert(given, MakePromise, from_attributes=True)
        else:
            require_scope(knock.caller, Scope.SELL)
            if more := sorted(read.model_fields_set - {"wanted", "reserve"}):
                raise InvalidInput(f"{more[0]} does not go with reserve", field=more[0])
            command = ReserveWanted(
                msgspec.convert(read.wanted, WantedGoods, from_attributes=True),
                read.reserve.reservation,
                read.reserve.order,
                read.reserve.hold_for,
                read.reserve.partial,
                read.reserve.scene,
            )
        if read.keep or read.reserve is not None or KEY in knock.headers:
            knock.command_request = request_of(knock.headers)
        return await _handled(self._house, call_of(knock, knock.command_request or knock.request), command)


class ManyAtOnce:
    """`POST /v1/promises/bulk`: up to 200, from one read of balances; each answered in its place."""

    method = "POST"
    template = "/v1/promises/bulk"
    needs: Scope | None = Scope.READ
    waits = False

    def __init__(self, house: Installation, rate: RateLimit, make: Handler) -> None:
        self._house = house
        self._rate = rate
        self._make = make
        self._most = house.settings.http.bulk_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with one demand is its outcome."""
        if KEY in knock.headers:
            raise InvalidInput("nothing is changed: leave Idempotency-Key out", field="Idempotency-Key")
        read: ManyPromises = await _body(knock, ManyPromises, self._most)
        pay_for(len(read.wanted), knock, self._rate)
        wanted = MakePromises(tuple(msgspec.convert(each, WantedGoods, from_attributes=True) for each in read.wanted))
        made = await in_time(knock, self._make(call_of(knock, knock.request), wanted))
        outcomes: list[dict[str, Any]] = []
        for each in made:
            if isinstance(each, Exception):
                problem = problem_of(each)
                outcomes.append({"status": problem.status, "problem": problem.body(self.template, knock.request)})
            else:
                outcomes.append({"status": 200, "promise": each})
        return Reply(MULTI_STATUS, self._house.codec.encode({"outcomes": outcomes}))


class ReserveOne:
    """`POST /v1/promises/{id}/reservation`: exactly what was promised, by its id or its token."""

    method = "POST"
    template = "/v1/promises/{id}/reservation"
    needs: Scope | None = Scope.SELL
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._most = house.settings.http.body_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises RequestIdMissing, what is wrong with the body, what handling raises."""
        knock.command_request = request_of(knock.headers)
        read: Reserving = await _body(knock, Reserving, self._most)
        command = ReservePromise(id_in_path(name), read.reservation, read.order, read.hold_for, read.scene)
        return await _handled(self._house, call_of(knock, knock.command_request), command)


async def _body(knock: Knock, model: type[BaseModel], most: int) -> Any:
    body = await read_body(knock.receive, knock.headers, most)
    try:
        return model.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None


async def _handled(house: Installation, call: Call, command: Any) -> Reply:
    return Reply(200, house.codec.encode(await house.handle(call, command)))
