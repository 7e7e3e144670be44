"""Damage reserved stock (残损): units that were bound to leave turn out broken."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import bounded, checked_parts, reasoned
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import MAX_LINES, Pick


@dataclass(frozen=True, slots=True)
class DamageReserved:
    """Move 1 to 500 parts of a reservation from allocated to held: on hand, promised to nobody, not shipped.

    It names its reservation, for its counters must follow. A reason is required. Available units that are broken
    are held instead (`HoldStock`). Refused: `reservation.unknown` (retryable), `reservation.cancelled`,
    `reservation.state` when fewer are confirmed.
    """

    name: ClassVar[str] = "DamageReserved"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    picks: tuple[Pick, ...]
    reason: str

    def __post_init__(self) -> None:
        checked_parts(self.reservation, self.picks)
        bounded(self.picks, "picks", MAX_LINES)
        reasoned(self.reason)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        damaged = ledger.damage(self.reservation, self.picks, reason=self.reason)
        return tell_moved(ledger, "ReservedStockDamaged", *damaged)
