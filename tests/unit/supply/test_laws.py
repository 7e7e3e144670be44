"""Laws of supply, over catalogues made by chance."""

import itertools
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.supply.mapping import GOODS, MODES, SKU, Part, Supply, SupplyMapping
from domain.supply.nesting import Nesting, SupplyCycle
from domain.supply.resolution import MAX_DEPTH, MAX_OPTIONS, OUTRANKED, REASONS, resolve
from tests.unit.supply.catalogue import NOON, Catalogue

SKUS = ("a", "b", "c", "d", "e")
DAY = timedelta(days=1)


def in_order(said: dict[str, Any]) -> dict[str, Any]:
    """Since before until."""
    first, last = said["since"], said["until"]
    return said if first is None or last is None or first < last else {**said, "until": first + DAY}


days = st.none() | st.integers(-3, 3).map(lambda n: NOON + n * DAY)
part = st.builds(Part, st.sampled_from(SKUS), st.integers(1, 9), st.sampled_from((GOODS, GOODS, SKU)))
mapping = st.fixed_dictionaries(
    {
        "parts": st.lists(part, min_size=1, max_size=3, unique_by=lambda each: (each.of, each.code)).map(tuple),
        "mode": st.sampled_from(MODES),
        "supplier": st.sampled_from(("-", "farm")),
        "owner": st.sampled_from(("-", "farm", "")),
        "priority": st.integers(0, 2),
        "substitute": st.booleans(),
        "buyers": st.lists(st.sampled_from(("north", "south")), max_size=2, unique=True).map(tuple),
        "since": days,
        "until": days,
    }
)
supply = st.lists(mapping, max_size=4).map(
    lambda said: tuple(SupplyMapping(f"m{n}", **in_order(each)) for n, each in enumerate(said))
)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """As they can be entered: no circles, not too deep, some SKUs inactive."""
    made = Catalogue()
    nesting = Nesting()
    for sku in SKUS:
        made.sells(sku, active=draw(st.booleans()) or draw(st.booleans()))
        said = Supply(sku, draw(supply))
        if nesting.objection({sku: said.skus()}) is None:
            nesting.enter(sku, said.skus())
            made.supplies(sku, *said.mappings)
    return made


def effective(each: SupplyMapping, buyer: str) -> bool:
    held = (each.since is None or each.since <= NOON) and (each.until is None or each.until > NOON)
    return held and (not each.buyers or buyer in each.buyers)


@given(catalogues(), st.sampled_from(SKUS), st.sampled_from(("north", "south", "")))
def test_no_option_stands_on_a_mapping_that_does_not_hold(shop: Catalogue, sku: str, buyer: str) -> None:
    for option in resolve(shop, sku, buyer, NOON).options:
        for step in (f"{sku}/{option.mapping}", *option.through):
            whose, _, id = step.partition("/")
            known = shop.find(whose)
            assert known is not None
            assert known.supply is not None
            assert known.active
            used = next(each for each in known.supply.mappings if each.id == id)
            assert effective(used, buyer)
            assert used.supplier == option.supplier
            assert used.owner in (option.owner, "")


@given(catalogues(), st.sampled_from(SKUS), st.sampled_from(("north", "")))
def test_every_mapping_is_an_option_or_rejected_with_one_reason(shop: Catalogue, sku: str, buyer: str) -> None:
    found = resolve(shop, sku, buyer, NOON)
    known = shop.find(sku)
    assert known is not None
    if found.reason:
        assert found.reason in REASONS
        assert not found.options
        assert not found.rejected
        return
    assert known.supply is not None
    chosen = {option.mapping for option in found.options}
    rejected = [each.mapping for each in found.rejected]
    assert len(found.options) <= MAX_OPTIONS
    assert {each.reason for each in found.rejected} <= REASONS.keys()
    if len(found.options) < MAX_OPTIONS and OUTRANKED not in {each.reason for each in found.rejected}:
        assert sorted([*chosen, *rejected]) == sorted(each.id for each in known.supply.mappings)
    order = [(option.substitute, option.priority, option.mapping) for option in found.options]
    assert order == sorted(order)


@given(catalogues(), st.sampled_from(SKUS))
def test_units_of_a_flattened_kit_are_the_products_down_to_its_goods(shop: Catalogue, sku: str) -> None:
    for option in resolve(shop, sku, "", NOON).options:
        steps = list(option.through)

        def walk(whose: str, id: str, units: int, steps: list[str] = steps) -> dict[str, int]:
            known = shop.find(whose)
            assert known is not None
            assert known.supply is not None
            total: dict[str, int] = {}
            for each in next(one for one in known.supply.mappings if one.id == id).parts:
                if each.of == GOODS:
                    total[each.code] = total.get(each.code, 0) + units * each.units
                    continue
                inner, _, next_id = steps.pop(0).partition("/")
                assert inner == each.code
                for goods, more in walk(inner, next_id, units * each.units).items():
                    total[goods] = total.get(goods, 0) + more
            return total

        assert walk(sku, option.mapping, 1) == dict(option.parts)
        assert steps == []


@given(catalogues(), st.sampled_from(SKUS))
def test_the_same_question_has_the_same_answer(shop: Catalogue, sku: str) -> None:
    again = Catalogue()
    for each in reversed(SKUS):
        known = shop.find(each)
        assert known is not None
        again.sells(each, active=known.active)
        if known.supply is not None:
            again.supplies(each, *reversed(known.supply.mappings))
    assert resolve(shop, sku, "north", NOON) == resolve(again, sku, "north", NOON)


steps = st.lists(st.tuples(st.sampled_from(SKUS), st.sets(st.sampled_from(SKUS), max_size=2)), max_size=12)


@settings(max_examples=200)
@given(steps)
def test_what_is_let_in_never_goes_round_nor_too_deep(said: list[tuple[str, set[str]]]) -> None:
    nesting = Nesting()
    entered: dict[str, frozenset[str]] = {}
    for sku, holds in said:
        change = {sku: frozenset(holds)}
        after = {**entered, **change}
        refusal = nesting.objection(change)
        assert (refusal is None) == fine(after), (entered, change)
        if refusal is None:
            nesting.enter(sku, frozenset(holds))
            entered = after
        elif isinstance(refusal, SupplyCycle):
            path = refusal.facts["path"]
            assert isinstance(path, list)
            assert path[0] == path[-1]
            assert all(b in after.get(a, ()) for a, b in itertools.pairwise(path))


def fine(holds: dict[str, frozenset[str]]) -> bool:
    """By trying every way down, from anywhere."""

    def depth(sku: str, above: tuple[str, ...]) -> int:
        if sku in above:
            return 99
        return max((1 + depth(each, (*above, sku)) for each in holds.get(sku, ())), default=0)

    return max((depth(sku, ()) for sku in holds), default=0) <= MAX_DEPTH
