"""Capture (EPCIS 2.0): a document of events, each taken in on its own, or all together."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Final

from adapters.acl.epcis.document import MAX_BYTES, MAX_EVENTS, DocumentMalformed, Event, events_of
from adapters.acl.epcis.translate import SYSTEM, ToldEvent
from application.kernel.call import Call
from application.kernel.register_pages import RegisterReader
from application.stock.take_in import Handle, Outcome, Permit, TakenIn, anything, take_in, take_in_together
from domain.kernel.refusal import NotTogether

REQUEST: Final = "epcis:"


class EpcisDocuments:
    """Reads EPCIS documents and has their events taken in."""

    most_bytes = MAX_BYTES
    most_told = MAX_EVENTS

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
        self, handle: Handle, call_of: Callable[[str], Call], permit: Permit = anything, *, together: bool = False
    ) -> Sequence[Outcome]:
        told = [(call_of(request_of(each)), ToldEvent(each)) for each in self._events if isinstance(each, Event)]
        became: Iterator[TakenIn | Exception]
        if not together:
            became = iter(await take_in(handle, self._reader, SYSTEM, told, permit))
        elif len(told) == len(self._events):
            became = iter(await take_in_together(handle, self._reader, SYSTEM, told, permit))
        else:
            became = repeat(NotTogether("something in the document is no event: nothing of it was taken in"))
        return [
            Outcome(each.id, each.line, each.about, request_of(each), next(became))
            if isinstance(each, Event)
            else Outcome("", int(str(each.facts.get("line", 0))), "", "", each)
            for each in self._events
        ]


def request_of(event: Event) -> str:
    """An event is one request, in whatever document it comes."""
    return REQUEST + hashlib.sha256(event.id.encode()).hexdigest()[:40]
