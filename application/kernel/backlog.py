"""What waits in a database, for those who watch over it."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

COUNTED: Final = 100_000
"""So many of a kind are counted; that there are more is not told apart."""


class Waiting(NamedTuple):
    """What waits now. At most COUNTED of each are counted; times are by the ledger's clock.

    `unpublished` events, the oldest told `unpublished_seconds` ago; `due` deadlines that have not taken effect, the
    first of them `late_seconds` overdue; messages `parked`, by the group that could not take them. Seconds are 0.0
    where nothing waits.
    """

    unpublished: int
    unpublished_seconds: float
    due: int
    late_seconds: float
    parked: Mapping[str, int]


class Backlog(Protocol):
    """Looks at one database, all its tenants together."""

    async def __call__(self) -> Waiting:
        """What waits, as of the last commit. Raises StoreError."""
        ...
