"""Set relations: say who is supplied by whom, and which goods come from where."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.warehouse.enter import Mentions, set_entry, touching
from domain.kernel.ledger import Ledger
from domain.warehouse.relation import GOODS, NODE, RELATION, Relation


@dataclass(frozen=True, slots=True)
class SetRelations:
    """Enter or change 1 to 500 relations, all or none; one that says what is known already changes nothing.

    Refused: `goods.*`, `node.*` of what active ones name; parties are not registered.
    """

    name: ClassVar[str] = "SetRelations"
    reply: ClassVar[type] = EntriesWritten

    relations: tuple[Relation, ...]

    def __post_init__(self) -> None:
        entered(self.relations, "relations")

    def mentions(self) -> Mentions:
        ends = [end for each in self.relations if each.active for end in (each.start, each.end)]
        return Mentions([end.code for end in ends if end.kind == GOODS], [end.code for end in ends if end.kind == NODE])

    def touches(self) -> Touches:
        return touching(RELATION, self.relations)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        return written(
            RELATION, [set_entry(ledger, RELATION, "RelationSet", each, Relation.of) for each in self.relations]
        )
