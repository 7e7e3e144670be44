"""Confirm a reservation (支付): what was promised is now bound to leave."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, reservation_moved
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import checked_picks
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.reservation import Pick


@dataclass(slots=True)
class ConfirmReservation:
    """Bind what is held: all of it, or the parts picked. A confirm that commits before an expiry wins."""

    name: ClassVar[str] = "ConfirmReservation"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    picks: tuple[Pick, ...] = ()

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        checked_picks(self.picks)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        after, moved = ledger.confirm(self.reservation, self.picks)
        reply = reservation_moved(ledger, after, moved)
        ledger.tell_of(after, "StockConfirmed", reply)
        return reply
