"""Times as the tables keep them: whole microseconds since 1970 UTC."""

from datetime import datetime, timedelta
from typing import Final

from domain.kernel.account import BEGINNING

MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    return (at - BEGINNING) // MICROSECOND


def moment(at: int) -> datetime:
    return BEGINNING + timedelta(microseconds=at)
