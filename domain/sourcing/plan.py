"""From a demand to a decision: pose the problem, solve it, and give the numbers their names back."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from domain.sourcing.demand import Candidate, Decision, Demand, Field, Leg, Parcel, Share
from domain.sourcing.policy import Policy, metres
from domain.sourcing.problem import Problem, Solution
from domain.sourcing.search import WORK, solve
from domain.sourcing.sources import Posed, Posing, Supply, held, pieces

Solve = Callable[[Problem, Solution], Solution]
"""What is asked when the search ran out of work: a solution no worse than the first, and what it has proven."""


def plan(demand: Demand, field: Field, policy: Policy, *, work: int = WORK, ask: Solve | None = None) -> Decision:
    """The best plan by the policy, or the best found within `work` (`optimal`, `gap`). The same input, the same plan.

    Never more than there is; `whole_only` all or nothing; otherwise as much as can be served, the rest in `short`.
    Substitutes are thought of only where without them something would be short. `ask` is another solver, for what the
    search leaves open.
    """
    return planned(demand, field, policy, work=work, ask=ask).decision


class Planned:
    """A decision and the numbers it came from, for whoever asks why the others lost (explain.py)."""

    def __init__(self, demand: Demand, field: Field, policy: Policy, posed: Posed, solution: Solution) -> None:
        self.demand, self.field, self.policy = demand, field, policy
        self.posed, self.solution = posed, solution
        self.decision = self.decided(solution)

    def decided(self, solution: Solution) -> Decision:
        """The decision that a solution is."""
        posed, costs = self.posed, self.policy.costs
        legs = list(self.legs(solution.amounts))
        parcels = tuple(self.parcels(legs))
        cost = sum(leg.cost for leg in legs) + sum(parcel.handling + parcel.freight for parcel in parcels)
        cost += costs.split * max(0, len(parcels) - 1)
        short = {line.id: line.quantity for line in posed.lines}
        for leg in legs:
            short[leg.line] -= leg.quantity
        objective = len(parcels) - 1
        if not posed.problem.nodes_first:
            objective = solution.value - posed.problem.short_weight * sum(short.values()) - posed.split
        objective = objective if parcels else 0
        open_ = solution.value - solution.bound
        gap = min(open_ // (posed.problem.node_weight or 1), objective)
        short = {line: units for line, units in short.items() if units}
        return Decision(
            self.policy.name, tuple(legs), parcels, short, cost, objective, gap, solution.proven, solution.looked
        )

    def legs(self, amounts: Mapping[int, int]) -> Iterator[Leg]:
        """The legs in the order of the lines' ids, a leg for every share that is used."""
        found: dict[tuple[object, ...], Leg] = {}
        for number in sorted(amounts):
            for leg in served(self.posed.supplies[number], amounts[number]):
                used = number if not leg.shares else tuple((share.account, share.quota) for share in leg.shares)
                key = (leg.line, leg.node, id(leg.alternative), used)
                known = found.get(key)
                found[key] = (
                    leg
                    if known is None
                    else known._replace(quantity=known.quantity + leg.quantity, cost=known.cost + leg.cost)
                )
        yield from found.values()

    def parcels(self, legs: Sequence[Leg]) -> Iterator[Parcel]:
        """What each node sends, by the order of nodes' codes."""
        weights = {line.id: line.grams for line in self.posed.lines}
        sent: dict[str, tuple[Candidate, int, int]] = {}
        for leg in legs:
            _, units, grams = sent.get(leg.node, (leg.candidate, 0, 0))
            units += leg.quantity * pieces(leg.alternative.parts)
            sent[leg.node] = (leg.candidate, units, grams + leg.quantity * weights[leg.line])
        for node, (candidate, units, grams) in sorted(sent.items()):
            far = None if candidate.distance_km is None else metres(candidate)
            freight = self.policy.costs.parcel(grams, metres(candidate))
            yield Parcel(node, units, grams, far, candidate.cost_order, freight)


def planned(demand: Demand, field: Field, policy: Policy, *, work: int = WORK, ask: Solve | None = None) -> Planned:
    """As `plan`, with the numbers kept."""
    shelves = held(field)
    posed = Posing(demand, field, policy, shelves, substitutes=False).posed()
    solution = solved(posed.problem, work, ask)
    left = short(posed.problem, solution)
    if left and any(way.substitute for line in demand.lines for way in line.alternatives):
        wider = Posing(demand, field, policy, shelves, substitutes=True).posed()
        other = solved(wider.problem, work, ask)
        if short(wider.problem, other) < left:
            posed, solution = wider, other
            left = short(posed.problem, solution)
    if left and demand.whole_only:
        # Nothing instead of a part; that it cannot be whole is proven when no plan leaves less than a unit short.
        nothing = posed.problem.value({})
        hopeless = solution.bound >= posed.problem.short_weight
        solution = Solution({}, nothing, nothing if hopeless else solution.bound, solution.looked)
    if posed.cut:
        solution = solution._replace(bound=min(solution.bound, 0))
    return Planned(demand, field, policy, posed, solution)


def solved(problem: Problem, work: int, ask: Solve | None) -> Solution:
    """What the search finds; what it leaves open, whoever else is asked, and its answer counted again."""
    first = solve(problem, work)
    if first.proven or ask is None:
        return first
    found = ask(problem, first)
    value, bound = problem.value(found.amounts), max(first.bound, found.bound)
    amounts = found.amounts if value < first.value else first.amounts
    value = min(value, first.value)
    return Solution(amounts, value, min(bound, value), first.looked)


def short(problem: Problem, solution: Solution) -> int:
    """How many units a solution leaves short."""
    return sum(problem.quantities) - sum(solution.amounts.values())


def served(supply: Supply, amount: int) -> Iterator[Leg]:
    """The legs that give `amount` units from what stands behind a source, a share of every part each."""
    line, candidate, alternative, shares = supply
    units = [part.units for part in alternative.parts]
    queues: list[list[tuple[Share, int]]] = [
        [(share, share.available // each) for share in chosen(of_part, amount, each)]
        for of_part, each in zip(shares, units, strict=True)
    ]
    while amount:
        take = amount
        for queue in queues:
            while not queue[0][1]:
                queue.pop(0)
            take = min(take, queue[0][1])
        used = tuple(queue[0][0] for queue in queues)
        for queue in queues:
            queue[0] = (queue[0][0], queue[0][1] - take)
        amount -= take
        yield Leg(line.id, take, candidate, alternative, used, take * candidate.cost_unit)


def chosen(shares: Sequence[Share], amount: int, units: int) -> Sequence[Share]:
    """The shares to use: those of the first quota that has enough by itself, else all of them."""
    if len(shares) > 1:
        for quota in dict.fromkeys(share.quota for share in shares):
            own = [share for share in shares if share.quota == quota]
            if sum(share.available // units for share in own) >= amount:
                return own
    return shares
