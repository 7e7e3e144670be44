"""Shipments: what one party sends and another gets, from one place to one other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from domain.kernel.quantity import identifier
from domain.kernel.refusal import Refusal
from domain.stock.position import NONE, Position

SHIPMENTS: Final = "shipment"
"""The register that shipments are entered in."""

MAX_STEPS: Final = 1_000
"""Most commands that may act on one shipment: its entry keeps their numbers."""


class ShipmentUnknown(Refusal):
    """No such shipment (yet): its dispatch may still be on its way, so the caller may retry."""

    code = "shipment.unknown"
    retryable = True


class ShipmentSender(Refusal):
    """A shipment leaves one node and owner: what is to go on it lies elsewhere, or it already left from elsewhere."""

    code = "shipment.sender"


class ShipmentReceiver(Refusal):
    """A shipment goes to one node and owner, not its sender's: it is bound for another place than the command names."""

    code = "shipment.receiver"


class ShipmentTooLong(Refusal):
    """The shipment was acted on too often already: dispatch what is left under another id."""

    code = "shipment.too_long"


class Place(NamedTuple):
    """Where a party keeps stock: a node, and whose stock it is there."""

    node: str
    owner: str = NONE

    def checked(self, name: str) -> "Place":
        """Itself. Raises InvalidInput when a part cannot be an identity."""
        identifier(self.node, f"{name} node")
        identifier(self.owner, f"{name} owner")
        return self

    def position(self, goods: str, lot: str = NONE) -> Position:
        return Position(goods, self.node, self.owner, lot)


@dataclass(frozen=True, slots=True)
class Shipment:
    """Who sends what to whom. It is dispatched, in one or more parts, then arrives, is lost or is recalled.

    What it carries is counted on accounts, one for each goods and lot (`position.SHIPMENT`); this is only its
    address label and the numbers of the commands that acted on it, in order.
    """

    id: str
    sender: Place
    receiver: Place
    scene: str
    commands: tuple[int, ...] = ()

    def dispatched_from(self, sender: Place) -> None:
        """Raises ShipmentSender when it leaves from elsewhere."""
        if sender != self.sender:
            raise ShipmentSender(
                f"shipment {self.id} leaves {self.sender.node} of {self.sender.owner}, not {sender.node} of "
                f"{sender.owner}",
                shipment=self.id,
                sender=self.sender._asdict(),
                named=sender._asdict(),
            )

    def bound_for(self, receiver: Place) -> None:
        """Raises ShipmentReceiver when it goes elsewhere."""
        if receiver != self.receiver:
            raise ShipmentReceiver(
                f"shipment {self.id} goes to {self.receiver.node} of {self.receiver.owner}, not {receiver.node} of "
                f"{receiver.owner}",
                shipment=self.id,
                receiver=self.receiver._asdict(),
                named=receiver._asdict(),
            )

    def stepped(self, command: int) -> "Shipment":
        """Itself after one more command. Raises ShipmentTooLong."""
        if len(self.commands) >= MAX_STEPS:
            raise ShipmentTooLong(
                f"shipment {self.id} was acted on {MAX_STEPS} times already", shipment=self.id, most=MAX_STEPS
            )
        return replace(self, commands=(*self.commands, command))

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the id, which is the entry's key."""
        return {
            "sender": list(self.sender),
            "receiver": list(self.receiver),
            "scene": self.scene,
            "commands": list(self.commands),
        }

    @classmethod
    def of(cls, id: str, facts: Mapping[str, Any]) -> "Shipment":
        """The shipment that an entry keeps."""
        sender, receiver = Place(*facts["sender"]), Place(*facts["receiver"])
        return cls(id, sender, receiver, facts["scene"], tuple(facts["commands"]))
