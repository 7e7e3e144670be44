"""The ledger's time: what the clock shows, and never before what was committed."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from domain.kernel.account import BEGINNING

SECOND: Final = 1_000_000
"""In microseconds, as all times here: since 1970, UTC."""


class LedgerTime:
    """The time that a process takes the ledger to have: called, it gives microseconds since 1970.

    Where the clock is behind the last commit, because it was ahead for that commit and was then set back, time goes on
    from that commit at the pace of `steady` (seconds that only ever pass): what is held for a second is held for a
    second, not until the clock has come so far again. What the ports of a process share is one of these; a commit that
    any of them has seen counts for all. `shown` is what the machine's clock shows, where `clock` does not follow it.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        steady: Callable[[], float] = time.monotonic,
        shown: Callable[[], int] | None = None,
    ) -> None:
        self.clock = clock
        self._steady = steady
        self._shown = shown or clock
        self._base: int | None = None

    def __call__(self) -> int:
        """The time now, by the commits seen so far."""
        now = self.clock()
        return now if self._base is None else max(now, self._base + self._passed())

    def after(self, committed: int) -> int:
        """The time now, having seen that something was committed at this time."""
        base = committed - self._passed()
        if self._base is None or base > self._base:
            self._base = base
        return self()

    def earlier(self) -> int:
        """The ledger's time or the clock's, whichever is earlier: what ages are told by.

        A commit that was ahead of its time makes nothing older than it is.
        """
        return min(self(), self._shown())

    def leads(self, committed: int, now: int) -> bool:
        """Whether another process could not know that it is `now`: neither the last commit nor its clock would say so.

        Within a second it does not matter.
        """
        return now - committed >= SECOND and now - self._shown() > SECOND

    def _passed(self) -> int:
        return round(self._steady() * SECOND)


def micros(at: datetime) -> int:
    return (at - BEGINNING) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    return BEGINNING + timedelta(microseconds=at)


def machine_time() -> LedgerTime:
    """The ledger's time where the database has no clock of its own: wall time at the start plus a monotonic clock.

    Whatever is done to the machine's clock while the process runs, it goes on evenly.
    """
    start, origin = _wall(), time.monotonic_ns() // 1_000
    return LedgerTime(lambda: start + time.monotonic_ns() // 1_000 - origin, shown=_wall)


def _wall() -> int:
    return time.time_ns() // 1_000
