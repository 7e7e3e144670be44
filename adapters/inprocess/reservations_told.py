"""What is told of reservations that promises make and move, in the words of stock."""

from application.stock.answers import granted, moved_line, positions_after, reservation_moved
from application.stock.exchange_holds import HoldsExchanged
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Reservation
from domain.stock.position import POSITION


class StockTells:
    """Answers `TellsReserved`: whoever follows reservations need not know which of them were promised."""

    def reserved(self, ledger: Ledger, made: Reservation) -> object:
        return reservation_moved(ledger, made, granted(made))

    def exchanged(self, ledger: Ledger, before: Reservation, after: Reservation) -> object:
        """The units of each leg that holds more than it did, and all positions of both."""
        held = {(line.id, leg.holds): _open(leg.counts) for line in before.lines for leg in line.legs}
        lines = [
            moved_line(line.id, place, hold.account, more * hold.units)
            for line in after.lines
            for place, leg in enumerate(line.legs)
            if (more := _open(leg.counts) - held.get((line.id, leg.holds), 0)) > 0
            for hold in leg.holds
            if hold.account.kind is POSITION
        ]
        return HoldsExchanged(
            after.id,
            after.status,
            tuple(lines),
            positions_after(ledger, [*before.accounts(), *after.accounts()]),
        )


def _open(counts: tuple[int, ...]) -> int:
    return counts[0] + counts[1]
