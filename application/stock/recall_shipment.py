"""Recall a shipment (撤回): what is on its way comes back to its sender."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Records, Touches
from application.stock.answers import positions_after
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import bounded, reasoned
from application.stock.shipments import ShipmentMoved, carried, entry_of, keep, known_shipment
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.stock.position import NONE, RECALL_BACK, RECALL_OUT, shipment_key
from domain.stock.shipment import Shipment, ShipmentUnknown


@dataclass(frozen=True, slots=True)
class RecalledLine:
    """`quantity` (smallest unit) of a goods and lot on its way."""

    goods: str
    quantity: int
    lot: str = NONE

    def __post_init__(self) -> None:
        identifier(self.goods, "goods")
        whole(self.quantity)
        identifier(self.lot, "lot")


@dataclass(frozen=True, slots=True)
class RecallShipment:
    """Take back 1 to 500 lines of what is in transit, all or none; a reason is required.

    They leave the shipment and the receiver's position and are available at the sender's again (of the node itself,
    where a channel's stock was shipped). Refused: `shipment.unknown` (retryable), `shipment.insufficient` when less
    is in transit, `shipment.too_long`.
    """

    name: ClassVar[str] = "RecallShipment"
    reply: ClassVar[type] = ShipmentMoved

    shipment: str
    lines: tuple[RecalledLine, ...]
    reason: str

    def __post_init__(self) -> None:
        entry_of(self.shipment)
        bounded(self.lines)
        reasoned(self.reason)
        if len({(line.goods, line.lot) for line in self.lines}) != len(self.lines):
            raise InvalidInput("a goods and lot is recalled twice in one command", field="lines")

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        entry = entry_of(self.shipment)

        def ends(records: Records) -> Iterable[AccountKey]:
            found = records.entries.get(entry)
            if found is not None:
                for line in self.lines:
                    yield from self._ends(Shipment.of(self.shipment, found.facts), line)

        carriers = tuple(shipment_key(self.shipment, line.goods, line.lot) for line in self.lines)
        return Touches(accounts=carriers, entries=(entry,), then=ends)

    @staticmethod
    def _ends(shipment: Shipment, line: RecalledLine) -> tuple[AccountKey, AccountKey]:
        """The receiver's position and the sender's."""
        return (
            shipment.receiver.position(line.goods, line.lot).key,
            shipment.sender.position(line.goods, line.lot).key,
        )

    def decide(self, ledger: Ledger) -> ShipmentMoved:
        shipment = known_shipment(ledger, self.shipment)
        positions: list[AccountKey] = []
        for line in self.lines:
            receiver, sender = self._ends(shipment, line)
            if not (ledger.knows(sender) and ledger.knows(receiver)):
                # It was first dispatched in this very batch: its ends were not known when that was loaded.
                raise ShipmentUnknown(f"there is no shipment {shipment.id} yet", shipment=shipment.id)
            carrier = shipment_key(shipment.id, line.goods, line.lot)
            for key, kind in ((carrier, RECALL_OUT), (receiver, RECALL_OUT), (sender, RECALL_BACK)):
                ledger.post(key, kind, line.quantity, subject=shipment.id, scene=shipment.scene, reason=self.reason)
            positions += (receiver, sender)
        reply = ShipmentMoved(
            shipment.id,
            shipment.sender,
            shipment.receiver,
            carried(ledger, shipment.id, ((line.goods, line.lot) for line in self.lines)),
            positions_after(ledger, positions),
        )
        keep(ledger, shipment, "ShipmentRecalled", reply)
        return reply
