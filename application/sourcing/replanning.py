"""What is reserved, planned again where it has no place, or has lost it; and moved there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from application.kernel.call import Call
from application.kernel.command import Commit, Touches, Wish
from application.kernel.register_pages import RegisterReader
from application.kernel.turned_down import TurnedDown
from application.sourcing.chosen import Chosen
from application.sourcing.demand import WantedGoods
from application.sourcing.exchanged import Move, MovePromised
from application.sourcing.held import SOURCED, PromiseReserved
from application.sourcing.moving import (
    Moving,
    Sourced,
    at_node,
    days_after,
    freed_by,
    is_pinned,
    nodes_kept,
    nodes_of,
    open_units,
    passed_over_after,
    slots_kept,
    wanted_again,
)
from application.sourcing.ports import TellsReserved
from application.sourcing.promising import ATTEMPTS, Promising, answered
from application.sourcing.refusals import PromiseMoved, PromiseShort, ReservationUnsourced
from application.sourcing.told import legs_of, plan_of
from domain.kernel.account import AccountKey
from domain.kernel.refusal import Refusal, ReservationState, ReservationUnknown
from domain.kernel.reservation import Reservation


class Reservations(Protocol):
    """Reads reservations."""

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        """The reservation or tombstone, or None. Raises StoreError."""
        ...


class Replanning:
    """Finds nodes for what a reservation has no place for, and moves it there; again when it moved meanwhile."""

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

    async def move(self, call: Call, wish: Wish, reservation: str, node: str = "") -> PromiseReserved:
        """Move what lies at `node`, never to come there again; without one, what lies at none yet.

        Raises PromiseShort, PromiseMoved, ReservationUnsourced, ReservationUnknown, ReservationState, Unanswered.
        """
        for attempt in range(ATTEMPTS):
            try:
                move = await answered(call, self._planned(call, wish, reservation, node))
            except Refusal as refusal:
                down = TurnedDown[PromiseReserved](wish, refusal, Touches((reservation,)))
                return await self._commit.submit(call, down, asked=wish)
            try:
                reply: PromiseReserved = await self._commit.submit(call, move, asked=wish)
                return reply
            except PromiseMoved:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt answers or raises")

    async def _planned(self, call: Call, wish: Wish, reservation: str, node: str) -> Any:
        found = await self._reservations.reservation(call.tenant, reservation)
        if found is None:
            raise ReservationUnknown(f"there is no reservation {reservation} (yet)", reservation=reservation)
        sourced = await self._sourced(call.tenant, reservation)
        moving = [
            Moving(line.id, leg, open_units(leg))
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
        passed_over = passed_over_after(sourced, node)
        promising = self._promising
        chosen = await self._chosen(call.tenant, found, wanted_again(sourced, moving), moving, passed_over, node)
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
            wish.name,
            found.id,
            moves,
            openings,
            node,
            promising.sourced(sourced.wanted, passed_over, sourced.lines, days_after(chosen, moving, sourced)),
            self._tells,
        )

    async def _chosen(
        self,
        tenant: str,
        found: Reservation,
        wanted: WantedGoods,
        moving: Sequence[Moving],
        passed_over: tuple[str, ...],
        leave: str,
    ) -> Chosen:
        """Where it may go: never to more nodes in all than the demand allows, those counted that keep what they hold.

        At first as if there were none of these; then to no more new ones than are left, and at last to none.
        """
        planning, at = self._promising.planning, self._promising.now()
        freed, slots = freed_by(moving), slots_kept(found, leave)
        kept = nodes_kept(found, leave)
        chosen = await planning.choose(tenant, wanted, at, passed_over, freed=freed, slots=slots)
        most = chosen.planned.demand.max_nodes
        if most is None or not kept or len(kept | nodes_of(chosen)) <= most:
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
        self, chosen: Chosen, moving: Sequence[Moving], lines: Mapping[str, str]
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
