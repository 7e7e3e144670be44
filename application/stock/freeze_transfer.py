"""Freeze a transfer (冻结调拨): stock that will go to another node is bound at once."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import ReservationMoved, tell_moved
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded, mentioned
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.reservation import Hold, Plan, PlannedLine


@dataclass(frozen=True, slots=True)
class FreezeTransfer:
    """Reserve and confirm 1 to 500 lines in one command, all or none, with the scene `transfer` and no due time.

    Lines are numbered from "1". What is frozen is a reservation like any other: ship it (with a shipment and its
    receiver), or deallocate it to call the transfer off (撤销调拨). Refused: `goods.*`, `node.*`,
    `stock.insufficient` with every short line, `reservation.exists`, `reservation.cancelled`.
    """

    name: ClassVar[str] = "FreezeTransfer"
    reply: ClassVar[type] = ReservationMoved

    reservation: str
    lines: tuple[Units, ...]
    order: str | None = None

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        bounded(self.lines)
        if self.order is not None:
            identifier(self.order, "order")

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,), accounts=tuple(line.key for line in self.lines))

    def decide(self, ledger: Ledger) -> ReservationMoved:
        plan = Plan(
            tuple(
                PlannedLine(str(number), line.quantity, ((Hold(line.key),),))
                for number, line in enumerate(self.lines, 1)
            )
        )
        ledger.reserve(self.reservation, plan, until=None, order=self.order, scene="transfer")
        return tell_moved(ledger, "TransferFrozen", *ledger.confirm(self.reservation))
