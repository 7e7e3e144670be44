"""Events of GS1 EPCIS 2.0 over HTTP: `POST /v1/epcis/capture`."""

import asyncio
from typing import Any, Final

from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from application.stock.handle import StockCommand
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body
from entrypoints.http.commands import MULTI_STATUS, call_of
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.refusals import BodyType
from entrypoints.wire.commands import FORMS
from entrypoints.wire.taken_in import captured

TYPES: Final = ("application/json", "application/ld+json")
BEHAVIOUR: Final = b"gs1-capture-error-behaviour"
SELLS: Final = frozenset(form.command for form in FORMS.values() if form.scope == "sell") | {"ShipGoods"}
VERSION: Final = (b"gs1-epcis-version", b"2.0.0")


class Capture:
    """Every event of a document is taken in on its own, or refused, and answered in its place.

    An event is known by its eventID: in whatever document it comes again, it gets the answer it got.
    """

    method = "POST"
    template = "/v1/epcis/capture"
    needs: Scope | None = Scope.ADJUST
    waits = False

    def __init__(self, house: Installation, rate: RateLimit) -> None:
        self._house = house
        self._rate = rate
        self._most = house.settings.http.bulk_bytes

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with an event is its outcome."""
        if b"idempotency-key" in knock.headers:
            raise InvalidInput("an event's eventID is its request: leave Idempotency-Key out", field="Idempotency-Key")
        if knock.headers.get(BEHAVIOUR, b"proceed").strip().lower() != b"proceed":
            raise InvalidInput(
                "every event has a fate of its own: GS1-Capture-Error-Behaviour is proceed",
                field="GS1-Capture-Error-Behaviour",
            )
        call_of(knock, knock.request)  # in whose name is said of all of them
        document = self._house.epcis(await self._body(knock))
        # The first was paid for at the door.
        self._rate.require(knock.caller.key, asyncio.get_running_loop().time(), knock.request, len(document) - 1)

        def permit(command: StockCommand[Any]) -> None:
            require_scope(knock.caller, Scope.SELL if command.name in SELLS else Scope.ADJUST)

        outcomes = await document.take_in(self._house.handle, lambda request: call_of(knock, request), permit)
        told = captured(outcomes, self.template)
        return Reply(MULTI_STATUS, self._house.codec.encode(told), headers=[VERSION])

    async def _body(self, knock: Knock) -> bytes:
        said = knock.headers.get(b"content-type", b"application/json").decode("latin-1")
        if said.partition(";")[0].strip().lower() not in TYPES:
            raise BodyType("send EPCIS in JSON, as application/json or application/ld+json")
        untyped = {name: value for name, value in knock.headers.items() if name != b"content-type"}
        return await read_body(knock.receive, untyped, self._most)
