"""Deallocate a reservation (支付后废单 / 撤销调拨): what was bound to leave stays after all."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import checked_parts
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Pick


@dataclass(frozen=True, slots=True)
class DeallocateReservation:
    """Give back what is confirmed: all of it, or the parts picked (at most 500). What is held stays held.

    Refused: `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state` when less is confirmed.
    """

    name: ClassVar[str] = "DeallocateReservation"
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
        return tell_moved(ledger, "StockDeallocated", *ledger.deallocate(self.reservation, self.picks))
