"""The handlers of what is reserved and planned again: pooled, pinned, moved away from a node."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice, product
from typing import Any, Final, NamedTuple, Protocol

from application.kernel.call import Call
from application.kernel.command import Commit
from application.kernel.register_pages import RegisterReader
from application.kernel.turned_down import TurnedDown
from application.sourcing.demand import WantedGoods
from application.sourcing.move_promised import (
    Move,
    MovePromised,
    PinReservation,
    RejectNode,
    at_node,
    is_pinned,
    open_units,
)
from application.sourcing.planning import Chosen, goods_of_lines, sold_as
from application.sourcing.ports import Alternative, Pools, Supplying, TellsReserved, Unpinned
from application.sourcing.promising import ATTEMPTS, Extends, Promising, answered
from application.sourcing.refusals import (
    PromiseMoved,
    PromiseShort,
    PromiseUnpooled,
    ReservationUnsourced,
)
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import SOURCED, HoldPromised, PromiseReserved
from application.sourcing.rules import FindsRules, Rules
from application.sourcing.told import legs_of, plan_of
from domain.kernel.account import AccountKey
from domain.kernel.refusal import Refusal, ReservationState, ReservationUnknown
from domain.kernel.reservation import Hold, Leg, Plan, PlannedLine, Reservation, Stage, Way

MAX_PASSED_OVER: Final = 100
MAX_WAYS: Final = 16
"""Most ways to hold one alternative in pools: the first so many combinations of its parts' quotas."""


class Reservations(Protocol):
    """Reads reservations."""

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        """The reservation or tombstone, or None. Raises StoreError."""
        ...


class Sourced(NamedTuple):
    """What a reservation was made of: `lines` says of which line of the demand each of its lines is a part, `days` when
    it leaves its nodes.
    """

    wanted: WantedGoods
    passed_over: tuple[str, ...]
    lines: Mapping[str, str]
    days: Mapping[str, Mapping[str, date]]


class _Moving(NamedTuple):
    """Legs that need another place: each line of the reservation with what of it is to move."""

    line: str
    leg: Leg
    quantity: int


class ReservePooledHandler:
    """Resolves the lines, and holds them in pools."""

    def __init__(
        self,
        commit: Commit,
        promising: Promising,
        rules: FindsRules,
        supplying: Supplying,
        pools: Pools,
        tells: TellsReserved,
        beside: Sequence[Extends] = (),
    ) -> None:
        self._commit = commit
        self._promising = promising
        self._rules = rules
        self._supplying = supplying
        self._pools = pools
        self._tells = tells
        self._beside = tuple(beside)

    async def __call__(self, call: Call, command: ReservePooled) -> PromiseReserved:
        """Raises PromiseUnpooled, PromiseMoved, what resolving is refused with, Unanswered."""
        reservation = command.reservation or call.request
        try:
            rules, plan = await answered(call, self._plan(call, command.wanted))
        except Refusal as refusal:
            return await self._commit.submit(call, TurnedDown[PromiseReserved](command, refusal), asked=command)
        lines = {each.line: each.line for each in command.wanted.wanted}
        held: Any = HoldPromised(
            ReservePooled.name,
            PromiseReserved,
            reservation,
            plan,
            command.hold_for or rules.hold_for or self._promising.hold_for,
            command.order,
            command.scene,
            self._promising.sourced(command.wanted, (), lines, {}),
            self._tells,
        )
        reply: PromiseReserved = await self._commit.submit(call, held, asked=command)
        return reply

    async def _plan(self, call: Call, wanted: WantedGoods) -> tuple[Rules, Plan]:
        _ = wanted.destination  # without one it could never be pinned
        rules = await self._rules.rules(call.tenant, wanted.policy, wanted.business, wanted.scenario)
        alternatives = rules.among(
            await self._supplying.resolve(call.tenant, wanted.wanted, wanted.buyer, self._promising.now())
        )
        pools = await self._pools.unpinned(call.tenant, goods_of_lines(alternatives), wanted.channel)
        lines: list[PlannedLine] = []
        openings: dict[AccountKey, int] = {}
        for said, line, found in zip(wanted.wanted, wanted.lines, alternatives, strict=True):
            ways: list[Way] = []
            for each in found:
                parts = [pools.get((part.goods, sold_as(found)), ()) for part in each.parts]
                for chosen in islice(product(*parts), MAX_WAYS):
                    ways.append(_unpinned(each, chosen))
                    openings |= {key: units for one in chosen for key, units in one.openings.items()}
            if not ways:
                known = {code for code, _ in pools}
                named = sorted({part.goods for each in found for part in each.parts} - known)
                raise PromiseUnpooled(f"nothing that line {said.line} may be has a pool", line=said.line, goods=named)
            lines.append(PlannedLine(said.line, line.quantity, tuple(ways)))
        plan = Plan(tuple(lines), openings=openings)
        for other in self._beside:
            plan = await other.extend(call, plan)
        return rules, plan


