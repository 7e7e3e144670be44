"""What reservations hold, per account, and whether each stands as its row and its deadline say."""

from collections.abc import Iterator
from datetime import datetime

from domain.kernel.account import AccountKey
from domain.kernel.reservation import Reservation, Stage
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import InspectedReservation


class Holds:
    """Sums over reservations. It keeps only accounts that something is held of, as long as it is."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._held: dict[tuple[str, AccountKey], list[int]] = {}
        self.reservations = 0

    def take(self, row: InspectedReservation) -> None:
        """Check a reservation by itself and add what it holds."""
        self.reservations += 1
        tenant, id, reservation, status, deadline = row
        where = f"reservation {id}"

        def differs(check: str, expected: object, found: object) -> None:
            self._findings.add(check, tenant, where, expected, found)

        if reservation is None:
            differs("reservation.unreadable", "lines, groups and commands", "what cannot be read")
            return
        for line in reservation.lines:
            if line.granted > line.asked or any(count < 0 for leg in line.legs for count in leg.counts):
                differs("reservation.counts", f"0 to {line.asked} of line {line.id}", [leg.counts for leg in line.legs])
        if status != reservation.status:
            differs("reservation.status", reservation.status, status)
        awaited = _due(reservation)
        if awaited != deadline:
            differs("deadline", awaited or "none", deadline or "none")
        for account, stage, quantity in _holdings(reservation):
            sums = self._held.setdefault((tenant, account), [0, 0])
            sums[stage] += quantity

    def pop(self, tenant: str, account: AccountKey) -> tuple[int, int]:
        """What is held and confirmed of an account; asked once."""
        held, confirmed = self._held.pop((tenant, account), (0, 0))
        return held, confirmed

    def compare_rest(self) -> None:
        """Whatever was not asked for is held of accounts that are not there."""
        for (tenant, account), sums in self._held.items():
            if any(sums):
                self._findings.add("account.missing", tenant, str(account), f"{tuple(sums)} held of it", "no account")


def _holdings(reservation: Reservation) -> Iterator[tuple[AccountKey, int, int]]:
    for line in reservation.lines:
        for leg in line.legs:
            for stage in (Stage.HELD, Stage.CONFIRMED):
                if leg.counts[stage]:
                    for account, units in leg.holds:
                        yield account, stage, leg.counts[stage] * units
    for group in reservation.groups:
        if group.stage in (Stage.HELD, Stage.CONFIRMED):
            yield group.account, group.stage, group.quantity


def _due(reservation: Reservation) -> tuple[int, datetime] | None:
    if not reservation.awaits_deadline or reservation.due is None:
        return None
    return reservation.deadline, reservation.due
