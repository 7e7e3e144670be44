"""The ports of reconciliation: the ledger as one reader sees it, the seals, and what may be purged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from domain.kernel.refusal import Refusal
from domain.reconciliation.inspected import (
    InspectedAccount,
    InspectedReservation,
    Posting,
    Seal,
    SealedLine,
    State,
    Told,
)

T = TypeVar("T")


class Inspected(Protocol):
    """One committed state, read from one end to the other in bounded memory. One iterator is read at a time."""

    def state(self) -> State: ...

    def seals(self) -> Iterator[Seal]:
        """All closed periods, oldest first."""
        ...

    def reservations(self, changed_since: int) -> Iterator[InspectedReservation]:
        """Those that hold something, and all that changed since then (microseconds; 0: all there are)."""
        ...

    def stray_deadlines(self) -> Iterator[tuple[str, str]]:
        """The tenant and reservation of every deadline row that has no reservation."""
        ...

    def accounts(self, *, from_seal: bool) -> Iterator[tuple[InspectedAccount, Iterator[Posting]]]:
        """Every account with its postings, in the order in which accounts were made.

        `from_seal`: only the last sealed line, and postings from the one that it ends with. Else all lines, and all
        postings. Movements without an account come as an account without a standing, and so do accounts whose number
        is missing. Each account's postings are read before the next account.
        """
        ...

    def told(self) -> Iterator[Told]:
        """All events and all records of what they tell of, sorted as `follow_events` needs them."""
        ...


class AuditSource(Protocol):
    """Shows an audit the ledger."""

    async def inspect(self, look: Callable[[Inspected], T]) -> T:
        """What `look` makes of one committed state; the writer goes on meanwhile. Raises StoreError."""
        ...


class ClosingOvertaken(Refusal):
    """Another closing of the ledger began after this one, which sealed nothing.

    See when the ledger was last sealed; if the other closing did not come to its end either, close it again.
    """

    code = "ledger.overtaken"
    retryable = True


@dataclass(frozen=True, slots=True)
class Period:
    """A period about to be closed: what its seal will say of when, and the seal before it.

    `attempt` fences its closing: only the latest one that began may write.
    """

    number: int
    at: int
    command: int
    before: Seal | None
    attempt: int = 1


MakeLine = Callable[[InspectedAccount, SealedLine, Iterator[Posting]], SealedLine]
"""Makes the line of an account from the line before and its postings since."""


class SealStore(Protocol):
    """Keeps seals. Of several closings at once the one that began last goes on."""

    async def begin(self) -> Period:
        """The next period, up to the last commit. Lines of one that was not closed to the end are dropped."""
        ...

    async def seal_some(
        self, period: Period, after: int, most: int, make: MakeLine
    ) -> tuple[int | None, list[SealedLine]]:
        """Seal up to `most` accounts that moved in the period, on from the place `after` (0: from the first).

        Returns the place to go on from, None at the end, and the lines written, in the order of the accounts. Raises
        ClosingOvertaken.
        """
        ...

    async def close(self, period: Period, seal: Seal) -> None:
        """Write the seal: only now is the period closed. Raises ClosingOvertaken."""
        ...


class History(Protocol):
    """What is kept for a while only. The audit is told up to when it was purged."""

    async def purge_requests(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` request ids, with their replies, accepted before then; how many."""
        ...

    async def purge_tombstones(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` reservations cancelled before they were made, and before then; how many."""
        ...

    async def now(self) -> datetime:
        """The time of the last commit or the clock's, whichever is earlier: what ages are told by."""
        ...


class Purgeable(Protocol):
    """The outbox and the inbox, as their owner lets them be purged."""

    async def purge(self, keep: timedelta, limit: int) -> int: ...
