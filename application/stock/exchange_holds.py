"""Exchange holds: serve a line from elsewhere without letting go of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Records, Touches
from application.stock.answers import ExpectedLine, MovedLine, PositionAfter, moved_line, positions_after
from application.stock.handle import Mentions
from application.stock.lines import bounded, checked_picks
from application.stock.ports import Leaving, NodeDay, NodeDays, Registers, Unbounded
from application.stock.wait import submit_with
from domain.kernel.account import AccountKey
from domain.kernel.exchanging import exchange, regroup
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
    (a quota, credit) it keeps, but what it takes of a node's day goes to the same day of the target's node, also from a
    node whose days are not bounded. What is held on an expected receipt may be exchanged to stock that is here. The new
    position's safety stock is left untouched.

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
        return exchange_followed(ledger, self, Unbounded())


@dataclass(frozen=True, slots=True)
class ExchangeFollowed:
    """The ledger's part of an exchange, with how what is held of nodes' days follows the stock."""

    name: ClassVar[str] = ExchangeHolds.name
    reply: ClassVar[type] = HoldsExchanged

    asked: ExchangeHolds
    leaving: Leaving

    def touches(self) -> Touches:
        asked = self.asked.touches()
        return Touches(asked.reservations, asked.accounts, then=self._days)

    def _days(self, records: Records) -> Iterable[AccountKey]:
        """The days of the targets' nodes that bound what the reservation may hold of days."""
        asked, leaving = self.asked, self.leaving
        held = records.may_hold(asked.reservation)
        days = {at[1] for account in held if (at := leaving.of(account)) is not None}
        days |= {day for account in held if _physical(account) for day in leaving.said(asked.pick.line, _node(account))}
        for node in {target.node for target in asked.to}:
            for day in days:
                yield from leaving.on(node, day).openings

    def decide(self, ledger: Ledger) -> HoldsExchanged:
        return exchange_followed(ledger, self.asked, self.leaving)


class ExchangeHoldsHandler:
    """Checks the registers, asks what follows the stock to another node, and commits."""

    def __init__(self, commit: Commit, registers: Registers, days: NodeDays) -> None:
        self._commit = commit
        self._registers = registers
        self._days = days

    async def __call__(self, call: Call, command: ExchangeHolds) -> HoldsExchanged:
        """Raises the command's refusals, Unanswered."""

        async def planned() -> ExchangeFollowed:
            return ExchangeFollowed(command, await self._days.leaving(call.tenant, command.reservation))

        return await submit_with(self._commit, self._registers, call, command, planned)


def exchange_followed(ledger: Ledger, asked: ExchangeHolds, leaving: Leaving) -> HoldsExchanged:
    """Decide an exchange, and tell it."""
    found = ledger.reservation(asked.reservation)
    line = found.line(asked.pick.line)
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
    days = {day for leg in open_legs.values() for day in days_of(found, line, leg, leaving)}
    there = {day: _at_targets(found, line, asked.to, leaving, day) for day in sorted(days)}
    openings = {key: opening for day in there.values() for key, opening in day.openings.items()}
    ways = {_way(found, line, leg, asked.to, leaving, there) for leg in open_legs.values()}
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
    after = exchange(ledger, found.id, asked.pick, way, openings=openings)
    after = _regrouped(ledger, after, after.line(line.id), old, leaving, list(there.values()), openings)
    now = after.line(line.id)
    place = next(index for index, leg in enumerate(now.legs) if leg.holds == way)
    moved = tuple(
        moved_line(line.id, place, hold.account, units * hold.units) for hold in way if hold.account.kind is POSITION
    )
    positions = positions_after(ledger, [*old, *(hold.account for hold in way)])
    reply = HoldsExchanged(after.id, after.status, moved, positions)
    ledger.tell_of(after, "HoldsExchanged", reply)
    return reply


def open_units(leg: Leg) -> int:
    return leg.counts[Stage.HELD] + leg.counts[Stage.CONFIRMED]


def days_of(found: Reservation, line: Line, leg: Leg, leaving: Leaving) -> set[date]:
    """The days on which a leg leaves: its own accounts say so, or its line's orders at its node, or what was said."""
    days = {at[1] for hold in leg.holds if (at := leaving.of(hold.account)) is not None}
    nodes = {_node(hold.account) for hold in leg.holds if _physical(hold.account)}
    if not days:
        orders = [leaving.of(group.account) for group in found.groups if line.id in group.lines]
        days = {at[1] for at in orders if at is not None and at[0] in nodes}
    return days or {day for node in nodes for day in leaving.said(line.id, node)}


def _at_targets(found: Reservation, line: Line, to: Sequence[Target], leaving: Leaving, day: date) -> NodeDay:
    """What bounds the day where the targets are, which is at one node where anything does."""
    bounds = [leaving.on(node, day) for node in sorted({target.node for target in to})]
    if len(bounds) > 1 and any(each.openings for each in bounds):
        raise ExchangeTarget(
            f"line {line.id} takes up a node's day: name targets at one node",
            reservation=found.id,
            line=line.id,
            goods=[target.goods for target in to],
        )
    return bounds[0]


def _way(
    found: Reservation,
    line: Line,
    leg: Leg,
    to: Sequence[Target],
    leaving: Leaving,
    there: Mapping[date, NodeDay],
) -> Way:
    """The leg's holds with each stock position, or expected receipt, replaced by the target of its goods.

    What is held of a node's day is left, and what the same day of the target's node takes is held.
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
    holds = [
        Hold(targets[_goods(account)], units) if _physical(account) else Hold(account, units)
        for account, units in leg.holds
        if leaving.of(account) is None
    ]
    pieces = sum(hold.units for hold in leg.holds if _physical(hold.account))
    days = days_of(found, line, leg, leaving)
    return (*holds, *(Hold(key, pieces) for day in sorted(days) if (key := there[day].units) is not None))


def _regrouped(
    ledger: Ledger,
    after: Reservation,
    line: Line,
    old: Sequence[AccountKey],
    leaving: Leaving,
    there: Sequence[NodeDay],
    openings: Mapping[AccountKey, int],
) -> Reservation:
    """Have the line leave the orders of days at nodes where nothing of it is open any more, and join the target's."""
    left = {_node(account) for account in old if _physical(account)}
    still = {
        _node(hold.account) for leg in line.legs if open_units(leg) for hold in leg.holds if _physical(hold.account)
    }
    leave = [
        group.name
        for group in after.groups
        if line.id in group.lines and (at := leaving.of(group.account)) is not None and at[0] in left - still
    ]
    joins = [GroupHold(day.group, day.orders, 1, (line.id,)) for day in there if day.orders is not None]
    for number, join in enumerate(joins or [None]):
        if leave or join:
            after = regroup(ledger, after.id, line.id, () if number else leave, join, openings=openings)
    return after


def _physical(account: AccountKey) -> bool:
    return account.kind is POSITION or account.kind is EXPECTED


def _goods(account: AccountKey) -> str:
    return account.values[1]


def _node(account: AccountKey) -> str:
    return account.values[2]
