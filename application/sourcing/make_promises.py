"""Make many promises at once, from one read for all where that is not too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.kernel.call import Call
from application.sourcing.demand import WantedGoods
from application.sourcing.promise import Promise
from application.sourcing.promising import Promising, answered
from domain.kernel.refusal import InvalidInput

MAX_BULK: Final = 200


@dataclass(frozen=True, slots=True)
class MakePromises:
    """What can be supplied now to each of 1 to 200: none sees what another would take."""

    wanted: tuple[WantedGoods, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.wanted) <= MAX_BULK:
            raise InvalidInput(f"1 to {MAX_BULK} promises are made at once", field="wanted", most=MAX_BULK)


class MakePromisesHandler:
    """Many at once: each by itself, none sees what another would take."""

    def __init__(self, promising: Promising) -> None:
        self._promising = promising

    async def __call__(self, call: Call, asked: MakePromises) -> Sequence[Promise | Exception]:
        """One answer for each, in their order: a promise, or its refusal. Raises Unanswered."""
        promising = self._promising
        chosen = await answered(call, promising.planning.choose_all(call.tenant, asked.wanted, promising.now()))
        return [each if isinstance(each, Exception) else promising.handed_out(call, each) for each in chosen]
