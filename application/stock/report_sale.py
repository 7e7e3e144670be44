"""Report a sale (销量上报): a retailer sold over the counter, without reserving."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved
from application.stock.handle import Mentions
from application.stock.lines import Units, allowed, bounded, mentioned, post_all, touched
from domain.kernel.ledger import Ledger
from domain.stock.position import REPORT_SALE


@dataclass(frozen=True, slots=True)
class ReportSale:
    """Take 1 to 500 lines of available units out of stock, all or none.

    They are gone, so the safety stock does not stand in the way. A report of more than is available is refused
    `stock.insufficient` and settled by a count. Refused too: `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "ReportSale"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[Units, ...]
    reason: str = ""
    scene: str = "sale"

    def __post_init__(self) -> None:
        bounded(self.lines)
        allowed(self.reason, self.scene)

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        return post_all(ledger, self.lines, REPORT_SALE, "SaleReported", reason=self.reason, scene=self.scene)
