"""Confirm a reservation (支付): what was promised is now bound to leave."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import checked_parts
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Pick


@dataclass(slots=True)
class ConfirmReservation:
    """Bind what is held: all of it, or the parts picked. A confirm that commits before an expiry wins."""

    name: ClassVar[str] = "ConfirmReservation"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    picks: tuple[Pick, ...] = ()

    def __post_init__(self) -> None:
        checked_parts(self.reservation, self.picks)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        return tell_moved(ledger, "StockConfirmed", *ledger.confirm(self.reservation, self.picks))