def _unpinned(alternative: Alternative, chosen: Sequence[Unpinned]) -> Way:
    """What a unit of a line holds, its parts taken in these ways: a cap that counts the line's units is held once."""
    units: dict[AccountKey, int] = {}
    for part, way in zip(alternative.parts, chosen, strict=True):
        for account in way.held:
            units[account] = units.get(account, 0) + part.units
        units.update(dict.fromkeys(way.by_line, 1))
    return tuple(Hold(account, each) for account, each in units.items())


class MoveHandler:
    """Plans again what has no place, or has lost it, and moves it there; again when it moved meanwhile."""

    def __init__(
        self,
        commit: Commit,
        promising: Promising,
        reservations: Reservations,
        entries: RegisterReader,
        tells: TellsReserved,
    ) -> None:
        self._commit = commit
        self._promising = promising
        self._reservations = reservations
        self._entries = entries
        self._tells = tells

    async def __call__(self, call: Call, command: PinReservation | RejectNode) -> PromiseReserved:
        """Raises PromiseShort, PromiseMoved, ReservationUnsourced, ReservationUnknown, ReservationState, Unanswered."""
        for attempt in range(ATTEMPTS):
            try:
                move = await answered(call, self._planned(call, command))
            except Refusal as refusal:
                return await self._commit.submit(call, TurnedDown[PromiseReserved](command, refusal), asked=command)
            try:
                reply: PromiseReserved = await self._commit.submit(call, move, asked=command)
                return reply
            except PromiseMoved:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt answers or raises")

    async def _planned(self, call: Call, command: PinReservation | RejectNode) -> Any:
        found = await self._reservations.reservation(call.tenant, command.reservation)
        if found is None:
            raise ReservationUnknown(
                f"there is no reservation {command.reservation} (yet)", reservation=command.reservation
            )
        sourced = await self._sourced(call.tenant, command.reservation)
        node = command.node if isinstance(command, RejectNode) else ""
        moving = [
            _Moving(line.id, leg, open_units(leg))
            for line in found.lines
            for leg in line.legs
            if open_units(leg) and (at_node(leg, node) if node else not is_pinned(leg))
        ]
        if not moving:
            raise ReservationState(
                f"reservation {found.id} holds nothing " + (f"at {node}" if node else "that has no node"),
                reservation=found.id,
                status=found.status,
            )
        passed_over = tuple(dict.fromkeys((*sourced.passed_over, *((node,) if node else ()))))[-MAX_PASSED_OVER:]
        promising = self._promising
        chosen = await self._chosen(call.tenant, found, _again(sourced, moving), moving, passed_over, node)
        if not chosen.decision.legs or chosen.decision.short:
            promise, _ = promising.offer(call, chosen)
            raise PromiseShort(
                f"no nodes have all that reservation {found.id} has no place for",
                reservation=found.id,
                short=[promising.plain(each) for each in promise.short],
                outside=[promising.plain(each) for each in promise.outside],
            )
        moves, openings = self._moves(chosen, moving, sourced.lines)
        return MovePromised(
            command.name,
            found.id,
            moves,
            openings,
            node,
            promising.sourced(sourced.wanted, passed_over, sourced.lines, _days(chosen, moving, sourced)),
            self._tells,
        )

    async def _chosen(
        self,
        tenant: str,
        found: Reservation,
        wanted: WantedGoods,
        moving: Sequence[_Moving],
        passed_over: tuple[str, ...],
        leave: str,
    ) -> Chosen:
        """Where it may go: never to more nodes in all than the demand allows, those counted that keep what they hold.

        At first as if there were none of these; then to no more new ones than are left, and at last to none.
        """
        planning, at = self._promising.planning, self._promising.now()
        freed, slots = _freed(moving), _slots(found, leave)
        kept = _nodes(found, leave)
        chosen = await planning.choose(tenant, wanted, at, passed_over, freed=freed, slots=slots)
        most = chosen.planned.demand.max_nodes
        if most is None or not kept or len(kept | _served(chosen)) <= most:
            return chosen
        if most > len(kept):
            fewer = replace(wanted, max_splits=most - len(kept) - 1)
            chosen = await planning.choose(tenant, fewer, at, passed_over, freed=freed, slots=slots)
            if not chosen.decision.short:
                return chosen
        others = tuple(node for node in chosen.candidates if node not in kept)
        return await planning.choose(tenant, wanted, at, (*passed_over, *others), freed=freed, slots=slots)

    async def _sourced(self, tenant: str, reservation: str) -> Sourced:
        found = await self._entries.entries(tenant, SOURCED, reservation, "", 1)
        if not found or found[0].key.code != reservation:
            raise ReservationUnsourced(f"reservation {reservation} was not promised", reservation=reservation)
        facts = {"days": {}, **found[0].facts}
        codec = self._promising.codec
        values = [codec.decode(codec.encode(facts[name]), kind) for name, kind in Sourced.__annotations__.items()]
        return Sourced(*values)

    def _moves(
        self, chosen: Chosen, moving: Sequence[_Moving], lines: Mapping[str, str]
    ) -> tuple[tuple[Move, ...], Mapping[AccountKey, int]]:
        """Each leg of the choice as moves from the legs that it stands for, in their order."""
        plan = plan_of(chosen, self._promising.days)
        assert plan is not None
        ways = {line.line: line.ways[0] for line in plan.lines}
        left = [each.quantity for each in moving]
        moves: list[Move] = []
        for id, leg, _ in legs_of(chosen):
            joins = tuple(group for group in plan.groups if id in group.lines)
            wanted = leg.quantity
            for place, each in enumerate(moving):
                take = min(wanted, left[place]) if lines.get(each.line, each.line) == leg.line else 0
                if take:
                    moves.append(Move(each.line, each.leg.holds, take, ways[id], joins))
                    left[place] -= take
                    wanted -= take
        return tuple(moves), plan.openings


