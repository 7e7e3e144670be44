"""The ports of reconciliation: the ledger as one reader sees it, the seals, and what may be purged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from domain.kernel.refusal import Refusal
from domain.reconciliation.inspected import (
    Archived,
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

    def archives(self) -> Sequence[Archived]:
        """All files of movements that were moved out, by seal and by their first account."""
        ...

    def reservations(self, changed_since: int) -> Iterator[InspectedReservation]:
        """Those that hold something, and all that changed since then (microseconds; 0: all there are)."""
        ...

    def stray_deadlines(self) -> Iterator[tuple[str, str]]:
        """The tenant and reservation of every deadline row that has no reservation."""
        ...

    def accounts(self, *, from_seal: bool) -> Iterator[tuple[InspectedAccount, Iterator[Posting]]]:
        """Every account with its postings that are here, in the order in which accounts were made.

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


TakePeriod = Callable[[InspectedAccount, SealedLine, SealedLine, Iterator[Posting]], None]
"""Takes what an account did in a closed period: the line before, its own line, the postings in between."""


class ArchiveStore(Protocol):
    """The ledger as movements leave it. What it is told was archived is deleted, and nothing else ever."""

    async def seals(self) -> Sequence[Seal]:
        """All closed periods, oldest first."""
        ...

    async def archives(self) -> Sequence[Archived]:
        """All files, by seal and by their first account."""
        ...

    async def read_some(self, seal: Seal, after: int, most: int, take: TakePeriod) -> tuple[int, bool]:
        """Go through up to `most` accounts from the place `after` on (-1: from the first), each that moved then.

        Returns the place of the last one looked at, and whether there are more. `take` may run in another thread.
        """
        ...

    async def register(self, file: Archived) -> None:
        """From now on those movements are in that file. Once is as good as twice."""
        ...

    async def clear_some(self, file: Archived, most: int) -> int:
        """Delete up to `most` of the file's movements, but never the last of an account in the file.

        Returns how many; fewer than `most`: none is left, and the file is marked as cleared.
        """
        ...


class Passing(NamedTuple):
    """Register entries that are kept for a while only: all of a register, or those whose facts are these alone."""

    register: str
    facts: Mapping[str, Any] | None = None


class History(Protocol):
    """What is kept for a while only. The audit is told up to when it was purged."""

    async def purge_requests(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` request ids, with their replies, accepted before then; how many."""
        ...

    async def purge_tombstones(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` reservations cancelled before they were made, and before then; how many."""
        ...

    async def purge_entries(self, passing: Passing, before: datetime, limit: int) -> int:
        """Delete up to `limit` register entries that pass, last written before then; how many."""
        ...

    async def now(self) -> datetime:
        """The time of the last commit or the clock's, whichever is earlier: what ages are told by."""
        ...


class Purgeable(Protocol):
    """The outbox and the inbox, as their owner lets them be purged."""

    async def purge(self, keep: timedelta, limit: int) -> int: ...
