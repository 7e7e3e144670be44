"""Keep what became of a document that was captured, and find it again by its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from application.kernel.command import Touches
from application.kernel.register_pages import RegisterReader, tenant_of
from application.stock.handle import NOTHING, Mentions
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
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
