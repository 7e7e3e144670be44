"""Channel stock (渠道库存): what a sales channel may sell, and what is set aside for it.

A quota stands in a register; what it counts is kept in accounts. SHARED (共享) caps what a channel may sell and
reserves nothing for it. MUTEX (互斥) caps and reserves. EXCLUSIVE (专享) does so too, and no other channel may sell the
goods. What is reserved of a goods at one node lies on the channel's own leaf of the position. What is reserved at a
wider dimension (goods, SKU, item) lies on no position yet: the goods' pool says how much of it nobody was promised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.account import OPENED, Account, AccountKey, AccountKind
from domain.kernel.movement import (
    CAP_LOWER,
    DAMAGE,
    RESERVABLE,
    SET_FLOOR,
    SHIP,
    Bucket,
    MovementKind,
)
from domain.kernel.quantity import MAX_BALANCE, flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.count import CountBelowPromised
from domain.stock.position import NONE

QUOTAS: Final = "quota"
"""The register that quotas are entered in, by their codes."""

EXCLUSIVES: Final = "exclusives"
"""A register of one entry, written with every exclusive quota: its version says how often that was."""

ONLY: Final = "-"
"""The code of that entry."""

SHARED: Final = "shared"
MUTEX: Final = "mutex"
EXCLUSIVE: Final = "exclusive"
MODES: Final = (EXCLUSIVE, MUTEX, SHARED)
"""In the order in which a channel uses what it has."""

AT_NODE: Final = "node"
AT_GOODS: Final = "goods"
AT_SKU: Final = "sku"
AT_ITEM: Final = "item"
DIMENSIONS: Final = (AT_NODE, AT_GOODS, AT_SKU, AT_ITEM)
"""The narrower first: a goods at one node, a goods, a SKU, a sales item."""

MAX_BEHIND: Final = 500

CAP_RAISE: Final = MovementKind("CAP_RAISE", Bucket.OUTSIDE, Bucket.AVAILABLE)
POOL_IN: Final = MovementKind("POOL_IN", Bucket.OUTSIDE, Bucket.AVAILABLE)
POOL_OUT: Final = MovementKind("POOL_OUT", Bucket.AVAILABLE, Bucket.OUTSIDE)

CAP: Final = AccountKind(
    name="quota",
    dimensions=("quota",),
    movements=frozenset({*RESERVABLE, SET_FLOOR, CAP_RAISE, CAP_LOWER}),
    insufficient="quota.exceeded",
    view="channel_quota",
)
"""What a SHARED quota still lets its channel sell. What broke before it left counts as not sold: it is given back."""

SHARE: Final = AccountKind(
    name="quota_share",
    dimensions=("goods", "quota"),
    movements=frozenset({*RESERVABLE, DAMAGE, SET_FLOOR, CAP_RAISE, CAP_LOWER}),
    insufficient="quota.exceeded",
    view="channel_share",
)
"""What is set aside of a goods by a wide MUTEX or EXCLUSIVE quota. What broke of it is `held`: it was the channel's."""

POOL: Final = AccountKind(
    name="pool",
    dimensions=("goods",),
    movements=frozenset({*RESERVABLE, SET_FLOOR, POOL_IN, POOL_OUT}),
    insufficient="stock.insufficient",
    view="goods_pool",
)
"""What lies of a goods on all its plain positions and is set aside for no channel, nor held at no node yet."""

UNPINNED: Final = AccountKind(
    name="unpinned",
    dimensions=("goods",),
    movements=frozenset({*RESERVABLE} - {SHIP}),
    insufficient="stock.insufficient",
    view="unpinned_stock",
)
"""What is promised of a goods in its pool, at no node yet. Opened with more than can ever be promised."""

UNPINNED_OPENING: Final = MAX_BALANCE // 2

POOLED: Final = "pool"
"""The fact of a position that its goods' pool counts."""


