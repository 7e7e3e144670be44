"""What lies where (现货), with everything it may count against, in one read: what a promise chooses from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from domain.kernel.account import Account, AccountKey

MOST_LYING: Final = 100_000
"""Most positions that one read gives."""


class Lying(NamedTuple):
    """A position of which a reserve would grant `grantable`, 1 or more; `expires` is its lot's day, empty for none."""

    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    grantable: int
    expires: str


class LyingFound(NamedTuple):
    """Positions in byte order of goods, node, owner, lot, channel; and accounts of any kind, those that there are."""

    as_of: datetime
    positions: Sequence[Lying]
    accounts: Mapping[AccountKey, Account]


Beside = Callable[[Collection[str]], Collection[AccountKey]]
"""Which accounts are wanted as well of nodes at which anything lies."""


def nothing_beside(_nodes: Collection[str]) -> Collection[AccountKey]:
    return ()


class LyingReader(Protocol):
    """Reads positions and accounts of one tenant, all from one snapshot."""

    async def lying(
        self,
        tenant: str,
        goods: Collection[str],
        nodes: Collection[str],
        keys: Collection[AccountKey],
        expected: bool,
        beside: Beside = nothing_beside,
    ) -> LyingFound:
        """What may be promised now of these goods at these nodes; the accounts of these keys, and of those that are
        wanted `beside` what lies there; and, if `expected`, those of what is announced of the goods at the nodes.

        Raises AnswerTooLarge, StoreError.
        """
        ...
