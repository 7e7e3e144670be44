"""Extend a reservation: what is held gets a new due time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved
from application.stock.handle import NOTHING, Mentions
from application.stock.reserve_stock import bounded_hold
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier


@dataclass(frozen=True, slots=True)
class ExtendReservation:
    """Hold what is still held for `hold_for` (1 second to 30 days) from now, in the ledger's time.

    The deadline's number rises, so that the expiry of the old one answers "nothing". It may bring the due time
    forward too. Refused: `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state` when nothing
    is held.
    """

    name: ClassVar[str] = "ExtendReservation"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    hold_for: timedelta

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        bounded_hold(self.hold_for)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        after = ledger.extend(self.reservation, ledger.now + self.hold_for)
        reply = ReservationMoved(after.id, after.status, after.due, (), ())
        ledger.tell_of(after, "ReservationExtended", reply)
        return reply
