"""What can be asked of stock: the answers, as plain values, and the ports that the queries read through.

Availability has its own page, `availability.py`.

Every reading is one snapshot of the last commit. Another tenant's things are as good as not there. Quantities are whole
numbers of the goods' smallest unit, times are UTC.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from domain.kernel.account import AccountKey
from domain.kernel.books import Movement
from domain.kernel.movement import CONFIRM, DAMAGE, DEALLOCATE, EXPIRE, RELEASE, RESERVE, SHIP, Balances
from domain.kernel.refusal import InvalidInput, Refusal
from domain.kernel.reservation import Reservation

MAX_ASKED: Final = 500
"""Most goods, and most nodes, that one question names."""


class VersionNotReached(Refusal):
    """The account has not come to this version (yet), as far as this source knows.

    Ask again a little later; the version comes with the commit of the command that named it.
    """

    code = "version.not_reached"
    retryable = True


def require_version(account: AccountKey, wanted: int, known: int) -> None:
    """Raises VersionNotReached."""
    if known < wanted:
        raise VersionNotReached(
            f"{account} is at version {known}, {wanted} is wanted", account=account.named(), wanted=wanted, known=known
        )


class MovementsArchived(Refusal):
    """These movements are of a closed period and were moved out of the ledger, into files of its archive.

    Those of an account can be asked for from `after` on, where it is given. Those before are read in the files, in
    the folder `ledger` of the store of objects.
    """

    code = "movements.archived"


def require_here(account: AccountKey, wanted: int, first: int) -> None:
    """Raises MovementsArchived, if the first movement that is here is a later one than is wanted."""
    if first > wanted:
        raise MovementsArchived(
            f"movements of {account} before version {first} are archived",
            account=account.named(),
            wanted=wanted,
            after=f"0.0.{first - 1}",
        )


def require_not_archived(command: int, archived: int) -> None:
    """Raises MovementsArchived for a command whose movements may be in archives, which go up to another."""
    if command <= archived:
        raise MovementsArchived("movements of closed periods that were archived are among them", after="")


class AccountUnknown(Refusal):
    """Nothing was ever posted on this account (yet).

    Look for a mistyped part of its key; if its first receipt is under way, ask again a little later.
    """

    code = "account.unknown"
    retryable = True


# -- reservations -----------------------------------------------------------------------------------------------------


class ReservationReader(Protocol):
    """Reads reservations and tombstones."""

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        """The reservation or tombstone, or None."""
        ...

    async def reservations(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        """Those of these reservations and tombstones that there are, in any order."""
        ...

    async def reservations_of(self, tenant: str, order: str, after: str, limit: int) -> Sequence[Reservation]:
        """Those with this order reference and an id beyond `after`: at most `limit`, in byte order of ids."""
        ...


# -- movements and past balances --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfAccount:
    """The movements of one account, by version."""

    account: AccountKey


@dataclass(frozen=True, slots=True)
class OfCommand:
    """The movements of the command that was accepted under this request id (as long as the request is kept)."""

    request: str


@dataclass(frozen=True, slots=True)
class OfReservation:
    """The movements on everything that this reservation held or holds."""

    reservation: str


HOLDING: Final = frozenset({RESERVE, RELEASE, EXPIRE, CONFIRM, DEALLOCATE, SHIP, DAMAGE})
"""The movements that are posted for a reservation. A shipment may bear the same id: its own are others."""


@dataclass(frozen=True, slots=True)
class OfShipment:
    """The movements of every command that acted on this shipment, on both sides."""

    shipment: str


Subject = OfAccount | OfCommand | OfReservation | OfShipment


class LinePlace(NamedTuple):
    """Where a movement stands: its command's number, a number that its source gives its account, its version."""

    command: int
    account: int
    version: int


class Placed(NamedTuple):
    place: LinePlace
    movement: Movement


Versions = tuple[AccountKey, int, int]
"""An account, a version of it, and a later one: those after the one, up to the other."""


class MovementReader(Protocol):
    """Reads the ledger's lines."""

    async def movements(self, tenant: str, of: Subject, after: LinePlace | None, limit: int) -> Sequence[Placed]:
        """At most `limit` movements after this place: of an account by version, else by place."""
        ...

    async def movements_of(self, tenant: str, wanted: Collection[Versions]) -> Sequence[Placed]:
        """The movements that made these versions, as far as there are any: of many accounts in one look."""
        ...


@dataclass(frozen=True, slots=True)
class BalanceThen:
    """An account after its movement number `version`, posted `at`; empty at version 0, before the first."""

    balances: Balances
    floor: int
    version: int
    at: datetime | None


class BalanceReader(Protocol):
    """Reads what an account held in the past."""

    async def balance_by_version(self, tenant: str, account: AccountKey, version: int) -> BalanceThen | None:
        """After this version, by one seek; None if nothing was ever posted. Raises VersionNotReached."""
        ...

    async def balance_by_time(self, tenant: str, account: AccountKey, at: datetime) -> BalanceThen | None:
        """After the last movement at or before this time, by bisection; None if nothing was ever posted."""
        ...


def at_most(count: int, name: str, *, least: int = 0) -> None:
    """Raises InvalidInput unless `least` to MAX_ASKED things are named."""
    if not least <= count <= MAX_ASKED:
        raise InvalidInput(f"{least} to {MAX_ASKED} {name} can be asked for at once", field=name, most=MAX_ASKED)
