"""Times as the tables keep them: whole microseconds since 1970 UTC."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from domain.kernel.account import BEGINNING

MICROSECOND: Final = timedelta(microseconds=1)


@lru_cache(maxsize=1_024)
def micros(at: datetime) -> int:
    """The times of one batch are few, and each is written many times."""
    return (at - BEGINNING) // MICROSECOND


def moment(at: int) -> datetime:
    return BEGINNING + timedelta(microseconds=at)
