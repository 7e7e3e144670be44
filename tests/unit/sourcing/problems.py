"""Small problems, drawn at random, and what is best by trying everything."""

from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from domain.sourcing.problem import BrokenRule, Draw, Mode, Problem, Source


@st.composite
def problems(draw: st.DrawFn, lines: int = 3, nodes: int = 3) -> Problem:
    """A problem that can be solved by trying everything."""
    count = draw(st.integers(1, lines))
    places = draw(st.integers(1, nodes))
    limits = tuple(draw(st.lists(st.integers(0, 5), max_size=2)))
    quantities = tuple(draw(st.integers(1, 3)) for _ in range(count))
    grams = tuple(draw(st.integers(0, 3)) for _ in range(count))
    draws = st.lists(st.integers(0, max(0, len(limits) - 1)), max_size=1 if limits else 0).flatmap(
        lambda named: st.tuples(*[st.builds(Draw, st.just(limit), st.integers(1, 2)) for limit in named])
    )
    sources = draw(
        st.lists(
            st.builds(
                Source,
                st.integers(0, count - 1),
                st.integers(0, places - 1),
                st.integers(0, 6),
                st.integers(0, 3),
                draws,
            ),
            max_size=6,
        )
    )
    modes = []
    for _ in range(places):
        charge = draw(st.integers(0, 8))
        bands = [Mode(upto, charge + rise) for upto, rise in ((3, 0), (6, draw(st.integers(0, 4))))]
        modes.append((*bands[: draw(st.integers(0, 2))], Mode(None, charge + 5)))
    return Problem(
        quantities,
        grams,
        tuple(draw(st.booleans()) for _ in range(count)),
        tuple(sources),
        tuple(modes),
        limits,
        draw(st.none() | st.integers(1, places)),
        draw(st.booleans()),
    )


def plans(problem: Problem) -> Iterator[dict[int, int]]:
    """Every choice of amounts, whether it keeps the rules or not."""
    for amounts in product(*[range(source.most + 1) for source in problem.sources]):
        yield {number: amount for number, amount in enumerate(amounts) if amount}


def best(problem: Problem) -> int:
    """The least value that any plan has."""
    values = []
    for amounts in plans(problem):
        try:
            values.append(problem.value(amounts))
        except BrokenRule:
            continue
    return min(values)
