"""A watch on the clocks: what is due by a clock that has just jumped is not acted on at once."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

logger = logging.getLogger(__name__)

TOLERANCE: Final = timedelta(seconds=60)
OBSERVATION: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ClockJump:
    """A clock that moved otherwise than time did, by `by` (positive: ahead)."""

    clock: str
    by: timedelta


Alarm = Callable[[ClockJump], None]


def log_jump(jump: ClockJump) -> None:
    logger.error(
        "the %s clock jumped by %s: nothing is fired until it has run evenly for a minute",
        jump.clock,
        jump.by,
    )


@dataclass(slots=True)
class _Watched:
    """A clock under observation: what it was before the jump, what it is since, and until when it is watched."""

    before: timedelta
    since: timedelta
    until: float


class ClockWatch:
    """Compares clocks with a steady one (seconds that only ever pass) and says whether they may be acted on.

    A clock that leaves the steady one by more than the tolerance from one reading to the next has jumped: the alarm is
    given and firing pauses. It resumes at once when the clock comes back to where it was, and otherwise when it has run
    evenly through the observation: bounded, because a deadline must not be lost to a clock that was set right. A second
    jump begins the observation anew.
    """

    def __init__(
        self,
        tolerance: timedelta = TOLERANCE,
        observation: timedelta = OBSERVATION,
        alarm: Alarm = log_jump,
    ) -> None:
        self._tolerance = tolerance
        self._observation = observation.total_seconds()
        self._alarm = alarm
        self._offsets: dict[str, timedelta] = {}
        self._watched: dict[str, _Watched] = {}

    @property
    def paused(self) -> bool:
        """Whether a clock is under observation."""
        return bool(self._watched)

    def begin(self, clock: str, reference: datetime, at: datetime, steady: float) -> None:
        """Compare a clock's first reading with the last thing known of it, from before this process.

        Ahead may just mean that nothing happened for long, so it is observed without an alarm; behind cannot be right.
        """
        by = at - reference
        if abs(by) > self._tolerance:
            self._watched[clock] = _Watched(_offset(reference, steady), _offset(at, steady), steady + self._observation)
            if by < timedelta(0):
                self._alarm(ClockJump(clock, by))
            else:
                logger.info("the %s clock is %s after the last commit: watched before anything is fired", clock, by)

    def observe(self, readings: Mapping[str, datetime], steady: float) -> bool:
        """Take a reading of every clock; whether all may be acted on."""
        for clock, at in readings.items():
            self._observe(clock, _offset(at, steady), steady)
        return not self._watched

    def _observe(self, clock: str, offset: timedelta, steady: float) -> None:
        watched = self._watched.get(clock)
        known = watched.since if watched else self._offsets.setdefault(clock, offset)
        if abs(offset - known) > self._tolerance:
            before = watched.before if watched else known
            self._alarm(ClockJump(clock, offset - known))
            watched = self._watched[clock] = _Watched(before, offset, steady + self._observation)
        if watched is None:
            self._offsets[clock] = offset
            return
        watched.since = offset
        if steady >= watched.until or abs(offset - watched.before) <= self._tolerance:
            self._offsets[clock] = offset
            del self._watched[clock]
            logger.warning("the %s clock is trusted again", clock)


def _offset(at: datetime, steady: float) -> timedelta:
    return at - datetime(1970, 1, 1, tzinfo=at.tzinfo) - timedelta(seconds=steady)
