"""Unhold stock (解冻): what was set aside may be promised again."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded, mentioned, post_all, reasoned, touched
from domain.kernel.ledger import Ledger
from domain.stock.position import UNHOLD


@dataclass(frozen=True, slots=True)
class UnholdStock:
    """Give 1 to 500 lines of held units back to what is available, all or none.

    A reason is required. Refused: `goods.*`, `node.*`, `stock.insufficient` when fewer are held.
    """

    name: ClassVar[str] = "UnholdStock"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[Units, ...]
    reason: str

    def __post_init__(self) -> None:
        bounded(self.lines)
        reasoned(self.reason)

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        return post_all(ledger, self.lines, UNHOLD, "StockUnheld", reason=self.reason)
