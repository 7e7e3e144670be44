"""Receive stock (采购入库) or open it (初始化): goods enter from the outside."""

from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, positions_after
from application.stock.handle import Mentions
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import OPEN
from domain.kernel.quantity import identifier, text, whole
from domain.kernel.refusal import InvalidInput
from domain.stock.position import NONE, RECEIVE, Position

MAX_RECEIVED: Final = 500


@dataclass(slots=True)
class ReceivedLine:
    """`quantity` of a goods (smallest unit) received at a node; `expires` (a date, ISO 8601) is a fact of its lot."""

    goods: str
    node: str
    quantity: int
    owner: str = NONE
    lot: str = NONE
    expires: str = ""

    def __post_init__(self) -> None:
        whole(self.quantity)
        _ = self.key
        text(self.expires, "expires", most=10)

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
        if not 1 <= len(self.lines) <= MAX_RECEIVED:
            raise InvalidInput(f"a receipt has 1 to {MAX_RECEIVED} lines", field="lines", most=MAX_RECEIVED)
        identifier(self.scene, "scene", most=32)
        text(self.reason, "reason")

    def mentions(self) -> Mentions:
        return Mentions((line.goods for line in self.lines), (line.node for line in self.lines))

    def touches(self) -> Touches:
        return Touches(accounts=tuple(line.key for line in self.lines))

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
        reply = PositionsMoved(positions_after(ledger, keys))
        ledger.tell("StockReceived", reply)
        return reply
