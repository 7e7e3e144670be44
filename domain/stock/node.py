"""Nodes (仓 / 门店): the places that hold stock, registered before anything lies there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import flag, identifier
from domain.kernel.refusal import InvalidInput, Refusal

NODE: Final = "node"
"""The register that nodes are entered in."""

TYPES: Final = ("warehouse", "store", "virtual")
"""仓, 门店, 虚拟仓: what a node may be."""

MAX_NAME: Final = 200


class UnknownNode(Refusal):
    """Nodes that are not registered (`codes`).

    Register them, or correct the codes: case, spaces and Unicode form count.
    """

    code = "node.unknown"


class InactiveNode(Refusal):
    """Nodes that were deactivated: no new command may name them (`codes`).

    Choose other nodes, or activate them again; reservations made before can still be confirmed, shipped, released.
    """

    code = "node.inactive"


class NodeExists(Refusal):
    """The codes are registered already (`codes`).

    Change them instead.
    """

    code = "node.exists"


class NodeVersion(Refusal):
    """The node was changed meanwhile (`version`: the one it has now).

    Read it again, and make the change on what it is now.
    """

    code = "node.version"


@dataclass(frozen=True, slots=True)
class Node:
    """One place that holds stock. Deactivated, it takes part in no new command; what lies there stays counted."""

    code: str
    name: str
    type: str = "warehouse"
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "node")
        identifier(self.name, "name", most=MAX_NAME)
        if self.type not in TYPES:
            raise InvalidInput(f"type must be one of {', '.join(TYPES)}", field="type", one_of=list(TYPES))
        flag(self.active, "active")

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Node":
        """The node that an entry keeps."""
        return cls(code, **facts)
