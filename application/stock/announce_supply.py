"""Announce supply (预告到货): receipts that are expected on a date, and may be promised before they are here."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.expected import ExpectedAfter, expected_after, receipt_key
from application.stock.handle import Mentions
from application.stock.lines import allowed, bounded, mentioned, touched
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import whole
from domain.stock.expected import ANNOUNCE
from domain.stock.position import NONE


@dataclass(frozen=True, slots=True)
class AnnouncedLine:
    """`quantity` (1 to 10⁹ of the smallest unit) more of a goods expected at a node on a date, YYYY-MM-DD."""

    goods: str
    node: str
    on: str
    quantity: int
    owner: str = NONE

    def __post_init__(self) -> None:
        whole(self.quantity)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return receipt_key(self.owner, self.goods, self.node, self.on)


@dataclass(frozen=True, slots=True)
class SupplyAnnounced:
    """The expected receipts after the command."""

    expected: tuple[ExpectedAfter, ...]


@dataclass(frozen=True, slots=True)
class AnnounceSupply:
    """1 to 500 lines of goods are expected, all or none; what was announced for the same date before, it adds to.

    Where promises lack what was withdrawn from under them, they get it first. Refused: `goods.*`, `node.*`,
    `ledger.balance_too_large`.
    """

    name: ClassVar[str] = "AnnounceSupply"
    reply: ClassVar[type] = SupplyAnnounced

    lines: tuple[AnnouncedLine, ...]
    reason: str = ""
    scene: str = "purchase"

    def __post_init__(self) -> None:
        bounded(self.lines)
        allowed(self.reason, self.scene)

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> SupplyAnnounced:
        for line in self.lines:
            announce(ledger, line.key, line.quantity, self.scene, self.reason)
        keys = dict.fromkeys(line.key for line in self.lines)
        reply = SupplyAnnounced(tuple(expected_after(ledger, key) for key in keys))
        ledger.tell("SupplyAnnounced", reply)
        return reply


def announce(ledger: Ledger, key: AccountKey, quantity: int, scene: str, reason: str) -> None:
    """Let more be expected: first what promises lack, which lowers the floor, then what may be promised."""
    floor = ledger.account(key).floor
    healed = min(floor, quantity)
    if healed:
        ledger.set_floor(key, floor - healed, reason=reason)
    if quantity > healed:
        ledger.post(key, ANNOUNCE, quantity - healed, scene=scene, reason=reason)
