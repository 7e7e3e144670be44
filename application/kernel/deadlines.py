"""Deadlines: what must happen at a time unless something else happens first (超时中心)."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from application.kernel.call import RESERVED_PREFIX, Call
from application.kernel.clock import ClockWatch
from application.kernel.command import Command, Commit
from application.kernel.ports import Reach, pass_by
from application.kernel.unanswered import Unanswered
from domain.kernel.refusal import Refusal

logger = logging.getLogger(__name__)

ACTOR: Final = "timeout-center"
DATABASE: Final = "database"
WALL: Final = "wall"

DEADLINE_FAILPOINTS: Final = ("deadlines.claimed", "deadlines.fired")


class Due(NamedTuple):
    """A deadline that a worker has claimed: the `number`-th of its reservation, with the token of this claim."""

    tenant: str
    reservation: str
    number: int
    token: int


class Horizon(NamedTuple):
    """What the ledger's time is and when the next unclaimed deadline falls.

    `now` is never before a commit; `clock` is what the database's clock itself shows, `committed` the time of the last
    commit (None: nothing was committed yet).
    """

    now: datetime
    clock: datetime
    committed: datetime | None
    next_due: datetime | None


class Claim(NamedTuple):
    """What was claimed, by which time of the ledger."""

    now: datetime
    clock: datetime
    due: Sequence[Due]


class Deadlines(Protocol):
    """The deadlines of one database, in the ledger's time. Raises StoreError."""

    async def look(self, lease: timedelta) -> Horizon:
        """Read the time, and when the next deadline falls that `claim` would give for this lease."""
        ...

    async def claim(self, limit: int, lease: timedelta) -> Claim:
        """Claim up to `limit` deadlines that are due and that nobody holds, the longest due first.

        Each claim raises the deadline's token, which the ledger asks for when it is fired: whoever claimed it before
        fires no more. A lease that ends later than one taken now would was written by a clock since set back: it is
        free.
        """
        ...


class Expire(Protocol):
    """Makes the command that gives back what a reservation still holds; the context that owns it provides it."""

    def __call__(self, reservation: str, deadline: int, token: int) -> Command[Any]: ...


@dataclass(frozen=True, slots=True)
class FiredDeadline:
    """What the request `expire:<reservation>:<n>` asks for, whichever worker sends it: its token is not part of it."""

    reservation: str
    deadline: int


@dataclass(frozen=True, slots=True)
class DeadlineLimits:
    """At most `batch` claimed at a time, each for `lease`; waits in seconds, when nothing is due and when paused."""

    batch: int = 256
    lease: timedelta = timedelta(seconds=10)
    idle: float = 0.25
    paused: float = 0.25


@dataclass(slots=True)
class DeadlineCounts:
    """What was done since the start; `left` were claimed and not fired: they come back when their lease ends."""

    claimed: int = 0
    fired: int = 0
    left: int = 0


class FireDeadlines:
    """Fires what is due: claims it, and has the ledger expire it under the id `expire:<reservation>:<n>`.

    Never early: what is due is decided by the ledger's time, once when it is claimed and again when it is posted.
    Never lost: a claim that is not followed by the posting ends with its lease, and another worker takes over. Once:
    the posting asks for the number and the token, and a stale one is answered with nothing.

    Clocks are watched. When the database's clock, or this machine's (`wall`), jumps against `steady` by more than a
    minute, nothing is claimed until the jump is undone or observed out (`ClockWatch`). At the start the last commit
    is what the clock is compared with: a clock more than a minute from it is observed before anything is fired,
    because a machine that has just started may be about to have its clock set. Without `steady`, the event loop's.
    """

    def __init__(
        self,
        deadlines: Deadlines,
        commit: Commit,
        expire: Expire,
        limits: DeadlineLimits | None = None,
        *,
        watch: ClockWatch | None = None,
        steady: Callable[[], float] | None = None,
        wall: Callable[[], datetime] | None = None,
        reach: Reach = pass_by,
    ) -> None:
        self._deadlines = deadlines
        self._commit = commit
        self._expire = expire
        self._limits = limits or DeadlineLimits()
        self._steady = steady
        self._wall = wall
        self._reach = reach
        self._started = False
        self.watch = watch or ClockWatch()
        self.counts = DeadlineCounts()

    async def __call__(self) -> float:
        """Fire once around; the seconds to wait before the next time (0: there is more). Raises StoreError."""
        horizon = await self._deadlines.look(self._limits.lease)
        if not self._started:
            self._started = True
            if horizon.committed is not None:
                self.watch.begin(DATABASE, horizon.committed, horizon.clock, self._now())
        if not self._trusted(horizon.clock):
            return self._limits.paused
        if horizon.next_due is None:
            return self._limits.idle
        if horizon.next_due > horizon.now:
            return min(self._limits.idle, (horizon.next_due - horizon.now).total_seconds())
        claim = await self._deadlines.claim(self._limits.batch, self._limits.lease)
        self._reach("deadlines.claimed")
        self.counts.claimed += len(claim.due)
        if not self._trusted(claim.clock):
            # The clock jumped between looking and claiming: the leases end by themselves.
            self.counts.left += len(claim.due)
            return self._limits.paused
        fired = await asyncio.gather(*(self._fire(due) for due in claim.due))
        self.counts.fired += sum(fired)
        self.counts.left += len(fired) - sum(fired)
        self._reach("deadlines.fired")
        return 0.0 if claim.due else self._limits.idle

    def trusted(self) -> bool:
        """Whether the clocks may be acted on now."""
        return self.watch.observe({} if self._wall is None else {WALL: self._wall()}, self._now())

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._steady is None else self._steady()

    def _trusted(self, clock: datetime) -> bool:
        readings = {DATABASE: clock} if self._wall is None else {DATABASE: clock, WALL: self._wall()}
        return self.watch.observe(readings, self._now())

    async def _fire(self, due: Due) -> bool:
        """Whether the ledger answered: what it did, or that there was nothing left to do."""
        call = Call(
            due.tenant,
            ACTOR,
            f"{RESERVED_PREFIX}{due.reservation}:{due.number}",
            deadline=asyncio.get_running_loop().time() + self._limits.lease.total_seconds(),
            system=True,
        )
        command = self._expire(due.reservation, due.number, due.token)
        try:
            await self._commit.submit(call, command, FiredDeadline(due.reservation, due.number))
        except Unanswered as error:
            logger.info("%s was left for later: %s", call.request, error)
            return False
        except Refusal as refusal:
            logger.error("%s was refused: %s", call.request, refusal)
            return False
        return True
