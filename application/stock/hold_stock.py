"""Hold stock (冻结): quality control, a dispute, a find that is broken."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded, mentioned, post_all, reasoned, touched
from domain.kernel.ledger import Ledger
from domain.stock.position import HOLD


@dataclass(frozen=True, slots=True)
class HoldStock:
    """Set 1 to 500 lines of available units aside, all or none: on hand, but promised to nobody.

    A reason is required. It looks at what is available, not at the safety stock. Refused: `goods.*`, `node.*`,
    `stock.insufficient`.
    """

    name: ClassVar[str] = "HoldStock"
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
        return post_all(ledger, self.lines, HOLD, "StockHeld", reason=self.reason)
