"""Events of GS1 EPCIS 2.0 over HTTP as the standard's binding has it: capture jobs, found, listed and discovered."""

from datetime import UTC, datetime
from random import getrandbits
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from application.stock.keep_capture import MAX_JOBS, CapturesPage, FindCapture, KeepCapture, ListCaptures
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.asgi import Headers
from entrypoints.http.bounds import in_time
from entrypoints.http.commands import call_of
from entrypoints.http.epcis import BEHAVIOUR, BELOW, ROLLBACK, VERSION, Capture
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.parameters import id_in_path, parameters
from entrypoints.wire.taken_in import capture_job

ACCEPTED: Final = 202
NO_CONTENT: Final = 204
PER_PAGE: Final = 30
MAX_NAMES: Final = 20
"""Most names that an error of a job lists."""
PLACE: Final = f"{BELOW}2.0/capture"
SPOKEN: Final[Headers] = [
    VERSION,
    (b"gs1-epcis-min", b"2.0.0"),
    (b"gs1-epcis-max", b"2.0.0"),
    (b"gs1-cbv-version", b"2.0.0"),
    (b"gs1-cbv-min", b"2.0.0"),
    (b"gs1-cbv-max", b"2.0.0"),
]
"""The versions of the standard and of its vocabulary that are understood."""


class CaptureInJob(Capture):
    """Capture, where the answer names a job, which says what became of the document. It is all or none, unless
    something else is asked for.

    The job is done before it is named: there is nothing that a process that dies could leave running.
    """

    template = PLACE
    default = ROLLBACK

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the whole; what is wrong with an event is an error of the job."""
        began = datetime.now(UTC)
        id = job_id(began)
        outcomes, behaviour = await self._capture(knock)
        body = self._house.codec.encode(capture_job(id, began, datetime.now(UTC), outcomes, behaviour, self.template))
        job: dict[str, Any] = self._house.codec.decode(body, dict[str, Any])
        if _shorten(job["errors"]):
            body = self._house.codec.encode(job)
        await self._house.handle(call_of(knock, f"capture:{id}"), KeepCapture(id, job))
        place = f"{self.template}/{id}".encode("ascii")
        said = [VERSION, (b"location", place), (BEHAVIOUR, behaviour.encode("ascii"))]
        return Reply(ACCEPTED, body, headers=said)


class OneCapture:
    """`GET /v1/epcis/2.0/capture/{id}`: a capture job of the tenant."""

    method = "GET"
    template = f"{PLACE}/{{id}}"
    needs: Scope | None = Scope.ADJUST
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises CaptureUnknown, TooLate, StoreError."""
        if knock.scope["query_string"]:
            raise InvalidInput("nothing more is asked of a job than its id", field="query")
        job = await in_time(knock, self._house.ask(knock.caller.tenant, FindCapture(id_in_path(name))))
        behaviour = str(job["captureErrorBehaviour"]).encode("ascii")
        return Reply(200, self._house.codec.encode(job), headers=[VERSION, (BEHAVIOUR, behaviour)])


class ListedCaptures:
    """`GET /v1/epcis/2.0/capture`: capture jobs of the tenant, page by page, those that came first first."""

    method = "GET"
    template = PLACE
    needs: Scope | None = Scope.ADJUST
    waits = False

    def __init__(self, house: Installation) -> None:
        self._house = house

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises InvalidInput, TooLate, StoreError."""
        said = parameters(knock.scope["query_string"], ("perPage", "nextPageToken"))
        asked = said.get("perPage", str(PER_PAGE))
        if not (asked.isascii() and asked.isdecimal() and 0 < len(asked) <= 9 and int(asked) > 0):
            raise InvalidInput("perPage is a number from 1", field="perPage")
        limit = min(int(asked), MAX_JOBS)
        query = ListCaptures(said.get("nextPageToken", ""), limit)
        page: CapturesPage = await in_time(knock, self._house.ask(knock.caller.tenant, query))
        headers = [VERSION]
        if page.after:
            more = urlencode({"perPage": limit, "nextPageToken": page.after})
            headers.append((b"link", f'<{PLACE}?{more}>; rel="next"'.encode("ascii")))
        return Reply(200, self._house.codec.encode(page.jobs), headers=headers)


class WhatIsCaptured:
    """`OPTIONS /v1/epcis/2.0/capture`: what is taken, how much of it, and what is done about errors."""

    method = "OPTIONS"
    template = PLACE
    needs: Scope | None = Scope.ADJUST
    waits = False

    def __init__(self, house: Installation) -> None:
        most = min(house.epcis.most_bytes, house.settings.http.bulk_bytes)
        self._headers = [
            *SPOKEN,
            (b"allow", b"GET, OPTIONS, POST"),
            (b"gs1-epcis-capture-limit", b"%d" % house.epcis.most_told),
            (b"gs1-epcis-capture-file-size-limit", b"%d" % most),
            (BEHAVIOUR, ROLLBACK.encode("ascii")),
        ]

    async def __call__(self, knock: Knock, name: str) -> Reply:
        return Reply(NO_CONTENT, b"", headers=self._headers)


class WhatOneCaptureTells:
    """`OPTIONS /v1/epcis/2.0/capture/{id}`: in which versions."""

    method = "OPTIONS"
    template = OneCapture.template
    needs: Scope | None = Scope.ADJUST
    waits = False

    async def __call__(self, knock: Knock, name: str) -> Reply:
        return Reply(NO_CONTENT, b"", headers=[*SPOKEN, (b"allow", b"GET, OPTIONS")])


def _shorten(errors: list[dict[str, Any]]) -> bool:
    """Leaves of the names in each error the first, and how many more there are: a job is kept, and read with others.

    Whether there were more in any.
    """
    shortened = False
    for error in errors:
        facts = error["facts"]
        names = facts.get("names", ())
        if len(names) > MAX_NAMES:
            facts["names"], facts["more"] = names[:MAX_NAMES], facts.get("more", 0) + len(names) - MAX_NAMES
            shortened = True
    return shortened


def job_id(began: datetime) -> str:
    """A UUID of version 7 (RFC 9562): in the order of their bytes, ids are in the order of their milliseconds."""
    millis = int(began.timestamp() * 1_000)
    return str(UUID(int=millis << 80 | 7 << 76 | getrandbits(12) << 64 | 2 << 62 | getrandbits(62)))
