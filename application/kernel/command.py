"""What a ledger command is: two pure functions and a name; and whoever has it committed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from application.kernel.call import Call
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry, EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Reservation


@dataclass(slots=True)
class Records:
    """The reservations and register entries that a batch names, as they were loaded for one tenant.

    `named` are the accounts that commands of this very batch name along with a reservation: it may come to hold them
    before the command's turn, by a reserve or an exchange.
    """

    reservations: Mapping[str, Reservation | None]
    entries: Mapping[EntryKey, Entry | None]
    named: Mapping[str, Collection[AccountKey]] = field(default_factory=dict)

    def may_hold(self, reservation: str) -> set[AccountKey]:
        """Every account that the reservation may hold when the command's turn comes."""
        found = self.reservations.get(reservation)
        return {*(() if found is None else found.accounts()), *self.named.get(reservation, ())}


@dataclass(slots=True)
class Touches:
    """What a command may read and change. All of it is locked before anything is decided.

    The accounts that a named reservation holds are touched by naming it. `then` names accounts that can only be known
    from the records: where a reservation's goods go when they are dispatched.
    """

    reservations: tuple[str, ...] = ()
    accounts: tuple[AccountKey, ...] = ()
    entries: tuple[EntryKey, ...] = ()
    then: Callable[[Records], Iterable[AccountKey]] | None = None


Settle = Callable[[Ledger], None]
"""Called when a command was decided, before it is accepted: posts what must follow from it, or raises a Refusal."""


class Follows(Protocol):
    """Accounts that follow others, whatever command posts on those: the pool of a goods, its positions.

    Both are functions of what they are given and of what was seen before; neither does any input or output.
    """

    def foresee(self, tenant: str, accounts: Collection[AccountKey]) -> Collection[AccountKey]:
        """What must be touched together with these, as far as that is known without having loaded them."""
        ...

    def settle(self, tenant: str, accounts: Mapping[AccountKey, Account]) -> Settle | None:
        """How commands that may touch these loaded accounts are settled; None where nothing follows any of them.

        Raises Lacking when something follows one of them that was not loaded: `foresee` knows it now.
        """
        ...


class Lacking(Exception):
    """Accounts that must be touched as well were not loaded: the batch is to be run again."""


R = TypeVar("R", covariant=True)
Reply = TypeVar("Reply")


class Wish(Protocol):
    """What a caller sends: it has a name, and an answer of a type."""

    @property
    def name(self) -> str:
        """Stored with the request: the same id under another name is refused."""
        ...

    @property
    def reply(self) -> type:
        """The type of the answer: a dataclass of plain values, stored and given again to a repeat."""
        ...


class Command(Wish, Protocol[R]):
    """A ledger command. It opens no transaction and does no input or output.

    A text field that a released command, or a part of one, gets later is named with its default in the command's class
    attribute ADDED_LATER: at that it is no part of the digest, so that what an earlier one accepted may be repeated.
    """

    def touches(self) -> Touches:
        """What to lock and load."""
        ...

    def decide(self, ledger: Ledger) -> R:
        """Answer, having posted on the ledger; or raise a Refusal, and nothing was done."""
        ...


A_TURN: Final = 64
"""Of what is committed together so many are made ready before others have their turn."""


class Part(NamedTuple):
    """One of several commands that are committed together: a request of its own. `asked` as in `Commit.submit`."""

    call: Call
    command: Command[Any]
    asked: object | None = None


class CommitTogether(Protocol):
    """Has several commands of one tenant committed in one transaction, all of them or none."""

    async def submit_together(self, call: Call, parts: Sequence[Part]) -> Sequence[object]:
        """What became of each, in order: its reply, or the Refusal or Unanswered of it alone.

        Each is decided on what those before it did, and has a request id of its own. Where one was refused, nothing was
        done for any, and its request id is as free as before: the replies of the others are what they would have been.
        What was accepted before, in whatever company, keeps its reply. `call` says until when all of it is waited for.
        Raises Unanswered where none was decided, InvalidInput for more than are taken at once.
        """
        ...


class Commit(Protocol):
    """Has commands decided and committed: the group committer, as those who send commands see it."""

    async def submit(self, call: Call, command: Command[Reply], asked: object | None = None) -> Reply:
        """The command's reply once it is committed. `asked` is what the caller sent, where that differs.

        Raises the command's Refusal, or Unanswered.
        """
        ...
