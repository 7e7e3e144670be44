"""Which kits hold which SKUs: never in a circle, never too deep."""

import pytest

from domain.kernel.refusal import Refusal
from domain.supply.nesting import Nesting, SupplyCycle, SupplyTooDeep


def nesting(**holds: str) -> Nesting:
    made = Nesting()
    for sku, said in holds.items():
        made.enter(sku, frozenset(said.split()))
    return made


def objection(to: Nesting, **changes: str) -> Refusal | None:
    return to.objection({sku: frozenset(said.split()) for sku, said in changes.items()})


def path(refusal: Refusal | None) -> object:
    assert refusal is not None
    return refusal.facts["path"]


def test_two_deep_is_allowed_and_three_is_not_wherever_the_step_is_put_in() -> None:
    assert objection(nesting(b="c"), a="b") is None
    for known, change in (({"b": "c", "c": "d"}, {"a": "b"}), ({"a": "b", "c": "d"}, {"b": "c"})):
        found = objection(nesting(**known), **change)
        assert isinstance(found, SupplyTooDeep)
        assert path(found) == ["a", "b", "c", "d"]
        assert found.facts["most"] == 2


def test_a_circle_is_refused_with_the_way_round() -> None:
    assert path(objection(nesting(), a="a")) == ["a", "a"]
    found = objection(nesting(a="b"), b="a")
    assert isinstance(found, SupplyCycle)
    assert path(found) == ["a", "b", "a"]
    assert isinstance(objection(nesting(), a="b", b="c", c="a"), SupplyCycle)


def test_what_is_set_together_is_judged_together() -> None:
    assert objection(nesting(a="b", b="c"), b="", c="b") is None, "a step is taken back as another is put in"
    assert isinstance(objection(nesting(), a="b", b="c", c="d"), SupplyTooDeep)
    assert isinstance(objection(nesting(a="b", c="d"), a="b", b="c"), SupplyTooDeep), "what is said again counts, too"


def test_what_only_takes_steps_back_is_never_refused() -> None:
    deep = nesting(a="b", b="c", c="d")  # as it was entered elsewhere, before it could be checked
    assert objection(deep, b="") is None
    assert objection(deep, a="b") is None
    assert objection(deep, a="b x") is not None
    deep.enter("a", frozenset({"b", "x"}))
    deep.enter("a", frozenset({"b"}))
    assert objection(deep, x="y") is None, "what is above it no longer is not asked"


def test_what_was_entered_anew_holds_instead_of_what_was() -> None:
    changed = nesting(a="b")
    changed.enter("a", frozenset())
    changed.enter("b", frozenset({"c"}))
    assert objection(changed, c="d") is None
    changed.enter("a", frozenset({"b"}))
    assert isinstance(objection(changed, c="d"), SupplyTooDeep)


@pytest.mark.parametrize("fans", [1, 300])
def test_many_kits_may_hold_the_same(fans: int) -> None:
    wide = nesting(**{f"k{n}": "part" for n in range(fans)})
    assert objection(wide, part="x") is None
    assert isinstance(objection(wide, part="x", x="y"), SupplyTooDeep)
