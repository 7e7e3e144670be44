"""The tally notices what left without ever having come."""

import pytest

from entrypoints.demo.tally import Tally, quantile


def test_units_that_leave_before_they_came_are_oversold_even_if_they_come_later() -> None:
    tally = Tally()
    tally.comes("bread", "store-1", 2)
    tally.sells("bread", "store-1", 2)
    assert tally.oversold_units == 0
    tally.sells("bread", "store-1", 1)
    tally.comes("bread", "store-1", 5)
    assert tally.oversold_units == 1
    assert tally.on_hand() == {("bread", "store-1"): 4}


def test_stock_of_one_place_does_not_excuse_another() -> None:
    tally = Tally()
    tally.comes("bread", "store-1", 5)
    tally.leaves("bread", "store-2", 1)
    assert tally.oversold_units == 1


@pytest.mark.parametrize(("share", "expected"), [(0.5, 51), (0.99, 100), (1.0, 100), (0.0, 1)])
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    assert quantile(range(100, 0, -1), share) == expected


def test_nothing_has_no_quantile() -> None:
    assert quantile([], 0.5) == 0
