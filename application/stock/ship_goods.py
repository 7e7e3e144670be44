"""Ship goods (发货): what left of a reservation, told by goods and place, as a warehouse tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import MovedLine
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded
from application.stock.ship_reservation import ReservationShipped, ShipReservation
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import flag
from domain.kernel.refusal import InvalidInput, ReservationState
from domain.kernel.reservation import Pick, Reservation, Stage
from domain.stock.position import POSITION
from domain.stock.shipment import Place


@dataclass(frozen=True, slots=True)
class ShipGoods:
    """Ship 0 to 500 lines of what a reservation has confirmed, by the positions they leave from, all or none.

    With `short`, nothing more of it will leave: the rest that is confirmed stays after all (deallocated). Refused:
    what `ShipReservation` refuses; `reservation.state` when less of a position is confirmed than left.
    """

    name: ClassVar[str] = "ShipGoods"
    reply: ClassVar[type] = ReservationShipped

    reservation: str
    lines: tuple[Units, ...]
    shipment: str = ""
    receiver: Place | None = None
    short: bool = False

    def __post_init__(self) -> None:
        flag(self.short, "short")
        if self.lines or not self.short:
            bounded(self.lines)
        if len({line.key for line in self.lines}) != len(self.lines):
            raise InvalidInput("a position is shipped from twice in one command", field="lines")
        self._ship()

    def _ship(self, picks: tuple[Pick, ...] = ()) -> ShipReservation:
        return ShipReservation(self.reservation, picks, self.shipment, self.receiver)

    def mentions(self) -> Mentions:
        return self._ship().mentions()

    def touches(self) -> Touches:
        return self._ship().touches()

    def decide(self, ledger: Ledger) -> ReservationShipped:
        found = ledger.reservation(self.reservation)
        reply = ReservationShipped(found.id, found.status, (), ())
        if self.lines:
            picks = tuple(pick for line in self.lines for pick in _picks(found, line))
            reply = self._ship(picks).decide(ledger)
        rest = ledger.reservation(self.reservation)
        if self.short and any(leg.counts[Stage.CONFIRMED] for line in rest.lines for leg in line.legs):
            stays = DeallocateReservation(self.reservation).decide(ledger)
            moved: tuple[MovedLine, ...] = reply.lines
            reply = ReservationShipped(
                stays.reservation, stays.status, moved, reply.positions + stays.positions, reply.shipment, reply.goods
            )
        return reply


def _picks(found: Reservation, wanted: Units) -> Iterator[Pick]:
    """The confirmed parts that lie on the position, in order, as much as left. Raises ReservationState."""
    left = wanted.quantity
    for line in found.lines:
        for index, leg in enumerate(line.legs):
            held: list[tuple[AccountKey, int]] = [(hold.account, hold.units) for hold in leg.holds]
            positions = [each for each in held if each[0].kind is POSITION]
            if left and positions == [(wanted.key, 1)] and leg.counts[Stage.CONFIRMED]:
                take = min(left, leg.counts[Stage.CONFIRMED])
                left -= take
                yield Pick(line.id, take, index)
    if left:
        raise ReservationState(
            f"reservation {found.id} has {wanted.quantity - left} of {wanted.key} confirmed, {wanted.quantity} left",
            reservation=found.id,
            status=found.status,
            position=wanted.key.named(),
            confirmed=wanted.quantity - left,
            wanted=wanted.quantity,
        )
