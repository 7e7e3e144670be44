"""Change registered nodes: their name and type, or whether commands may name them."""

from dataclasses import dataclass, replace
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, registered, touched, written
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier, whole
from domain.stock.node import NODE, Node, NodeVersion, UnknownNode


@dataclass(frozen=True, slots=True)
class NodeChange:
    """What to change of one node; None leaves a thing as it is.

    With `version` (not 0) the change is only made to that version.
    """

    code: str
    name: str | None = None
    type: str | None = None
    active: bool | None = None
    version: int = 0

    def __post_init__(self) -> None:
        identifier(self.code, "node")
        whole(self.version, "version", least=0)
        self.applied(Node(self.code, "any"))

    def applied(self, node: Node) -> Node:
        """The node after the change. Raises InvalidInput."""
        return replace(
            node,
            name=node.name if self.name is None else self.name,
            type=node.type if self.type is None else self.type,
            active=node.active if self.active is None else self.active,
        )


@dataclass(frozen=True, slots=True)
class ChangeNode:
    """Change 1 to 500 nodes, all or none. Deactivated ones are refused to new commands within a second.

    A change that changes nothing writes nothing. Refused: `node.unknown`, `node.version`.
    """

    name: ClassVar[str] = "ChangeNode"
    reply: ClassVar[type] = EntriesWritten

    changes: tuple[NodeChange, ...]

    def __post_init__(self) -> None:
        entered(self.changes, "changes")

    def touches(self) -> Touches:
        return touched(NODE, self.changes)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        for change, entry in registered(ledger, NODE, self.changes, UnknownNode):
            if change.version not in (0, entry.version):
                raise NodeVersion(
                    f"{change.code} is at version {entry.version} by now", node=change.code, version=entry.version
                )
            before = Node.of(change.code, entry.facts)
            after = change.applied(before)
            if after != before:
                entry = ledger.write_entry(NODE, after.code, after.facts())
                ledger.tell("NodeChanged", after, subject=f"{NODE}:{after.code}", number=entry.version)
            entries.append(entry)
        return written(NODE, entries)
