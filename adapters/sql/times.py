"""Times as the tables keep them: whole microseconds since 1970 UTC."""

import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from application.kernel.ledger_time import LedgerTime
from domain.kernel.account import BEGINNING

MICROSECOND: Final = timedelta(microseconds=1)


@lru_cache(maxsize=1_024)
def micros(at: datetime) -> int:
    """The times of one batch are few, and each is written many times."""
    return (at - BEGINNING) // MICROSECOND


def moment(at: int) -> datetime:
    return BEGINNING + timedelta(microseconds=at)


def machine_time() -> LedgerTime:
    """The ledger's time where the database has no clock of its own: wall time at the start plus a monotonic clock.

    Whatever is done to the machine's clock while the process runs, it goes on evenly.
    """
    start, origin = wall_micros(), time.monotonic_ns() // 1_000
    return LedgerTime(lambda: start + time.monotonic_ns() // 1_000 - origin, time.monotonic, wall_micros)


def wall_micros() -> int:
    """What the machine's clock shows, in microseconds since 1970."""
    return time.time_ns() // 1_000
