"""What a channel may sell, and on which accounts: quotas compiled from their register, asked without a statement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from application.kernel.entries import Followed
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Hold, Plan, Way
from domain.stock.position import NONE, position_key
from domain.stock.quota import (
    AT_ITEM,
    AT_SKU,
    DIMENSIONS,
    EXCLUSIVE,
    EXCLUSIVES,
    MODES,
    SHARED,
    Quota,
    contradicted,
    is_exclusive,
    pool_key,
    unpinned_key,
)


class GoodsBehind(Protocol):
    """What stands behind the names that goods are sold under: another context knows."""

    async def goods_behind(self, tenant: str, dimension: str, code: str) -> Collection[str]:
        """The goods that may be supplied for a SKU, or for any SKU of an item (`dimension`), by any mapping.

        Raises the refusal of a code that is not known, StoreError.
        """
        ...


class Take(NamedTuple):
    """One way in which a channel may take a goods at a node.

    `position` is the plain position or the channel's leaf of it. `shared` are the caps it counts against, `beside` what
    it holds one for one with the goods: what is set aside for the channel, or the goods' pool. `quota` is the code of
    what reserves it, else of the first cap, empty for plain stock.
    """

    quota: str
    mode: str
    position: AccountKey
    beside: tuple[AccountKey, ...] = ()
    shared: tuple[Quota, ...] = ()

    @property
    def caps(self) -> tuple[AccountKey, ...]:
        """All that is held beside the position."""
        return (*self.beside, *(account for quota in self.shared if (account := quota.account) is not None))

    def way(self, units: int = 1) -> Way:
        """The holds of a line that takes `units` of the goods for each of its own: a cap of a SKU or item counts the
        line's units, all else counts goods.
        """
        return (*(Hold(account, units) for account in (self.position, *self.beside)), *cap_holds(self.shared, units))

    def rest(self, accounts: Mapping[AccountKey, Account], units: int = 1) -> int:
        """How many units of a line a reserve would grant in this way, by these accounts; what is not there is empty."""
        return min(
            (account.grantable if (account := accounts.get(hold.account)) else 0) // hold.units
            for hold in self.way(units)
        )


def cap_holds(shared: Iterable[Quota], units: int = 1) -> Way:
    """What a line holds of caps that takes `units` of the goods for each of its own."""
    return tuple(
        Hold(account, 1 if quota.by_line else units) for quota in shared if (account := quota.account) is not None
    )


Alike = Mapping[str, tuple[int, ...]]
"""By line: how many of its ways, in their order, belong to each quota that may serve it."""

NONE_ALIKE: Final[Alike] = MappingProxyType({})

NO_QUOTAS: Final[Sequence[Quota]] = ()


class QuotaBook:
    """One tenant's quotas. Takes entries as they are written; every look-up is by goods, SKU or item.

    `pools` are the goods that ever had something set aside at a wider dimension than a node; `exclusives` is the
    version of the entry that every exclusive quota is written with.
    """

    def __init__(self) -> None:
        self.quotas: dict[str, Quota] = {}
        self.pools: set[str] = set()
        self.exclusives = 0
        self._about: dict[tuple[str, str], dict[str, Quota]] = {}

    def take(self, entry: Entry) -> None:
        if entry.key.register == EXCLUSIVES:
            self.exclusives = entry.version
            return
        code = entry.key.code
        known = self.quotas.get(code)
        if known is not None:
            for key in _keys(known) if known.active else ():
                self._about[key].pop(code)
                if not self._about[key]:
                    del self._about[key]
        quota = self.quotas[code] = Quota.of_entry(code, entry.facts)
        if quota.pooled:
            self.pools.add(quota.pooled)
        if quota.active:
            for key in _keys(quota):
                self._about.setdefault(key, {})[code] = quota

    def __bool__(self) -> bool:
        """Whether any quota is active."""
        return bool(self._about)

    def about(self, goods: str, sku: str = "", item: str = "") -> Sequence[Quota]:
        """The active quotas that a line of these goods, sold as this SKU of this item, may have to do with."""
        found = dict(self._about.get(("goods", goods), {}))
        for dimension, code in ((AT_SKU, sku), (AT_ITEM, item)):
            if code:
                found.update(self._about.get((dimension, code), {}))
        return tuple(found.values()) or NO_QUOTAS

    def about_any(self, goods: str, names: Iterable[tuple[str, str]]) -> Sequence[Quota]:
        """The active quotas that lines of these goods may have to do with, under any of these names (SKU, item)."""
        if not self._about:
            return NO_QUOTAS
        return tuple(dict.fromkeys(quota for sku, item in names for quota in self.about(goods, sku, item)))

    def pooled(self, goods: str) -> bool:
        """Whether anything of the goods is set aside at a wider dimension than a node."""
        return any(quota.pooled == goods for quota in self.about(goods))

    def set_aside(self, goods: str) -> Sequence[Quota]:
        """The quotas that take from the goods' pool, in byte order of their codes."""
        return sorted((quota for quota in self.about(goods) if quota.pooled == goods), key=lambda quota: quota.code)

    def excluding(self, goods: str, node: str, channel: str) -> Sequence[Quota]:
        """The exclusive quotas by which the goods at the node sell through other channels alone."""
        return [
            quota
            for quota in self.about(goods)
            if quota.mode == EXCLUSIVE and quota.channel != channel and _covers(quota, goods, node)
        ]

    def takes(
        self,
        goods: str,
        node: str,
        channel: str,
        *,
        sku: str = "",
        item: str = "",
        owner: str = NONE,
        lot: str = NONE,
    ) -> tuple[Take, ...]:
        """The ways in which the channel (empty: none) may take the goods at the node, the preferred first.

        What reserves goes first, the exclusive before all; then what is shared, under every cap of the channel at
        once; and stock that no quota of the channel is about, as it is. None where another channel has it alone.
        """
        plain = position_key(owner, goods, node, lot)
        about = self.about(goods, sku, item)
        if not about:
            return (Take("", "", plain),)
        if self.excluding(goods, node, channel):
            return ()
        mine = sorted(_of_channel(about, goods, node, channel, sku, item), key=_order)
        found = [
            Take(quota.code, quota.mode, position_key(owner, goods, node, lot, channel))
            if quota.account is None
            else Take(quota.code, quota.mode, plain, (quota.account,))
            for quota in mine
            if quota.reserves
        ]
        shared = tuple(quota for quota in mine if not quota.reserves)
        if shared or not found:
            beside = (pool_key(goods),) if self.pooled(goods) else ()
            found.append(Take(shared[0].code if shared else "", SHARED if shared else "", plain, beside, shared))
        return tuple(dict.fromkeys(found))

    def ahead(self, goods: str, node: str, channel: str, *, sku: str = "", item: str = "") -> tuple[Quota, ...] | None:
        """The caps that bind the channel (empty: none) in what is only expected of the goods at the node, all at once.

        What is set aside is stock that is here. So who has that alone gets none of what is expected, nor do those whom
        another channel keeps out: None.
        """
        about = self.about(goods, sku, item)
        if not about:
            return ()
        if self.excluding(goods, node, channel):
            return None
        mine = list(_of_channel(about, goods, node, channel, sku, item))
        shared = tuple(sorted((quota for quota in mine if not quota.reserves), key=_order))
        return shared if shared or not mine else None

    def contradicted(self, quotas: Sequence[Quota]) -> None:
        """Raises QuotaContradicts where what these say, beside what is known, keeps everybody out of some goods."""
        said = {quota.code for quota in quotas}
        for quota in filter(is_exclusive, quotas):
            known = [other for goods in quota.behind for other in self.about(goods) if other.code not in said]
            contradicted(quota, (*quotas, *known))

    def unpinned(self, goods: str, channel: str, *, sku: str = "", item: str = "") -> tuple[Take, ...]:
        """The ways in which the channel (empty: none) may have the goods at no node yet, as `takes` says them of a
        node; none where the goods have no pool, or sell through another channel alone.

        Each holds `unpinned_key`, which its plan opens with UNPINNED_OPENING, in the place of a position. Pinning
        exchanges that for one. Quotas at a node count from then on.
        """
        if not self.pooled(goods) or self.excluding(goods, NONE, channel):
            return ()
        about = [quota for quota in self.about(goods, sku, item) if quota.node == NONE]
        mine = sorted(_of_channel(about, goods, NONE, channel, sku, item), key=_order)
        place = unpinned_key(goods)
        found = [
            Take(quota.code, quota.mode, place, (quota.account,)) for quota in mine if quota.account and quota.reserves
        ]
        shared = tuple(quota for quota in mine if not quota.reserves)
        if shared or not found:
            code, mode = (shared[0].code, SHARED) if shared else ("", "")
            found.append(Take(code, mode, place, (pool_key(goods),), shared))
        return tuple(found)


