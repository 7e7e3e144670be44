"""Why the others lost: each candidate that serves nothing has one reason, the first rule that is true of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.kernel.account import AccountKey
from domain.sourcing.demand import Alternative, Candidate, DemandLine, Lost, Share, supplied
from domain.sourcing.plan import Planned, short
from domain.sourcing.problem import BrokenRule, Problem, Solution, Source
from domain.sourcing.search import WORK, solve
from domain.sourcing.sources import lets, pieces, sends

RULES: Final = {
    "supplier": "its lines name suppliers, and none of them supplies what this node could give",
    "relation": "the relations that let it serve bar the goods or their owner",
    "stock": "the channel may take nothing there of what is wanted",
    "shelf_life": "what lies there expires too early",
    "channel": "a quota that would have to be used has nothing left",
    "late": "what it sends arrives later than the line needs it",
    "capacity": "its day takes no further order, or not one unit more",
    "substitute": "it could give substitutes alone, and the demand is served as well without",
    "whole_line": "it has of no line all, and its lines are not to be split",
    "whole_order": "it has not all of the order, which must come from one node",
    "outranked": "it could serve, and the policy found better",
}
"""Sourcing's own rules in their order, and what is true of a candidate that lost by them."""

LOOKS: Final = 2_000
"""How many ways to take parts within caps are looked at for one alternative at one node: some milliseconds."""

ALONE: Final = 500
"""How many sources are looked at for what one node can serve alone."""

MORE: Final = 5 * WORK
"""How many more, for all losers together: where that was too little to say whether it can serve at all."""

Pair = tuple[DemandLine, Alternative]

Drawn = tuple[tuple[AccountKey, int], ...]
"""The caps that one unit of a line draws on for a part, each with how much; with none, one for all of its parts."""


class Reasons:
    """Why candidates lost: each is asked for by itself, for it costs a small search."""

    def __init__(self, planned: Planned) -> None:
        self.planned = planned
        self.more = MORE
        self.serving = {leg.node for leg in planned.decision.legs}
        self._numbers: dict[int, list[int]] = {}
        for number, source in enumerate(planned.posed.problem.sources):
            self._numbers.setdefault(source.node, []).append(number)
        self._posed = {candidate.node: node for node, candidate in enumerate(planned.posed.candidates)}

    def of(self, candidate: Candidate) -> Lost:
        """Why this one serves nothing."""
        rule = barred(self.planned, candidate)
        if rule:
            return Lost(candidate.node, rule)
        problem, whole_only = self.planned.posed.problem, self.planned.demand.whole_only
        numbers = self._numbers.get(self._posed.get(candidate.node, -1), [])
        if whole_only and lacks(problem, numbers):
            return Lost(candidate.node, "whole_order")
        alone = by_itself(problem, numbers, ALONE)
        fails = not alone.amounts or (whole_only and short(problem, alone))
        if fails and not alone.proven and self.more > 0:
            alone = by_itself(problem, numbers, min(WORK, self.more))
            self.more -= alone.looked
        fails = not alone.amounts or (whole_only and short(problem, alone))
        if fails and not alone.proven:
            return Lost(candidate.node, "outranked")  # it may be able to, by a plan that nobody looked for
        if whole_only and fails:
            return Lost(candidate.node, "whole_order")
        return Lost(candidate.node, "whole_line") if fails else outranked(self.planned, candidate, alone)


def lost(planned: Planned) -> Iterator[Lost]:
    """Each candidate that serves nothing, by the order of nodes' codes."""
    reasons = Reasons(planned)
    for candidate in sorted(planned.field.candidates, key=lambda each: each.node):
        if candidate.node not in reasons.serving:
            yield reasons.of(candidate)


