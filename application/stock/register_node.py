"""Register nodes (仓 / 门店登记): from now on stock may lie there."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from domain.kernel.ledger import Ledger
from domain.stock.node import NODE, Node, NodeExists


@dataclass(frozen=True, slots=True)
class RegisterNode:
    """Enter 1 to 500 new nodes, all or none.

    Refused: `node.exists`, naming the codes that are registered already, under whatever facts.
    """

    name: ClassVar[str] = "RegisterNode"
    reply: ClassVar[type] = EntriesWritten

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        entered(self.nodes, "nodes")

    def touches(self) -> Touches:
        return touched(NODE, self.nodes)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        known = [node.code for node in self.nodes if ledger.entry(NODE, node.code)]
        if known:
            raise NodeExists(f"registered already: {', '.join(known)}", codes=known)
        entries = []
        for node in self.nodes:
            entry = ledger.write_entry(NODE, node.code, node.facts())
            ledger.tell("NodeRegistered", node, subject=f"{NODE}:{node.code}", number=entry.version)
            entries.append(entry)
        return written(NODE, entries)