class UnknownQuota(Refusal):
    """Quotas that are not there, or of another kind than the command needs (`codes`).

    Set them first; stock is carved only for a quota that reserves a goods at a node.
    """

    code = "quota.unknown"


class QuotaExclusive(Refusal):
    """The goods sell through another channel alone (`goods`, `channel`, `quotas`).

    Sell them through that channel, choose other goods or nodes, or close the exclusive quota.
    """

    code = "quota.exclusive"


class QuotaDimension(Refusal):
    """A quota that reserves at an item or SKU needs exactly one goods behind it (`quota`, `goods`).

    Set it at the goods, or make it SHARED, which reserves nothing.
    """

    code = "quota.dimension"


class QuotaContradicts(Refusal):
    """Two channels would each be the only one to sell the same goods: nobody could (`quota`, `other`, `channels`).

    Close the other exclusive quota, make one of them MUTEX, or set it where the other is not.
    """

    code = "quota.contradicts"


class QuotaMoved(Refusal):
    """Other processes kept setting exclusive quotas while this was being checked against them.

    Send it again.
    """

    code = "quota.moved"
    retryable = True


class QuotaFixed(Refusal):
    """What a quota is of cannot be changed once it is set: channel, dimension, goods, whether it reserves (`quota`).

    Close it and set another under a code of its own; only `cap`, `active`, and MUTEX for EXCLUSIVE can be changed.
    """

    code = "quota.fixed"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota: `channel` may sell up to `cap` of what it is `of`, for as long as it is `active`.

    `dimension` says what `of` is: a goods (at `node`, where the dimension is node), a SKU, a sales item. `goods` are
    those behind a SKU or item. At a node, MUTEX and EXCLUSIVE have no cap: what is carved out for them is all.
    """

    code: str
    channel: str
    mode: str
    dimension: str
    of: str
    node: str = NONE
    goods: tuple[str, ...] = ()
    cap: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "quota")
        channel_name(self.channel)
        for value, name, one_of in ((self.mode, "mode", MODES), (self.dimension, "dimension", DIMENSIONS)):
            if value not in one_of:
                raise InvalidInput(f"{name} must be one of {', '.join(one_of)}", field=name, one_of=list(one_of))
        identifier(self.of, "of")
        identifier(self.node, "node")
        if (self.node != NONE) != (self.dimension == AT_NODE):
            raise InvalidInput("a node is named where the dimension is node, and only there", field="node")
        if len(self.goods) > MAX_BEHIND or len(set(self.goods)) != len(self.goods):
            raise InvalidInput(f"at most {MAX_BEHIND} goods, each once", field="goods", most=MAX_BEHIND)
        if self.goods and self.dimension in (AT_NODE, AT_GOODS):
            raise InvalidInput("goods are named behind a SKU or an item alone", field="goods")
        for goods in self.goods:
            identifier(goods, "goods")
        whole(self.cap, "cap", least=0)
        if self.cap and self.is_leaf:
            raise InvalidInput("what a channel has at a node is what is carved out for it", field="cap")
        flag(self.active, "active")

    @property
    def reserves(self) -> bool:
        return self.mode != SHARED

    @property
    def by_line(self) -> bool:
        """Whether it counts what is sold under a name, not the goods that go into it."""
        return self.dimension in (AT_SKU, AT_ITEM)

    @property
    def is_leaf(self) -> bool:
        """Whether what it reserves lies on the channel's leaf of a position."""
        return self.reserves and self.dimension == AT_NODE

    @property
    def behind(self) -> tuple[str, ...]:
        """The goods that it is about."""
        return (self.of,) if self.dimension in (AT_NODE, AT_GOODS) else self.goods

    @property
    def pooled(self) -> str:
        """The goods whose pool it takes from, empty where it takes from none."""
        return self.behind[0] if self.reserves and not self.is_leaf and self.behind else ""

    @property
    def account(self) -> AccountKey | None:
        """Where it is counted; None where that is the channel's leaf."""
        if not self.reserves:
            return cap_key(self.code)
        return share_key(self.pooled, self.code) if self.pooled else None

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        return {**facts, "goods": list(self.goods)}

    @classmethod
    def of_entry(cls, code: str, facts: Mapping[str, Any]) -> "Quota":
        """The quota that an entry keeps."""
        return cls(code, **{**facts, "goods": tuple(facts["goods"])})


