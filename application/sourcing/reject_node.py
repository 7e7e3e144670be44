"""Reject a node: others are found for what it cannot supply, under the same id, and still held."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.sourcing.held import PromiseReserved
from application.sourcing.replanning import Replanning
from domain.kernel.quantity import MAX_TEXT, identifier, text


@dataclass(frozen=True, slots=True)
class RejectNode:
    """A node cannot supply what is held there, or bound to leave: other nodes are found for it, never this one again.

    Held units are held there, confirmed ones confirmed there; the due time stays. What nodes lack all the same is
    refused as a whole: release it, or wait. Refused as PinReservation.
    """

    name: ClassVar[str] = "RejectNode"
    reply: ClassVar[type] = PromiseReserved

    reservation: str
    node: str
    reason: str = ""

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        identifier(self.node, "node")
        text(self.reason, "reason", most=MAX_TEXT)


class RejectNodeHandler:
    """Finds other nodes for what lies at this one."""

    def __init__(self, replanning: Replanning) -> None:
        self._replanning = replanning

    async def __call__(self, call: Call, command: RejectNode) -> PromiseReserved:
        """Raises what Replanning.move raises."""
        return await self._replanning.move(call, command, command.reservation, command.node)
