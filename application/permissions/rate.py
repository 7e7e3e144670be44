"""How much a key may ask in a while."""

from collections import OrderedDict
from dataclasses import dataclass
from math import isfinite
from typing import Final

from application.kernel.unanswered import Unanswered

MOST_KEYS: Final = 100_000
PRECISION: Final = 1e-6
"""Seconds that are none: who waited as long as it was told is not sent away for a rounding."""


class RateLimited(Unanswered):
    """The key asks for more than its share. Nothing was tried; come back after `retry_after` seconds.

    Wait that long, then send the same request under the same id; put many commands into one bulk request, or ask who
    runs this installation for more.
    """

    code = "rate.limited"


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: it holds `burst` tokens at most and gains `per_second`.

    What it is at any time is one number: when it will be full again (`full_at`, seconds). A request that costs more
    than the bucket holds is granted when it is full, and paid off by all that come after.
    """

    per_second: float
    burst: float

    def __post_init__(self) -> None:
        if not (isfinite(self.per_second) and self.per_second > 0 and isfinite(self.burst) and self.burst >= 1):
            raise ValueError("a rate is positive, and a burst at least 1")

    def wait(self, full_at: float, now: float, cost: float) -> float:
        """Seconds until there are tokens enough; 0 if there are now."""
        asked = min(cost, self.burst)
        wait = full_at - now - (self.burst - asked) / self.per_second
        return wait if wait > PRECISION else 0.0

    def taken(self, full_at: float, now: float, cost: float) -> float:
        """When it will be full again, once the cost was taken out."""
        return max(full_at, now) + cost / self.per_second


class RateLimit:
    """A bucket for each key, in this process alone: several processes grant several times as much.

    Of the keys that are not heard of for longest, those beyond `most` are forgotten, and begin again with a full
    bucket. `refused` counts those who were told to wait.
    """

    def __init__(self, rate: Rate, most: int = MOST_KEYS) -> None:
        self._rate = rate
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._latest = 0.0
        self.refused = 0

    def take(self, key_id: str, now: float, cost: float = 1) -> float:
        """Take tokens, one a command, if there are enough: 0.0. Else the seconds until there will be; none is taken.

        `now` is in seconds. One that comes late, because the process was busy since it was read, counts as the latest.
        """
        now = self._latest = max(now, self._latest)
        full_at = self._full_at.get(key_id, now)
        wait = self._rate.wait(full_at, now, cost)
        if wait == 0.0:
            self._full_at[key_id] = self._rate.taken(full_at, now, cost)
            self._full_at.move_to_end(key_id)
            while len(self._full_at) > self._most:
                self._full_at.popitem(last=False)
        else:
            self.refused += 1
        return wait

    def require(self, key_id: str, now: float, request: str, cost: float = 1) -> None:
        """Take tokens, as `take` does. Raises RateLimited where there are too few; what costs nothing is granted."""
        if cost and (wait := self.take(key_id, now, cost)):
            raise RateLimited("the key asks too often", request=request, retry_after=wait)

    def __len__(self) -> int:
        """The keys that are kept track of."""
        return len(self._full_at)