def _order(quota: Quota) -> tuple[int, int, str]:
    return MODES.index(quota.mode), DIMENSIONS.index(quota.dimension), quota.code


def _of_channel(about: Sequence[Quota], goods: str, node: str, channel: str, sku: str, item: str) -> Iterator[Quota]:
    return (quota for quota in about if quota.channel == channel and _binds(quota, goods, node, sku, item))


def _keys(quota: Quota) -> Collection[tuple[str, str]]:
    """Under which look-ups it is found: the goods it is about, and the SKU or item that a line may name."""
    keys = [("goods", goods) for goods in quota.behind]
    if quota.dimension in (AT_SKU, AT_ITEM):
        keys.append((quota.dimension, quota.of))
    return keys


def _covers(quota: Quota, goods: str, node: str) -> bool:
    """Whether it is about the goods at the node, under whatever name they are sold."""
    return goods in quota.behind and quota.node in (NONE, node)


def _binds(quota: Quota, goods: str, node: str, sku: str, item: str) -> bool:
    """Whether a line is counted by it: by the name it is sold under, where it has one, else by its goods."""
    if quota.reserves:
        return _covers(quota, goods, node)
    named = {AT_SKU: sku, AT_ITEM: item}.get(quota.dimension, "")
    return quota.of == named if named else _covers(quota, goods, node)


