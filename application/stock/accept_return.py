"""Accept a return (退货) from someone who keeps no stock."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, tell_positions
from application.stock.handle import Mentions
from application.stock.lines import bounded, mentioned, touched
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import MAX_IDENTIFIER, text, whole
from domain.kernel.refusal import InvalidInput
from domain.stock.position import ARRIVE, ARRIVE_DAMAGED, DISPATCHED, NONE, Position


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """`intact` and `damaged` units (smallest unit, together at least 1) of a goods, given back at a node."""

    goods: str
    node: str
    intact: int = 0
    damaged: int = 0
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        whole(self.intact, "intact", least=0)
        whole(self.damaged, "damaged", least=0)
        if not self.intact + self.damaged:
            raise InvalidInput(f"nothing of {self.goods} is returned", field="lines", goods=self.goods)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot).key


@dataclass(frozen=True, slots=True)
class AcceptReturn:
    """Take 1 to 500 lines back into stock, all or none: dispatched and arrived in one command, with the scene `return`.

    Intact units are available, damaged ones held. `order` is the caller's reference to what is returned: the subject
    of the movements. Someone who keeps stock returns by reserving it there with the scene `return`, confirming,
    shipping, and receiving the shipment here. Refused: `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "AcceptReturn"
    reply: ClassVar[type] = PositionsMoved

    lines: tuple[ReturnedLine, ...]
    order: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        bounded(self.lines)
        text(self.order, "order", most=MAX_IDENTIFIER)
        text(self.reason, "reason")

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return touched(self.lines)

    def decide(self, ledger: Ledger) -> PositionsMoved:
        for line in self.lines:
            moves = (
                (DISPATCHED, line.intact + line.damaged),
                (ARRIVE, line.intact),
                (ARRIVE_DAMAGED, line.damaged),
            )
            for kind, quantity in moves:
                if quantity:
                    ledger.post(line.key, kind, quantity, subject=self.order, scene="return", reason=self.reason)
        return tell_positions(ledger, "ReturnAccepted", (line.key for line in self.lines))
