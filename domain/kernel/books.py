"""One tenant's books as a batch sees them: what is decided is visible to the next command, or gone without a trace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from domain.kernel.account import OPENED, Account, AccountKey
from domain.kernel.movement import CAP_LOWER, OPEN, OUTSIDE, SET_FLOOR, Balances, Bucket, MovementKind
from domain.kernel.quantity import MAX_BALANCE, whole
from domain.kernel.refusal import ReservationCancelled, ReservationState, ReservationUnknown
from domain.kernel.reservation import MAX_COMMANDS, Reservation


class Act(NamedTuple):
    """Which accepted command posts, for whom: its number in the ledger, its request id and name, who did it."""

    number: int
    request: str
    command: str
    actor: str
    principal: str


class Movement(NamedTuple):
    """库存流水: one posting on one account, with everything the account held after it."""

    account: AccountKey
    version: int
    kind: MovementKind
    quantity: int
    after: Balances
    floor: int
    subject: str
    scene: str
    reason: str
    at: datetime
    act: Act


class Event(NamedTuple):
    """Something that happened, told to the outside: `number` counts the events of its `subject` from 1."""

    type: str
    subject: str
    number: int
    data: object
    at: datetime
    act: Act | None


class EntryKey(NamedTuple):
    """Which entry of which register: ("goods", "A-100")."""

    register: str
    code: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered thing that is not counted: a goods, a node, a shipment. `version` counts its writes."""

    key: EntryKey
    facts: Mapping[str, Any]
    version: int
    changed_at: datetime | None = None


class Pages:
    """What one command changed, or all that were accepted: the latest state by key, and what was posted and told."""

    __slots__ = ("accounts", "entries", "events", "movements", "reservations")

    def __init__(self) -> None:
        self.accounts: dict[AccountKey, Account] = {}
        self.reservations: dict[str, Reservation] = {}
        self.entries: dict[EntryKey, Entry] = {}
        self.movements: list[Movement] = []
        self.events: list[Event] = []

    def __bool__(self) -> bool:
        return bool(self.movements or self.reservations or self.entries or self.events)

    def copy(self) -> "Pages":
        """The same, which stays as it is when these go on: what stands on them is never changed in place."""
        same = Pages()
        same.take_over(self)
        return same

    def take_over(self, newer: "Pages") -> None:
        """Add what is newer."""
        self.accounts.update(newer.accounts)
        self.reservations.update(newer.reservations)
        self.entries.update(newer.entries)
        self.movements += newer.movements
        self.events += newer.events

    def clear(self) -> None:
        self.accounts.clear()
        self.reservations.clear()
        self.entries.clear()
        self.movements.clear()
        self.events.clear()


