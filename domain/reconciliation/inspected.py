"""What an audit reads of the ledger, row by row. Times are whole microseconds since 1970 UTC, as they are stored."""

from datetime import datetime
from typing import Final, NamedTuple

from domain.kernel.account import AccountKey
from domain.kernel.movement import Balances
from domain.kernel.reservation import Reservation


class Posting(NamedTuple):
    """One movement of an account. `kept`: the command that its request id is kept under, None where it is not kept."""

    version: int
    kind: str
    quantity: int
    after: tuple[int, ...]
    floor: int
    command: int
    subject: str
    scene: str
    reason: str
    at: int
    request: str
    name: str
    actor: str
    principal: str
    kept: int | None


class Standing(NamedTuple):
    """What the row of an account says that it holds now."""

    version: int
    balances: tuple[int, ...]
    floor: int


class SealedLine(NamedTuple):
    """What an account held when a period was closed.

    `hash` is SHA-256 over the line before and every movement since.
    """

    seal: int
    version: int
    balances: tuple[int, ...]
    floor: int
    hash: bytes


NOTHING_SEALED: Final = SealedLine(0, 0, tuple(Balances()), 0, b"")
"""Where every account begins."""


class Seal(NamedTuple):
    """One closed period. It ends with the command of that number; `digest` chains the hashes of its lines."""

    number: int
    at: int
    command: int
    accounts: int
    movements: int
    digest: bytes


class Archived(NamedTuple):
    """A file of movements that were moved out of the ledger: those of one closed period, of a range of accounts.

    `size` in bytes and `sha256` are of what was written. `cleared`: none of them is left in the ledger but each
    account's last one, which the audit goes on from.
    """

    seal: int
    first: int
    last: int
    object: str
    size: int
    sha256: bytes
    accounts: int
    movements: int
    cleared: bool


class InspectedAccount(NamedTuple):
    """An account with its row (None: its movements have none) and the lines sealed, oldest first.

    `place` is where it stands among all accounts, where they are numbered: archives are of ranges of them.
    """

    tenant: str
    key: AccountKey | None
    where: str
    standing: Standing | None
    sealed: tuple[SealedLine, ...]
    place: int = 0


class InspectedReservation(NamedTuple):
    """A reservation (None: its row cannot be read), the status that the row says, and the number and due time of its
    deadline's row, where there is one.
    """

    tenant: str
    id: str
    reservation: Reservation | None
    status: str
    deadline: tuple[int, datetime] | None


UNREADABLE: Final = -1


class Told(NamedTuple):
    """A step in the events of one subject: an event (from the number `before` to `number`), or, with `before` None,
    the record that the events are told of, which says that `number` was the last. UNREADABLE stands for a `before`
    that the event should tell and does not.
    """

    tenant: str
    subject: str
    before: int | None
    number: int
    at: int


class State(NamedTuple):
    """The whole of the ledger: when, how many events they were, and what was purged on purpose.

    `events` were told ever, `kept_events` are there, `purged_events` were purged. Request ids and tombstones older
    than the two times may have been purged. `seal` is the last one.
    """

    as_of: int
    events: int
    kept_events: int
    purged_events: int
    requests_purged: int
    tombstones_purged: int
    seal: Seal | None
