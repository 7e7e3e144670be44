"""Exchange holds: serve a line from elsewhere without letting go of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Records, Touches
from application.stock.answers import ExpectedLine, MovedLine, PositionAfter, moved_line, positions_after
from application.stock.handle import Mentions
from application.stock.lines import bounded, checked_picks
from application.stock.ports import Follow, Followed, NodeDays, Registers, stay
from application.stock.wait import submit_with
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal, ReservationState
from domain.kernel.reservation import GroupHold, Hold, Leg, Line, Pick, Reservation, Stage, Way
from domain.stock.expected import EXPECTED
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
    (a quota, credit) it keeps, but what it takes of a node's day goes to the same day of the target's node. What is
    held on an expected receipt may be exchanged to stock that is here. The new position's safety stock is left
    untouched.

    Refused: `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state` when the line holds and
    has confirmed less, `stock.insufficient`, `capacity.full`, `exchange.target`; `goods.*`, `node.*`.
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
        """Where nodes' days are not bounded."""
        return exchange(ledger, self, stay)


@dataclass(frozen=True, slots=True)
class ExchangeFollowed:
    """The ledger's part of an exchange, with how what is held of nodes' days follows the stock."""

    name: ClassVar[str] = ExchangeHolds.name
    reply: ClassVar[type] = HoldsExchanged

    asked: ExchangeHolds
    follow: Follow

    def touches(self) -> Touches:
        asked = self.asked.touches()
        return Touches(asked.reservations, asked.accounts, then=self._days)

    def _days(self, records: Records) -> Iterable[AccountKey]:
        """The days of the targets' nodes that bound what the reservation may hold of days."""
        for account in records.may_hold(self.asked.reservation):
            for target in self.asked.to:
                followed = self.follow(account, target.node)
                if followed is not None and followed.account is not None:
                    yield followed.account

    def decide(self, ledger: Ledger) -> HoldsExchanged:
        return exchange(ledger, self.asked, self.follow)


class ExchangeHoldsHandler:
    """Checks the registers, asks what follows the stock to another node, and commits."""

    def __init__(self, commit: Commit, registers: Registers, days: NodeDays) -> None:
        self._commit = commit
        self._registers = registers
        self._days = days

    async def __call__(self, call: Call, command: ExchangeHolds) -> HoldsExchanged:
        """Raises the command's refusals, Unanswered."""

        async def planned() -> ExchangeFollowed:
            return ExchangeFollowed(command, await self._days.follow(call.tenant))

        reply: HoldsExchanged = await submit_with(self._commit, self._registers, call, command, planned, command)
        return reply


def exchange(ledger: Ledger, asked: ExchangeHolds, follow: Follow) -> HoldsExchanged:
    """Decide an exchange, and tell it."""
    found = ledger.reservation(asked.reservation)
    line = line_of(found, asked.pick.line)
    open_legs = {
        index: leg for index, leg in enumerate(line.legs) if asked.pick.leg in (None, index) and open_units(leg)
    }
    if not open_legs:
        raise ReservationState(
            f"line {line.id} of {found.id} has nothing to exchange",
            reservation=found.id,
            line=line.id,
            status=found.status,
        )
    openings: dict[AccountKey, int] = {}
    ways = {_way(found, line, leg, asked.to, follow, openings) for leg in open_legs.values()}
    if len(ways) > 1:
        raise ExchangeTarget(
            f"the legs of line {line.id} hold differently: name one",
            reservation=found.id,
            line=line.id,
            legs=list(open_legs),
        )
    (way,) = ways
    units = sum(open_units(leg) for leg in open_legs.values())
    units = units if asked.pick.quantity is None else asked.pick.quantity
    old = [hold.account for leg in open_legs.values() for hold in leg.holds]
    after = ledger.exchange(found.id, asked.pick, way, openings=openings)
    after = _regrouped(ledger, after, line_of(after, line.id), old, asked.to, follow)
    now = line_of(after, line.id)
    place = next(index for index, leg in enumerate(now.legs) if leg.holds == way)
    moved = tuple(
        moved_line(line.id, place, hold.account, units * hold.units) for hold in way if hold.account.kind is POSITION
    )
    positions = positions_after(ledger, [*old, *(hold.account for hold in way)])
    reply = HoldsExchanged(after.id, after.status, moved, positions)
    ledger.tell_of(after, "HoldsExchanged", reply)
    return reply


def line_of(found: Reservation, id: str) -> Line:
    for line in found.lines:
        if line.id == id:
            return line
    raise InvalidInput(f"reservation {found.id} has no line {id}", field="line", reservation=found.id, line=id)


def open_units(leg: Leg) -> int:
    return leg.counts[Stage.HELD] + leg.counts[Stage.CONFIRMED]


def _way(
    found: Reservation,
    line: Line,
    leg: Leg,
    to: Sequence[Target],
    follow: Follow,
    openings: dict[AccountKey, int],
) -> Way:
    """The leg's holds with each stock position, or expected receipt, replaced by the target of its goods.

    What is held of a node's day becomes the same day of the target's node.
    """
    targets = {target.goods: target.key for target in to}
    goods = [_goods(hold.account) for hold in leg.holds if _physical(hold.account)]
    if sorted(goods) != sorted(targets):
        raise ExchangeTarget(
            f"line {line.id} holds {', '.join(goods)}: name one target for each",
            reservation=found.id,
            line=line.id,
            goods=goods,
        )
    holds: list[Hold] = []
    for hold in leg.holds:
        if _physical(hold.account):
            holds.append(Hold(targets[_goods(hold.account)], hold.units))
            continue
        followed = _followed(hold.account, found, line, to, follow)
        if followed is None:
            holds.append(hold)
        elif followed.account is not None:
            holds.append(Hold(followed.account, hold.units))
            openings[followed.account] = followed.opening
    return tuple(holds)


def _followed(
    account: AccountKey, found: Reservation, line: Line, to: Sequence[Target], follow: Follow
) -> Followed | None:
    """What an account becomes at the node of the targets, which is one where any of its days is held."""
    followed = [follow(account, node) for node in sorted({target.node for target in to})]
    if len(followed) > 1 and followed[0] is not None:
        raise ExchangeTarget(
            f"line {line.id} takes up a node's day: name targets at one node",
            reservation=found.id,
            line=line.id,
            goods=[target.goods for target in to],
        )
    return followed[0]


def _regrouped(
    ledger: Ledger, after: Reservation, line: Line, old: Sequence[AccountKey], to: Sequence[Target], follow: Follow
) -> Reservation:
    """Have the line leave the orders of days at nodes where nothing of it is open any more, and join the target's."""
    left = {_node(account) for account in old if _physical(account)}
    still = {
        _node(hold.account) for leg in line.legs if open_units(leg) for hold in leg.holds if _physical(hold.account)
    }
    for group in after.groups:
        if line.id not in group.lines:
            continue
        followed = _followed(group.account, after, line, to, follow)
        if followed is None or followed.was not in left or followed.account == group.account:
            continue
        leave = () if followed.was in still else (group.name,)
        join = None
        openings: dict[AccountKey, int] = {}
        if followed.account is not None:
            join = GroupHold(followed.group, followed.account, group.quantity, (line.id,))
            openings[followed.account] = followed.opening
        if leave or join:
            after = ledger.regroup(after.id, line.id, leave, join, openings=openings)
    return after


def _physical(account: AccountKey) -> bool:
    return account.kind is POSITION or account.kind is EXPECTED


def _goods(account: AccountKey) -> str:
    return account.values[1]


def _node(account: AccountKey) -> str:
    return account.values[2]
