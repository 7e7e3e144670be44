"""Times as the tables keep them: whole microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)
