"""Set relations: say who is supplied by whom, and which goods come from where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.kernel.entries import EnterHandler
from application.warehouse.enter import set_entry, touching
from application.warehouse.ports import Registers
from domain.kernel.ledger import Ledger
from domain.warehouse.relation import GOODS, NODE, RELATION, End, Relation


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

    def touches(self) -> Touches:
        return touching(RELATION, self.relations)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        return written(RELATION, [set_entry(ledger, RELATION, each, Relation.of) for each in self.relations])

    def ends(self) -> Iterator[End]:
        """What the active ones lead from and to."""
        for each in self.relations:
            if each.active:
                yield each.start
                yield each.end


class SetRelationsHandler:
    """Refuses goods and nodes that are not registered; then commits."""

    def __init__(self, enter: EnterHandler, registers: Registers) -> None:
        self._enter = enter
        self._registers = registers

    async def __call__(self, call: Call, command: SetRelations) -> EntriesWritten:
        """Raises the refusals of the command, Unanswered."""
        goods = [end.code for end in command.ends() if end.kind == GOODS]
        nodes = [end.code for end in command.ends() if end.kind == NODE]
        await self._registers.require(call.tenant, goods, nodes)
        return await self._enter(call, command)
