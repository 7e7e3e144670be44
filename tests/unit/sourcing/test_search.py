"""The search finds what trying everything finds, and never claims more than it has proven."""

from dataclasses import replace

from hypothesis import assume, given, settings

from domain.sourcing.bound import ascend
from domain.sourcing.demand import Demand
from domain.sourcing.fewest import LARGEST, FewestNodes, fits
from domain.sourcing.nodes import OpenOrClosed, settled
from domain.sourcing.offers import Search
from domain.sourcing.plan import plan
from domain.sourcing.policy import only
from domain.sourcing.problem import Mode, Problem, Solution, Source
from domain.sourcing.search import solve
from tests.unit.sourcing.fields import candidate, field, line, share, way
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


@given(problems(nodes=5))
@settings(max_examples=200, deadline=None)
def test_where_nothing_is_shared_or_weighed_the_nodes_that_are_opened_settle_the_plan(problem: Problem) -> None:
    sources = tuple(source._replace(draws=()) for source in problem.sources)
    free = replace(problem, sources=sources, modes=tuple(modes[-1:] for modes in problem.modes))
    search = Search(free)
    assume(settled(free, search.offers))
    found = OpenOrClosed(free, search.offers, search.opening, {}, free.value({}))
    assert found.run(work=1_000)
    assert found.value == free.value(found.best) == best(free)


@given(problems(nodes=5))
@settings(max_examples=300, deadline=None)
def test_where_fewer_nodes_go_first_sets_of_them_are_tried_by_their_size(problem: Problem) -> None:
    sources = tuple(source._replace(draws=()) for source in problem.sources)
    free = replace(problem, sources=sources, modes=tuple(modes[-1:] for modes in problem.modes), nodes_first=True)
    search = Search(free)
    search.fill()
    assume(fits(search))
    found = FewestNodes(search, work=1_000)
    least = best(free)
    proven = found.run()
    assert found.value == free.value(found.best) >= least
    assert found.bound <= least
    assert found.value == least or not proven
    assert proven or len({source.node for source in sources if source.most}) > LARGEST


@given(problems(nodes=5))
@settings(max_examples=100, deadline=None)
def test_sets_of_nodes_that_are_not_all_looked_at_prove_no_more_than_is_true(problem: Problem) -> None:
    sources = tuple(source._replace(draws=()) for source in problem.sources)
    free = replace(problem, sources=sources, modes=tuple(modes[-1:] for modes in problem.modes), nodes_first=True)
    search = Search(free)
    search.fill()
    assume(fits(search))
    found = FewestNodes(search, work=2)
    found.run()
    assert found.bound <= best(free) <= found.value == free.value(found.best)


def test_the_first_of_equal_plans_stays() -> None:
    sources = tuple(Source(0, node, 5, 4) for node in range(3))
    problem = Problem((4,), (0,), (False,), sources, ((Mode(None, 0),),) * 3)
    assert solve(problem).amounts == {0: 4}


def test_where_nothing_can_be_better_nothing_is_left_to_search() -> None:
    modes = ((Mode(3, 0), Mode(None, 5)), (Mode(None, 5),))
    problem = Problem((1, 1), (1, 3), (False, False), (Source(0, 1, 0, 1), Source(1, 1, 0, 1)), modes)
    assert solve(problem) == Solution({0: 1, 1: 1}, 5, 5)


def test_one_parcel_for_all_is_weighed_against_several_light_ones() -> None:
    modes = ((Mode(4, 3), Mode(None, 20)),) * 3
    sources = tuple(Source(line, node, node, 1) for line in range(3) for node in range(3))
    problem = Problem((1, 1, 1), (4, 4, 4), (False,) * 3, sources, modes)
    found = solve(problem)
    assert found.proven
    assert found.value == 3 * 3 + (0 + 1 + 2) == best(problem)


def test_two_alternatives_that_draw_on_one_share_stay_two_legs() -> None:
    once, twice = way("A", priority=2), way("A", units=2, priority=1)
    made = plan(Demand((line(2, twice, once),)), field([candidate("n")], [share("n", 3)]), only("nearest"))
    assert sorted((leg.quantity, leg.alternative.parts[0].units) for leg in made.legs) == [(1, 1), (1, 2)]
