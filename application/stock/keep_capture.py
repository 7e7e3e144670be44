"""Keep what became of a document that was captured; find it again by its id, or list all that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from application.kernel.command import Touches
from application.kernel.register_pages import RegisterReader, tenant_of
from application.stock.handle import NOTHING, Mentions
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import Refusal

CAPTURES: Final = "capture"
"""The register of captures. No command names one, so none is active; they are kept as long as requests are."""


class CaptureUnknown(Refusal):
    """No capture job of this id is kept, or no longer: they are kept as long as requests are (`capture`).

    Capture the document again: what was taken in of it is not taken in twice, and every event gets the answer it got.
    """

    code = "capture.unknown"


@dataclass(frozen=True, slots=True)
class CaptureKept:
    """The id under which it is found."""

    capture: str


@dataclass(frozen=True, slots=True)
class KeepCapture:
    """Keep a capture job as it is told. No caller sends it: it comes after the document that it tells of."""

    name: ClassVar[str] = "KeepCapture"
    reply: ClassVar[type] = CaptureKept

    capture: str
    job: Mapping[str, Any]

    def __post_init__(self) -> None:
        identifier(self.capture, "capture")

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(entries=(EntryKey(CAPTURES, self.capture),))

    def decide(self, ledger: Ledger) -> CaptureKept:
        ledger.write_entry(CAPTURES, self.capture, {"job": self.job, "active": False})
        return CaptureKept(self.capture)


MAX_JOBS: Final = 100
"""Most capture jobs of a page."""

MAX_ERRORS: Final = 1_000
"""Errors with which a page is full, however few jobs it has: a job has as many as its document had events."""

AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class ListCaptures:
    """A page of at most `limit` (1 to 100) capture jobs, in the order of their ids: those that came first, first."""

    after: str = ""
    limit: int = 30

    def __post_init__(self) -> None:
        if self.after:
            identifier(self.after, "after")
        whole(self.limit, "limit", most=MAX_JOBS)


@dataclass(frozen=True, slots=True)
class CapturesPage:
    """Capture jobs as they were told. `after` is what to ask for the next page with; empty after the last."""

    jobs: tuple[Mapping[str, Any], ...]
    after: str


class ListCapturesHandler:
    """Lists them, some at a time: a page may be shorter than was asked for."""

    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListCaptures) -> CapturesPage:
        """Raises StoreError."""
        after, errors, shown = query.after, 0, list[Mapping[str, Any]]()
        while True:
            at_once = min(query.limit + 1 - len(shown), AT_ONCE)  # one more tells whether there is a next page
            found = await self._reader.entries(tenant_of(tenant), CAPTURES, "", after, at_once)
            for each in found:
                job: Mapping[str, Any] = each.facts["job"]
                if len(shown) == query.limit or (shown and errors + len(job["errors"]) > MAX_ERRORS):
                    return CapturesPage(tuple(shown), after)
                shown.append(job)
                errors += len(job["errors"])
                after = each.key.code
            if len(found) < at_once:
                return CapturesPage(tuple(shown), "")


@dataclass(frozen=True, slots=True)
class FindCapture:
    """The capture job of this id, as it was told."""

    capture: str

    def __post_init__(self) -> None:
        identifier(self.capture, "capture")


class FindCaptureHandler:
    """Reads it."""

    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindCapture) -> Mapping[str, Any]:
        """Raises CaptureUnknown, StoreError."""
        found = await self._reader.entries(tenant_of(tenant), CAPTURES, query.capture, "", 1)
        if not found or found[0].key.code != query.capture:
            raise CaptureUnknown(f"no capture {query.capture} is kept", capture=query.capture)
        job: Mapping[str, Any] = found[0].facts["job"]
        return job
