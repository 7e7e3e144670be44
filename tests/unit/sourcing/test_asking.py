"""What a search leaves open is asked of a solver, and its answer is believed as far as it can be counted again."""

from dataclasses import replace

from domain.sourcing.demand import Demand
from domain.sourcing.plan import plan
from domain.sourcing.policy import Band, Costs, Policy, only
from domain.sourcing.problem import Problem, Solution
from domain.sourcing.search import solve
from domain.sourcing.sources import MAX_COMBINATIONS
from tests.unit.sourcing.fields import candidate, field, line, share, way

POLICY = Policy("least", (("least_cost", 1),), Costs((Band(4, 3, 1), Band(9, 7, 2), Band(None, 20, 3)), 2))
DEMAND = Demand(tuple(line(3, way(goods), id=goods, grams=2) for goods in "ABC"))
FIELD = field(
    [candidate(f"n{n}", float(n), order=n % 3, unit=n % 2) for n in range(6)],
    [share(f"n{n}", 1 + (n + k) % 3, goods) for n in range(6) for k, goods in enumerate("ABC")],
)


def test_without_a_solver_what_is_open_is_said() -> None:
    best = plan(DEMAND, FIELD, POLICY)
    hasty = plan(DEMAND, FIELD, POLICY, work=0)
    assert best.optimal
    assert best.gap == 0
    assert not hasty.optimal
    assert hasty.objective - hasty.gap <= best.objective <= hasty.objective


def test_a_solver_closes_what_is_open() -> None:
    asked: list[Solution] = []

    def ask(problem: Problem, first: Solution) -> Solution:
        asked.append(first)
        return solve(problem)

    found = plan(DEMAND, FIELD, POLICY, work=0, ask=ask)
    assert found.optimal
    assert found.objective == plan(DEMAND, FIELD, POLICY).objective
    assert len(asked) == 1
    assert not asked[0].proven


def test_nobody_is_asked_about_what_is_proven() -> None:
    def ask(problem: Problem, first: Solution) -> Solution:
        raise AssertionError("asked")

    assert plan(DEMAND, FIELD, POLICY, ask=ask).optimal


def test_a_solver_that_finds_nothing_better_changes_nothing() -> None:
    def ask(problem: Problem, first: Solution) -> Solution:
        return Solution({}, -1, first.bound)

    assert plan(DEMAND, FIELD, POLICY, work=0, ask=ask).legs == plan(DEMAND, FIELD, POLICY, work=0).legs


def test_what_was_not_all_looked_at_is_not_called_the_best() -> None:
    """Of a kit's parts in more lots than are combined, other lines wanting them, no plan is proven."""
    lots = [share("n", 1, "A", lot=f"{number:02}") for number in range(MAX_COMBINATIONS + 1)]
    kits = line(len(lots), way("A", 1, ("B", 1)))
    there = field([candidate("n")], [*lots, share("n", 100, "B")])
    found = plan(Demand((kits, line(1, way("B"), id="2"))), there, only("nearest"))
    assert (dict(found.short), found.optimal) == ({"1": 1}, False)
    few = field([candidate("n")], [*lots[:3], share("n", 9, "B")])
    assert plan(Demand((replace(kits, quantity=3), line(1, way("B"), id="2"))), few, only("nearest")).optimal
