"""What the promise stage would notice."""

from dataclasses import replace
from datetime import UTC, datetime

from application.sourcing.promise import Promise
from entrypoints.demo.promises import POLICIES, Promised, compared

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def promise(*, splits: int, cost: int, gap: int = 0) -> Promise:
    return Promise("", "", NOW, NOW, "any", (), (), splits, cost, cost, gap, 0, (), ())


def wrong(**differing: Promise) -> list[str]:
    told = Promised()
    compared(told, "7", {policy: differing.get(policy, promise(splits=1, cost=10)) for policy in POLICIES})
    return told.wrong


def test_a_policy_that_is_beaten_at_its_own_measure_is_told() -> None:
    assert wrong() == []
    assert wrong(nearest=promise(splits=0, cost=10)) == ["order 7: fewest splits was not the fewest"]
    assert wrong(nearest=promise(splits=1, cost=9)) == ["order 7: least cost was not the least"]


def test_what_is_not_known_to_be_the_best_beats_nobody() -> None:
    assert wrong(least_cost=replace(promise(splits=1, cost=11), gap=2)) == []
