"""What a policy says beside what a buyer says: the stricter of the two holds."""

from hypothesis import given
from hypothesis import strategies as st

from application.sourcing.demand import DemandLine, WantedGoods
from application.sourcing.ports import Alternative, Part
from application.sourcing.rules import Rules
from domain.sourcing.policy import only

NEAREST = only("nearest")


def wanted(**rest: object) -> WantedGoods:
    return WantedGoods((DemandLine(1, sku="tea"), DemandLine(2, goods="LEAF", whole=True, expected=True)), **rest)  # type: ignore[arg-type]


def alternative(supplier: str = "-", *, substitute: bool = False) -> Alternative:
    return Alternative("tea", "self", supplier, "-", 0, (Part("LEAF", 1),), substitute)


def test_rules_that_say_nothing_change_nothing() -> None:
    asked = wanted(whole_only=True, max_splits=2, min_shelf_days=3)
    assert Rules(NEAREST).on(asked) == asked
    ways = [(alternative(), alternative("farm", substitute=True))]
    assert Rules(NEAREST).among(ways) == ways


limits = st.none() | st.integers(0, 5)


@given(limits, limits, st.booleans(), st.booleans(), st.integers(0, 9), st.integers(0, 9))
def test_the_stricter_of_the_two_holds(
    asked: int | None, ruled: int | None, whole: bool, ruled_whole: bool, days: int, ruled_days: int
) -> None:
    said = wanted(max_splits=asked, whole_only=whole, min_shelf_days=days)
    found = Rules(NEAREST, whole_only=ruled_whole, max_splits=ruled, min_shelf_days=ruled_days).on(said)
    assert found.whole_only == (whole or ruled_whole)
    assert found.min_shelf_days == max(days, ruled_days)
    given = [most for most in (asked, ruled) if most is not None]
    assert found.max_splits == (min(given) if given else None)
    assert found.lines == said.lines


def test_whole_lines_and_what_is_only_announced_hold_for_every_line() -> None:
    assert [line.whole for line in Rules(NEAREST, whole_lines=True).on(wanted()).lines] == [True, True]
    found = Rules(NEAREST, expected=True).on(wanted()).lines
    assert [(line.whole, line.expected) for line in found] == [(False, True), (True, True)]
    assert [line.expected for line in Rules(NEAREST).on(wanted()).lines] == [False, True]


def test_of_the_alternatives_those_that_will_do() -> None:
    ours, farm, stand_in = alternative(), alternative("farm"), alternative(substitute=True)
    ways = [(ours, farm, stand_in), (farm,)]
    assert Rules(NEAREST, substitutes=False).among(ways) == [(ours, farm), (farm,)]
    assert Rules(NEAREST, suppliers=frozenset({"-"})).among(ways) == [(ours, stand_in), ()]
    assert Rules(NEAREST, substitutes=False, suppliers=frozenset({"-"})).among(ways) == [(ours,), ()]
