"""What was chosen, with all that it was chosen from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from application.sourcing.demand import WantedGoods
from application.sourcing.ports import Day
from application.sourcing.routing import Candidate, Routed
from application.sourcing.rules import Rules
from domain.sourcing.demand import Decision
from domain.sourcing.plan import Planned


class Sender(NamedTuple):
    """A candidate as it is chosen from: what leaves a node on another day, of what is expected, is a parcel of its own.

    `expected` is the day on which what it sends arrives there, empty for what lies there now.
    """

    node: str
    candidate: Candidate
    day: Day
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice with all that it was made from.

    `candidates` by their nodes; `later` by the code that the choice names them by: those of other days.
    """

    wanted: WantedGoods
    passed_over: tuple[str, ...]
    at: datetime
    as_of: datetime
    rules: Rules
    routed: Routed
    candidates: Mapping[str, Candidate]
    later: Mapping[str, Sender]
    planned: Planned

    @property
    def decision(self) -> Decision:
        return self.planned.decision

    def sender(self, code: str) -> Sender:
        """Who is named so by the choice."""
        found = self.later.get(code)
        if found is None:
            candidate = self.candidates[code]
            found = Sender(code, candidate, day_of(candidate))
        return found

    @property
    def idle(self) -> Sequence[Candidate]:
        """The candidates that have nothing of what is wanted."""
        named = {each.node for each in self.planned.field.candidates}
        return [each for node, each in self.candidates.items() if node not in named]

    @property
    def asked(self) -> Sequence[Candidate]:
        """All others, and those of other days."""
        named = {each.node for each in self.planned.field.candidates}
        now = [self.candidates[node] for node in sorted(named) if node in self.candidates]
        return [*now, *(each.candidate for each in self.later.values())]


def day_of(candidate: Candidate) -> Day:
    """The day on which it sends, and what that day is bounded to."""
    return Day(candidate.node, candidate.slot, candidate.orders_a_day, candidate.units_a_day)
