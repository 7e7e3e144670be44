"""What stock commands answer: plain values, stored with the request and told in events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.account import Account, AccountKey
from domain.kernel.ledger import Advanced, Ledger
from domain.kernel.reservation import Reservation, Stage
from domain.stock.expected import EXPECTED
from domain.stock.position import POSITION


@dataclass(slots=True)
class PositionAfter:
    """A position after the command: what can be promised of it now, and the version to ask a reader for."""

    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    available: int
    version: int


@dataclass(slots=True)
class MovedLine:
    """Units of a reservation's line that a command moved, and the position they are or were held on."""

    line: str
    leg: int
    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    quantity: int


@dataclass(slots=True)
class ExpectedLine:
    """Units of a reservation's line that a command moved, and the expected receipt they are or were held on."""

    line: str
    leg: int
    goods: str
    node: str
    owner: str
    on: str
    quantity: int


@dataclass(slots=True)
class ReservationMoved:
    """What became of a reservation: its status and due time after the command, the units moved, the positions after.

    `expected` are the units moved that are held on receipts which have not arrived.
    """

    reservation: str
    status: str
    due: datetime | None
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    expected: tuple[ExpectedLine, ...] = ()


@dataclass(slots=True)
class PositionsMoved:
    """What a command that names no reservation changed."""

    positions: tuple[PositionAfter, ...]


def position_after(account: Account) -> PositionAfter:
    owner, goods, node, lot, channel = account.key.values
    return PositionAfter(goods, node, owner, lot, channel, account.balances.available, account.version)


def positions_after(ledger: Ledger, keys: Iterable[AccountKey]) -> tuple[PositionAfter, ...]:
    """The positions among the keys, once each, in the order given."""
    return tuple([position_after(ledger.account(key)) for key in dict.fromkeys(keys) if key.kind is POSITION])


def moved_line(line: str, leg: int, key: AccountKey, quantity: int) -> MovedLine:
    owner, goods, node, lot, channel = key.values
    return MovedLine(line, leg, goods, node, owner, lot, channel, quantity)


def expected_line(line: str, leg: int, key: AccountKey, quantity: int) -> ExpectedLine:
    owner, goods, node, on = key.values
    return ExpectedLine(line, leg, goods, node, owner, on, quantity)


def reservation_moved(ledger: Ledger, after: Reservation, moved: Iterable[Advanced]) -> ReservationMoved:
    """The answer for a reservation of which these units were moved."""
    lines: list[MovedLine] = []
    keys: list[AccountKey] = []
    expected: list[ExpectedLine] = []
    for line, leg, holds, quantity in moved:
        for account, units in holds:
            if account.kind is POSITION:
                lines.append(moved_line(line, leg, account, quantity * units))
                keys.append(account)
            elif account.kind is EXPECTED:
                expected.append(expected_line(line, leg, account, quantity * units))
    positions = positions_after(ledger, keys)
    return ReservationMoved(after.id, after.status, after.due, tuple(lines), positions, tuple(expected))


def tell_moved(ledger: Ledger, event: str, after: Reservation, moved: Iterable[Advanced]) -> ReservationMoved:
    """The answer for a reservation of which these units were moved, told as it is given."""
    reply = reservation_moved(ledger, after, moved)
    ledger.tell_of(after, event, reply)
    return reply


def tell_positions(ledger: Ledger, event: str, keys: Iterable[AccountKey]) -> PositionsMoved:
    """The answer of a command that names no reservation, told as it is given."""
    reply = PositionsMoved(positions_after(ledger, keys))
    ledger.tell(event, reply)
    return reply


def granted(reservation: Reservation) -> list[Advanced]:
    """What a fresh reservation was granted, as steps."""
    return [
        Advanced(line.id, index, leg.holds, leg.counts[Stage.HELD])
        for line in reservation.lines
        for index, leg in enumerate(line.legs)
    ]
