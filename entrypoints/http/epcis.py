"""Events of GS1 EPCIS 2.0 over HTTP: captured and told of at once, or as jobs, as the standard's binding has it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from application.kernel.unanswered import TooLate
from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from application.stock.handle import StockCommand
from application.stock.keep_capture import FindCapture, KeepCapture
from application.stock.take_in import Document, Outcome
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body
from entrypoints.http.commands import MULTI_STATUS, call_of
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.parameters import id_in_path
from entrypoints.http.refusals import BodyType
from entrypoints.wire.commands import FORMS
from entrypoints.wire.taken_in import capture_job, captured

TYPES: Final = ("application/json", "application/ld+json")
BEHAVIOUR: Final = b"gs1-capture-error-behaviour"
PROCEED: Final = "proceed"
ROLLBACK: Final = "rollback"
SELLS: Final = frozenset(form.command for form in FORMS.values() if form.scope == "sell") | {"ShipGoods"}
VERSION: Final = (b"gs1-epcis-version", b"2.0.0")
ACCEPTED: Final = 202


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
        outcomes, _ = await self._capture(knock)
        return Reply(MULTI_STATUS, self._house.codec.encode(captured(outcomes, self.template)), headers=[VERSION])

    async def _capture(self, knock: Knock) -> tuple[Sequence[Outcome], str]:
        """What became of each event, and what was to be done about errors."""
        if b"idempotency-key" in knock.headers:
            raise InvalidInput("an event's eventID is its request: leave Idempotency-Key out", field="Idempotency-Key")
        call_of(knock, knock.request)  # in whose name is said of all of them
        document = self._house.epcis(await self._body(knock))
        behaviour = _behaviour(knock, document)
        # The first was paid for at the door.
        self._rate.require(knock.caller.key, asyncio.get_running_loop().time(), knock.request, len(document) - 1)

        def permit(command: StockCommand[Any]) -> None:
            require_scope(knock.caller, Scope.SELL if command.name in SELLS else Scope.ADJUST)

        return await document.take_in(self._house.handle, lambda request: call_of(knock, request), permit), behaviour

    async def _body(self, knock: Knock) -> bytes:
        said = knock.headers.get(b"content-type", b"application/json").decode("latin-1")
        if said.partition(";")[0].strip().lower() not in TYPES:
            raise BodyType("send EPCIS in JSON, as application/json or application/ld+json")
        untyped = {name: value for name, value in knock.headers.items() if name != b"content-type"}
        return await read_body(knock.receive, untyped, self._most)


class CaptureInJob(Capture):
    """The same in the form of the standard's binding: the answer names a job, which says what became of the document.

    The job is done before it is named: there is nothing that a process that dies could leave running.
    """

    template = "/v1/epcis/2.0/capture"

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with an event is an error of the job."""
        began, id = datetime.now(UTC), uuid4().hex
        outcomes, behaviour = await self._capture(knock)
        body = self._house.codec.encode(capture_job(id, began, datetime.now(UTC), outcomes, behaviour, self.template))
        job: dict[str, Any] = self._house.codec.decode(body, dict[str, Any])
        await self._house.handle(call_of(knock, f"capture:{id}"), KeepCapture(id, job))
        place = f"{self.template}/{id}".encode("ascii")
        said = [VERSION, (b"location", place), (BEHAVIOUR, behaviour.encode("ascii"))]
        return Reply(ACCEPTED, body, headers=said)


class OneCapture:
    """`GET /v1/epcis/2.0/capture/{id}`: a capture job of the tenant."""

    method = "GET"
    template = "/v1/epcis/2.0/capture/{id}"
    needs: Scope | None = Scope.ADJUST
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises CaptureUnknown, TooLate, StoreError."""
        if knock.scope["query_string"]:
            raise InvalidInput("nothing more is asked of a job than its id", field="query")
        try:
            async with asyncio.timeout_at(knock.deadline):
                job = await self._house.ask(knock.caller.tenant, FindCapture(id_in_path(name)))
        except TimeoutError as error:
            raise TooLate("no answer within the time that a request may take", request=knock.request) from error
        return Reply(200, self._house.codec.encode(job), headers=[VERSION])


def _behaviour(knock: Knock, document: Document) -> str:
    """What is to be done about errors. Raises InvalidInput for what is not done: all of several events, or none."""
    said = knock.headers.get(BEHAVIOUR, PROCEED.encode()).strip().lower().decode("latin-1")
    if said == PROCEED or (said == ROLLBACK and len(document) == 1):
        return said
    raise InvalidInput(
        "every event has a fate of its own: GS1-Capture-Error-Behaviour is proceed; rollback is for one event alone",
        field="GS1-Capture-Error-Behaviour",
    )
