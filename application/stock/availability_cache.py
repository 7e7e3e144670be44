"""The port of the availability cache: what is known of a goods, from when, and for how much longer it may be told.

A cache never knows better than the ledger. What it tells is right up to a time that it states; and an entry lasts so
many seconds from before the ledger was read for it, whatever is heard of the goods meanwhile, and no longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from application.stock.availability import Part
from domain.kernel.quantity import whole

MAX_POSITIONS: Final = 256
"""Most positions of a goods that are kept; a goods with more is asked of the ledger."""


class CacheUnavailable(Exception):
    """The cache does not answer, or not soon enough: ask the ledger."""


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """An entry lasts `seconds`. `goods`: most that one question may name to be answered from the cache.

    `nothings`: most goods of which there is nothing anywhere that a process adds within `seconds`.
    """

    seconds: float = 5.0
    goods: int = 50
    nothings: int = 1_000

    def __post_init__(self) -> None:
        whole(self.goods, "goods")


class Shelf(NamedTuple):
    """Whose entries, and of which life of the ledger: after a restore none of those from before count."""

    epoch: int
    tenant: str


class Kept(NamedTuple):
    """A goods as the cache has it: all its positions, sorted, right up to `as_of`, good for `left` more seconds."""

    parts: Sequence[Part]
    as_of: datetime
    left: float


class Looked(NamedTuple):
    """What was found, and when it was looked for, by the cache's own clock: what is filled in for it counts from then.

    `spoilt` entries were found that nobody can have written in earnest; they count as not there.
    """

    at: int
    kept: Mapping[str, Kept]
    spoilt: int = 0


class Change(NamedTuple):
    """A position as an event told it, with the version it had before."""

    shelf: Shelf
    version_before: int
    part: Part


class AvailabilityCache(Protocol):
    """Keeps, for each goods of a shelf, all its positions. Everything raises CacheUnavailable, soon.

    A position is replaced by a higher version alone; but what was said of it longer before a fill's `at` than an entry
    lasts gives way to the fill: the ledger knew of it then, if it was ever so.
    """

    async def look(self, shelf: Shelf, goods: Sequence[str]) -> Looked:
        """Those of the goods that are kept, and not too old."""
        ...

    async def fill(self, shelf: Shelf, at: int, as_of: datetime, stock: Mapping[str, Sequence[Part]]) -> None:
        """Keep what the ledger said of each goods, all of it, read after `at`, the time of a look."""
        ...

    async def learn(self, changes: Sequence[Change]) -> int:
        """Take these over where a lower version is known; how many were told of with a version in between missed.

        Those of goods that are not kept are remembered as well, for as long as a fill may be under way.
        """
        ...

    async def clear(self) -> int:
        """Forget everything, of every shelf; how many entries there were, as far as that is known."""
        ...

    async def close(self) -> None:
        """Give back what is held open."""
        ...