def _again(sourced: Sourced, moving: Sequence[_Moving]) -> WantedGoods:
    """What was wanted of the demand's lines that move, as much of each as moves: a line stays one, however it lies."""
    said = dict(zip((each.line for each in sourced.wanted.wanted), sourced.wanted.lines, strict=True))
    units: dict[str, int] = {}
    for each in moving:
        of = sourced.lines.get(each.line, each.line)
        units[of] = units.get(of, 0) + each.quantity
    lines = tuple(replace(said[line], quantity=quantity, line=line) for line, quantity in units.items())
    return replace(sourced.wanted, lines=lines)


def _days(chosen: Chosen, moving: Sequence[_Moving], sourced: Sourced) -> Mapping[str, Mapping[str, date]]:
    """When the lines leave their nodes, those that move the new ones."""
    days = {line: dict(nodes) for line, nodes in sourced.days.items()}
    for _, leg, sender in legs_of(chosen):
        for line in {each.line for each in moving if sourced.lines.get(each.line, each.line) == leg.line}:
            days.setdefault(line, {})[sender.node] = sender.day.day
    return days


def _nodes(found: Reservation, leave: str) -> set[str]:
    """The nodes that what stays of it lies at or left from."""
    nodes: set[str] = set()
    for leg in (leg for line in found.lines for leg in line.legs):
        for at in (account.named() for account, _ in leg.holds):
            node = at.get("node", "") if "goods" in at else ""
            if node and leg.counts[Stage.SHIPPED] + (0 if node == leave else open_units(leg)):
                nodes.add(node)
    return nodes


def _served(chosen: Chosen) -> set[str]:
    return {chosen.sender(leg.node).node for leg in chosen.decision.legs}


def _slots(found: Reservation, leave: str) -> frozenset[tuple[str, str]]:
    """Nodes and days of which it has an order already, and keeps it."""
    taken = [group.account.named() for group in found.groups if group.stage in (Stage.HELD, Stage.CONFIRMED)]
    return frozenset((at["node"], at["day"]) for at in taken if at.keys() >= {"node", "day"} and at["node"] != leave)


def _freed(moving: Sequence[_Moving]) -> Mapping[AccountKey, int]:
    """What the legs hold that is free once they are moved: a quota that both places count against has it twice."""
    freed: dict[AccountKey, int] = {}
    for each in moving:
        for account, units in each.leg.holds:
            freed[account] = freed.get(account, 0) + units * each.quantity
    return freed
