"""Write stock off (报废): what was held leaves for good."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded, mentioned, post_all, reasoned, touched
from domain.kernel.ledger import Ledger
from domain.stock.position import WRITE_OFF


@dataclass(frozen=True, slots=True)
class WriteOffStock:
    """Take 1 to 500 lines of held units out of stock, all or none: hold first, so that two people can agree.

    A reason is required. Refused: `goods.*`, `node.*`, `stock.insufficient` when fewer are held.
    """

    name: ClassVar[str] = "WriteOffStock"
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
        return post_all(ledger, self.lines, WRITE_OFF, "StockWrittenOff", reason=self.reason)
