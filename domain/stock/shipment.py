"""Shipments: what one party sends and another gets, from one place to one other."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from domain.kernel.quantity import identifier
from domain.kernel.refusal import Refusal
from domain.stock.position import NONE, Position

SHIPMENTS: Final = "shipment"
"""The register that shipments are entered in."""

MAX_STEPS: Final = 1_000
"""Most commands that may act on one shipment: its entry keeps their numbers."""


class ShipmentUnknown(Refusal):
    """No such shipment (yet): its dispatch may still be on its way, so the caller may retry.

    Send it again a little later; if it stays unknown, nothing was dispatched under this id.
    """

    code = "shipment.unknown"
    retryable = True


class ShipmentSender(Refusal):
    """A shipment leaves one node and owner: what is to go on it lies elsewhere, or it already left from elsewhere.

    Dispatch what lies elsewhere on a shipment of its own.
    """

    code = "shipment.sender"


class ShipmentReceiver(Refusal):
    """A shipment goes to one node and owner, not its sender's: it is bound for another place than the command names.

    Name the place it is bound for, or dispatch on another shipment.
    """

    code = "shipment.receiver"


class ShipmentTooLong(Refusal):
    """The shipment was acted on too often already.

    Dispatch what is left under another id.
    """

    code = "shipment.too_long"


@dataclass(frozen=True, slots=True, order=True)
class Place:
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
                sender=asdict(self.sender),
                named=asdict(sender),
            )

    def bound_for(self, receiver: Place) -> None:
        """Raises ShipmentReceiver when it goes elsewhere."""
        if receiver != self.receiver:
            raise ShipmentReceiver(
                f"shipment {self.id} goes to {self.receiver.node} of {self.receiver.owner}, not {receiver.node} of "
                f"{receiver.owner}",
                shipment=self.id,
                receiver=asdict(self.receiver),
                named=asdict(receiver),
            )

    def stepped(self, command: int, *, ends: bool = False) -> "Shipment":
        """Itself after one more command. Raises ShipmentTooLong.

        A step that `ends` the carrying of its goods is never one too many: else they could neither arrive nor be lost.
        """
        if len(self.commands) >= MAX_STEPS and not ends:
            raise ShipmentTooLong(
                f"shipment {self.id} was acted on {MAX_STEPS} times already", shipment=self.id, most=MAX_STEPS
            )
        return replace(self, commands=(*self.commands, command))

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the id, which is the entry's key."""
        return {
            "sender": [self.sender.node, self.sender.owner],
            "receiver": [self.receiver.node, self.receiver.owner],
            "scene": self.scene,
            "commands": list(self.commands),
        }

    @classmethod
    def of(cls, id: str, facts: Mapping[str, Any]) -> "Shipment":
        """The shipment that an entry keeps."""
        sender, receiver = Place(*facts["sender"]), Place(*facts["receiver"])
        return cls(id, sender, receiver, facts["scene"], tuple(facts["commands"]))
