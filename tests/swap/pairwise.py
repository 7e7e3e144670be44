"""All pairs: few installations in which any two technologies meet at least once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

Chosen = Mapping[str, str]


def pairwise(choices: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Installations that cover every pair of choices, the same ones every time: greedily, the most new pairs first."""
    missing = {pair for one, two in combinations(choices, 2) for pair in product(_of(one, choices), _of(two, choices))}
    candidates = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    found = []
    while missing:
        best = max(candidates, key=lambda each: len(missing & set(pairs(each))))
        missing -= set(pairs(best))
        found.append(best)
    return found


def pairs(chosen: Chosen) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    return combinations(chosen.items(), 2)


def _of(name: str, choices: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for value in choices[name]]
