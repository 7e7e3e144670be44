"""What the handlers of promises share: how a choice is told, handed out, and kept beside what is reserved of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.ports import Codec, StoreError
from application.kernel.unanswered import Unavailable
from application.sourcing.chosen import Chosen
from application.sourcing.demand import WantedGoods
from application.sourcing.offer import Offer, Tokens, offered
from application.sourcing.planning import Planning
from application.sourcing.ports import TakesDays
from application.sourcing.promise import Promise
from application.sourcing.told import LegLine, legs_of, told
from domain.kernel.reservation import Plan

A = TypeVar("A")

LeavesOn = Mapping[str, Mapping[str, date]]
"""By a reservation's lines and their nodes, the day on which they leave there."""

ATTEMPTS: Final = 6
"""How often something is chosen anew, in one call, because it moved meanwhile."""


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


async def answered(call: Call, work: Awaitable[A]) -> A:
    """Raises Unavailable where what must be read cannot be."""
    try:
        return await work
    except StoreError as error:
        raise Unavailable(f"what a promise is made from cannot be read: {error}", request=call.request) from error
