"""Reserve a promise: hold exactly what was promised, with quotas and capacity in one transaction; or say what moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.ports import StoreError
from application.kernel.turned_down import TurnedDown, or_turned_down
from application.sourcing.held import HoldPromised, PromiseReserved, bounded
from application.sourcing.kept import Keeping
from application.sourcing.offer import MAX_TOKEN, Offer, is_token
from application.sourcing.ports import DaysNow, Registers, TellsReserved
from application.sourcing.promising import Extends, Promising, answered
from application.sourcing.refusals import PromiseExpired, PromiseMoved
from domain.kernel.account import AccountKind
from domain.kernel.quantity import identifier
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Plan

CLOSED: Final = "node.closed"
"""The cause of what moved where a node is closed by now on the day that its part would have left."""


@dataclass(slots=True)
class ReservePromise:
    """Hold exactly what was promised: `promise` is the id of a kept one, or a token. Each call is a new reservation.
    Without `hold_for` it is held for as long as the policy says, else the installation.

    Refused: `promise.moved` when any of it is no longer there (with what is short, and a new promise of the same),
    `promise.expired`, `promise.token`, `promise.unknown`, `reservation.exists`, `reservation.cancelled`.
    """

    name: ClassVar[str] = "ReservePromise"
    reply: ClassVar[type] = PromiseReserved

    promise: str
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = None
    scene: str = "sale"

    def __post_init__(self) -> None:
        identifier(self.promise, "promise", most=MAX_TOKEN)
        bounded(self.reservation, self.order, self.hold_for, self.scene)


class ReservePromiseHandler:
    """Has a promise held as it stands; what moved is answered with another of the same.

    What its nodes' days are bounded to is asked again, and whether its goods and nodes may be named still.
    """

    def __init__(
        self,
        commit: Commit,
        promising: Promising,
        keeping: Keeping,
        days: DaysNow,
        registers: Registers,
        tells: TellsReserved,
        kinds: Mapping[str, AccountKind],
        beside: Sequence[Extends] = (),
    ) -> None:
        self._commit = commit
        self._promising = promising
        self._keeping = keeping
        self._days = days
        self._registers = registers
        self._tells = tells
        self._kinds = kinds
        self._beside = tuple(beside)

    async def __call__(self, call: Call, command: ReservePromise) -> PromiseReserved:
        """Raises PromiseMoved, PromiseExpired, PromiseToken, PromiseUnknown, ReservationExists, Unanswered."""
        reservation = command.reservation or call.request
        try:
            offer, plan, closed = await answered(call, self._plan(call, command))
            gone = await answered(call, self._gone(call, offer, plan, closed))
        except Refusal as refusal:
            down = TurnedDown[PromiseReserved](command, refusal, Touches((reservation,)))
            return await self._commit.submit(call, down, asked=command)
        lines = {each.line: each.of for each in offer.lines}
        days = {each.line: {each.node: each.day} for each in offer.days}
        sourced = self._promising.sourced(offer.wanted, offer.passed_over, lines, days)
        held: Any = HoldPromised(
            ReservePromise.name,
            PromiseReserved,
            reservation,
            plan,
            command.hold_for or offer.hold_for or self._promising.hold_for,
            command.order,
            command.scene,
            sourced,
            self._tells,
        )
        try:
            reply: PromiseReserved = await self._commit.submit(call, or_turned_down(held, gone), asked=command)
        except PromiseMoved as moved:
            raise await self._with_an_offer(call, offer, moved) from None
        return reply

    async def _plan(self, call: Call, command: ReservePromise) -> tuple[Offer, Plan, Sequence[str]]:
        """What was promised, as the ledger takes it, and the nodes that do not work any more on the days of it."""
        if is_token(command.promise):
            offer = self._promising.tokens.read(command.promise)
            offer.to(call)
        else:
            offer = await self._keeping.offer(call.tenant, command.promise)
        now = await self._days.days(call.tenant, dict.fromkeys((each.node, each.day) for each in offer.days))
        taken = {each.line: (day, each.units) for each in offer.days if (day := now.get((each.node, each.day)))}
        closed = sorted({each.node for each in offer.days if (each.node, each.day) not in now})
        plan = self._promising.days.take(offer.plan(self._kinds), taken)
        for other in self._beside:
            plan = await other.extend(call, plan)
        return offer, plan, closed

    async def _gone(self, call: Call, offer: Offer, plan: Plan, closed: Sequence[str]) -> Refusal | None:
        """That its time is over; what moved where a goods or node of it is no longer to be named, or is closed. Raises
        StoreError."""
        try:
            offer.at(self._promising.now())
        except PromiseExpired as expired:
            return expired
        named = [hold.account.named() for line in plan.lines for way in line.ways for hold in way]
        goods, nodes = ({at[part] for at in named if {"goods", "node"} <= at.keys()} for part in ("goods", "node"))
        try:
            await self._registers.require(call.tenant, goods, nodes)
        except Refusal as refusal:
            facts = {"cause": refusal.own_code, "moved": [], **refusal.facts}
            return PromiseMoved("what was promised may be reserved no longer", code=None, **facts)
        if closed:
            facts = {"cause": CLOSED, "moved": [], "codes": closed}
            return PromiseMoved("a node sends off nothing any more on the day of the promise", code=None, **facts)
        return None

    async def _with_an_offer(self, call: Call, offer: Offer, moved: PromiseMoved) -> PromiseMoved:
        """The refusal, with what could be had instead; without, where nothing can or that cannot be told now."""
        promising = self._promising
        try:
            chosen = await promising.planning.choose(call.tenant, offer.wanted, promising.now(), offer.passed_over)
        except (Refusal, StoreError):
            return moved
        if not chosen.decision.legs:
            return moved
        facts = {**moved.facts, "offer": promising.plain(promising.handed_out(call, chosen))}
        return PromiseMoved(f"{moved.message}: see what is offered instead", code=None, **facts)
