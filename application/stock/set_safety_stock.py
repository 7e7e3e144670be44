"""Set the safety stock (安全库存): what a reserve leaves untouched at a node."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, tell_positions
from application.stock.handle import Mentions
from application.stock.lines import bounded, mentioned, touched
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import MAX_BALANCE, text, whole
from domain.stock.position import NONE, Position


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """`quantity` (0 to 2⁵³ of the smallest unit) of a goods at a node that is promised to nobody."""

    goods: str
    node: str
    quantity: int
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        whole(self.quantity, least=0, most=MAX_BALANCE)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot).key


@dataclass(frozen=True, slots=True)
class SetSafetyStock:
    """Set 1 to 500 safety stocks, all or none; 0 takes one away.

    It may be more than lies there: then nothing is promised until more comes. What is promised already stays
    promised. Refused: `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "SetSafetyStock"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[SafetyStock, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        bounded(self.lines)
        text(self.reason, "reason")

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        for line in self.lines:
            ledger.set_floor(line.key, line.quantity, reason=self.reason)
        return tell_positions(ledger, "SafetyStockSet", (line.key for line in self.lines))