def barred(planned: Planned, candidate: Candidate) -> str:
    """The first rule that leaves the candidate no line and alternative, by themselves; empty if none does."""
    lines = planned.posed.lines
    pairs = [(line, way) for line in lines for way in line.alternatives if supplied(line.suppliers, way)]
    if not pairs:
        return "supplier"
    pairs = [pair for pair in pairs if lets(candidate, pair[1]) and not foreign(planned, candidate, pair)]
    if not pairs:
        return "relation"
    pairs = [pair for pair in pairs if all(shares(planned, candidate, pair, fresh=False))]
    if not pairs:
        return "stock"
    pairs = [pair for pair in pairs if all(shares(planned, candidate, pair))]
    if not pairs:
        return "shelf_life"
    pairs = [pair for pair in pairs if uncapped(planned, candidate, pair)]
    if not pairs:
        return "channel"
    pairs = [pair for pair in pairs if pair[0].by is None or candidate.arrives_to <= pair[0].by]
    if not pairs:
        return "late"
    rest = planned.field.capacity.get(candidate.node)
    units = None if rest is None else rest.units
    if not sends(rest) or (units is not None and all(pieces(way.parts) > units for _, way in pairs)):
        return "capacity"
    if not planned.posed.substitutes and all(way.substitute for _, way in pairs):
        return "substitute"
    return ""


def foreign(planned: Planned, candidate: Candidate, pair: Pair) -> bool:
    """Whether it could give every part, were there no relations, and of some part has only what others own."""
    if candidate.owners is None:
        return False
    there = shares(planned, candidate, pair, fresh=False, anybody=True)
    return all(there) and not all(shares(planned, candidate, pair, fresh=False))


def shares(
    planned: Planned, candidate: Candidate, pair: Pair, *, fresh: bool = True, anybody: bool = False
) -> list[list[Share]]:
    """By part of an alternative, the shares at the candidate that give at least one unit of the line.

    `anybody`: whoever owns them, whatever the relations say.
    """
    line, way = pair
    owners = None if anybody else candidate.owners
    return [
        [
            share
            for share in planned.posed.held.get(part.goods, {}).get(candidate.node, ())
            if share.available >= part.units
            and (way.owner is None or share.owner == way.owner)
            and (owners is None or share.owner in owners)
            and (share.sold_as is None or line.sold_as in share.sold_as)
            and not (fresh and line.keeps_until and share.expires and share.expires < line.keeps_until)
        ]
        for part in way.parts
    ]


def uncapped(planned: Planned, candidate: Candidate, pair: Pair) -> bool:
    """Whether the caps leave at least one unit of the line."""
    # Lots that count against the same caps are as one: of a kit's lots there may be millions of combinations.
    parts = [
        list(
            dict.fromkeys(
                ((*[(cap, part.units) for cap in share.caps], *[(cap, 0) for cap in share.by_line])) for share in each
            )
        )
        for each, part in zip(shares(planned, candidate, pair), pair[1].parts, strict=True)
    ]
    return fits(parts, planned.field.rest)


def fits(parts: Sequence[Sequence[Drawn]], rest: Mapping[AccountKey, int], looks: int = LOOKS) -> bool:
    """Whether of each part one way can be taken, all together within what is left of the caps.

    Within `looks`, for there may be as many combinations as one likes: what so many leave open counts as one that can.
    """
    able = [[way for way in part if within(way, rest)] for part in parts]
    if not all(able):
        return False
    most: dict[AccountKey, int] = {}
    for part in able:
        for cap in {cap for way in part for cap, _ in way}:
            most[cap] = most.get(cap, 0) + max([units for way in part for key, units in way if key == cap]) + 1
    tight = {cap for cap, units in most.items() if units > rest.get(cap, 0)}
    left = [list(dict.fromkeys(tuple([each for each in way if each[0] in tight]) for way in part)) for part in able]
    for together in groups([part for part in left if all(part)]):
        search = Fitting(together, rest, looks)
        if not search.go(0, {}) and search.looked <= looks:
            return False
        looks -= search.looked
    return True


def within(way: Drawn, rest: Mapping[AccountKey, int]) -> bool:
    """Whether the caps leave it, with nothing beside it."""
    return all(rest.get(cap, 0) >= (units or 1) for cap, units in way)