class Books:
    """One tenant's part of a batch: loaded state below, accepted changes over it, the current command's on top.

    The committer calls `begin`, lets a command decide, then `accept` or `discard`. A command reads and posts through
    the verbs below and can only touch what was loaded (locked) for the batch: anything else is a fault of the
    command's `touches`, raised as KeyError. `now` is the one time of the batch.
    """

    def __init__(
        self,
        now: datetime,
        accounts: Mapping[AccountKey, Account],
        reservations: Mapping[str, Reservation | None],
        entries: Mapping[EntryKey, Entry | None],
    ) -> None:
        self.now = now
        self.accepted = Pages()
        self._accounts = accounts
        self._reservations = reservations
        self._entries = entries
        self._pages = Pages()
        self._act: Act | None = None

    # -- one command after the other ------------------------------------------------------------------------------

    def begin(self, act: Act) -> None:
        """Start deciding a command; all it posts is signed with `act`."""
        self.discard()
        self._act = act

    def accept(self) -> bool:
        """Keep what the command did, visible to the next. False if it changed nothing."""
        changed = bool(self._pages)
        if changed:
            self.accepted.take_over(self._pages)
        self.discard()
        return changed

    def discard(self) -> None:
        """Forget what the command did."""
        self._act = None
        if self._pages:
            self._pages.clear()

    def mark(self) -> Pages:
        """Where the accepted changes stand now, to come back to."""
        return self.accepted.copy()

    def go_back(self, mark: Pages) -> None:
        """Forget every command that was accepted since."""
        self.discard()
        self.accepted = mark

    def loaded_version(self, key: AccountKey) -> int:
        """The account's version before this batch."""
        return self._accounts[key].version

    @property
    def act(self) -> Act:
        if self._act is None:
            raise RuntimeError("no command is being decided")
        return self._act

    # -- accounts -------------------------------------------------------------------------------------------------

    def account(self, key: AccountKey) -> Account:
        """The account as this command sees it (empty at version 0 if it was never posted on)."""
        return self._pages.accounts.get(key) or self.accepted.accounts.get(key) or self._accounts[key]

    def knows(self, key: AccountKey) -> bool:
        """Whether the account was loaded for this batch, and so may be read and posted on."""
        return key in self._accounts

    def post(
        self,
        key: AccountKey,
        kind: MovementKind,
        quantity: int,
        *,
        subject: str = "",
        scene: str = "-",
        reason: str = "",
        facts: Mapping[str, str] | None = None,
    ) -> Account:
        """Post one movement and journal it. Raises InsufficientBalance; returns the account after it.

        An account that owes pays from what is given back to it: CAP_LOWER of as much follows in the same command.
        """
        account = self.account(key)
        if facts:
            account = account.with_facts(facts)
        after = self._journal(account.post(kind, quantity, self.now), kind, quantity, subject, scene, reason)
        if after.debt and kind.target is Bucket.AVAILABLE and kind.source is not OUTSIDE:
            return self.pay(key, quantity, subject=subject, scene=scene)
        return after

    def open_account(self, key: AccountKey, openings: Mapping[AccountKey, int]) -> None:
        """Post what a plan opens the account with, if it does and nobody posted on it before."""
        if key in openings and self.account(key).version == 0:
            opening = openings[key]
            self.post(key, OPEN, opening, facts={OPENED: str(opening)})

    def pay(self, key: AccountKey, most: int, *, subject: str = "", scene: str = "-") -> Account:
        """Take what the account owes, at most so much of it, out of what it has available."""
        account = self.account(key)
        part = min(most, account.debt)
        paid = replace(account.post(CAP_LOWER, part, self.now), debt=account.debt - part)
        return self._journal(paid, CAP_LOWER, part, subject, scene, "debt")

    def owe(self, key: AccountKey, debt: int) -> Account:
        """Set what the account owes, for an account that this command has posted on."""
        whole(debt, "debt", least=0, most=MAX_BALANCE)
        return self._rewrite(replace(self.account(key), debt=debt))

    def note(self, key: AccountKey, facts: Mapping[str, str]) -> Account:
        """Add facts to an account that this command has posted on."""
        return self._rewrite(self.account(key).with_facts(facts))

    def _rewrite(self, account: Account) -> Account:
        """An account's row is written with a movement only, so that its version says all."""
        if account.key not in self._pages.accounts:
            raise RuntimeError(f"nothing was posted on {account.key}")
        self._pages.accounts[account.key] = account
        return account

    def changed(self) -> Iterator[tuple[Account, Account]]:
        """Every account that this command has posted on, before and after."""
        for key, after in self._pages.accounts.items():
            yield self.accepted.accounts.get(key) or self._accounts[key], after

    def set_floor(self, key: AccountKey, floor: int, *, reason: str = "") -> Account:
        """Set what a reserve for sale leaves untouched."""
        whole(floor, "floor", least=0, most=MAX_BALANCE)
        return self._journal(self.account(key).with_floor(floor, self.now), SET_FLOOR, 0, "", "-", reason)

    def _journal(
        self, after: Account, kind: MovementKind, quantity: int, subject: str, scene: str, reason: str
    ) -> Account:
        key, pages = after.key, self._pages
        pages.movements.append(
            Movement(
                key,
                after.version,
                kind,
                quantity,
                after.balances,
                after.floor,
                subject,
                scene,
                reason,
                self.now,
                self.act,
            )
        )
        pages.accounts[key] = after
        return after

    # -- reservations ---------------------------------------------------------------------------------------------

    def find_reservation(self, id: str) -> Reservation | None:
        """The reservation or tombstone, or None."""
        return self._pages.reservations.get(id) or self.accepted.reservations.get(id) or self._reservations[id]

    def reservation(self, id: str) -> Reservation:
        """The reservation. Raises ReservationUnknown, ReservationCancelled for a tombstone."""
        found = self.find_reservation(id)
        if found is None:
            raise ReservationUnknown(f"there is no reservation {id} (yet)", reservation=id)
        if found.is_tombstone:
            raise ReservationCancelled(f"reservation {id} was cancelled before it was made", reservation=id)
        return found

    def keep(self, after: Reservation, *, ends: bool = False) -> Reservation:
        """Keep what a command made of a reservation, a copy of its own. What `ends` a stage is never one command too
        many: else units that were acted on too often could neither leave nor be given back.
        """
        number = self.act.number
        if number not in after.commands:
            if len(after.commands) >= MAX_COMMANDS and not ends:
                raise ReservationState(
                    f"reservation {after.id} was acted on {MAX_COMMANDS} times already", reservation=after.id
                )
            after.commands, after.changed_at = (*after.commands, number), self.now
        self._pages.reservations[after.id] = after
        return after

    # -- registers ------------------------------------------------------------------------------------------------

    def entry(self, register: str, code: str) -> Entry | None:
        """A registered thing, or None."""
        key = EntryKey(register, code)
        return self._pages.entries.get(key) or self.accepted.entries.get(key) or self._entries[key]

    def write_entry(self, register: str, code: str, facts: Mapping[str, Any]) -> Entry:
        """Register a thing or change its facts; its version rises by one."""
        known = self.entry(register, code)
        entry = Entry(EntryKey(register, code), facts, known.version + 1 if known else 1, self.now)
        self._pages.entries[entry.key] = entry
        return entry

    # -- events ---------------------------------------------------------------------------------------------------

    def tell(self, type: str, data: object, *, subject: str | None = None, number: int = 1) -> None:
        """Tell an event of this command; without a subject it is keyed by the command itself."""
        self._pages.events.append(
            Event(type, subject or f"command:{self.act.request}", number, data, self.now, self.act)
        )

    def tell_of(self, reservation: Reservation, type: str, data: object) -> None:
        """Tell an event of a reservation, under its next number."""
        told = self._pages.reservations.get(reservation.id)
        if told is None:
            told = self._pages.reservations[reservation.id] = replace(reservation)
        told.events += 1  # this command's own copy
        self.tell(type, data, subject=f"reservation:{told.id}", number=told.events)
