"""Count stock (盘点): what was found is the truth, and the ledger follows it."""

import contextlib
from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.ports import StoreError
from application.stock.answers import PositionAfter, ReservationMoved, positions_after, tell_moved
from application.stock.handle import Mentions, StockHandler
from application.stock.lines import bounded, mentioned, reasoned
from application.stock.ports import Registers, ReservationsHolding
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Advanced, Ledger
from domain.kernel.quantity import MAX_BALANCE, identifier, whole
from domain.kernel.refusal import InvalidInput, ReservationState
from domain.kernel.reservation import Leg, Pick, Reservation, Stage
from domain.stock.count import CountBelowPromised, difference
from domain.stock.position import COUNT_GAIN, COUNT_LOSS, NONE, Position

MAX_DISPLACED: Final = 100
"""Most reservations that one count may displace, and that its refusal names."""


@dataclass(frozen=True, slots=True)
class CountedLine:
    """`counted` units (0 to 2⁵³ of the smallest unit) of a goods were found at a node, held ones included."""

    goods: str
    node: str
    counted: int
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        whole(self.counted, "counted", least=0, most=MAX_BALANCE)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot).key


@dataclass(frozen=True, slots=True)
class CountedPosition:
    """What the count of one position changed: units found beyond the ledger, or missing."""

    goods: str
    node: str
    owner: str
    lot: str
    counted: int
    gain: int
    loss: int


@dataclass(frozen=True, slots=True)
class StockCounted:
    """The differences found, what became of the reservations displaced, the positions after."""

    reason: str
    actor: str
    counts: tuple[CountedPosition, ...]
    displaced: tuple[ReservationMoved, ...]
    positions: tuple[PositionAfter, ...]


@dataclass(frozen=True, slots=True)
class CountStock:
    """Set 1 to 500 positions' on-hand to what was counted, all or none; a reason is required, the actor is the call's.

    More than the ledger says is a gain, less a loss, both of available units. Where that does not cover the loss,
    units are missing that are promised (or held): refused `stock.promised` with the reservations that hold them.
    `displace` names those (at most 100) that give up what they hold of the counted positions in this transaction:
    what is held is released, what is confirmed deallocated; their other lines stay. Missing held units are written
    off. Refused too: `goods.*`, `node.*`, `reservation.unknown`, and `reservation.state` when a displaced one holds
    nothing there.
    """

    name: ClassVar[str] = "CountStock"
    reply: ClassVar[type] = StockCounted

    lines: tuple[CountedLine, ...]
    reason: str
    displace: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        bounded(self.lines)
        reasoned(self.reason)
        if len({line.key for line in self.lines}) != len(self.lines):
            raise InvalidInput("a position is counted twice", field="lines")
        if self.displace:
            bounded(self.displace, "displaced reservations", MAX_DISPLACED)
            for reservation in self.displace:
                identifier(reservation, "displace")
            if len(set(self.displace)) != len(self.displace):
                raise InvalidInput("a reservation is displaced twice", field="displace")

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        return Touches(reservations=self.displace, accounts=tuple(line.key for line in self.lines))

    def decide(self, ledger: Ledger) -> StockCounted:
        counted = frozenset(line.key for line in self.lines)
        displaced = tuple(_displace(ledger, reservation, counted) for reservation in self.displace)
        counts = []
        for line in self.lines:
            gain, loss = difference(ledger.account(line.key), line.counted)
            if gain:
                ledger.post(line.key, COUNT_GAIN, gain, scene="count", reason=self.reason)
            elif loss:
                ledger.post(line.key, COUNT_LOSS, loss, scene="count", reason=self.reason)
            counts.append(CountedPosition(line.goods, line.node, line.owner, line.lot, line.counted, gain, loss))
        positions = positions_after(ledger, (line.key for line in self.lines))
        reply = StockCounted(self.reason, ledger.act.actor, tuple(counts), displaced, positions)
        ledger.tell("StockCounted", reply)
        return reply


def _displace(ledger: Ledger, id: str, counted: frozenset[AccountKey]) -> ReservationMoved:
    """Have a reservation give up what it holds of the counted positions, and tell it."""
    after = ledger.reservation(id)
    moved: list[Advanced] = []
    for stage, give_back in ((Stage.HELD, ledger.release), (Stage.CONFIRMED, ledger.deallocate)):
        picks = _picks(after, stage, counted)
        if picks:
            after, steps = give_back(id, picks, scene="count")
            moved += steps
    if not moved:
        raise ReservationState(
            f"reservation {id} holds nothing of what was counted", reservation=id, status=after.status
        )
    return tell_moved(ledger, "StockDisplaced", after, moved)


def _picks(found: Reservation, stage: Stage, counted: frozenset[AccountKey]) -> list[Pick]:
    """The parts at this stage that hold any of the counted positions."""

    def holds(leg: Leg) -> bool:
        return leg.counts[stage] > 0 and any(hold.account in counted for hold in leg.holds)

    return [
        Pick(line.id, leg.counts[stage], index)
        for line in found.lines
        for index, leg in enumerate(line.legs)
        if holds(leg)
    ]


class CountStockHandler:
    """Counts; and where a count is refused for what is promised, finds out to whom."""

    def __init__(self, commit: Commit, registers: Registers, holders: ReservationsHolding) -> None:
        self._handle = StockHandler(commit, registers)
        self._holders = holders

    async def __call__(self, call: Call, command: CountStock) -> StockCounted:
        """The command's reply. Raises CountBelowPromised with `reservations`, and what StockHandler raises."""
        try:
            return await self._handle(call, command)
        except CountBelowPromised as refusal:
            # The refusal stands without the list, when that cannot be read.
            with contextlib.suppress(StoreError):
                holders = await self._holders.holding(call.tenant, refusal.position.key, MAX_DISPLACED)
                refusal.facts["reservations"] = [holder._asdict() for holder in holders]
            raise
