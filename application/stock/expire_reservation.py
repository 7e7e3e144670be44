"""Expire a reservation (超时回补): its due time passed, what is still held goes back."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import NOTHING, Mentions
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import MAX_BALANCE, identifier, whole


@dataclass(frozen=True, slots=True)
class ExpireReservation:
    """Give back what is still held under deadline number `deadline`, for the worker whose lease has this `token`.

    Anything else (confirmed or released meanwhile, extended, not due yet in the ledger's time, another worker's by
    now, unknown) is stale: the answer has no lines, and nothing is changed or stored. Only the platform calls it, under
    the request id `expire:<reservation>:<deadline>`; a confirm that commits first wins.
    """

    name: ClassVar[str] = "ExpireReservation"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    deadline: int
    token: int

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        whole(self.deadline, "deadline")
        whole(self.token, "token", least=0, most=MAX_BALANCE)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        expired = ledger.expire(self.reservation, self.deadline, self.token)
        if expired is None:
            found = ledger.find_reservation(self.reservation)
            if found is None:
                return ReservationMoved(self.reservation, "unknown", None, (), ())
            return ReservationMoved(found.id, found.status, found.due, (), ())
        return tell_moved(ledger, "StockExpired", *expired)
