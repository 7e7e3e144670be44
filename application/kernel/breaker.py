"""Calls to systems of others: not too many at once, none where the last ones all failed, again after ever longer waits.

Nothing here knows what is called. Whoever speaks to another system wraps the call in these, and tells what counts as
its failure.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
Clock = Callable[[], float]
"""Reads seconds that never fall."""


class CircuitOpen(Exception):
    """The call was not made: the system failed too often lately. Worth trying again after `retry_after` seconds."""

    def __init__(self, name: str, retry_after: float) -> None:
        super().__init__(f"{name} is not called for another {retry_after:.1f} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """Opens after `failures` in a row, for `rest` seconds at first, twice as long each time, up to `longest`."""

    failures: int = 5
    rest: float = 5.0
    longest: float = 60.0


class CircuitBreaker:
    """Closed, every call is made. Open, none is. After its rest one call is let through, and its outcome decides.

    `failed` are the exceptions that are failures of the system called. Any other outcome, an answer that says no
    among them, shows that it lives. A call that is cancelled tells nothing.
    """

    def __init__(
        self, name: str, clock: Clock, failed: type[Exception] | tuple[type[Exception], ...], limits: BreakerLimits
    ) -> None:
        self._name = name
        self._clock = clock
        self._failed = failed
        self._limits = limits
        self._failures = 0
        self._rest = limits.rest
        self._until: float | None = None
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether a call would not be made now."""
        return self._until is not None and (self._trying or self._clock() < self._until)

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call gives. Raises what it raises; CircuitOpen where it is not made."""
        trial = self._until is not None
        if self._until is not None:
            left = self._until - self._clock()
            if left > 0 or self._trying:
                raise CircuitOpen(self._name, max(left, 0.1))
            self._trying = True
        try:
            answer = await call()
        except self._failed:
            self._count_failure(trial=trial)
            raise
        except asyncio.CancelledError:
            raise
        except Exception:
            self._close()
            raise
        else:
            self._close()
            return answer
        finally:
            if trial:
                self._trying = False

    def _count_failure(self, *, trial: bool) -> None:
        self._failures += 1
        if trial:
            self._rest = min(self._rest * 2, self._limits.longest)
        elif self._until is not None or self._failures < self._limits.failures:
            return
        else:
            how_often = "" if self._failures == 1 else f" {self._failures} times in a row"
            logger.warning("%s failed%s and is left alone", self._name, how_often)
        self._until = self._clock() + self._rest

    def _close(self) -> None:
        if self._until is not None:
            logger.info("%s answers again", self._name)
        self._failures, self._rest, self._until = 0, self._limits.rest, None


DOUBLINGS: Final = 30


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts, in seconds: anything up to `first`, then up to twice as much, up to `longest`.

    All of the wait is left to chance, so that many who failed together do not come back together.
    """

    attempts: int = 4
    first: float = 0.2
    longest: float = 5.0

    def wait(self, attempt: int, chance: float) -> float:
        """After the attempt of this number, counted from 1; `chance` is from 0 up to 1."""
        bound: float = min(self.longest, self.first * 2 ** min(attempt - 1, DOUBLINGS))
        return bound * chance
