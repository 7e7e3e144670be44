"""The search finds what trying everything finds, and never claims more than it has proven."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import assume, given, settings

from domain.sourcing.bound import ascend
from domain.sourcing.demand import Demand
from domain.sourcing.fewest import LARGEST, REMEMBERED, FewestNodes, Wanted, fits
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


def many_nodes(random: Random) -> Problem:
    """Three to five lines at 30 to 60 nodes, of which a few serve everything together; some lines are whole."""
    nodes, quantities = random.randint(30, 60), tuple(random.randint(1, 9) for _ in range(random.randint(3, 5)))
    sources = [
        Source(of, node, random.randint(0, 9), random.randint(1, quantity))
        for of, quantity in enumerate(quantities)
        for node in range(nodes)
        for _ in range(random.randint(1, 2))
        if random.random() < 0.5
    ]
    random.shuffle(sources)
    whole = tuple(random.random() < 0.3 for _ in quantities)
    modes = tuple((Mode(None, random.randint(0, 20)),) for _ in range(nodes))
    return Problem(quantities, (0,) * len(quantities), whole, tuple(sources), modes, nodes_first=True)


def of_nodes(problem: Problem, nodes: tuple[int, ...]) -> int:
    """What the best plan of these nodes counts, all of them charged; -1 where they leave anything short."""
    total = sum(problem.charge(node, 0) + problem.node_weight for node in nodes)
    for of, quantity in enumerate(problem.quantities):
        groups = [(node,) for node in nodes] if problem.whole[of] else [nodes]
        costs = []
        for group in groups:
            units = [s.cost for s in problem.sources if s.line == of and s.node in group for _ in range(s.most)]
            if len(units) >= quantity:
                costs.append(sum(sorted(units)[:quantity]))
        if not costs:
            return -1
        total += min(costs)
    return total


@pytest.mark.parametrize("seed", range(6))
def test_of_many_nodes_no_pair_is_better(seed: int) -> None:
    problem = many_nodes(Random(seed))
    sets = [(node,) for node in range(len(problem.modes))] + list(combinations(range(len(problem.modes)), 2))
    least = min((value for nodes in sets if (value := of_nodes(problem, nodes)) >= 0), default=None)
    found = solve(problem)
    assert found.value == problem.value(found.amounts)
    if least is None:
        assert found.value >= 3 * problem.node_weight
    else:
        assert found.proven
        assert found.value == least


def test_who_gives_enough_of_a_line_is_kept_of_few_amounts() -> None:
    random = Random(1)
    gives = {node: random.randint(1, 999) for node in random.sample(range(1_000), 640)}
    wanted = Wanted(999, False, {node: [(0, node, most)] for node, most in gives.items()})
    for units in range(1, 1_001):
        assert wanted.at_least(units) == sum(1 << node for node, most in gives.items() if most >= units)
    assert len(wanted.known) <= REMEMBERED


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


def test_what_a_node_may_send_on_several_days_is_promised_once() -> None:
    early, late = "N on the fifth", "N on the twelfth"
    there, coming = share("N", 5), share("N", 3, lot="later")
    shares = [there._replace(node=early), there._replace(node=late), coming._replace(node=late)]
    wanted = Demand((line(10, way()),), False, None)
    made = replace(field([candidate(early), candidate(late)], shares), shared=frozenset({there.account}))
    decision = plan(wanted, made, only("nearest"))
    assert decision.short == {"1": 2}
    assert sum(leg.quantity for leg in decision.legs if leg.shares[0].account == there.account) == 5
