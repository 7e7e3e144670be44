"""Set mappings: say what an outside system's names mean here."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from application.stock.handle import Mentions
from domain.kernel.ledger import Ledger
from domain.stock.mapping import ELSEWHERE, GOODS, MAPPINGS, NODE, Mapping


@dataclass(frozen=True, slots=True)
class SetMappings:
    """Enter or change 1 to 500 mappings, all or none; one that says what is known already changes nothing.

    What was taken in before under another meaning stays as it is. Refused: `goods.*`, `node.*` of what they mean.
    """

    name: ClassVar[str] = "SetMappings"
    reply: ClassVar[type] = EntriesWritten

    mappings: tuple[Mapping, ...]

    def __post_init__(self) -> None:
        entered(self.mappings, "mappings")

    def mentions(self) -> Mentions:
        active = [each for each in self.mappings if each.active]
        return Mentions(
            [each.inside for each in active if each.kind == GOODS],
            [each.inside for each in active if each.kind == NODE and each.inside != ELSEWHERE],
        )

    def touches(self) -> Touches:
        return touched(MAPPINGS, self.mappings)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        for mapping in self.mappings:
            facts = mapping.facts()
            known = ledger.entry(MAPPINGS, mapping.code)
            if known is None or known.facts != facts:
                known = ledger.write_entry(MAPPINGS, mapping.code, facts)
            entries.append(known)
        return written(MAPPINGS, entries)
