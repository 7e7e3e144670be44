"""What was chosen, as a promise that is told, and as a plan that the ledger takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from application.sourcing.chosen import Chosen, Sender
from application.sourcing.ports import TakesDays
from application.sourcing.promise import (
    Outside,
    Promise,
    PromisedGoods,
    PromisedLeg,
    PromisedParcel,
    Short,
)
from domain.kernel.account import AccountKey
from domain.kernel.reservation import Hold, Plan, PlannedLine
from domain.sourcing.demand import Leg
from domain.sourcing.sources import pieces

EXPECTED: Final = "expected"


class LegLine(NamedTuple):
    """A leg of the choice, and the line of the reservation that holds it."""

    id: str
    leg: Leg
    sender: Sender


def legs_of(chosen: Chosen) -> tuple[LegLine, ...]:
    """The legs in the order of the lines. One leg of a line bears the line's name, several are numbered behind it."""
    counts: dict[str, int] = {}
    for leg in chosen.decision.legs:
        counts[leg.line] = counts.get(leg.line, 0) + 1
    taken = {line for line, count in counts.items() if count == 1}
    numbers: dict[str, int] = {}
    found = []
    for leg in chosen.decision.legs:
        id = leg.line
        while counts[leg.line] > 1 and (id == leg.line or id in taken):
            number = numbers[leg.line] = numbers.get(leg.line, 0) + 1
            id = f"{leg.line}.{number}"
        taken.add(id)
        found.append(LegLine(id, leg, chosen.sender(leg.node)))
    return tuple(found)


def plan_of(chosen: Chosen, days: TakesDays) -> Plan | None:
    """What a reservation of it holds: each leg in exactly one way, with quotas and the nodes' days; None of nothing."""
    legs = legs_of(chosen)
    plan = held_by(legs)
    taken = {id: (sender.day, pieces(leg.alternative.parts)) for id, leg, sender in legs}
    return None if plan is None else days.take(plan, taken)


def held_by(legs: Sequence[LegLine]) -> Plan | None:
    """The same without the nodes' days."""
    lines: list[PlannedLine] = []
    for id, leg, _ in legs:
        units: dict[AccountKey, int] = {}
        for part, share in zip(leg.alternative.parts, leg.shares, strict=True):
            for account in (share.account, *share.caps):
                units[account] = units.get(account, 0) + part.units
            units.update(dict.fromkeys(share.by_line, 1))
        lines.append(PlannedLine(id, leg.quantity, (tuple(Hold(key, each) for key, each in units.items()),)))
    return Plan(tuple(lines)) if lines else None


def told(chosen: Chosen, valid_until: datetime, legs: Sequence[LegLine], *, token: str = "") -> Promise:
    """As it is answered, without id and those that lost; `legs` are its own."""
    decision = chosen.decision
    wanted = {line.id: line.quantity for line in chosen.planned.demand.lines}
    parcels = tuple(
        PromisedParcel(chosen.sender(each.node).node, each.units, each.grams, each.metres, each.handling, each.freight)
        for each in decision.parcels
    )
    return Promise(
        "",
        token,
        valid_until,
        chosen.as_of,
        decision.policy,
        tuple(map(_leg, legs)),
        parcels,
        decision.splits,
        decision.cost,
        decision.objective,
        decision.gap,
        decision.metres,
        tuple(Short(line, wanted[line], wanted[line] - short) for line, short in decision.short.items() if short),
        outside(chosen.routed.rejected),
    )


def outside(rejected: Mapping[str, int]) -> tuple[Outside, ...]:
    return tuple(Outside(rule, nodes) for rule, nodes in sorted(rejected.items()))


def _leg(line: LegLine) -> PromisedLeg:
    leg, sender = line.leg, line.sender
    candidate, alternative = sender.candidate, leg.alternative
    goods: Sequence[PromisedGoods] = [
        PromisedGoods(
            share.goods,
            share.owner,
            share.lot,
            part.units * leg.quantity,
            share.quota,
            "" if share.expires is None else share.expires.isoformat(),
            share.account.named()["date"] if share.account.kind.name == EXPECTED else "",
        )
        for part, share in zip(alternative.parts, leg.shares, strict=True)
    ]
    distance = candidate.distance_km
    return PromisedLeg(
        leg.line,
        sender.node,
        leg.quantity,
        alternative.sku,
        getattr(alternative, "mode", ""),
        alternative.supplier,
        alternative.substitute,
        tuple(goods),
        sender.day.day.isoformat(),
        candidate.ship_by,
        candidate.arrives_from,
        candidate.arrives_to,
        candidate.pickup,
        leg.cost,
        None if distance is None else round(distance * 1000),
    )
