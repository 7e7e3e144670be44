"""The ports of the stock context, each as small as its consumer needs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Final, NamedTuple, Protocol

from application.kernel.balances import AccountsFound
from application.kernel.call import Call
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey
from domain.kernel.reservation import NO_OPENINGS, Plan, Reservation
from domain.stock.expected import made


class Registers(Protocol):
    """The registers of goods and nodes, at most one second old."""

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        """Raises UnknownGoods, InactiveGoods, UnknownNode, InactiveNode, naming all that are at fault."""
        ...


class HoldPlan(Protocol):
    """Another context's say in what a reservation holds beside stock: quotas, allotments, capacity, credit."""

    async def extend(self, call: Call, plan: Plan) -> Plan:
        """The plan with further ways, holds or group holds. Asked before the queue; the plan is then kept."""
        ...


class NodeDay(NamedTuple):
    """What bounds a node's day: the accounts of its units and its orders, None where they are not bounded, and the name
    of a group that holds one of its orders. `openings`: what they open with.
    """

    units: AccountKey | None = None
    orders: AccountKey | None = None
    group: str = ""
    openings: Mapping[AccountKey, int] = NO_OPENINGS


class Leaving(Protocol):
    """When what a reservation holds leaves, and what that takes of other nodes' days."""

    def of(self, account: AccountKey) -> tuple[str, date] | None:
        """The node and the day that an account bounds; None for an account of anything else."""
        ...

    def said(self, line: str, node: str) -> Collection[date]:
        """The days on which the line leaves the node, where no account of a day says so."""
        ...

    def on(self, node: str, day: date) -> NodeDay:
        """What bounds a day of a node."""
        ...


class Unbounded:
    """Answers `Leaving`: nodes' days are not bounded here."""

    def of(self, account: AccountKey) -> tuple[str, date] | None:
        return None

    def said(self, line: str, node: str) -> Collection[date]:
        return ()

    def on(self, node: str, day: date) -> NodeDay:
        return NodeDay()


LEAVING: Final = "leaving"
"""The register of reservations that leave a node on a day that no account of theirs says: `days` by line and node."""


class NodeDays(Protocol):
    """What nodes can send off on their days, which is held together with the stock that leaves there."""

    async def hold(self, tenant: str, plan: Plan, lines: Mapping[str, tuple[str, int]], day: date) -> Plan:
        """The plan with what its lines (by id: the node, the units of goods in each unit of the line) take of a day.

        Raises InvalidInput, StoreError.
        """
        ...

    async def leaving(self, tenant: str, reservation: str) -> Leaving:
        """When what the reservation holds leaves. Raises StoreError."""
        ...


class Standing(NamedTuple):
    """How one registered thing stands: `version` counts its writes, 0 while there is no such entry."""

    version: int
    active: bool


class ChangedEntries(NamedTuple):
    """What was written to a register's table lately: the latest change number, and the entries written.

    `entries` is None when there are more than were asked for: whoever follows must look everything up again.
    """

    latest: int
    entries: Mapping[str, Mapping[EntryKey, Standing]] | None


class RegisterFeed(Protocol):
    """The registers as they were last committed. Raises StoreError."""

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        """By tenant, in one round trip, how the entries stand that exist among those asked for."""
        ...

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        """The entries of these registers written after change number `after`; none of them when `after` is None.

        Numbers rise with every write to any register, and no number appears below one that was already seen.
        """
        ...


class LearnsRegisters(Protocol):
    """Whoever remembers registers, told at once what this process has just committed."""

    def learn(self, tenant: str, entries: Mapping[EntryKey, Standing]) -> None:
        """Take these over, unless a later version is known."""
        ...


class Promised(NamedTuple):
    """A reservation that holds units of an account: reserved (unpaid) and allocated (waiting to leave)."""

    reservation: str
    status: str
    reserved: int
    allocated: int


class ReservationsHolding(Protocol):
    """Which reservations hold what is promised of a position, or of an expected receipt."""

    async def holding(self, tenant: str, account: AccountKey, most: int) -> Sequence[Promised]:
        """At most `most` of those that hold any of it now, the latest made first. Raises StoreError."""
        ...


class ExpectedReader(Protocol):
    """Reads what is announced of goods, and who was promised it."""

    async def expected(self, tenant: str, goods: Sequence[str], nodes: Sequence[str]) -> AccountsFound:
        """The accounts of expected supply of these goods at these nodes (none named: at all), as far as they hold
        anything. Raises AnswerTooLarge, StoreError.
        """
        ...

    async def holders(self, tenant: str, account: AccountKey, most: int) -> Sequence[Reservation]:
        """The first `most` reservations that hold any of the account now, in the order they were made.

        Of more than MOST_HOLDERS, those that took hold of it first are put in order. Raises StoreError.
        """
        ...


MOST_HOLDERS: Final = 5_000


def in_order(holders: Iterable[Reservation], most: int) -> list[Reservation]:
    """Those that took hold first, in the order they were made: at most `most`."""
    return sorted(islice(holders, MOST_HOLDERS), key=made)[:most]
