"""The handlers of promises: they choose, hand out or keep what was chosen, and have it held."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command, Commit
from application.kernel.ports import Codec, StoreError
from application.kernel.turned_down import TurnedDown
from application.kernel.unanswered import Unavailable
from application.sourcing.demand import WantedGoods
from application.sourcing.explain import losers, page
from application.sourcing.kept import Keeping
from application.sourcing.make_promise import KeepPromised, MakePromise, MakePromises, reachable
from application.sourcing.offer import Offer, Tokens, is_token, offered
from application.sourcing.planning import Chosen, Planning
from application.sourcing.ports import DaysNow, Registers, TakesDays, TellsReserved
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseMoved, PromiseShort
from application.sourcing.reserve_promise import (
    HoldPromised,
    PromiseReserved,
    ReservePromise,
    ReserveWanted,
    WantedReserved,
)
from application.sourcing.told import LegLine, legs_of, plan_of, told
from domain.kernel.account import AccountKind
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Plan

A = TypeVar("A")

LeavesOn = Mapping[str, Mapping[str, date]]
"""By a reservation's lines and their nodes, the day on which they leave there."""

ATTEMPTS: Final = 6
"""How often something is chosen anew, in one call, because it moved meanwhile."""

CLOSED: Final = "node.closed"
"""The cause of what moved where a node is closed by now on the day that its part would have left."""


class Extends(Protocol):
    """Who else has a say in what a reservation holds: credit, gift cards, what an installation adds."""

    async def extend(self, call: Call, plan: Plan) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Promising:
    """What every handler of promises needs. `now` is what the machine's clock shows; offers are good `valid_for`, and
    what is reserved is held `hold_for`, where neither caller nor policy says for how long.
    """

    planning: Planning
    days: TakesDays
    tokens: Tokens
    codec: Codec
    now: Callable[[], datetime]
    valid_for: timedelta
    hold_for: timedelta

    def offer(self, call: Call, chosen: Chosen) -> tuple[Promise, Offer | None]:
        """As it is told, and what is held if it is taken up; None where there is nothing to hold."""
        legs = legs_of(chosen)
        until = self._until(chosen, legs)
        return told(chosen, until, legs), offered(call, until, chosen, legs)

    def handed_out(self, call: Call, chosen: Chosen) -> Promise:
        """With the token that reserves it."""
        legs = legs_of(chosen)
        until = self._until(chosen, legs)
        offer = offered(call, until, chosen, legs)
        return told(chosen, until, legs, token="" if offer is None else self.tokens.write(offer))

    def _until(self, chosen: Chosen, legs: Sequence[LegLine]) -> datetime:
        """Once the first parcel should have left, it is no longer true."""
        until = chosen.at + (chosen.rules.valid_for or self.valid_for)
        return min([until, *(each.sender.candidate.ship_by for each in legs)])

    def sourced(
        self, wanted: WantedGoods, passed_over: tuple[str, ...], lines: Mapping[str, str], days: LeavesOn
    ) -> Mapping[str, Any]:
        """What is kept beside a reservation: `lines` by its own names, as the demand names them, and their `days`."""
        return self.plain({"wanted": wanted, "passed_over": passed_over, "lines": lines, "days": days, "active": True})

    def plain(self, value: object) -> dict[str, Any]:
        """As mappings, lists, texts and numbers."""
        found: dict[str, Any] = self.codec.decode(self.codec.encode(value), dict[str, Any])
        return found


