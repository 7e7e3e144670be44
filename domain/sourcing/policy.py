"""Policies: by what measure one plan is better than another (priority, nearest, …, a weighted mix).

A policy is a list of criteria with weights. A criterion is a function from what is known of the candidates to the
terms of a sum: how much each unit from a node counts, how much each node that sends anything, each parcel's freight,
each split. The planner makes that sum as small as it can be, whatever the criteria were.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.sourcing.demand import Candidate

FAR: Final = 20_040_000
"""Metres to a node whose distance is not known: half-way round the earth."""

MAX_MONEY: Final = 10**12
MAX_WEIGHT: Final = 10**6
MAX_BANDS: Final = 20


class Band(NamedTuple):
    """A parcel of at most `upto` grams (None: of any weight) costs `base`, and `per_km` for each kilometre."""

    upto: int | None
    base: int
    per_km: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """What a plan costs beyond what its nodes ask for: `freight` by bands, `split` for each node after the first.

    A heavier parcel never costs less: bands' `upto` rise, `base` and `per_km` do not fall, and the last has no end.
    """

    freight: tuple[Band, ...] = ()
    split: int = 0

    def __post_init__(self) -> None:
        whole(self.split, "split", least=0, most=MAX_MONEY)
        if len(self.freight) > MAX_BANDS:
            raise InvalidInput(f"freight has at most {MAX_BANDS} bands", field="freight", most=MAX_BANDS)
        before = Band(0, 0, 0)
        for n, band in enumerate(self.freight):
            whole(band.base, "base", least=0, most=MAX_MONEY)
            whole(band.per_km, "per_km", least=0, most=MAX_MONEY)
            last = n == len(self.freight) - 1
            if (band.upto is None) is not last or (
                band.upto is not None and before.upto is not None and band.upto <= before.upto
            ):
                raise InvalidInput("bands must rise, and the last one have no end", field="freight")
            if band.base < before.base or band.per_km < before.per_km:
                raise InvalidInput("a heavier parcel must not cost less", field="freight")
            before = band

    def parcel(self, grams: int, metres: int) -> int:
        """The freight of one parcel, kilometres begun counted as they are, cents begun in full."""
        for upto, base, per_km in self.freight:
            if upto is None or grams <= upto:
                return base - (-per_km * metres // 1000)
        return 0


class Terms(NamedTuple):
    """A sum's terms: `unit` by candidate for each unit, `fixed` by candidate once, `freight` times each parcel's,
    `split` for each node after the first, `stock` times what a source lacks to the fullest, `alternative` times the
    priority of the alternative for each unit."""

    unit: Sequence[int] = ()
    fixed: Sequence[int] = ()
    freight: int = 0
    split: int = 0
    stock: int = 0
    alternative: int = 0


Criterion = Callable[[Sequence[Candidate], Sequence[int], Costs], Terms]
"""Of candidates, how many metres away each is, and what freight and splits cost."""


def metres(candidate: Candidate) -> int:
    """How far it is, in whole metres."""
    distance = candidate.distance_km
    return FAR if distance is None else round(distance * 1000)


def least_cost(candidates: Sequence[Candidate], _far: Sequence[int], costs: Costs) -> Terms:
    """Node cost, freight by weight band and distance, and the penalty of splits."""
    return Terms([c.cost_unit for c in candidates], [c.cost_order for c in candidates], 1, costs.split)


def nearest(_candidates: Sequence[Candidate], far: Sequence[int], _costs: Costs) -> Terms:
    """The metres that each unit goes."""
    return Terms(far)


def priority(candidates: Sequence[Candidate], _far: Sequence[int], _costs: Costs) -> Terms:
    """The priority of the alternative first, then that of the node, by the unit."""
    return Terms([c.priority for c in candidates], alternative=MAX_MONEY)


def earliest(candidates: Sequence[Candidate], _far: Sequence[int], _costs: Costs) -> Terms:
    """The minutes that each unit's window ends after that of the earliest candidate: of those that hold anything."""
    if not candidates:
        return Terms([])
    first = min(c.arrives_to for c in candidates)
    return Terms([int((c.arrives_to - first).total_seconds()) // 60 for c in candidates])


def most_stock(_candidates: Sequence[Candidate], _far: Sequence[int], _costs: Costs) -> Terms:
    """What each unit's source holds less than the fullest source of its line."""
    return Terms(stock=1)


def fewest_splits(_candidates: Sequence[Candidate], _far: Sequence[int], _costs: Costs) -> Terms:
    """How many nodes send anything. Alone it goes before everything, and of equal plans the one that costs least."""
    return Terms(split=1)


CRITERIA: Final[Mapping[str, Criterion]] = {
    each.__name__: each for each in (priority, nearest, most_stock, fewest_splits, least_cost, earliest)
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A named measure: criteria with weights (whole numbers), and what freight and splits cost.

    With one criterion its weight does not matter; with several the policy is the weighted mix of their sums, each in
    its own unit: money, metres, minutes, units, splits.
    """

    name: str
    mix: tuple[tuple[str, int], ...]
    costs: Costs = Costs()

    def __post_init__(self) -> None:
        identifier(self.name, "policy")
        if not self.mix:
            raise InvalidInput("a policy names at least one criterion", field="mix")
        named = [name for name, _ in self.mix]
        if unknown := sorted(set(named) - set(CRITERIA)):
            raise InvalidInput(f"unknown criteria: {', '.join(unknown)}", field="mix", one_of=list(CRITERIA))
        if len(set(named)) != len(named):
            raise InvalidInput("a criterion is named twice", field="mix")
        for _, weight in self.mix:
            whole(weight, "weight", most=MAX_WEIGHT)

    @property
    def nodes_first(self) -> bool:
        """Whether fewer nodes go before everything else."""
        return len(self.mix) == 1 and self.mix[0][0] == fewest_splits.__name__

    def terms(self, candidates: Sequence[Candidate], far: Sequence[int]) -> Terms:
        """The terms of its sum over these candidates, `far` metres away; every sequence as long as they are."""
        if self.nodes_first:
            return least_cost(candidates, far, self.costs)
        unit, fixed = [0] * len(candidates), [0] * len(candidates)
        freight = split = stock = alternative = 0
        for name, weight in self.mix:
            weight = weight if len(self.mix) > 1 else 1
            terms = CRITERIA[name](candidates, far, self.costs)
            if terms.unit:
                unit = [a + weight * b for a, b in zip(unit, terms.unit, strict=True)]
            if terms.fixed:
                fixed = [a + weight * b for a, b in zip(fixed, terms.fixed, strict=True)]
            freight += weight * terms.freight
            split += weight * terms.split
            stock += weight * terms.stock
            alternative += weight * terms.alternative
        return Terms(unit, fixed, freight, split, stock, alternative)


def only(criterion: str, costs: Costs = Costs()) -> Policy:
    """The policy of one criterion, named like it."""
    return Policy(criterion, ((criterion, 1),), costs)
