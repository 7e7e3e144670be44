"""Reservations: one request's hold over accounts of any kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.kernel.account import BEGINNING, AccountKey
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InsufficientBalance, InvalidInput

MAX_LINES: Final = 500
MAX_HOLDS: Final = 2_000
MAX_COMMANDS: Final = 1_000
"""Most commands that may act on one reservation: its row keeps their numbers."""

NO_OPENINGS: Final[Mapping[AccountKey, int]] = MappingProxyType({})


class Hold(NamedTuple):
    """`units` of an account for every unit of the line (a kit takes two screws per table)."""

    account: AccountKey
    units: int = 1


Way = tuple[Hold, ...]
"""One way to serve a line: every hold of it is taken together."""


class PlannedLine(NamedTuple):
    """What one line asks for, with the ways to serve it, the preferred first."""

    line: str
    quantity: int
    ways: tuple[Way, ...]


class GroupHold(NamedTuple):
    """A fixed quantity of an account, held once for a named group of lines: a slot of capacity for the whole order."""

    name: str
    account: AccountKey
    quantity: int
    lines: tuple[str, ...]


class Shortage(NamedTuple):
    """A line that could not be granted in full, with what there was and the account that bound it."""

    line: PlannedLine
    granted: int
    account: AccountKey


def insufficient(short: Sequence[Shortage]) -> InsufficientBalance:
    """What a plan is refused with that lacks this: under the code of what the first of them lacks."""
    first = short[0]
    return InsufficientBalance(
        f"line {first.line.line}: {first.line.quantity} wanted, {first.granted} can be granted",
        code=first.account.kind.insufficient,
        short=[
            {
                "line": each.line.line,
                "wanted": each.line.quantity,
                "grantable": each.granted,
                "account": each.account.named(),
            }
            for each in short
        ],
    )


@dataclass(slots=True)
class Plan:
    """What a reserve may take: lines with their ways, group holds, and the opening of accounts not yet a fact."""

    lines: tuple[PlannedLine, ...]
    groups: tuple[GroupHold, ...] = ()
    openings: Mapping[AccountKey, int] = field(default_factory=lambda: NO_OPENINGS)

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidInput(f"a reservation has 1 to {MAX_LINES} lines", field="lines", most=MAX_LINES)
        seen: set[str] = set()
        holds = len(self.groups)
        for line, quantity, ways in self.lines:
            whole(quantity)
            identifier(line, "line")
            if line in seen:
                raise InvalidInput(f"line {line} is given twice", field="lines", line=line)
            seen.add(line)
            if not ways or not all(ways):
                raise InvalidInput(f"line {line} names nothing to hold", field="lines", line=line)
            for way in ways:
                holds += len(way)
                for _, units in way:
                    if units != 1:
                        whole(units, "units")
                if len(way) > 1 and len({hold.account for hold in way}) != len(way):
                    raise InvalidInput(f"line {line} names an account twice in one way", field="lines", line=line)
        if holds > MAX_HOLDS:
            raise InvalidInput(f"a reservation names at most {MAX_HOLDS} holds", field="lines", most=MAX_HOLDS)
        for group in self.groups:
            whole(group.quantity)
            if unknown := set(group.lines) - seen:
                raise InvalidInput(f"group {group.name} names unknown lines", field="groups", lines=sorted(unknown))

    def accounts(self) -> tuple[AccountKey, ...]:
        """Every account that the plan may touch."""
        held = [account for line in self.lines for way in line.ways for account, _ in way]
        return (*held, *[group.account for group in self.groups]) if self.groups else tuple(held)


class Stage(IntEnum):
    """Where granted units are: the position of their counter in a Leg."""

    HELD = 0
    CONFIRMED = 1
    SHIPPED = 2
    RELEASED = 3
    EXPIRED = 4
    DAMAGED = 5


NONE_YET: Final = (0, 0, 0, 0, 0, 0)
NONE_BEYOND: Final = NONE_YET[1:]
"""The counters after HELD of a leg that was just granted."""


class Leg(NamedTuple):
    """What was taken of a line in one way, and where those units are now (`counts` by Stage, in units of the line)."""

    holds: Way
    counts: tuple[int, ...] = NONE_YET

    @property
    def granted(self) -> int:
        return sum(self.counts)

    def more(self, stage: Stage, quantity: int) -> "Leg":
        """With so many more units at a stage, or fewer."""
        after = list(self.counts)
        after[stage] += quantity
        return Leg(self.holds, tuple(after))

    def moved(self, source: Stage, target: Stage, quantity: int) -> "Leg":
        after = list(self.counts)
        after[source] -= quantity
        after[target] += quantity
        return Leg(self.holds, tuple(after))


class Line(NamedTuple):
    """One line of a reservation: what was asked and the legs that were granted."""

    id: str
    asked: int
    legs: tuple[Leg, ...]

    def at(self, stage: Stage) -> int:
        """How many units of the line are at a stage."""
        return sum(leg.counts[stage] for leg in self.legs)

    @property
    def granted(self) -> int:
        return sum(leg.granted for leg in self.legs)


class Group(NamedTuple):
    """A group hold and how far it has come; `stage` is None until the group's first unit is granted."""

    name: str
    account: AccountKey
    quantity: int
    lines: tuple[str, ...]
    stage: Stage | None = None


