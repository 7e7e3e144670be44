"""Adjust capacity (调整产能): nodes' days that are open already come to stand at what sites and calendars say now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.entries import Followed
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unavailable
from application.warehouse.network import Network
from application.warehouse.node_days import OpenDays, slot_on
from domain.kernel.account import OPENED, AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import MAX_TEXT, calendar_day, identifier, text
from domain.kernel.refusal import InvalidInput
from domain.warehouse.capacity import CAP_LOWER, CAP_RAISE, ORDERS, adjustment, day_of, figure_of

MAX_NODES: Final = 50
"""Most nodes that one command adjusts, and one question names."""


@dataclass(frozen=True, slots=True)
class DayAdjusted:
    """What a node's day counts (`orders` or `units`), how many it can send off now, and what it could before.

    `beyond` is by how much more is taken than that: nothing is granted until so much was given back.
    """

    node: str
    day: str
    counts: str
    before: int
    figure: int
    beyond: int


@dataclass(frozen=True, slots=True)
class CapacityAdjusted:
    """The days that changed, by node and day."""

    days: tuple[DayAdjusted, ...]


@dataclass(frozen=True, slots=True)
class AdjustCapacity:
    """The days of 1 to 50 nodes from `first` (YYYY-MM-DD) on that were opened come to what their calendars say now.

    A day opens with the figure that its calendar says when the first reservation takes some of it; a figure that
    changes later reaches it by this command, which is sent by itself whenever sites or calendars are set. More is let
    in; less takes out what is free, and what is taken already stays taken. A day that is right changes nothing, and so
    does one that is no longer bounded.
    """

    name: ClassVar[str] = "AdjustCapacity"
    reply: ClassVar[type] = CapacityAdjusted

    nodes: tuple[str, ...]
    first: str
    reason: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.nodes) <= MAX_NODES:
            raise InvalidInput(f"a command names 1 to {MAX_NODES} nodes", field="nodes", most=MAX_NODES)
        for node in self.nodes:
            identifier(node, "node")
        calendar_day(self.first, "first")
        text(self.reason, "reason", most=MAX_TEXT)


@dataclass(frozen=True, slots=True)
class CapacityAdjustment:
    """The ledger's part: the accounts that are open, each with the figure it shall stand at."""

    name: ClassVar[str] = AdjustCapacity.name
    reply: ClassVar[type] = CapacityAdjusted

    asked: AdjustCapacity
    figures: Mapping[AccountKey, int]

    def touches(self) -> Touches:
        return Touches(accounts=tuple(self.figures))

    def decide(self, ledger: Ledger) -> CapacityAdjusted:
        changed = []
        for key, figure in self.figures.items():
            account = ledger.account(key)
            if not account.version or figure_of(account) == figure:
                continue
            before, steps = figure_of(account), adjustment(account, figure)
            facts = {OPENED: str(steps.total)}
            for kind, quantity in ((CAP_RAISE, steps.let_in), (CAP_LOWER, steps.taken_out)):
                if quantity:
                    ledger.post(key, kind, quantity, reason=self.asked.reason, facts=facts)
            if ledger.account(key).floor != steps.floor:
                ledger.set_floor(key, steps.floor, reason=self.asked.reason)
            node, day = day_of(key)
            counts = "orders" if key.kind is ORDERS else "units"
            after = ledger.account(key)
            beyond = max(0, after.floor - after.balances.available)
            changed.append(DayAdjusted(node, day.isoformat(), counts, before, figure, beyond))
        reply = CapacityAdjusted(tuple(sorted(changed, key=lambda each: (each.node, each.day, each.counts))))
        if changed:
            ledger.tell("CapacityAdjusted", reply)
        return reply


class AdjustCapacityHandler:
    """Looks up which days are open and what their calendars say, and commits."""

    def __init__(self, commit: Commit, networks: Followed[Network], days: OpenDays) -> None:
        self._commit = commit
        self._networks = networks
        self._days = days

    async def __call__(self, call: Call, command: AdjustCapacity) -> CapacityAdjusted:
        """Raises AnswerTooLarge, Unanswered."""
        try:
            network = await self._networks.of(call.tenant)
            found = await self._days.open_days(call.tenant, command.nodes, calendar_day(command.first, "first"))
        except StoreError as error:
            raise Unavailable(f"the calendars cannot be read: {error}", request=call.request) from error
        figures: dict[AccountKey, int] = {}
        for key in sorted(found.accounts, key=lambda each: each.values):
            figure = slot_on(network, *day_of(key)).openings.get(key)
            if figure is not None:
                figures[key] = figure
        return await self._commit.submit(call, CapacityAdjustment(command, figures), asked=command)
