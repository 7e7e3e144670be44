"""Counting as it happens: plain numbers, added to on the hot path and read when somebody asks."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

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

    def cumulative(self) -> Iterator[tuple[str, int]]:
        """For each bucket its bound and how many were no longer; the last bound is +Inf."""
        total = 0
        for bound, number in zip((*map(str, BOUNDS), "+Inf"), self.buckets, strict=True):
            total += number
            yield bound, total


class FlowTally:
    """Counts business steps: by command, what became of it (code, whether it was refused) and how long it took.

    Both are of a set that is fixed when the process starts, whatever callers send.
    """

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str, bool], int] = {}
        self.durations: dict[str, Durations] = {}

    def __call__(self, flow: Flow) -> None:
        outcome = (flow.scene, flow.code, flow.refused)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        durations = self.durations.get(flow.scene)
        if durations is None:
            durations = self.durations[flow.scene] = Durations()
        durations.add(flow.seconds)


class HttpTally:
    """Counts requests by method, template of the route, and status: never by what a caller may choose freely."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str, int], int] = {}
        self.durations: dict[tuple[str, str], Durations] = {}

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None:
        if method not in METHODS:
            method = OTHER
        place = (method, route or NONE)
        answer = (*place, status)
        self.answers[answer] = self.answers.get(answer, 0) + 1
        durations = self.durations.get(place)
        if durations is None:
            durations = self.durations[place] = Durations()
        durations.add(seconds)
