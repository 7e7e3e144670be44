"""The ports of the ledger: what the group committer needs of a database, and what can go wrong there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from application.kernel.command import Records
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry, EntryKey, Event, Movement
from domain.kernel.reservation import Reservation

Reach = Callable[[str], None]
"""Called by an adapter after each step that a crash could follow, with one of FAILPOINTS; in production, `pass_by`."""

FAILPOINTS: Final = (
    "begun",
    "records.loaded",
    "accounts.loaded",
    "replies.loaded",
    "written.replies",
    "written.accounts",
    "written.movements",
    "written.reservations",
    "written.deadlines",
    "written.entries",
    "written.events",
    "committed",
)


def pass_by(name: str) -> None:
    """The failpoint of a process that is not meant to fail."""


class StoreError(Exception):
    """The database refused or failed; nothing of the transaction is kept."""


class Contention(StoreError):
    """A deadlock, a serialisation failure, a unique key taken meanwhile: the batch may simply run again."""


class KeyTaken(Contention):
    """A unique key was taken. Mostly by a rival that committed first; if it happens again and again, by a culprit."""


class StoreUnavailable(StoreError):
    """No connection to be had: nothing was tried."""


class CommitUnknown(StoreError):
    """COMMIT was sent and its answer lost: run the same commands again under the same ids to find out."""


class Codec(Protocol):
    """Turns plain values (dataclasses, named tuples, texts, numbers, times) into bytes and back."""

    def encode(self, value: object) -> bytes:
        """Canonical bytes: equal values give equal bytes, in every process and version of Python."""
        ...

    def decode(self, data: bytes, type: Any) -> Any:
        """The value of that type. Raises ValueError where the bytes do not fit."""
        ...


class KeptReply(NamedTuple):
    """The answer that an accepted request got: `read` gives it back as the reply type."""

    command: str
    digest: bytes
    read: Callable[[type], Any]


class NewReply(NamedTuple):
    """An answer to keep, so that a repeat gets it again."""

    request: str
    number: int
    command: str
    digest: bytes
    reply: object


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch stands on, per tenant. Accounts never posted on come empty, at version 0.

    `now` was read after all locks were held, and is not before any account's `changed_at`. `first_number` is the first
    command number that nobody has used.
    """

    now: datetime
    first_number: int
    accounts: Mapping[str, Mapping[AccountKey, Account]]
    replies: Mapping[str, Mapping[str, KeptReply]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What one tenant's accepted commands changed, to be written as a whole; `accounts` with the loaded version.

    `traces` are the traceparents of events, by subject and number, of those whose command was traced.
    """

    tenant: str
    replies: Sequence[NewReply]
    accounts: Sequence[tuple[int, Account]]
    movements: Sequence[Movement]
    reservations: Sequence[Reservation]
    entries: Sequence[Entry]
    events: Sequence[Event]
    traces: Mapping[tuple[str, int], str]


class LedgerBatch(Protocol):
    """One transaction of the one writer. Everything named is locked until the end."""

    async def records(
        self, reservations: Mapping[str, Collection[str]], entries: Mapping[str, Collection[EntryKey]]
    ) -> Mapping[str, Records]:
        """Lock and load reservations and entries by tenant, in byte order; what does not exist comes as None."""
        ...

    async def load(
        self, accounts: Mapping[str, Collection[AccountKey]], requests: Mapping[str, Collection[str]]
    ) -> Loaded:
        """Lock and load accounts, and then, in a later statement, look the request ids up."""
        ...

    async def save(self, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        """Write everything and commit; `used` command numbers were used.

        Raises Contention, CommitUnknown, StoreError.
        """
        ...


class LedgerStore(Protocol):
    """Where a ledger lives. Leaving a batch without `save` rolls it back."""

    def batch(self) -> AbstractAsyncContextManager[LedgerBatch]: ...
