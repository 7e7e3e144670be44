"""Exchange holds: serve a line from elsewhere without letting go of it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.command import Touches
from application.stock.answers import ExpectedLine, MovedLine, PositionAfter, moved_line, positions_after
from application.stock.handle import Mentions
from application.stock.lines import bounded, checked_picks
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal, ReservationState
from domain.kernel.reservation import Hold, Leg, Line, Pick, Reservation, Stage, Way
from domain.stock.position import NONE, POSITION, Position

MAX_TARGETS: Final = 50
"""Most positions that one line is exchanged to: as many goods as a kit may have."""


class ExchangeTarget(Refusal):
    """The line cannot be exchanged to these positions: each goods it holds needs exactly one, and no other goods any.

    Name one position for each of the `goods` that the line's legs hold; where several `legs` hold differently, name the
    leg too.
    """

    code = "exchange.target"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a goods of the line shall be held from now on."""

    goods: str
    node: str
    owner: str = NONE
    lot: str = NONE
    channel: str = NONE

    def __post_init__(self) -> None:
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot, self.channel).key


@dataclass(frozen=True, slots=True)
class HoldsExchanged:
    """The units exchanged (by the positions they are held on now), and all positions after, the old ones included.

    `expected` are those that are held on a receipt which has not arrived.
    """

    reservation: str
    status: str
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    expected: tuple[ExpectedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ExchangeHolds:
    """Swap units of one line to other positions of the same goods: all that is held and confirmed, or `pick`'s part.

    `to` names one position (at most 50) for each goods that the line holds. Held units are released there and
    reserved here, confirmed ones are confirmed here too; counters and due time stay; what the line holds beside stock
    (a quota, credit) it keeps. The new position's safety stock is left untouched.

    Refused: `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state` when the line holds and
    has confirmed less, `stock.insufficient`, `exchange.target`; `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "ExchangeHolds"
    reply: ClassVar[type] = HoldsExchanged

    reservation: str
    pick: Pick
    to: tuple[Target, ...]

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")
        checked_picks((self.pick,))
        bounded(self.to, "targets", MAX_TARGETS)
        if len({target.goods for target in self.to}) != len(self.to):
            raise InvalidInput("a goods has two targets", field="to")

    def mentions(self) -> Mentions:
        return Mentions((target.goods for target in self.to), (target.node for target in self.to))

    def touches(self) -> Touches:
        return Touches((self.reservation,), tuple(target.key for target in self.to))

    def decide(self, ledger: Ledger) -> HoldsExchanged:
        found = ledger.reservation(self.reservation)
        line = self._line(found)
        open_legs = {index: leg for index, leg in enumerate(line.legs) if self._picked(index, leg)}
        if not open_legs:
            raise ReservationState(
                f"line {line.id} of {found.id} has nothing to exchange",
                reservation=found.id,
                line=line.id,
                status=found.status,
            )
        ways = {self._way(found, line, leg) for leg in open_legs.values()}
        if len(ways) > 1:
            raise ExchangeTarget(
                f"the legs of line {line.id} hold differently: name one",
                reservation=found.id,
                line=line.id,
                legs=list(open_legs),
            )
        (way,) = ways
        units = sum(_open_units(leg) for leg in open_legs.values())
        units = units if self.pick.quantity is None else self.pick.quantity
        old = [hold.account for leg in open_legs.values() for hold in leg.holds]
        after = ledger.exchange(found.id, self.pick, way)
        now = self._line(after)
        place = next(index for index, leg in enumerate(now.legs) if leg.holds == way)
        moved = tuple(
            moved_line(line.id, place, hold.account, units * hold.units)
            for hold in way
            if hold.account.kind is POSITION
        )
        positions = positions_after(ledger, [*old, *(hold.account for hold in way)])
        reply = HoldsExchanged(after.id, after.status, moved, positions)
        ledger.tell_of(after, "HoldsExchanged", reply)
        return reply

    def _line(self, found: Reservation) -> Line:
        for line in found.lines:
            if line.id == self.pick.line:
                return line
        raise InvalidInput(
            f"reservation {found.id} has no line {self.pick.line}",
            field="line",
            reservation=found.id,
            line=self.pick.line,
        )

    def _picked(self, index: int, leg: Leg) -> bool:
        return self.pick.leg in (None, index) and _open_units(leg) > 0

    def _way(self, found: Reservation, line: Line, leg: Leg) -> Way:
        """The leg's holds with each stock position replaced by the target of its goods."""
        targets = {target.goods: target.key for target in self.to}
        goods = [Position.of(hold.account).goods for hold in leg.holds if hold.account.kind is POSITION]
        if sorted(goods) != sorted(targets):
            raise ExchangeTarget(
                f"line {line.id} holds {', '.join(goods)}: name one target for each",
                reservation=found.id,
                line=line.id,
                goods=goods,
            )
        return tuple(
            Hold(targets[Position.of(hold.account).goods], hold.units) if hold.account.kind is POSITION else hold
            for hold in leg.holds
        )


def _open_units(leg: Leg) -> int:
    return leg.counts[Stage.HELD] + leg.counts[Stage.CONFIRMED]
