"""Capture (EPCIS 2.0): a document of events, each taken in on its own."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from adapters.acl.epcis.document import DocumentMalformed, Event, events_of
from adapters.acl.epcis.translate import SYSTEM, ToldEvent
from application.kernel.call import Call
from application.kernel.register_pages import RegisterReader
from application.stock.take_in import Handle, Outcome, Permit, anything, take_in

REQUEST: Final = "epcis:"


class EpcisDocuments:
    """Reads EPCIS documents and has their events taken in."""

    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    def __call__(self, body: bytes) -> "EpcisDocument":
        """Raises DocumentMalformed, DocumentTooLarge."""
        return EpcisDocument(events_of(body), self._reader)


class EpcisDocument:
    """One document, read."""

    def __init__(self, events: Sequence[Event | DocumentMalformed], reader: RegisterReader) -> None:
        self._events = events
        self._reader = reader

    def __len__(self) -> int:
        return len(self._events)

    async def take_in(
        self, handle: Handle, call_of: Callable[[str], Call], permit: Permit = anything
    ) -> Sequence[Outcome]:
        told = [(call_of(request_of(each)), ToldEvent(each)) for each in self._events if isinstance(each, Event)]
        became = iter(await take_in(handle, self._reader, SYSTEM, told, permit))
        return [
            Outcome(each.id, each.line, each.about, request_of(each), next(became))
            if isinstance(each, Event)
            else Outcome("", int(str(each.facts.get("line", 0))), "", "", each)
            for each in self._events
        ]


def request_of(event: Event) -> str:
    """An event is one request, in whatever document it comes."""
    return REQUEST + hashlib.sha256(event.id.encode()).hexdigest()[:40]
