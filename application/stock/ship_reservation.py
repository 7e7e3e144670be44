"""Ship a reservation (出库): what was bound to leave leaves, to a customer or on a shipment to another stock."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import ClassVar

from application.kernel.command import Records, Touches
from application.stock.answers import MovedLine, PositionAfter, positions_after, reservation_moved
from application.stock.expected import not_arrived
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import checked_parts
from application.stock.shipments import Carried, ShipmentMoved, carried, entry_of, keep, known, lot_of
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Advanced, Ledger
from domain.kernel.refusal import InvalidInput, MovementNotAllowed
from domain.kernel.reservation import Pick
from domain.stock.position import DISPATCHED, POSITION, Position, shipment_key
from domain.stock.shipment import Place, Shipment, ShipmentReceiver, ShipmentSender


@dataclass(frozen=True, slots=True)
class ReservationShipped:
    """What left of a reservation: its status after, the units, the positions after; and what its shipment carries."""

    reservation: str
    status: str
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    shipment: str = ""
    goods: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipReservation:
    """Ship what is confirmed: all of it, or the parts picked (at most 500).

    With `shipment` and `receiver` it goes to another stock: what leaves the sender's positions is in transit on the
    receiver's, and on the shipment, by this very command. A receiver that keeps no stock is not named: only the
    sender's leg is posted. Several commands may dispatch on one shipment, but it leaves one node of one owner for one
    other. The scene is the reservation's, so a transfer, or a return from a buyer who keeps stock (reserved from the
    buyer's with the scene `return`, confirmed, shipped to the supplier's node), is shipped by this same command.

    Refused: `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state` when less is confirmed;
    `shipment.sender`, `shipment.receiver`, `shipment.too_long`; `expected.not_arrived` where it holds what has not;
    `node.*` of the receiver.
    """

    name: ClassVar[str] = "ShipReservation"
    reply: ClassVar[type] = ReservationShipped

    reservation: str
    picks: tuple[Pick, ...] = ()
    shipment: str = ""
    receiver: Place | None = None

    def __post_init__(self) -> None:
        checked_parts(self.reservation, self.picks)
        if (self.receiver is None) != (not self.shipment):
            raise InvalidInput("a shipment names its receiver, and a receiver its shipment", field="shipment")
        if self.receiver is not None:
            entry_of(self.shipment)
            self.receiver.checked("receiver")

    def mentions(self) -> Mentions:
        return NOTHING if self.receiver is None else Mentions(nodes=(self.receiver.node,))

    def touches(self) -> Touches:
        if self.receiver is None:
            return Touches(reservations=(self.reservation,))
        carriers = partial(self._carriers, self.receiver)
        return Touches((self.reservation,), entries=(entry_of(self.shipment),), then=carriers)

    def _carriers(self, receiver: Place, records: Records) -> Iterable[AccountKey]:
        """The accounts that carry what the reservation may hold: the receiver's positions and the shipment's goods."""
        for key in records.may_hold(self.reservation):
            if key.kind is POSITION:
                goods, lot = lot_of(key)
                yield receiver.position(goods, lot).key
                yield shipment_key(self.shipment, goods, lot)

    def decide(self, ledger: Ledger) -> ReservationShipped:
        try:
            after, moved = ledger.ship(self.reservation, self.picks)
        except MovementNotAllowed as error:
            raise not_arrived(ledger, self.reservation) from error
        left = reservation_moved(ledger, after, moved)
        reply = ReservationShipped(after.id, after.status, left.lines, left.positions)
        if self.receiver is not None:
            dispatched = self._dispatch(ledger, self.receiver, moved, after.scene)
            reply = ReservationShipped(
                after.id,
                after.status,
                left.lines,
                left.positions + dispatched.positions,
                self.shipment,
                dispatched.goods,
            )
        ledger.tell_of(after, "StockShipped", reply)
        return reply

    def _dispatch(self, ledger: Ledger, receiver: Place, moved: Iterable[Advanced], scene: str) -> ShipmentMoved:
        """Put what left in transit, and enter the shipment."""
        id = self.shipment
        quantities: dict[AccountKey, int] = {}
        for step in moved:
            for account, units in step.holds:
                if account.kind is POSITION:
                    quantities[account] = quantities.get(account, 0) + step.quantity * units
        senders = {Place(position.node, position.owner) for position in map(Position.of, quantities)}
        if len(senders) != 1:
            raise ShipmentSender(
                f"shipment {id} would leave from {len(senders)} places: name the parts of each, one shipment for each",
                shipment=id,
                senders=[asdict(sender) for sender in sorted(senders)],
            )
        (sender,) = senders
        shipment = known(ledger, id) or Shipment(id, sender, receiver, scene)
        shipment.dispatched_from(sender)
        shipment.bound_for(receiver)
        if sender == receiver:
            raise ShipmentReceiver(f"shipment {id} would go where it comes from", shipment=id)
        for account, quantity in quantities.items():
            goods, lot = lot_of(account)
            expiry = ledger.account(account).facts or None
            ledger.post(shipment_key(id, goods, lot), DISPATCHED, quantity, subject=id, scene=scene)
            ledger.post(receiver.position(goods, lot).key, DISPATCHED, quantity, subject=id, scene=scene, facts=expiry)
        gone = [lot_of(account) for account in quantities]
        positions = positions_after(ledger, (receiver.position(*goods).key for goods in gone))
        told = ShipmentMoved(id, sender, receiver, carried(ledger, id, gone), positions)
        keep(ledger, shipment, "ShipmentDispatched", told)
        return told
