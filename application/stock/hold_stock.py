"""Hold stock (冻结): quality control, a dispute, a find that is broken."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, positions_after
from application.stock.handle import Mentions
from application.stock.lines import Units, bounded, reasoned
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
        return Mentions((line.goods for line in self.lines), (line.node for line in self.lines))

    def touches(self) -> Touches:
        return Touches(accounts=tuple(line.key for line in self.lines))

    def decide(self, ledger: Ledger) -> PositionsMoved:
        for line in self.lines:
            ledger.post(line.key, HOLD, line.quantity, reason=self.reason)
        reply = PositionsMoved(positions_after(ledger, (line.key for line in self.lines)))
        ledger.tell("StockHeld", reply)
        return reply
