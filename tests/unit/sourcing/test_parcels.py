"""What parcels for all of the weight cost at least: never more than any do, and worked out at once."""

from itertools import product
from random import Random
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sourcing.demand import Demand
from domain.sourcing.offers import Search
from domain.sourcing.plan import planned
from domain.sourcing.policy import Band, Costs, Policy
from domain.sourcing.problem import Mode, Problem, Source
from tests.unit.sourcing.fields import candidate, field, line, share


@st.composite
def modes(draw: st.DrawFn) -> tuple[Mode, ...]:
    limits = sorted(draw(st.lists(st.integers(1, 4_000), unique=True, max_size=4)))
    charges = sorted(draw(st.lists(st.integers(0, 50), min_size=len(limits) + 1, max_size=len(limits) + 1)))
    return tuple(Mode(*each) for each in zip((*limits, None), charges, strict=True))


@given(st.integers(0, 4_000), st.lists(modes(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_parcels_cost_less_than_their_bound(total: int, by_node: list[tuple[Mode, ...]]) -> None:
    sources = tuple(Source(0, node, 0, 1) for node in range(len(by_node)))
    problem = Problem((1,), (total,), (False,), sources, tuple(by_node))
    choices = product(*[(None, *each) for each in by_node])
    sent = [[mode for mode in chosen if mode is not None] for chosen in choices]
    costs = [
        sum(mode.charge for mode in parcels)
        for parcels in sent
        if parcels and sum(total if mode.upto is None else mode.upto for mode in parcels) >= total
    ]
    assert Search(problem).cut_by_parcels(0) <= min(costs)


def test_bands_that_are_no_multiples_of_each_other_hold_up_nobody() -> None:
    """Of twenty of them there are as many sums as there are grams: they took more than six seconds."""
    units = 1_000
    limits = sorted(Random(2).sample(range(units * 1_000 // 64, units * 1_000 // 8), 19))
    bands = (*(Band(upto, 100 + 50 * n) for n, upto in enumerate(limits)), Band(None, 5_000))
    there = field(
        [candidate("a", 1.0, order=10), candidate("b", 2.0, order=20), candidate("c", 3.0, order=5)],
        [share("a", units // 3), share("b", units), share("c", units // 2)],
    )
    begun = process_time()
    made = planned(
        Demand((line(units, grams=1_000),)), there, Policy("p", (("least_cost", 1),), Costs(bands)), work=4_000
    )
    assert process_time() - begun < 2
    assert not made.decision.short
