"""Release a reservation (取消): give back what is held, and only that."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import checked_parts
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import ReservationUnknown
from domain.kernel.reservation import Pick


@dataclass(slots=True)
class ReleaseReservation:
    """Give back what is held: all of it, or the parts picked.

    A full release of a reservation not yet seen answers "nothing was held" and leaves a tombstone, so that a reserve
    that comes late is refused. A full release of one that ended releases nothing, again.
    """

    name: ClassVar[str] = "ReleaseReservation"
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
        found = ledger.find_reservation(self.reservation)
        if found is None:
            if self.picks:
                raise ReservationUnknown(
                    f"there is no reservation {self.reservation} (yet)", reservation=self.reservation
                )
            stone = ledger.bury(self.reservation)
            reply = ReservationMoved(stone.id, stone.status, None, (), ())
            ledger.tell_of(stone, "ReservationCancelled", reply)
            return reply
        if not self.picks and found.status in ("cancelled", "released", "expired"):
            return ReservationMoved(found.id, found.status, found.due, (), ())
        return tell_moved(ledger, "StockReleased", *ledger.release(self.reservation, self.picks))