def by_one_quota(ledger: Ledger, plan: Plan, alike: Alike) -> Plan:
    """The plan in which a line that one quota can serve alone, from however many nodes, has the ways of that one only:
    the first that can. What cannot be so served keeps all its ways.
    """
    taken: defaultdict[AccountKey, int] = defaultdict(int)
    lines = []
    for line in plan.lines:
        ways, start = line.ways, 0
        for size in alike.get(line.line, ()):
            group = line.ways[start : start + size]
            if not _fill(ledger, plan, group, line.quantity, taken.copy()):
                ways = group
                break
            start += size
        _fill(ledger, plan, ways, line.quantity, taken)
        lines.append(line._replace(ways=ways))
    return Plan(tuple(lines), plan.groups, plan.openings)


def _fill(ledger: Ledger, plan: Plan, ways: Sequence[Way], quantity: int, taken: defaultdict[AccountKey, int]) -> int:
    """How much of the quantity these ways lack, beside what is `taken`: what they would give is added to that."""

    def most(way: Way) -> int:
        least = quantity
        for key, units in way:
            account = ledger.account(key)
            free = account.grantable if account.version else plan.openings.get(key, 0)
            least = min(least, max(free - taken[key], 0) // units)
        return least

    whole = next((way for way in ways if most(way) >= quantity), None)
    for way in (whole,) if whole else ways:
        part = min(quantity, most(way))
        quantity -= part
        for key, units in way:
            taken[key] += part * units
    return quantity


Quotas = Followed[QuotaBook]
"""Every tenant's quotas, followed from the register: `await quotas.of(tenant)`."""
