"""Receive stock (采购入库) or open it (初始化): goods enter from the outside."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, tell_positions
from application.stock.handle import Mentions
from application.stock.lines import allowed, bounded, mentioned, touched
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import OPEN
from domain.kernel.quantity import flag, text, whole
from domain.kernel.refusal import InvalidInput
from domain.stock.position import NONE, RECEIVE, Position


@dataclass(slots=True)
class ReceivedLine:
    """`quantity` of a goods (smallest unit) received at a node; `expires` (YYYY-MM-DD) is a fact of its lot."""

    goods: str
    node: str
    quantity: int
    owner: str = NONE
    lot: str = NONE
    expires: str = ""

    def __post_init__(self) -> None:
        whole(self.quantity)
        _ = self.key
        if self.expires and not _is_date(text(self.expires, "expires", most=10)):
            raise InvalidInput("expires must be a date, YYYY-MM-DD", field="expires")

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot).key


@dataclass(slots=True)
class ReceiveStock:
    """Goods enter stock from the outside; with `opening`, as the balance a position starts with."""

    name: ClassVar[str] = "ReceiveStock"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[ReceivedLine, ...]
    opening: bool = False
    scene: str = "purchase"
    reason: str = ""

    def __post_init__(self) -> None:
        bounded(self.lines)
        flag(self.opening, "opening")
        allowed(self.reason, self.scene)

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        keys = self.touches().accounts
        for line, key in zip(self.lines, keys, strict=True):
            ledger.post(
                key,
                OPEN if self.opening else RECEIVE,
                line.quantity,
                scene=self.scene,
                reason=self.reason,
                facts={"expires": line.expires} if line.expires else None,
            )
        return tell_positions(ledger, "StockReceived", keys)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
