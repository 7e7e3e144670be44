"""Holds that change accounts: a line goes to another place, and what its groups hold goes with it."""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from domain.kernel.account import AccountKey
from domain.kernel.books import Books
from domain.kernel.movement import CONFIRM, DEALLOCATE, RELEASE, RESERVE, MovementKind
from domain.kernel.quantity import whole
from domain.kernel.refusal import ReservationState
from domain.kernel.reservation import (
    NO_OPENINGS,
    Group,
    GroupHold,
    Hold,
    Leg,
    Line,
    Pick,
    Plan,
    PlannedLine,
    Reservation,
    Shortage,
    Stage,
    Way,
    insufficient,
)

SCENE: Final = "exchange"


class _Part(NamedTuple):
    """Units of a line that go elsewhere: those of one leg at one stage, and what they hold until now."""

    leg: int
    holds: Way
    stage: Stage
    units: int


def exchange(
    books: Books,
    id: str,
    pick: Pick,
    to: Way,
    *,
    openings: Mapping[AccountKey, int] = NO_OPENINGS,
    brought: bool = False,
) -> Reservation:
    """Swap units of a line to other accounts; counters and due time stay (`ExchangeHolds`).

    Units held are released on the old accounts and reserved on the new, confirmed ones also confirmed there; what
    both ways hold alike is not let go of. Held units go first. With `brought`, this very command let the units in
    for the line: no floor stands in their way. Raises ReservationState, InsufficientBalance.
    """
    found = books.reservation(id)
    line = found.line(pick.line)
    Plan((PlannedLine(line.id, 1, (to,)),))  # refuses a way that no plan could name
    parts = _parts(found, line, pick)
    for part in parts:
        back = RELEASE if part.stage is Stage.HELD else DEALLOCATE
        for account, units in (hold for hold in part.holds if hold not in to):
            books.post(account, back, part.units * units, subject=id, scene=SCENE)
    for hold in dict.fromkeys(hold for part in parts for hold in to if hold not in part.holds):
        account, units = hold
        coming = [part for part in parts if hold not in part.holds]
        total = sum(part.units for part in coming)
        confirmed = sum(part.units for part in coming if part.stage is Stage.CONFIRMED)
        books.open_account(account, openings)
        there = books.account(account)
        free = there.balances.available if brought else there.grantable
        if free < total * units:
            raise insufficient([Shortage(PlannedLine(line.id, total, (to,)), free // units, account)])
        books.post(account, RESERVE, total * units, subject=id, scene=SCENE)
        if confirmed:
            books.post(account, CONFIRM, confirmed * units, subject=id, scene=SCENE)
    after = line._replace(legs=_legs(line, parts, to))
    return books.keep(found.with_lines(tuple(after if each.id == line.id else each for each in found.lines)))


def _parts(found: Reservation, line: Line, pick: Pick) -> list[_Part]:
    """The units that an exchange takes, held ones first. Raises ReservationState."""
    parts: list[_Part] = []
    left = pick.quantity if pick.quantity is None else whole(pick.quantity)
    for stage in (Stage.HELD, Stage.CONFIRMED):
        for index, leg in enumerate(line.legs):
            here = leg.counts[stage]
            if here and pick.leg in (None, index):
                take = here if left is None else min(here, left)
                left = None if left is None else left - take
                if take:
                    parts.append(_Part(index, leg.holds, stage, take))
    if left or not parts:
        raise ReservationState(
            f"line {line.id} of {found.id} has too little to exchange",
            reservation=found.id,
            line=line.id,
            short=left or 0,
        )
    return parts


def _legs(line: Line, parts: Collection[_Part], to: Way) -> tuple[Leg, ...]:
    """The line's legs after the parts went to the one that holds `to`: the last, where there was none of it."""
    legs = list(line.legs)
    for part in parts:
        legs[part.leg] = legs[part.leg].more(part.stage, -part.units)
    legs = [leg for leg in legs if leg.granted]
    place = next((index for index, leg in enumerate(legs) if leg.holds == to), len(legs))
    there = legs[place] if place < len(legs) else Leg(to)
    for part in parts:
        there = there.more(part.stage, part.units)
    return (*legs[:place], there, *legs[place + 1 :])


def regroup(
    books: Books,
    id: str,
    line: str,
    leave: Collection[str],
    join: GroupHold | None = None,
    *,
    openings: Mapping[AccountKey, int] = NO_OPENINGS,
) -> Reservation:
    """Have a line leave the groups of these names and join one, as it goes to another node's day.

    A group in which nothing is open any more gives back what it holds; one that was shipped from stays consumed.
    What is joined is taken unless the reservation has it already, and confirmed if anything of the line is. Raises
    InsufficientBalance.
    """
    found = books.reservation(id)
    mine = found.line(line)
    after = found.with_lines(found.lines)
    groups: list[Group] = []
    for group in found.groups:
        if group.name in leave and line in group.lines:
            rest = group._replace(lines=tuple(each for each in group.lines if each != line))
            group = close_group(books, after, rest, RELEASE, SCENE)
        groups.append(group)
    if join is not None:
        place = next((index for index, group in enumerate(groups) if group.account == join.account), len(groups))
        known = groups[place] if place < len(groups) else None
        groups[place : place + 1] = [_joined(books, id, mine, known, join, openings)]
    after.groups = tuple(groups)
    return books.keep(after)


def _joined(
    books: Books, id: str, line: Line, known: Group | None, join: GroupHold, openings: Mapping[AccountKey, int]
) -> Group:
    """The group with the line in it: the one that the reservation has of that account, while it holds it, or anew."""
    if known is None or known.stage in (None, Stage.RELEASED):
        name, account, quantity, _ = join
        planned = PlannedLine(line.id, 1, ((Hold(account, quantity),),))
        Plan((planned,))  # refuses a quantity that no plan could name
        books.open_account(account, openings)
        if books.account(account).grantable < quantity:
            raise insufficient([Shortage(planned, 0, account)])
        books.post(account, RESERVE, quantity, subject=id, scene=SCENE)
        group = Group(name, account, quantity, (line.id,), Stage.HELD)
    else:
        group = known if line.id in known.lines else known._replace(lines=(*known.lines, line.id))
    if group.stage is Stage.HELD and line.at(Stage.CONFIRMED):
        books.post(group.account, CONFIRM, group.quantity, subject=id, scene=SCENE)
        group = group._replace(stage=Stage.CONFIRMED)
    return group


def close_group(books: Books, after: Reservation, group: Group, back: MovementKind, scene: str) -> Group:
    """Give back what a group holds in which nothing is open any more: what is held by `back`."""
    open_units = sum(line.at(Stage.HELD) + line.at(Stage.CONFIRMED) for line in after.lines if line.id in group.lines)
    if open_units == 0 and group.stage in (Stage.HELD, Stage.CONFIRMED):
        kind = DEALLOCATE if group.stage is Stage.CONFIRMED else back
        books.post(group.account, kind, group.quantity, subject=after.id, scene=scene)
        return group._replace(stage=Stage.RELEASED)
    return group
