"""Counting as it happens: plain numbers, added to on the hot path and read when somebody asks."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator
from typing import Final, TypeVar

from application.kernel.pipeline import Flow

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper bounds of the buckets that durations are counted in; longer ones have a bucket of their own."""

METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER: Final = "(other)"
NONE: Final = "(none)"


class Durations:
    """How many lasted how long: a bucket for each of BOUNDS and one beyond, and the seconds of all."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    @property
    def number(self) -> int:
        return sum(self.buckets)

    def cumulative(self) -> Iterator[tuple[str, int]]:
        """For each bucket its bound and how many were no longer; the last bound is +Inf."""
        total = 0
        for bound, number in zip((*map(str, BOUNDS), "+Inf"), self.buckets, strict=True):
            total += number
            yield bound, total


K = TypeVar("K", bound=Hashable)
L = TypeVar("L", bound=Hashable)


class Tally(dict[K, Durations]):
    """Durations by what they are of; one is made where there is none."""

    def __missing__(self, key: K) -> Durations:
        made = self[key] = Durations()
        return made

    def add(self, key: K, seconds: float) -> None:
        durations = self[key]
        durations.buckets[bisect_left(BOUNDS, seconds)] += 1
        durations.seconds += seconds

    def by(self, part: Callable[[K], L]) -> "Tally[L]":
        """The same, summed up by a part of the key."""
        found: Tally[L] = Tally()
        for key, durations in self.items():
            sums = found[part(key)]
            sums.buckets = [a + b for a, b in zip(sums.buckets, durations.buckets, strict=True)]
            sums.seconds += durations.seconds
        return found


class FlowTally(Tally[tuple[str, str, bool]]):
    """Counts business steps: by command, code (empty on success), and whether it was refused.

    All three are of a set that is fixed when the process starts, whatever callers send.
    """

    def __call__(self, flow: Flow) -> None:
        self.add((flow.scene, flow.code, flow.refused), flow.seconds)


class HttpTally(Tally[tuple[str, str, int]]):
    """Counts requests by method, template of the route, and status: never by what a caller may choose freely."""

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None:
        self.add((method if method in METHODS else OTHER, route or NONE, status), seconds)