def channel_name(channel: object) -> str:
    """`channel` if it can name a sales channel. Raises InvalidInput: `-` stands for none."""
    if channel == NONE:
        raise InvalidInput(f"{NONE} stands for no channel", field="channel")
    return identifier(channel, "channel")


def cap_key(quota: str) -> AccountKey:
    return CAP.key(quota)


def share_key(goods: str, quota: str) -> AccountKey:
    return SHARE.key(goods, quota)


def pool_key(goods: str) -> AccountKey:
    return POOL.key(goods)


def unpinned_key(goods: str) -> AccountKey:
    return UNPINNED.key(goods)


def checked_dimension(quota: Quota) -> Quota:
    """Raises QuotaDimension where what it reserves would be of no goods, or of several."""
    if quota.reserves and len(quota.behind) != 1:
        raise QuotaDimension(
            f"quota {quota.code} reserves at a {quota.dimension} with {len(quota.behind)} goods behind it",
            quota=quota.code,
            dimension=quota.dimension,
            goods=list(quota.behind),
        )
    return quota


def may_become(known: Quota, wanted: Quota) -> None:
    """Raises QuotaFixed for a change of what the quota is of, or of whether it reserves."""
    if _fixed(known) != _fixed(wanted) or (known.reserves and known.behind != wanted.behind):
        raise QuotaFixed(f"quota {known.code} cannot be made another", quota=known.code, known=known.facts())


def is_exclusive(quota: Quota) -> bool:
    """Whether it keeps other channels out now."""
    return quota.active and quota.mode == EXCLUSIVE


def contradicted(wanted: Quota, others: Iterable[Quota]) -> None:
    """Raises QuotaContradicts where another channel has alone, too, what this one is to have alone."""
    if not is_exclusive(wanted):
        return
    for other in others:
        apart = NONE not in (wanted.node, other.node) and wanted.node != other.node
        if is_exclusive(other) and other.channel != wanted.channel and not apart and {*wanted.behind} & {*other.behind}:
            raise QuotaContradicts(
                f"{wanted.code} and {other.code} would each have {wanted.behind[0]} alone",
                quota=wanted.code,
                other=other.code,
                channels=[wanted.channel, other.channel],
            )


def _fixed(quota: Quota) -> Sequence[object]:
    return quota.channel, quota.dimension, quota.of, quota.node, quota.reserves


def promised_to_channels(goods: str, wanted: int, free: int, quotas: Sequence["Quota"]) -> Refusal:
    """What is taken away, or would be set aside, is more than the pool has: see CountBelowPromised.

    `quotas`: those that take from the pool, as far as they are known.
    """
    return Refusal(
        f"{wanted - free} of {goods} are set aside for channels",
        code=CountBelowPromised.code,
        goods=goods,
        wanted=wanted,
        free=free,
        short=wanted - free,
        quotas=[{"quota": each.code, "channel": each.channel, "cap": each.cap} for each in quotas],
    )


def cap_of(account: Account) -> int:
    """The cap that a quota's account was given last."""
    return int(account.facts.get(OPENED, "0"))


def consumed(account: Account) -> int:
    """What of a quota was taken and not given back: held, bound, shipped, and broken where that counts."""
    return cap_of(account) + account.debt - account.balances.available


def kinds() -> Mapping[str, AccountKind]:
    """The kinds of account that channel stock is kept in, by name."""
    return {kind.name: kind for kind in (CAP, SHARE, POOL, UNPINNED)}
