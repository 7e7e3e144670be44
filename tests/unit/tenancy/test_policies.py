"""Which settings hold for whom, and what cannot be published together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.tenancy.publish_policies import PublishPolicies
from domain.kernel.books import Entry, EntryKey
from domain.kernel.refusal import InvalidInput
from domain.tenancy import policy as policy_module
from domain.tenancy.book import PolicyBook
from domain.tenancy.policy import POLICIES, PUBLISHED, Policies, PolicyConflict, PublishedPolicy, Rules
from domain.tenancy.settings import CRITERIA, DEFAULTS, FIELDS, Freight, PolicyImpossible, Settings, Weight


def policy(
    name: str, business: str = "", scenario: str = "", *, only_named: bool = False, **said: Any
) -> PublishedPolicy:
    return PublishedPolicy(name, Settings(**said), business, scenario, only_named)


def published(*policies: PublishedPolicy) -> Policies:
    made = Policies(policies)
    made.check()
    return made


def rules(of: Policies, business: str = "", scenario: str = "", named: str = "") -> Rules:
    found = of.rules(business, scenario, named)
    assert found is not None
    return found


# -- the most specific wins, field by field ---------------------------------------------------------------------------


def test_where_nobody_says_anything_the_defaults_hold() -> None:
    found = rules(published(), "retail", "order")
    assert {field: found[field] for field in FIELDS} == {field: getattr(DEFAULTS, field) for field in FIELDS}
    assert {rule.level for rule in found.rules.values()} == {"default"}
    assert found.name == "fewest_splits"
    allowed = {field: found[field] for field in ("whole_only", "whole_lines", "substitutes", "expected")}
    assert allowed == {"whole_only": False, "whole_lines": False, "substitutes": True, "expected": False}
    assert (found["freight"], found["split_cost"], found["min_shelf_days"], found["suppliers"]) == ((), 0, 0, ())
    assert (found["max_splits"], found["hold_seconds"], found["valid_seconds"]) == (None, None, None)


def test_each_setting_comes_from_the_most_specific_policy_that_says_it() -> None:
    all_of_them = published(
        policy("house", split_cost=1, max_splits=1, min_shelf_days=1, hold_seconds=1),
        policy("shop", "retail", split_cost=2, max_splits=2, min_shelf_days=2),
        policy("fetched", "", "pickup", hold_seconds=3),
        policy("shop-fetched", "retail", "pickup", split_cost=4),
    )
    found = rules(all_of_them, "retail", "pickup")
    assert [(found[f], found.rules[f].policy, found.rules[f].level) for f in ("split_cost", "max_splits")] == [
        (4, "shop-fetched", "line and scenario"),
        (2, "shop", "line"),
    ]
    assert (found["hold_seconds"], found.rules["hold_seconds"].level) == (3, "scenario")
    assert rules(all_of_them, "retail", "order")["split_cost"] == 2
    assert rules(all_of_them, "wholesale", "pickup")["hold_seconds"] == 3
    assert rules(all_of_them, "wholesale", "order")["min_shelf_days"] == 1


def test_what_says_nothing_takes_nothing_away_and_false_is_said() -> None:
    found = rules(
        published(policy("house", substitutes=True, expected=True), policy("shop", "retail", expected=False)), "retail"
    )
    assert (found["expected"], found["substitutes"]) == (False, True)


def test_a_policy_that_is_named_goes_before_all_else_and_holds_for_nobody_else() -> None:
    house = published(
        policy("house", mix=(Weight("least_cost"),), hold_seconds=60),
        policy("shop", "retail", mix=(Weight("nearest"),)),
        policy("quick", only_named=True, mix=(Weight("earliest"),)),
    )
    assert rules(house, "retail").name == "shop"
    quick = rules(house, "retail", named="quick")
    assert (quick.name, quick["mix"], quick.rules["mix"].level) == ("quick", (Weight("earliest"),), "named")
    assert quick["hold_seconds"] == 60
    assert rules(house, "wholesale", named="shop")["mix"] == (Weight("nearest"),)
    assert rules(house, named="priority")["mix"] == (Weight("priority"),)
    assert house.rules("", "", "nothing") is None
    assert house.names() == [*CRITERIA, "house", "shop", "quick"]


def test_the_rules_of_an_identity_are_put_together_once() -> None:
    house = published(policy("shop", "retail", split_cost=1))
    assert house.rules("retail", "a") is house.rules("retail", "b"), "no scenario is told apart"
    assert house.rules("x", "") is house.rules("y", ""), "no such line is told apart"
    assert house.rules("retail", "") is not house.rules("", "")


def test_more_identities_than_are_remembered_have_their_rules_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_module, "REMEMBERED", 2)
    house = published(policy("shop", "retail", split_cost=1), policy("trade", "trade", split_cost=2))
    for _ in range(2):
        assert [rules(house, line)["split_cost"] for line in ("retail", "trade", "", "retail")] == [1, 2, 0, 1]
    kept = rules(house, "retail")
    assert rules(house, "trade") is not kept
    assert rules(house, "retail") is kept, "two are remembered"


def test_the_book_has_what_was_published_last() -> None:
    book = PolicyBook()
    assert (rules(book.policies)["split_cost"], book.version) == (0, 0)
    for version in (1, 2):
        facts = Policies([policy("house", split_cost=version)]).facts()
        assert facts["active"] is True
        book.take(Entry(EntryKey(POLICIES, PUBLISHED), facts, version))
        assert (rules(book.policies)["split_cost"], book.version) == (version, version)


# -- what cannot be published -----------------------------------------------------------------------------------------


def conflict(*policies: PublishedPolicy) -> dict[str, object]:
    with pytest.raises(PolicyConflict) as refusal:
        published(*policies)
    return refusal.value.facts


def test_two_that_are_equally_specific_may_not_say_different_things() -> None:
    assert conflict(policy("a", "retail", split_cost=1), policy("b", "retail", split_cost=2)) == {
        "policies": ["a", "b"],
        "field": "split_cost",
        "business": "retail",
        "scenario": "",
    }
    conflict(policy("a", split_cost=1), policy("b", split_cost=2))
    conflict(policy("a", "retail", "pickup", whole_only=True), policy("b", "retail", "pickup", whole_only=False))
    published(policy("a", "retail", split_cost=1), policy("b", "retail", split_cost=1, max_splits=1))
    alike = [policy(name, "retail", mix=(Weight("nearest"),), split_cost=int("1000")) for name in "ab"]
    published(*alike)
    published(policy("a", "retail", split_cost=1), policy("b", "wholesale", split_cost=2))
    published(policy("a", split_cost=1), policy("b", split_cost=2, only_named=True))


def test_a_line_and_a_scenario_meet_at_whoever_is_of_both_unless_that_is_settled() -> None:
    shop, fetched = policy("shop", "retail", split_cost=1), policy("fetched", "", "pickup", split_cost=2)
    assert conflict(shop, fetched) == {
        "policies": ["shop", "fetched"],
        "field": "split_cost",
        "business": "retail",
        "scenario": "pickup",
    }
    settled = published(shop, fetched, policy("both", "retail", "pickup", split_cost=3))
    assert rules(settled, "retail", "pickup")["split_cost"] == 3
    conflict(shop, fetched, policy("both", "retail", "pickup", max_splits=3))
    conflict(shop, fetched, policy("both", "retail", "other", split_cost=3))


def impossible(*policies: PublishedPolicy) -> dict[str, object]:
    with pytest.raises(PolicyImpossible) as refusal:
        published(*policies)
    return refusal.value.facts


def test_whole_orders_cannot_be_split_by_whoever_says_so() -> None:
    assert impossible(policy("house", whole_only=True, max_splits=1))["field"] == "max_splits"
    assert impossible(policy("house", max_splits=2), policy("shop", "retail", "pickup", whole_only=True)) == {
        "policies": ["shop", "house"],
        "field": "max_splits",
        "business": "retail",
        "scenario": "pickup",
    }
    assert impossible(policy("a", "retail", whole_only=True), policy("b", "", "pickup", max_splits=1))["policies"] == [
        "a",
        "b",
    ]
    assert impossible(policy("house", whole_only=True, whole_lines=False))["field"] == "whole_lines"
    impossible(policy("house", whole_only=True), policy("quick", only_named=True, max_splits=3))
    published(policy("house", whole_only=True, max_splits=0, whole_lines=True))
    published(policy("house", max_splits=2), policy("shop", "retail", whole_only=True, max_splits=0))


def test_freight_rises_and_its_last_band_has_no_end() -> None:
    published(policy("house", freight=()), policy("x", "retail", freight=(Freight(5),)))
    published(policy("house", freight=(Freight(1, 0, 10), Freight(1, 0, 11), Freight(2, 1))))
    for bands in (
        (Freight(1, 0, 10),),
        (Freight(1), Freight(2)),
        (Freight(1, 0, 10), Freight(2, 0, 10), Freight(3)),
        (Freight(2, 0, 10), Freight(1)),
        (Freight(1, 2, 10), Freight(1, 1)),
    ):
        assert impossible(policy("house", freight=bands)) == {"policies": ["house"], "field": "freight"}


def test_what_no_policy_can_be() -> None:
    assert impossible(policy("house", mix=(Weight("nearest"), Weight("nearest", 2))))["field"] == "mix"
    assert impossible(policy("nearest", split_cost=1))["field"] == "name"
    assert impossible(policy("quick", "retail", only_named=True))["field"] == "only_named"


def test_the_outermost_that_may_be_said() -> None:
    Settings(
        mix=tuple(Weight(each, 10**6) for each in CRITERIA),
        freight=tuple(Freight(10**9, 10**9, 10**9) for _ in range(20)),
        suppliers=tuple(map(str, range(20))),
        split_cost=10**9,
        max_splits=100,
        min_shelf_days=3_650,
        hold_seconds=30 * 86_400,
        valid_seconds=86_400,
    )
    Settings(split_cost=0, max_splits=0, min_shelf_days=0, hold_seconds=1, valid_seconds=1)
    Freight(0, 0, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mix": ()},
        {"mix": (*map(Weight, CRITERIA), Weight(CRITERIA[0]))},
        {"split_cost": 10**9 + 1},
        {"min_shelf_days": -1},
        {"valid_seconds": 0},
        {"whole_lines": 0},
        {"substitutes": 1},
        {"expected": 0},
        {"max_splits": 101},
        {"max_splits": -1},
        {"hold_seconds": 0},
        {"hold_seconds": 30 * 86_400 + 1},
        {"valid_seconds": 86_401},
        {"min_shelf_days": 3_651},
        {"split_cost": -1},
        {"whole_only": 1},
        {"suppliers": ("",)},
        {"suppliers": tuple(map(str, range(21)))},
        {"freight": tuple(Freight(n, 0, n + 1) for n in range(21))},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Settings(**wrong)


def test_parts_are_bounded_too() -> None:
    for make in (
        lambda: Weight("cheapest"),
        lambda: Weight("nearest", 0),
        lambda: Freight(-1),
        lambda: Freight(1, 1, 0),
        lambda: Freight(10**9 + 1),
        lambda: Freight(1, -1),
        lambda: Freight(1, 10**9 + 1),
        lambda: Freight(1, 1, 10**9 + 1),
        lambda: Weight("nearest", 10**6 + 1),
        lambda: policy(""),
        lambda: policy("shop", "\0"),
        lambda: policy("shop", "", "\0"),
        lambda: policy("shop", only_named=1),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInput):
            make()


def test_it_is_kept_and_read_again_whole() -> None:
    told = Policies(
        [
            policy(
                "house",
                mix=(Weight("nearest", 2), Weight("least_cost")),
                freight=(Freight(1, 2, 3), Freight(4, 5)),
                suppliers=("-", "farm"),
                substitutes=False,
                max_splits=0,
            ),
            policy("quick", only_named=True),
            policy("shop", "retail", "pickup", hold_seconds=5),
        ]
    )
    assert Policies.of(told.facts()).policies == told.policies


def test_two_hundred_policies_are_published_at_most_each_name_once() -> None:
    many = [policy(f"p{n}") for n in range(201)]
    assert len(PublishPolicies(tuple(many[:200])).policies) == 200
    for wrong in (many, [many[0], many[0]]):
        with pytest.raises(InvalidInput):
            PublishPolicies(tuple(wrong))


# -- laws -------------------------------------------------------------------------------------------------------------

said: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "split_cost": st.integers(0, 1),
        "max_splits": st.integers(0, 1),
        "whole_only": st.booleans(),
        "expected": st.booleans(),
    },
)
some = st.lists(
    st.tuples(st.sampled_from(("", "retail", "trade")), st.sampled_from(("", "order", "pickup")), said), max_size=7
).map(lambda made: [policy(f"p{n}", business, scenario, **each) for n, (business, scenario, each) in enumerate(made)])
identity = st.tuples(
    st.sampled_from(("", "retail", "trade", "other")), st.sampled_from(("", "order", "pickup", "other"))
)


def specificity(each: PublishedPolicy) -> int:
    return bool(each.business) + bool(each.scenario)


@given(some, identity)
def test_of_what_can_be_published_nobody_more_specific_or_as_specific_says_otherwise(
    policies: list[PublishedPolicy], who: tuple[str, str]
) -> None:
    made = Policies(policies)
    try:
        made.check()
    except (PolicyConflict, PolicyImpossible):
        return
    meeting = [p for p in policies if p.business in ("", who[0]) and p.scenario in ("", who[1])]
    found = rules(made, *who)
    for field in ("split_cost", "max_splits", "whole_only", "expected"):
        saying = [p for p in meeting if getattr(p.settings, field) is not None]
        if not saying:
            assert found.rules[field].level == "default"
            continue
        most = max(map(specificity, saying))
        values = {getattr(p.settings, field) for p in saying if specificity(p) == most}
        assert values == {found[field]}
    assert not (found["whole_only"] and found["max_splits"])


@given(some, identity, st.randoms())
def test_in_whatever_order_they_are_published_the_same_holds_or_the_same_is_refused(
    policies: list[PublishedPolicy], who: tuple[str, str], chance: Any
) -> None:
    def outcome(these: list[PublishedPolicy]) -> object:
        made = Policies(these)
        try:
            made.check()
        except (PolicyConflict, PolicyImpossible) as refusal:
            return refusal.own_code
        return {field: rule.value for field, rule in rules(made, *who).rules.items()}

    shuffled = list(policies)
    chance.shuffle(shuffled)
    assert outcome(policies) == outcome(shuffled)