class Pick(NamedTuple):
    """A part of a reservation: a line, how many of its units (None: all there are), and which leg (None: in order)."""

    line: str
    quantity: int | None = None
    leg: int | None = None


@dataclass(slots=True)
class Reservation:
    """A promise kept for a while (库存预占).

    Made by a reserve, it holds units until it is confirmed (paid), released (cancelled) or expires; what is confirmed
    is shipped, taken back or found damaged. It is the only record of who holds which units, so per account the sum of
    what its lines hold is the account's reserved balance, and of what they have confirmed its allocated one.

    A tombstone is a reservation cancelled before it was made: no lines, and it never will have any.

    `deadline` counts the due times it has had; `token` fences the worker that fires the current one; `events` counts
    the events told about it; `commands` are the numbers of the commands that acted on it; `request` is the first's id.
    """

    id: str
    request: str
    lines: tuple[Line, ...] = ()
    groups: tuple[Group, ...] = ()
    order: str | None = None
    scene: str = "sale"
    due: datetime | None = None
    deadline: int = 1
    token: int = 0
    events: int = 0
    commands: tuple[int, ...] = ()
    created_at: datetime = BEGINNING
    changed_at: datetime = BEGINNING

    @property
    def is_tombstone(self) -> bool:
        return not self.lines

    @property
    def counts(self) -> tuple[int, ...]:
        """How many units are at each stage, over all lines."""
        if len(self.lines) == 1 and len(self.lines[0].legs) == 1:
            return self.lines[0].legs[0].counts
        legs = [leg.counts for line in self.lines for leg in line.legs]
        return tuple(map(sum, zip(*legs, strict=True))) or NONE_YET

    def at(self, stage: Stage) -> int:
        return self.counts[stage]

    @property
    def status(self) -> str:
        """One word for where it stands, derived from the counters."""
        if not self.lines:
            return "cancelled"
        held, confirmed, shipped, released, expired, damaged = self.counts
        if held:
            return "partly_confirmed" if confirmed or shipped else "held"
        if confirmed:
            return "partly_shipped" if shipped else "confirmed"
        if shipped:
            return "shipped"
        if expired:
            return "expired"
        return "damaged" if damaged and not released else "released"

    @property
    def awaits_deadline(self) -> bool:
        """Whether something is still held that its due time would give back."""
        return self.due is not None and self.counts[Stage.HELD] > 0

    def line(self, id: str) -> Line:
        """Raises InvalidInput where there is none of this name."""
        for line in self.lines:
            if line.id == id:
                return line
        raise InvalidInput(f"reservation {self.id} has no line {id}", field="line", reservation=self.id, line=id)

    def with_lines(self, lines: tuple[Line, ...]) -> "Reservation":
        """A copy with these lines. Every step makes one: written out, it costs a quarter of dataclasses.replace."""
        return Reservation(
            self.id,
            self.request,
            lines,
            self.groups,
            self.order,
            self.scene,
            self.due,
            self.deadline,
            self.token,
            self.events,
            self.commands,
            self.created_at,
            self.changed_at,
        )

    def accounts(self) -> Iterator[AccountKey]:
        """Every account that its lines and groups name."""
        for line in self.lines:
            for leg in line.legs:
                for hold in leg.holds:
                    yield hold.account
        for group in self.groups:
            yield group.account

    def holding(self, account: AccountKey) -> tuple[int, int]:
        """What it holds of an account: (reserved, allocated) units."""
        reserved = allocated = 0
        for line in self.lines:
            for leg in line.legs:
                for hold in leg.holds:
                    if hold.account == account:
                        reserved += leg.counts[Stage.HELD] * hold.units
                        allocated += leg.counts[Stage.CONFIRMED] * hold.units
        for group in self.groups:
            if group.account == account:
                reserved += group.quantity * (group.stage is Stage.HELD)
                allocated += group.quantity * (group.stage is Stage.CONFIRMED)
        return reserved, allocated
