"""Capacity (产能): what a node can send off on one day, counted in orders and in units; two kinds of account.

An account is opened with the day's figure by the first reservation that takes some of it. Units are held by the line,
so they follow what is held, given back and shipped by themselves; an order is one slot of a node's day, held by the
group of its lines there.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from domain.kernel.account import OPENED, Account, AccountKey, AccountKind
from domain.kernel.movement import DAMAGE, RESERVABLE, SET_FLOOR, Bucket, MovementKind
from domain.kernel.reservation import GroupHold, Hold, Plan, PlannedLine

CAP_RAISE: Final = MovementKind("CAP_RAISE", Bucket.OUTSIDE, Bucket.AVAILABLE)
CAP_LOWER: Final = MovementKind("CAP_LOWER", Bucket.AVAILABLE, Bucket.OUTSIDE)

FULL: Final = "capacity.full"
"""What a reservation is refused with when the day has too little left."""

_MOVEMENTS: Final = frozenset({*RESERVABLE, DAMAGE, SET_FLOOR, CAP_RAISE, CAP_LOWER})

UNITS: Final = AccountKind("capacity_units", ("day", "node"), _MOVEMENTS, FULL, "node_capacity_units")
"""How many units of goods a node sends off on a day."""

ORDERS: Final = AccountKind("capacity_orders", ("day", "node"), _MOVEMENTS, FULL, "node_capacity_orders")
"""How many orders a node sends off on a day."""


class Figures(NamedTuple):
    """What a node can send off on one day; None where that is not bounded, 0 on a day on which it is closed."""

    orders: int | None = None
    units: int | None = None


class Slot(NamedTuple):
    """A day of a node (a day of its own calendar) with its figures."""

    node: str
    day: date
    figures: Figures

    @property
    def openings(self) -> dict[AccountKey, int]:
        """The accounts that bound it, each with the figure that it opens with."""
        figures = zip((ORDERS, UNITS), self.figures, strict=True)
        return {slot_key(kind, self.node, self.day): figure for kind, figure in figures if figure is not None}


class Slotted(NamedTuple):
    """Where and when a line is handled, and how many units of goods each unit of it is (a kit: all of its parts)."""

    slot: Slot
    units: int = 1


def slot_key(kind: AccountKind, node: str, day: date) -> AccountKey:
    """The account of a node's day. Raises InvalidInput when the code cannot be an identity."""
    return kind.key(day.isoformat(), node)


def is_capacity(key: AccountKey) -> bool:
    return key.kind is UNITS or key.kind is ORDERS


def group_name(node: str, day: date) -> str:
    """The name of the group of a reservation's lines that one order slot of a node's day stands for."""
    return f"orders {node} {day.isoformat()}"


def with_capacity(plan: Plan, lines: Mapping[str, Slotted]) -> Plan:
    """The plan with what its lines (by their ids) take of their nodes' days: units by the line, an order by the day.

    All ways of such a line leave from the one node: what a group holds does not depend on which way a line went.
    """
    openings = dict(plan.openings)
    groups: dict[AccountKey, tuple[Slot, list[str]]] = {}
    planned: list[PlannedLine] = []
    for line in plan.lines:
        slotted = lines.get(line.line)
        if slotted is None:
            planned.append(line)
            continue
        slot = slotted.slot
        for account, figure in slot.openings.items():
            openings[account] = figure
            if account.kind is ORDERS:
                groups.setdefault(account, (slot, []))[1].append(line.line)
            else:
                line = line._replace(ways=tuple((*way, Hold(account, slotted.units)) for way in line.ways))
        planned.append(line)
    taken = [GroupHold(group_name(at.node, at.day), key, 1, tuple(ids)) for key, (at, ids) in groups.items()]
    return replace(plan, lines=tuple(planned), groups=(*plan.groups, *taken), openings=openings)


def rest(account: Account | None, figure: int | None) -> int | None:
    """What is left of a day: of its account if there is one, else all of the figure; None if it is not bounded."""
    if figure is None:
        return None
    return figure if account is None or not account.version else account.grantable


def figure_of(account: Account) -> int:
    """The figure that an open account stands at."""
    return int(account.facts[OPENED]) - account.floor


def consumed(account: Account) -> int:
    """How much of a day is taken: held, bound to leave, or gone."""
    return int(account.facts[OPENED]) - account.balances.available


def day_of(key: AccountKey) -> tuple[str, date]:
    """The node and the day that an account is of."""
    day, node = key.values
    return node, date.fromisoformat(day)


class Adjustment(NamedTuple):
    """What brings an open account to another figure: units let in, taken out, and the floor after."""

    let_in: int
    taken_out: int
    floor: int
    total: int


def adjustment(account: Account, figure: int) -> Adjustment:
    """How an open account comes to stand at `figure`.

    What was lowered below what is taken already cannot all be taken out: the rest becomes the floor, which no
    reservation passes, so that what is given back is not granted again until the day is back at its figure.
    """
    total = int(account.facts[OPENED])
    more = figure - total
    if more >= 0:
        return Adjustment(more, 0, 0, figure)
    out = min(account.balances.available, -more)
    return Adjustment(0, out, total - out - figure, total - out)


def kinds() -> Mapping[str, AccountKind]:
    """The kinds of account that capacity is kept in, by name."""
    return {kind.name: kind for kind in (ORDERS, UNITS)}
