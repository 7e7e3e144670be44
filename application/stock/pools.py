"""The pools of goods that something is set aside of, kept true whatever command moves stock.

A pool's available is what is available on all plain positions of its goods, less what is set aside for channels and not
taken yet, less what is promised at no node yet. A command posts on whatever it is about; what then is missing on the
pool is posted here, in the same command. So a sale through a quota costs the pool nothing, any other takes from it, a
receipt fills it, and a loss that it cannot bear is refused.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from operator import attrgetter, itemgetter
from typing import Final

from application.kernel.command import Lacking, Settle
from application.stock.quotas import QuotaBook
from domain.kernel.account import Account, AccountKey
from domain.kernel.ledger import Ledger
from domain.stock.position import NONE, POSITION
from domain.stock.quota import (
    POOL,
    POOL_IN,
    POOL_OUT,
    POOLED,
    SHARE,
    UNPINNED,
    pool_key,
    promised_to_channels,
)

Seen = Callable[[str], QuotaBook | None]
"""A tenant's quotas as they were last looked at."""

NOTHING: Final = frozenset[AccountKey]()

KIND: Final = itemgetter(AccountKey._fields.index("kind"))
FACTS: Final = attrgetter("facts")


class Pools:
    """Answers `Follows`.

    A position that its goods' pool counts bears the fact of it, under the lock of its account: so nothing is sold past
    the pool, however old the view is that a sale was planned from. A position that was born meanwhile is counted from
    the next command on that touches it together with the pool; until then less is promised than there is.
    """

    def __init__(self, seen: Seen = lambda _tenant: None) -> None:
        self._seen = seen
        self._known: defaultdict[str, set[str]] = defaultdict(set)

    def foresee(self, tenant: str, accounts: Collection[AccountKey]) -> Collection[AccountKey]:
        book, known = self._seen(tenant), self._known.get(tenant)
        if book is not None and book.pools:
            known = book.pools | known if known else book.pools
        if not known:
            return NOTHING
        return {pool_key(goods) for key in accounts if (goods := _goods_of(key)) in known}

    def settle(self, tenant: str, accounts: Mapping[AccountKey, Account]) -> Settle | None:
        there = POOL in set(map(KIND, accounts))
        if not there and not any(map(FACTS, accounts.values())):
            return None  # as nearly always
        counted = {_goods_of(key) for key, account in accounts.items() if POOLED in account.facts}
        if counted:
            self._known[tenant] |= counted
            if not all(pool_key(goods) in accounts for goods in counted):
                raise Lacking("pools of goods are touched as well")
        return (lambda ledger: self._settle(tenant, ledger)) if there else None

    def _settle(self, tenant: str, ledger: Ledger) -> None:
        missing: defaultdict[AccountKey, int] = defaultdict(int)
        for before, after in list(ledger.changed()):
            goods = _goods_of(after.key)
            if goods and ledger.knows(pool := pool_key(goods)) and ledger.account(pool).version:
                missing[pool] += self._moved(ledger, before, after)
        for pool, quantity in missing.items():
            self._known[tenant].add(_goods_of(pool))
            if quantity > 0:
                ledger.post(pool, POOL_IN, quantity)
            elif quantity < 0:
                self._take(tenant, ledger, pool, -quantity)

    def _moved(self, ledger: Ledger, before: Account, after: Account) -> int:
        """By how much the change of this account changes what its goods' pool should have."""
        key, freed = after.key, after.balances.available - before.balances.available
        if key.kind is POSITION:
            if POOLED in before.facts:
                return freed
            ledger.note(key, {POOLED: _goods_of(key)})
            return after.balances.available
        if key.kind is UNPINNED:
            return sum(before.balances[1:3]) - sum(after.balances[1:3])
        return -freed

    def _take(self, tenant: str, ledger: Ledger, pool: AccountKey, quantity: int) -> None:
        free = ledger.account(pool).balances.available
        if free < quantity:
            (goods,), book = pool.values, self._seen(tenant)
            raise promised_to_channels(goods, quantity, free, () if book is None else book.set_aside(goods))
        ledger.post(pool, POOL_OUT, quantity)


def _goods_of(key: AccountKey) -> str:
    """The goods whose pool has to do with the account; empty where none has."""
    kind = key.kind
    if kind is POSITION:
        _, goods, _, _, channel = key.values
        return goods if channel == NONE else ""
    return key.values[0] if kind is POOL or kind is SHARE or kind is UNPINNED else ""
