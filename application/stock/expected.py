"""What commands on expected supply share: the receipt they name, what they answer, and whom they find waiting."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from application.stock.answers import ExpectedLine, MovedLine, expected_line, moved_line, positions_after
from application.stock.exchange_holds import HoldsExchanged, open_units
from domain.kernel.account import AccountKey
from domain.kernel.exchanging import exchange
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import calendar_day_within
from domain.kernel.reservation import MAX_COMMANDS, Hold, Leg, Line, Pick, Reservation, Stage, Way
from domain.stock.expected import EXPECTED, ExpectedUnknown, NotArrived, expected_key, made, to_come
from domain.stock.position import POSITION

STEP: Final = 100
"""Most reservations that one command on expected supply acts on; what is left goes on with another."""


@dataclass(frozen=True, slots=True)
class ExpectedAfter:
    """An expected receipt after the command. `to_come` is announced and not here; `available` of it may be promised;
    `lacking` is promised and not announced any more. `version` is what to ask a reader for.
    """

    goods: str
    node: str
    owner: str
    on: str
    to_come: int
    available: int
    lacking: int
    version: int


@dataclass(frozen=True, slots=True)
class LatePromise:
    """A reservation that was promised units which will not be there by the date, and the caller's reference of it."""

    reservation: str
    order: str | None
    quantity: int


def receipt_key(owner: str, goods: str, node: str, on: str) -> AccountKey:
    """Raises InvalidInput."""
    return expected_key(owner, goods, node, calendar_day_within(on, "on"))


def expected_after(ledger: Ledger, key: AccountKey) -> ExpectedAfter:
    account = ledger.account(key)
    owner, goods, node, on = key.values
    lacking = max(0, account.floor - account.balances.available)
    return ExpectedAfter(goods, node, owner, on, to_come(account), account.grantable, lacking, account.version)


def announced(ledger: Ledger, key: AccountKey) -> None:
    """Raises ExpectedUnknown unless something was announced there."""
    if not ledger.account(key).version:
        raise ExpectedUnknown(f"nothing is announced of {key}", account=key.named())


def not_arrived(ledger: Ledger, id: str) -> NotArrived:
    """Which lines of a reservation are bound to what is only expected."""
    found = ledger.reservation(id)
    lines = [
        line.id
        for line in found.lines
        for leg in line.legs
        if leg.counts[Stage.CONFIRMED] and any(hold.account.kind is EXPECTED for hold in leg.holds)
    ]
    return NotArrived(f"of {id} has not arrived: line {', '.join(lines)}", reservation=id, lines=lines)


def waiting(ledger: Ledger, ids: Iterable[str], key: AccountKey) -> list[Reservation]:
    """Those of the reservations that hold any of the account, in the order they were made."""
    found = (ledger.find_reservation(id) for id in ids)
    return sorted((each for each in found if each is not None and any(each.holding(key))), key=made)


def movable(holder: Reservation) -> bool:
    """Whether a command may still act on it without ending what it holds."""
    return len(holder.commands) < MAX_COMMANDS


def held_on(holder: Reservation, key: AccountKey) -> list[tuple[Line, int, Leg, int]]:
    """The legs that hold any of the account: (line, place, leg, units of the account for each unit of the line)."""
    return [
        (line, place, leg, hold.units)
        for line in holder.lines
        for place, leg in enumerate(line.legs)
        for hold in leg.holds
        if hold.account == key and open_units(leg)
    ]


def elsewhere(way: Way, old: AccountKey, new: AccountKey) -> Way:
    """The way with another account in the place of one."""
    return tuple(Hold(new, hold.units) if hold.account == old else hold for hold in way)


@dataclass(frozen=True, slots=True)
class Turned:
    """Units of a reservation's line that are held elsewhere from now on, in units of the goods."""

    reservation: str
    line: str
    quantity: int


def turn(ledger: Ledger, holder: Reservation, key: AccountKey, to: AccountKey, most: int) -> list[Turned]:
    """Have a reservation hold up to `most` units of what it holds of one account on another, and tell it.

    The units are there already, let in by this very command.
    """
    turned: list[Turned] = []
    moved: list[MovedLine] = []
    still: list[ExpectedLine] = []
    after = holder
    for line_id in [line.id for line in holder.lines]:
        while most > 0:
            legs = [each for each in held_on(after, key) if each[0].id == line_id and each[3] <= most]
            if not legs:
                break
            _, place, leg, units = legs[0]
            take = min(open_units(leg), most // units)
            way = elsewhere(leg.holds, key, to)
            after = exchange(ledger, holder.id, Pick(line_id, take, place), way, brought=True)
            most -= take * units
            turned.append(Turned(holder.id, line_id, take * units))
            now = after.line(line_id)
            here = next(n for n, each in enumerate(now.legs) if each.holds == way)
            for account, each in way:
                if account.kind is POSITION:
                    moved.append(moved_line(line_id, here, account, take * each))
                elif account.kind is EXPECTED:
                    still.append(expected_line(line_id, here, account, take * each))
    if turned:
        reply = HoldsExchanged(after.id, after.status, tuple(moved), positions_after(ledger, [to]), tuple(still))
        ledger.tell_of(after, "HoldsExchanged", reply)
    return turned
