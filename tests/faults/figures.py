"""The figures that a test of a fault says of itself, for the table that `make faults` prints."""

from collections.abc import Callable, Sequence
from typing import Final

ACKNOWLEDGED: Final = "acknowledged"
LOST: Final = "lost"
DOUBLED: Final = "doubled"
WENT_ON: Final = "went on after s"
LAG: Final = "lag p99 s"
CAUGHT_UP: Final = "caught up after s"
COLUMNS: Final = (ACKNOWLEDGED, LOST, DOUBLED, WENT_ON, LAG, CAUGHT_UP)
"""Commands (of brokers: messages) that were acknowledged, those of them that are not there, and those that are there
more than once; seconds until work went on once the server was there again, or that the patientest caller waited; of
the lag over the whole test the 99th percentile; seconds until nothing was late any more once the server was there.
"""

Record = Callable[[str, object], None]
"""pytest's `record_property`."""


def came_of_it(
    record: Record,
    *,
    acknowledged: int,
    lost: int,
    doubled: int,
    went_on: float | None = None,
    lags: Sequence[float] = (),
    caught_up: float | None = None,
) -> None:
    """Say it; and fail where anything was lost or doubled, or nothing acknowledged."""
    record(ACKNOWLEDGED, acknowledged)
    record(LOST, lost)
    record(DOUBLED, doubled)
    for name, seconds in ((WENT_ON, went_on), (LAG, p99(lags) if lags else None), (CAUGHT_UP, caught_up)):
        if seconds is not None:
            record(name, f"{seconds:.2f}")
    assert acknowledged > 0
    assert (lost, doubled) == (0, 0)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile: the smallest value that at most one of a hundred exceeds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * 99 // 100) - 1)]
