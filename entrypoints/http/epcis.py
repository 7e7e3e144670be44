"""Events of GS1 EPCIS 2.0 over HTTP, captured and told of at once."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from application.stock.handle import StockCommand
from application.stock.take_in import Outcome
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body
from entrypoints.http.bounds import pay_for
from entrypoints.http.commands import MULTI_STATUS, call_of
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.refusals import BodyType
from entrypoints.wire.commands import FORMS
from entrypoints.wire.taken_in import captured

TYPES: Final = ("application/json", "application/ld+json")
BEHAVIOUR: Final = b"gs1-capture-error-behaviour"
BEHAVIOURS: Final = (BEHAVIOUR, b"gs1-epcis-capture-error-behaviour")
"""The header as the standard has it, and as some of its clients do."""

PROCEED: Final = "proceed"
ROLLBACK: Final = "rollback"
SELLS: Final = frozenset(form.command for form in FORMS.values() if form.scope == "sell") | {"ShipGoods"}
BELOW: Final = "/v1/epcis/"
"""How the paths of all its routes begin."""

VERSION: Final = (b"gs1-epcis-version", b"2.0.0")
"""What every answer below it has."""

VERSIONS: Final = (b"2.0", b"2.0.0", b"2.0.1")


class Capture:
    """Every event of a document is taken in on its own, or refused, and answered in its place; or all of them are taken
    in, or none.

    An event is known by its eventID: in whatever document it comes again, it gets the answer it got.
    """

    method = "POST"
    template = f"{BELOW}capture"
    needs: Scope | None = Scope.ADJUST
    waits = False
    default = PROCEED

    def __init__(self, house: Installation, rate: RateLimit) -> None:
        self._house = house
        self._rate = rate
        self._most = house.settings.http.bulk_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with an event is its outcome."""
        outcomes, _ = await self._capture(knock)
        return Reply(MULTI_STATUS, self._house.codec.encode(captured(outcomes, self.template)), headers=[VERSION])

    async def _capture(self, knock: Knock) -> tuple[Sequence[Outcome], str]:
        """What became of each event, and what was to be done about errors."""
        if b"idempotency-key" in knock.headers:
            raise InvalidInput("an event's eventID is its request: leave Idempotency-Key out", field="Idempotency-Key")
        call_of(knock, knock.request)  # in whose name is said of all of them
        behaviour = _behaviour(knock, self.default)
        _require_version(knock)
        # Megabytes of it are read for long: nobody waits for that who asked for something else.
        document = await asyncio.to_thread(self._house.epcis, await self._body(knock))
        pay_for(len(document), knock, self._rate)

        def permit(command: StockCommand[Any]) -> None:
            require_scope(knock.caller, Scope.SELL if command.name in SELLS else Scope.ADJUST)

        outcomes = await document.take_in(
            self._house.handle,
            lambda request: call_of(knock, request),
            permit,
            together=behaviour == ROLLBACK,
        )
        return outcomes, behaviour

    async def _body(self, knock: Knock) -> bytes:
        said = knock.headers.get(b"content-type", b"application/json").decode("latin-1")
        if said.partition(";")[0].strip().lower() not in TYPES:
            raise BodyType("send EPCIS in JSON, as application/json or application/ld+json")
        untyped = {name: value for name, value in knock.headers.items() if name != b"content-type"}
        return await read_body(knock.receive, untyped, self._most)


def _behaviour(knock: Knock, default: str) -> str:
    """What is to be done about errors. Raises InvalidInput."""
    said = {value.strip().lower() for name, value in knock.scope["headers"] if name in BEHAVIOURS}
    found = said.pop().decode("latin-1") if said else default
    if said or found not in (PROCEED, ROLLBACK):
        raise InvalidInput(
            "GS1-Capture-Error-Behaviour is proceed (each event on its own) or rollback (all of them or none)",
            field="GS1-Capture-Error-Behaviour",
        )
    return found


def _require_version(knock: Knock) -> None:
    said = knock.headers.get(b"gs1-epcis-version", VERSION[1]).strip()
    if said not in VERSIONS:
        raise InvalidInput("EPCIS is captured in its version 2.0", field="GS1-EPCIS-Version")