def groups(parts: Sequence[Sequence[Drawn]]) -> Iterator[list[Sequence[Drawn]]]:
    """The parts that have caps in common, each such group by itself; those with the fewest ways first."""
    found: list[tuple[set[AccountKey], list[Sequence[Drawn]]]] = []
    for part in parts:
        caps, own = {cap for way in part for cap, _ in way}, [part]
        apart = []
        for each in found:
            if each[0].isdisjoint(caps):
                apart.append(each)
            else:
                caps |= each[0]
                own += each[1]
        found = [*apart, (caps, own)]
    for _, together in found:
        yield sorted(together, key=len)


class Fitting:
    """Part after part: a way is left at the first cap that it passes, and what led nowhere is not tried again."""

    def __init__(self, parts: Sequence[Sequence[Drawn]], rest: Mapping[AccountKey, int], looks: int) -> None:
        self.parts, self.rest, self.looks = parts, rest, looks
        self.looked = 0
        self.hopeless: set[tuple[int, frozenset[tuple[AccountKey, int]]]] = set()

    def go(self, part: int, drawn: Mapping[AccountKey, int]) -> bool:
        """Whether the parts from this one on can be taken with what is drawn already."""
        if part == len(self.parts):
            return True
        state = (part, frozenset(drawn.items()))
        if state in self.hopeless:
            return False
        for way in self.parts[part]:
            self.looked += 1
            if self.looked > self.looks:
                return False
            after = dict(drawn)
            for cap, units in way:
                # What counts units of the line is drawn on once, by however many parts.
                after[cap] = after.get(cap, 0) + units if units else 1
            if all(after[cap] <= self.rest.get(cap, 0) for cap, _ in way) and self.go(part + 1, after):
                return True
        self.hopeless.add(state)
        return False


def lacks(problem: Problem, numbers: Sequence[int]) -> bool:
    """Whether some line wants more than these sources have for it, or than a limit leaves that all of them draw on."""
    of_line: list[list[Source]] = [[] for _ in problem.quantities]
    for number in numbers:
        of_line[problem.sources[number].line].append(problem.sources[number])
    for quantity, sources in zip(problem.quantities, of_line, strict=True):
        if sum(source.most for source in sources) < quantity:
            return True
        drawn = [dict(source.draws) for source in sources]
        for limit in set(drawn[0]).intersection(*drawn[1:]) if drawn else ():
            if problem.limits[limit] < quantity * min(draws[limit] for draws in drawn):
                return True
    return False


def by_itself(problem: Problem, numbers: Sequence[int], work: int) -> Solution:
    """The most, and of that the best, that one node alone can serve; amounts by the numbers of the whole problem."""
    sources = tuple(problem.sources[number]._replace(node=0) for number in numbers)
    modes = (problem.modes[problem.sources[numbers[0]].node],) if numbers else ()
    small = Problem(problem.quantities, problem.grams, problem.whole, sources, modes, problem.limits)
    found = solve(small, work)
    return found._replace(amounts={numbers[own]: amount for own, amount in found.amounts.items()})


def outranked(planned: Planned, candidate: Candidate, alone: Solution) -> Lost:
    """By how much more the plan would count with the node put in, for the dearest units that it could serve."""
    problem, amounts = planned.posed.problem, dict(planned.solution.amounts)
    instead: dict[int, int] = {}
    for number, amount in alone.amounts.items():
        instead[problem.sources[number].line] = instead.get(problem.sources[number].line, 0) + amount
    for number in sorted(amounts, key=lambda n: (-problem.sources[n].cost, -n)):
        line = problem.sources[number].line
        less = min(amounts[number], instead.get(line, 0))
        if less:
            instead[line] -= less
            amounts[number] -= less
    amounts = {number: amount for number, amount in amounts.items() if amount} | dict(alone.amounts)
    try:
        value = problem.value(amounts)
    except BrokenRule:
        return Lost(candidate.node, "outranked")
    other = planned.decided(Solution(amounts, value, value))
    chosen = planned.decision
    return Lost(candidate.node, "outranked", other.objective - chosen.objective, other.cost - chosen.cost)
