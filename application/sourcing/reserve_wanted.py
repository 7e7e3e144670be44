"""Reserve what is wanted: promised and held in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.turned_down import TurnedDown
from application.sourcing.demand import WantedGoods
from application.sourcing.held import HoldPromised, WantedReserved, bounded
from application.sourcing.ports import TellsReserved
from application.sourcing.promising import ATTEMPTS, Extends, Promising, answered
from application.sourcing.refusals import PromiseMoved, PromiseShort
from application.sourcing.told import legs_of, plan_of
from domain.kernel.quantity import flag
from domain.kernel.refusal import Refusal


@dataclass(slots=True)
class ReserveWanted:
    """Promise and reserve in one call: what is chosen is held, and chosen again when it moved meanwhile.

    Refused: `promise.short` when not all of it can be promised and it is not `partial`, `promise.moved` when it moved
    again and again; what a promise is refused with.
    """

    name: ClassVar[str] = "ReserveWanted"
    reply: ClassVar[type] = WantedReserved

    wanted: WantedGoods
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = None
    partial: bool = False
    scene: str = "sale"

    def __post_init__(self) -> None:
        flag(self.partial, "partial")
        bounded(self.reservation, self.order, self.hold_for, self.scene)


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
                down = TurnedDown[WantedReserved](command, refusal, Touches((reservation,)))
                return await self._commit.submit(call, down, asked=command)
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