class CommitHandler:
    """Commits what needs no plan."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit

    async def __call__(self, call: Call, command: Command[A]) -> A:
        """The command's reply. Raises the command's refusals, Unanswered."""
        return await self._commit.submit(call, command)


class MakePromiseHandler:
    """Chooses and answers; keeps it where that was asked for."""

    def __init__(self, commit: Commit, promising: Promising, keeping: Keeping) -> None:
        self._commit = commit
        self._promising = promising
        self._keeping = keeping

    async def __call__(self, call: Call, command: MakePromise) -> Promise:
        """Raises what choosing is refused with, Unanswered."""
        id = command.id or call.request
        try:
            return await answered(call, self._made(call, command, id))
        except _FromLedger as decided:
            raise decided.refusal from None
        except Refusal as refusal:
            if not command.keep:
                raise
            return await self._commit.submit(call, TurnedDown[Promise](command, refusal), asked=command)

    async def _made(self, call: Call, command: MakePromise, id: str) -> Promise:
        promising = self._promising
        if command.keep:
            reachable(id)
        chosen = await promising.planning.choose(call.tenant, command.wanted, promising.now(), command.passed_over)
        if not command.keep:
            return await self._explained(call, command, chosen, promising.handed_out(call, chosen))
        promise, offer = promising.offer(call, chosen)
        promise = await self._explained(call, command, chosen, replace(promise, promise=id))
        kept = KeepPromised(promise, self._keeping.facts(chosen, promise, offer))
        try:
            return await self._commit.submit(call, kept, asked=command)
        except Refusal as refusal:
            raise _FromLedger(refusal) from None

    async def _explained(self, call: Call, command: MakePromise, chosen: Chosen, promise: Promise) -> Promise:
        if not command.explain:
            return promise
        outside = await self._promising.planning.routed(
            call.tenant, command.wanted, chosen.at, command.after, command.limit + 1
        )
        # A reason costs a small search: a thousand of them hold up nobody.
        shown, after = await asyncio.to_thread(page, losers(chosen, command.after), outside, command.limit)
        return replace(promise, lost=shown, after=after)


class MakePromisesHandler:
    """Many at once, from one read: each by itself, none sees what another would take."""

    def __init__(self, promising: Promising) -> None:
        self._promising = promising

    async def __call__(self, call: Call, asked: MakePromises) -> Sequence[Promise | Exception]:
        """One answer for each, in their order: a promise, or its refusal. Raises Unanswered."""
        promising = self._promising
        chosen = await answered(call, promising.planning.choose_all(call.tenant, asked.wanted, promising.now()))
        return [each if isinstance(each, Exception) else promising.handed_out(call, each) for each in chosen]


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
            gone = await answered(call, self._gone(call, plan, closed))
        except Refusal as refusal:
            return await self._commit.submit(call, TurnedDown[PromiseReserved](command, refusal), asked=command)
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
        if gone is not None:
            held = TurnedDown(command, gone)
        try:
            reply: PromiseReserved = await self._commit.submit(call, held, asked=command)
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
        offer.at(self._promising.now())
        now = await self._days.days(call.tenant, dict.fromkeys((each.node, each.day) for each in offer.days))
        taken = {each.line: (day, each.units) for each in offer.days if (day := now.get((each.node, each.day)))}
        closed = sorted({each.node for each in offer.days if (each.node, each.day) not in now})
        plan = self._promising.days.take(offer.plan(self._kinds), taken)
        for other in self._beside:
            plan = await other.extend(call, plan)
        return offer, plan, closed

    async def _gone(self, call: Call, plan: Plan, closed: Sequence[str]) -> PromiseMoved | None:
        """What moved where a goods or node of it is no longer to be named, or is closed. Raises StoreError."""
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


class ReserveWantedHandler:
    """Chooses, has it held, and chooses again when it moved meanwhile: so often, and no more."""

    def __init__(
        self, commit: Commit, promising: Promising, tells: TellsReserved, beside: Sequence[Extends] = ()
    ) -> None:
        self._commit = commit
        self._promising = promising
        self._tells = tells
        self._beside = tuple(beside)

    async def __call__(self, call: Call, command: ReserveWanted) -> WantedReserved:
        """Raises PromiseShort, PromiseMoved, what choosing is refused with, Unanswered."""
        reservation = command.reservation or call.request
        for attempt in range(ATTEMPTS):
            try:
                held = await answered(call, self._held(call, command, reservation))
            except Refusal as refusal:
                return await self._commit.submit(call, TurnedDown[WantedReserved](command, refusal), asked=command)
            try:
                reply: WantedReserved = await self._commit.submit(call, held, asked=command)
                return reply
            except PromiseMoved:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt answers or raises")

    async def _held(self, call: Call, command: ReserveWanted, reservation: str) -> Any:
        promising = self._promising
        chosen = await promising.planning.choose(call.tenant, command.wanted, promising.now())
        promise, offer = promising.offer(call, chosen)
        if offer is None or (promise.short and not command.partial):
            raise PromiseShort(
                "not all of it can be promised",
                short=[promising.plain(each) for each in promise.short],
                outside=[promising.plain(each) for each in promise.outside],
            )
        plan = plan_of(chosen, promising.days)
        assert plan is not None
        for other in self._beside:
            plan = await other.extend(call, plan)
        legs = legs_of(chosen)
        lines = {each.id: each.leg.line for each in legs}
        days = {each.id: {each.sender.node: each.sender.day.day} for each in legs}
        sourced = promising.sourced(command.wanted, (), lines, days)
        return HoldPromised(
            ReserveWanted.name,
            WantedReserved,
            reservation,
            plan,
            command.hold_for or chosen.rules.hold_for or promising.hold_for,
            command.order,
            command.scene,
            sourced,
            self._tells,
            promise,
        )


class _FromLedger(Exception):
    """A refusal that the ledger decided already: it is not to be decided again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


async def answered(call: Call, work: Awaitable[A]) -> A:
    """Raises Unavailable where what must be read cannot be."""
    try:
        return await work
    except StoreError as error:
        raise Unavailable(f"what a promise is made from cannot be read: {error}", request=call.request) from error
