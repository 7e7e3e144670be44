"""The search finds what trying everything finds, and never claims more than it has proven."""

from hypothesis import given, settings

from domain.sourcing.bound import ascend
from domain.sourcing.problem import Mode, Problem, Source
from domain.sourcing.search import Search, solve
from tests.unit.sourcing.problems import best, problems


@given(problems())
@settings(max_examples=300, deadline=None)
def test_the_search_is_as_good_as_trying_everything(problem: Problem) -> None:
    found = solve(problem)
    assert found.value == problem.value(found.amounts) == found.bound == best(problem)


@given(problems())
@settings(max_examples=200, deadline=None)
def test_no_plan_is_below_the_bound_of_prices(problem: Problem) -> None:
    search = Search(problem)
    least = best(problem)
    assert ascend(problem, search.offers, search.opening).total <= least
    assert search.filled() <= least


@given(problems())
@settings(max_examples=200, deadline=None)
def test_a_search_that_ran_out_of_work_states_a_bound_that_holds(problem: Problem) -> None:
    found = solve(problem, work=0)
    assert found.bound <= best(problem) <= found.value == problem.value(found.amounts)


def test_the_first_of_equal_plans_stays() -> None:
    sources = tuple(Source(0, node, 5, 4) for node in range(3))
    problem = Problem((4,), (0,), (False,), sources, ((Mode(None, 0),),) * 3)
    assert solve(problem).amounts == {0: 4}
