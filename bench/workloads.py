"""What is ordered: seeded streams of orders over positions."""

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

from bench.yardsticks import Order

Position = tuple[str, str]
SHARED = ("EVERYONES", "N0")


def positions(count: int) -> list[Position]:
    """`count` goods at ten nodes, and the position that a whole workload may share."""
    return [SHARED, *((f"G{n:07d}", f"N{n % 10}") for n in range(count))]


def stream(pick: Callable[[], tuple[Position, ...]], count: int, prefix: str) -> list[Order]:
    """Orders of one unit a line; ids rise with time, as well-made ones do."""
    return [Order(f"{prefix}-{n:09d}", tuple((*place, 1) for place in pick())) for n in range(count)]


def hot(places: Sequence[Position], _seed: int) -> Callable[[], tuple[Position, ...]]:
    """Everyone wants the same."""
    return lambda: (places[1],)


def spread(places: Sequence[Position], seed: int, lines: int = 1) -> Callable[[], tuple[Position, ...]]:
    """Uniform over all positions, `lines` different ones an order."""
    draw = random.Random(seed)
    several = places[1:]
    return lambda: tuple(draw.sample(several, lines)) if lines > 1 else (draw.choice(several),)


def zipf(places: Sequence[Position], seed: int) -> Callable[[], tuple[Position, ...]]:
    """Few sell much: the n-th most wanted is wanted 1/n as often."""
    draw = random.Random(seed)
    several = list(places[1:])
    draw.shuffle(several)
    weights = list(accumulate(1 / rank for rank in range(1, len(several) + 1)))
    return lambda: (several[min(bisect_left(weights, draw.random() * weights[-1]), len(several) - 1)],)


def shared(places: Sequence[Position], seed: int) -> Callable[[], tuple[Position, ...]]:
    """Each order takes something of its own and one unit of the account that all share."""
    own = spread(places, seed)
    return lambda: (*own(), SHARED)
