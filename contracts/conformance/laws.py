"""The laws of the ledger, checked over everything that a ledger holds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Movement
from domain.kernel.movement import DAMAGE, EMPTY, OUTSIDE, RESERVABLE, RESERVE, Balances
from domain.kernel.quantity import MAX_BALANCE
from domain.kernel.reservation import Reservation


class Accepted(NamedTuple):
    """An accepted request: the number of its command, and the command's name."""

    number: int
    command: str


class Told(NamedTuple):
    """An event in the outbox. `before` is the account version before a BalancesChanged, else None."""

    id: int
    type: str
    subject: str
    number: int
    before: int | None


class Due(NamedTuple):
    """A deadline row."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one tenant has in a ledger, read from one commit."""

    accounts: Mapping[AccountKey, Account] = field(default_factory=dict)
    movements: Mapping[AccountKey, Sequence[Movement]] = field(default_factory=dict)
    reservations: Mapping[str, Reservation] = field(default_factory=dict)
    requests: Mapping[str, Accepted] = field(default_factory=dict)
    deadlines: Mapping[str, Due] = field(default_factory=dict)
    events: Sequence[Told] = ()


def broken_laws(seen: Snapshot) -> list[str]:
    """What is wrong, a sentence each; empty where every law holds."""
    return [
        *_prefixes(seen),
        *_holdings(seen),
        *_requests(seen),
        *_reservations(seen),
        *_events(seen),
    ]


def _replayed(before: Balances, movement: Movement) -> Balances:
    after = list(before)
    if movement.kind.source is not OUTSIDE:
        after[movement.kind.source] -= movement.quantity
    if movement.kind.target is not OUTSIDE:
        after[movement.kind.target] += movement.quantity
    return Balances(*after)


def _prefixes(seen: Snapshot) -> Iterator[str]:
    """Balance = Σ movements at every prefix; nothing negative, no gap, floors left, time never falls."""
    for key, account in seen.accounts.items():
        balances, version, at = EMPTY, 0, None
        for movement in seen.movements.get(key, ()):
            version += 1
            balances = _replayed(balances, movement)
            if movement.version != version:
                yield f"{key}: version {movement.version} stands where {version} should"
            if movement.after != balances:
                yield f"{key} at {version}: {movement.after} was written, {balances} is the sum"
            if min(balances) < 0 or max(balances) > MAX_BALANCE:
                yield f"{key} at {version}: impossible balances {balances}"
            if movement.quantity < 0:
                yield f"{key} at {version}: a movement of {movement.quantity}"
            if movement.kind is RESERVE and movement.after.available < movement.floor:
                yield f"{key} at {version}: a reserve went below the floor of {movement.floor}"
            if at is not None and movement.at < at:
                yield f"{key} at {version}: time fell"
            at = movement.at
        if (account.version, account.balances) != (version, balances):
            yield f"{key}: holds {account.balances} at version {account.version}, its movements say {balances}"
    for key in seen.movements.keys() - seen.accounts.keys():
        yield f"{key}: has movements and no account"


def _holdings(seen: Snapshot) -> Iterator[str]:
    """Per account, what reservations hold is its reserved balance, and what they have confirmed its allocated one."""
    reserved: dict[AccountKey, int] = defaultdict(int)
    allocated: dict[AccountKey, int] = defaultdict(int)
    for reservation in seen.reservations.values():
        for key in set(reservation.accounts()):
            held, confirmed = reservation.holding(key)
            reserved[key] += held
            allocated[key] += confirmed
    for key in seen.accounts.keys() | reserved.keys():
        has = seen.accounts.get(key) or Account(key)
        if (has.balances.reserved, has.balances.allocated) != (reserved[key], allocated[key]):
            yield (
                f"{key}: {has.balances.reserved} reserved and {has.balances.allocated} allocated, "
                f"reservations hold {reserved[key]} and {allocated[key]}"
            )


def _requests(seen: Snapshot) -> Iterator[str]:
    """Every movement belongs to one accepted request; no number is given twice."""
    numbers: dict[int, str] = {}
    for id, accepted in seen.requests.items():
        if numbers.setdefault(accepted.number, id) != id:
            yield f"command {accepted.number} was given to {id} and to {numbers[accepted.number]}"
    for key, movements in seen.movements.items():
        for movement in movements:
            if numbers.get(movement.act.number) != movement.act.request:
                yield f"{key} at {movement.version}: posted by {movement.act.request}, which was never accepted"


def _reservations(seen: Snapshot) -> Iterator[str]:
    """Counters fit, commands are named, and what waits for a due time has its deadline, and nothing else has."""
    acted: dict[str, set[int]] = defaultdict(set)
    for movements in seen.movements.values():
        for movement in movements:
            if movement.kind in (*RESERVABLE, DAMAGE):  # a shipment may bear the same id
                acted[movement.subject].add(movement.act.number)
    for id, reservation in seen.reservations.items():
        for line in reservation.lines:
            if any(min(leg.counts) < 0 for leg in line.legs) or line.granted > line.asked:
                yield f"reservation {id} line {line.id}: impossible counts"
        if unnamed := acted[id] - set(reservation.commands):
            yield f"reservation {id}: commands {sorted(unnamed)} moved its units and are not named"
        row = seen.deadlines.get(id)
        if reservation.awaits_deadline:
            if row is None or (row.number, row.at) != (reservation.deadline, reservation.due):
                yield f"reservation {id}: waits for {reservation.deadline} at {reservation.due}, its deadline is {row}"
        elif row is not None:
            yield f"reservation {id}: {reservation.status} and still has a deadline"
    for id in seen.deadlines.keys() - seen.reservations.keys():
        yield f"deadline of {id}, which does not exist"


def _events(seen: Snapshot) -> Iterator[str]:
    """Numbers rise by one for each subject, in order; balances are told without a gap, up to the last version."""
    last: dict[str, int] = defaultdict(int)
    for event in sorted(seen.events):
        expected = event.number if event.before is not None else last[event.subject] + 1
        if event.before is not None and event.before != last[event.subject]:
            yield f"{event.subject}: told from version {event.before}, {last[event.subject]} was told last"
        if event.number != expected:
            yield f"{event.subject}: event {event.number} where {expected} should come"
        last[event.subject] = event.number
    for key, account in seen.accounts.items():
        if last[f"account:{key}"] != account.version:
            yield f"{key}: version {account.version}, told up to {last[f'account:{key}']}"
    for id, reservation in seen.reservations.items():
        if last[f"reservation:{id}"] != reservation.events:
            yield f"reservation {id}: {reservation.events} events, {last[f'reservation:{id}']} in the outbox"
