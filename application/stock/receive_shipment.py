"""Receive a shipment (入库): what was on its way arrived, broken, short or over."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import positions_after
from application.stock.handle import Mentions
from application.stock.lines import bounded
from application.stock.shipments import ShipmentMoved, carried, entry_of, keep, known_shipment
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import MovementKind
from domain.kernel.quantity import identifier, text, whole
from domain.kernel.refusal import InvalidInput
from domain.stock.position import (
    ARRIVE,
    ARRIVE_DAMAGED,
    NONE,
    OVER_ARRIVE,
    SHIPMENT_ARRIVE,
    SHIPMENT_ARRIVE_DAMAGED,
    TRANSIT_LOSS,
    shipment_key,
)
from domain.stock.shipment import Place


@dataclass(frozen=True, slots=True)
class ArrivedLine:
    """What became of a goods and lot on its way (smallest unit): a reason is required for what was lost or is over."""

    goods: str
    arrived: int = 0
    damaged: int = 0
    lost: int = 0
    over: int = 0
    lot: str = NONE
    reason: str = ""

    def __post_init__(self) -> None:
        identifier(self.goods, "goods")
        identifier(self.lot, "lot")
        text(self.reason, "reason")
        parts = {"arrived": self.arrived, "damaged": self.damaged, "lost": self.lost, "over": self.over}
        for name, quantity in parts.items():
            whole(quantity, name, least=0)
        if not any(parts.values()):
            raise InvalidInput(f"nothing became of {self.goods}", field="lines", goods=self.goods)
        if (self.lost or self.over) and not self.reason:
            raise InvalidInput(f"a reason is required for what of {self.goods} is lost or over", field="reason")


@dataclass(frozen=True, slots=True)
class ReceiveShipment:
    """Take in 1 to 500 lines of what a shipment carries, all or none, at its receiver's node.

    Arrived units are available, damaged ones held, lost ones gone: all three leave what is in transit. What is over
    (more than was sent, or goods that were not) enters beside the shipment's account. What is not named stays in
    transit, for another receipt or a recall.

    Refused: `shipment.unknown` (retryable), `shipment.receiver` when it is bound for another node or owner,
    `shipment.insufficient` when less is in transit, `shipment.too_long`; `goods.*` of what is over.
    """

    name: ClassVar[str] = "ReceiveShipment"
    reply: ClassVar[type] = ShipmentMoved

    shipment: str
    node: str
    lines: tuple[ArrivedLine, ...]
    owner: str = NONE

    def __post_init__(self) -> None:
        entry_of(self.shipment)
        self.receiver.checked("receiver")
        bounded(self.lines)
        if len({(line.goods, line.lot) for line in self.lines}) != len(self.lines):
            raise InvalidInput("a goods and lot is received twice in one command", field="lines")

    @property
    def receiver(self) -> Place:
        return Place(self.node, self.owner)

    def mentions(self) -> Mentions:
        return Mentions(line.goods for line in self.lines if line.over)

    def touches(self) -> Touches:
        return Touches(
            accounts=tuple(key for line in self.lines for key in self._keys(line)), entries=(entry_of(self.shipment),)
        )

    def _keys(self, line: ArrivedLine) -> tuple[AccountKey, AccountKey]:
        return shipment_key(self.shipment, line.goods, line.lot), self.receiver.position(line.goods, line.lot).key

    def decide(self, ledger: Ledger) -> ShipmentMoved:
        shipment = known_shipment(ledger, self.shipment)
        shipment.bound_for(self.receiver)
        for line in self.lines:
            carrier, position = self._keys(line)
            on_both: tuple[tuple[MovementKind, MovementKind, int, str], ...] = (
                (SHIPMENT_ARRIVE, ARRIVE, line.arrived, ""),
                (SHIPMENT_ARRIVE_DAMAGED, ARRIVE_DAMAGED, line.damaged, line.reason),
                (TRANSIT_LOSS, TRANSIT_LOSS, line.lost, line.reason),
            )
            for leaves, enters, quantity, reason in on_both:
                if quantity:
                    for key, kind in ((carrier, leaves), (position, enters)):
                        ledger.post(key, kind, quantity, subject=shipment.id, scene=shipment.scene, reason=reason)
            if line.over:
                ledger.post(
                    position, OVER_ARRIVE, line.over, subject=shipment.id, scene=shipment.scene, reason=line.reason
                )
        reply = ShipmentMoved(
            shipment.id,
            shipment.sender,
            shipment.receiver,
            carried(ledger, shipment.id, ((line.goods, line.lot) for line in self.lines)),
            positions_after(ledger, (self._keys(line)[1] for line in self.lines)),
        )
        keep(ledger, shipment, "ShipmentReceived", reply)
        return reply
