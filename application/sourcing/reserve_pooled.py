"""Reserve from the pools of goods: promised, and at no node yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, product
from typing import Any, ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.turned_down import TurnedDown
from application.sourcing.asked import goods_of_lines, sold_as
from application.sourcing.demand import WantedGoods
from application.sourcing.held import HoldPromised, PromiseReserved, bounded
from application.sourcing.ports import Alternative, Pools, Supplying, TellsReserved, Unpinned
from application.sourcing.promising import Extends, Promising, answered
from application.sourcing.refusals import PromiseUnpooled
from application.sourcing.rules import FindsRules, Rules
from domain.kernel.account import AccountKey
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Hold, Plan, PlannedLine, Way
from domain.sourcing.demand import supplied

MAX_WAYS: Final = 16
"""Most ways to hold one alternative in pools: the first so many combinations of its parts' quotas."""


@dataclass(slots=True)
class ReservePooled:
    """Hold what is wanted in the pools of its goods, all of it or nothing; PinReservation says later from which nodes.

    Only goods that have a pool (a wide quota reserves of them) can be held so. Refused: `promise.unpooled`,
    `promise.moved` when the pools have too little; what resolving the lines is refused with; `reservation.exists`,
    `reservation.cancelled`.
    """

    name: ClassVar[str] = "ReservePooled"
    reply: ClassVar[type] = PromiseReserved

    wanted: WantedGoods
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = None
    scene: str = "sale"

    def __post_init__(self) -> None:
        bounded(self.reservation, self.order, self.hold_for, self.scene)


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
            down = TurnedDown[PromiseReserved](command, refusal, Touches((reservation,)))
            return await self._commit.submit(call, down, asked=command)
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
            able = [each for each in found if supplied(line.suppliers or None, each)]
            for each in able:
                parts = [pools.get((part.goods, sold_as(found)), ()) for part in each.parts]
                for chosen in islice(product(*parts), MAX_WAYS):
                    ways.append(_unpinned(each, chosen))
                    openings |= {key: units for one in chosen for key, units in one.openings.items()}
            if not ways:
                known = {code for code, _ in pools}
                named = sorted({part.goods for each in able for part in each.parts} - known)
                why = f"nothing that line {said.line} may be has a pool"
                if found and not able:
                    why = f"no supplier that line {said.line} names supplies what it may be"
                raise PromiseUnpooled(why, line=said.line, goods=named)
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
