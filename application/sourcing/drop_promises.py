"""Drop kept promises."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.sourcing.kept import DROPPED, KEPT, PROMISES, count_kept, kept_count
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput


@dataclass(frozen=True, slots=True)
class PromisesDropped:
    """How many of those named were kept until now, and how many are kept still."""

    dropped: int
    kept: int


@dataclass(frozen=True, slots=True)
class DropPromises:
    """Forget 1 to 500 kept promises: what they said is gone for good, and their ids are not taken again
    while requests are remembered.

    One that is not kept, or no longer, is passed over. Reservations made of them stay.
    """

    name: ClassVar[str] = "DropPromises"
    reply: ClassVar[type] = PromisesDropped

    promises: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.promises) <= 500:
            raise InvalidInput("1 to 500 promises are dropped at once", field="promises", most=500)
        for each in self.promises:
            identifier(each, "promises")

    def touches(self) -> Touches:
        return Touches(entries=(*(EntryKey(PROMISES, each) for each in dict.fromkeys(self.promises)), KEPT))

    def decide(self, ledger: Ledger) -> PromisesDropped:
        dropped = 0
        for id in dict.fromkeys(self.promises):
            entry = ledger.entry(PROMISES, id)
            if entry is not None and entry.facts["active"]:
                ledger.write_entry(PROMISES, id, DROPPED)
                dropped += 1
        count = kept_count(ledger) - dropped
        if dropped:
            count_kept(ledger, count)
        return PromisesDropped(dropped, count)
