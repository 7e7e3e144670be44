"""What of a reservation is to move: what of the demand that is, what it frees, and what stays where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from application.sourcing.chosen import Chosen
from application.sourcing.demand import MAX_PASSED_OVER, WantedGoods
from application.sourcing.told import legs_of
from domain.kernel.account import AccountKey
from domain.kernel.refusal import InvalidInput
from domain.kernel.reservation import Leg, Reservation, Stage


class Sourced(NamedTuple):
    """What a reservation was made of: `lines` says of which line of the demand each of its lines is a part, `days` when
    it leaves its nodes.
    """

    wanted: WantedGoods
    passed_over: tuple[str, ...]
    lines: Mapping[str, str]
    days: Mapping[str, Mapping[str, date]]


class Moving(NamedTuple):
    """Legs that need another place: each line of the reservation with what of it is to move."""

    line: str
    leg: Leg
    quantity: int


def open_units(leg: Leg) -> int:
    """What of a leg is held or bound to leave."""
    return leg.counts[Stage.HELD] + leg.counts[Stage.CONFIRMED]


def at_node(leg: Leg, node: str) -> bool:
    return any(account.named().get("node") == node and "goods" in account.named() for account, _ in leg.holds)


def is_pinned(leg: Leg) -> bool:
    """Whether what it holds lies at a node."""
    return any("node" in account.named() and "goods" in account.named() for account, _ in leg.holds)


def wanted_again(sourced: Sourced, moving: Sequence[Moving]) -> WantedGoods:
    """What was wanted of the demand's lines that move, as much of each as moves: a line stays one, however it lies."""
    said = dict(zip((each.line for each in sourced.wanted.wanted), sourced.wanted.lines, strict=True))
    units: dict[str, int] = {}
    for each in moving:
        of = sourced.lines.get(each.line, each.line)
        units[of] = units.get(of, 0) + each.quantity
    lines = tuple(replace(said[line], quantity=quantity, line=line) for line, quantity in units.items())
    return replace(sourced.wanted, lines=lines)


def passed_over_after(sourced: Sourced, node: str) -> tuple[str, ...]:
    """The nodes that are never chosen again once `node` is left (empty: none is). Raises InvalidInput for too many:
    were the first forgotten, they could be chosen again.
    """
    nodes = tuple(dict.fromkeys((*sourced.passed_over, *((node,) if node else ()))))
    if len(nodes) > MAX_PASSED_OVER:
        raise InvalidInput(
            f"{MAX_PASSED_OVER} nodes are passed over already: release it, and have it promised anew",
            field="node",
            most=MAX_PASSED_OVER,
        )
    return nodes


def days_after(chosen: Chosen, moving: Sequence[Moving], sourced: Sourced) -> Mapping[str, Mapping[str, date]]:
    """When the lines leave their nodes, those that move the new ones."""
    days = {line: dict(nodes) for line, nodes in sourced.days.items()}
    for _, leg, sender in legs_of(chosen):
        for line in {each.line for each in moving if sourced.lines.get(each.line, each.line) == leg.line}:
            days.setdefault(line, {})[sender.node] = sender.day.day
    return days


def nodes_kept(found: Reservation, leave: str) -> set[str]:
    """The nodes that what stays of it lies at or left from."""
    nodes: set[str] = set()
    for leg in (leg for line in found.lines for leg in line.legs):
        for at in (account.named() for account, _ in leg.holds):
            node = at.get("node", "") if "goods" in at else ""
            if node and leg.counts[Stage.SHIPPED] + (0 if node == leave else open_units(leg)):
                nodes.add(node)
    return nodes


def nodes_of(chosen: Chosen) -> set[str]:
    """The nodes that it sends from."""
    return {chosen.sender(leg.node).node for leg in chosen.decision.legs}


def slots_kept(found: Reservation, leave: str) -> frozenset[tuple[str, str]]:
    """Nodes and days of which it has an order already, and keeps it."""
    taken = [group.account.named() for group in found.groups if group.stage in (Stage.HELD, Stage.CONFIRMED)]
    return frozenset((at["node"], at["day"]) for at in taken if at.keys() >= {"node", "day"} and at["node"] != leave)


def freed_by(moving: Sequence[Moving]) -> Mapping[AccountKey, int]:
    """What the legs hold that is free once they are moved: a quota that both places count against has it twice."""
    freed: dict[AccountKey, int] = {}
    for each in moving:
        for account, units in each.leg.holds:
            freed[account] = freed.get(account, 0) + units * each.quantity
    return freed
