"""The solver outside finds what the search finds, and so does trying everything."""

import pytest
from hypothesis import given, settings

from domain.sourcing.problem import Mode, Problem, Solution, Source
from domain.sourcing.search import solve
from tests.unit.sourcing.problems import best, problems

pytest.importorskip("highspy", reason="the extra `solver` is not installed")

from adapters.highs.solver import HighsSolver


def nothing(problem: Problem) -> Solution:
    return Solution({}, problem.value({}), 0)


@given(problems())
@settings(max_examples=150, deadline=None)
def test_trying_everything_the_search_and_the_solver_agree(problem: Problem) -> None:
    least = best(problem)
    found = HighsSolver().solve(problem, nothing(problem))
    assert found.value == problem.value(found.amounts) == least
    assert solve(problem).value == least
    assert found.bound <= least


@given(problems(lines=6, nodes=8))
@settings(max_examples=60, deadline=None)
def test_the_search_and_the_solver_agree_where_not_everything_can_be_tried(problem: Problem) -> None:
    found = HighsSolver().solve(problem, nothing(problem))
    searched = solve(problem)
    assert searched.proven
    assert found.value == searched.value == found.bound


def test_money_in_the_smallest_unit_is_counted_exactly() -> None:
    dear = 10**11
    sources = (Source(0, 0, dear + 1, 5), Source(0, 1, dear, 3), Source(0, 2, dear + 2, 5))
    problem = Problem((5,), (0,), (False,), sources, tuple((Mode(None, 2),) for _ in range(3)))
    found = HighsSolver().solve(problem, nothing(problem))
    assert found.value == problem.value(found.amounts) >= solve(problem).value
    assert found.bound <= solve(problem).value
