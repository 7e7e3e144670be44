"""Plan ahead: hold what is only expected, where a line opts in to it, and the day on which an order leaves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from application.kernel.call import Call
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unavailable
from application.stock.ports import ExpectedReader, NodeDays
from application.stock.queries import MAX_ASKED
from domain.kernel.account import AccountKey
from domain.kernel.quantity import calendar_day
from domain.kernel.reservation import Hold, Plan, Way
from domain.stock.expected import Expected

MAX_RECEIPTS: Final = 50
"""Most expected receipts that one line may be held on: the earliest."""


class Wish(Protocol):
    """A line of a reserve."""

    @property
    def goods(self) -> str: ...

    @property
    def owner(self) -> str: ...

    @property
    def nodes(self) -> tuple[str, ...]: ...

    @property
    def expected_by(self) -> str: ...


Beside = Callable[[str, str], Way | None]
"""What is held beside what is expected of a goods at a node: caps of a channel; None where it may not have it."""


def nothing_beside(_goods: str, _node: str) -> Way | None:
    return ()


class PlanAhead:
    """Asked by a reserve that says so; any other does not come here."""

    def __init__(self, expected: ExpectedReader, days: NodeDays) -> None:
        self._expected = expected
        self._days = days

    async def __call__(
        self, call: Call, plan: Plan, lines: Sequence[Wish], ship_on: str, beside: Beside = nothing_beside
    ) -> Plan:
        """The plan with further ways, on receipts announced, and with what it takes of nodes' days.

        Raises InvalidInput, AnswerTooLarge, Unavailable.
        """
        try:
            asked = [line for line in lines if line.expected_by]
            if asked:
                plan = await self._with_receipts(call, plan, lines, asked, beside)
            if ship_on:
                nodes = {each.line: (line.nodes[0], 1) for each, line in zip(plan.lines, lines, strict=True)}
                plan = await self._days.hold(call.tenant, plan, nodes, calendar_day(ship_on, "ship_on"))
        except StoreError as error:
            raise Unavailable(f"what is expected cannot be read: {error}", request=call.request) from error
        return plan

    async def _with_receipts(
        self, call: Call, plan: Plan, lines: Sequence[Wish], asked: Sequence[Wish], beside: Beside
    ) -> Plan:
        goods = tuple(dict.fromkeys(line.goods for line in asked))
        nodes = tuple(dict.fromkeys(node for line in asked for node in line.nodes))
        found = await self._expected.expected(call.tenant, goods, nodes if len(nodes) <= MAX_ASKED else ())
        free = [key for key, account in found.accounts.items() if account.grantable]
        planned = [
            each._replace(ways=(*each.ways, *_receipts(line, free, beside))) if line.expected_by else each
            for each, line in zip(plan.lines, lines, strict=True)
        ]
        return replace(plan, lines=tuple(planned))


def _receipts(line: Wish, free: Sequence[AccountKey], beside: Beside) -> list[Way]:
    """A way for each receipt that the line may wait for: the earliest first, and of a day by the order of its nodes."""
    places = {node: place for place, node in enumerate(line.nodes)}
    mine = {
        (at.on.isoformat(), places[at.node]): (Hold(key), *caps)
        for key in free
        for at in (Expected.of(key),)
        if (at.goods, at.owner) == (line.goods, line.owner) and at.node in places
        for caps in (beside(at.goods, at.node),)
        if caps is not None
    }
    return [mine[place] for place in islice(sorted(mine), MAX_RECEIPTS) if place[0] <= line.expected_by]
