"""Carve stock (划分渠道库存) and restore it (收回): units move between a node's leaf and a channel's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Records, Touches
from application.stock.answers import PositionsMoved, positions_after
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import allowed, bounded
from domain.kernel.account import AccountKey
from domain.kernel.books import Entry, EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InsufficientBalance
from domain.stock.position import CARVE_IN, CARVE_OUT, NONE, Position
from domain.stock.quota import QUOTAS, Quota, UnknownQuota


@dataclass(frozen=True, slots=True)
class CarvedLine:
    """`quantity` of what `quota`, which reserves a goods at a node, is of; owner and lot where those are kept apart."""

    quota: str
    quantity: int
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        identifier(self.quota, "quota")
        identifier(self.owner, "owner")
        identifier(self.lot, "lot")
        whole(self.quantity)

    def leaves(self, quota: Quota) -> tuple[AccountKey, AccountKey]:
        """The node's leaf and the channel's."""
        return (
            Position(quota.of, quota.node, self.owner, self.lot).key,
            Position(quota.of, quota.node, self.owner, self.lot, quota.channel).key,
        )


def _touches(lines: Iterable[CarvedLine]) -> Touches:
    named = tuple(lines)

    def then(records: Records) -> Iterable[AccountKey]:
        for line in named:
            quota = _leaf(records.entries.get(EntryKey(QUOTAS, line.quota)))
            if quota is not None:
                yield from line.leaves(quota)

    return Touches(entries=tuple(dict.fromkeys(EntryKey(QUOTAS, line.quota) for line in named)), then=then)


def _leaf(entry: Entry | None) -> Quota | None:
    """The quota, if what it reserves lies on a leaf."""
    quota = None if entry is None else Quota.of_entry(entry.key.code, entry.facts)
    return quota if quota is not None and quota.is_leaf else None


def _named(ledger: Ledger, lines: Iterable[CarvedLine], *, active: bool) -> dict[str, Quota]:
    """Raises UnknownQuota for those that cannot be carved for."""
    codes = dict.fromkeys(line.quota for line in lines)
    found = {code: quota for code in codes if (quota := _leaf(ledger.entry(QUOTAS, code)))}
    missing = [code for code in codes if code not in found or (active and not found[code].active)]
    if missing:
        raise UnknownQuota(f"no quotas that reserve at a node: {', '.join(missing)}", codes=missing)
    return found


@dataclass(frozen=True, slots=True)
class CarveStock:
    """Set 1 to 500 lines of what may be promised aside for channels, all or none: it moves to the channels' leaves.

    The safety stock is left untouched. Refused: `quota.unknown`, `stock.insufficient`, and `stock.promised` when it is
    set aside at a wider dimension already.
    """

    name: ClassVar[str] = "CarveStock"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[CarvedLine, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        bounded(self.lines)
        allowed(self.reason, "-")

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return _touches(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        quotas = _named(ledger, self.lines, active=True)
        keys: list[AccountKey] = []
        for line in self.lines:
            node, channel = line.leaves(quotas[line.quota])
            source = ledger.account(node)
            if source.grantable < line.quantity:
                raise InsufficientBalance(
                    f"{node} can grant {source.grantable}, {line.quantity} wanted",
                    code=node.kind.insufficient,
                    account=node.named(),
                    wanted=line.quantity,
                    held=source.grantable,
                )
            expires = source.facts.get("expires")
            ledger.post(node, CARVE_OUT, line.quantity, subject=line.quota, reason=self.reason)
            ledger.post(
                channel,
                CARVE_IN,
                line.quantity,
                subject=line.quota,
                reason=self.reason,
                facts={"expires": expires} if expires else None,
            )
            keys += (node, channel)
        reply = PositionsMoved(positions_after(ledger, keys))
        ledger.tell("StockCarved", reply)
        return reply


@dataclass(frozen=True, slots=True)
class RestoreStock:
    """Give 1 to 500 lines of what lies on channels' leaves back to the nodes' leaves, all or none.

    What was sold through the channel stays there; of a quota that is closed, too, what lies there can be given back.
    Refused: `quota.unknown`, `stock.insufficient`.
    """

    name: ClassVar[str] = "RestoreStock"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[CarvedLine, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        bounded(self.lines)
        allowed(self.reason, "-")

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return _touches(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        quotas = _named(ledger, self.lines, active=False)
        keys: list[AccountKey] = []
        for line in self.lines:
            node, channel = line.leaves(quotas[line.quota])
            ledger.post(channel, CARVE_OUT, line.quantity, subject=line.quota, reason=self.reason)
            ledger.post(node, CARVE_IN, line.quantity, subject=line.quota, reason=self.reason)
            keys += (node, channel)
        reply = PositionsMoved(positions_after(ledger, keys))
        ledger.tell("StockRestored", reply)
        return reply
