"""The laws of a plan, over demands and fields drawn at random."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.account import AccountKey
from domain.sourcing.demand import Decision, Demand, Field
from domain.sourcing.explain import RULES, lost
from domain.sourcing.plan import plan, planned
from domain.sourcing.policy import only
from tests.unit.sourcing.fields import Case, candidate, cases, share

LAWS = settings(max_examples=60, deadline=None)


def taken(decision: Decision) -> Counter[AccountKey]:
    """What a decision draws on each account and cap."""
    drawn: Counter[AccountKey] = Counter()
    for leg in decision.legs:
        for used, part in zip(leg.shares, leg.alternative.parts, strict=True):
            for key in (used.account, *used.caps):
                drawn[key] += part.units * leg.quantity
        drawn.update(dict.fromkeys({key for used in leg.shares for key in used.by_line}, leg.quantity))
    return drawn


@given(cases())
@LAWS
def test_a_plan_never_takes_more_than_is_available_to_the_channel(case: Case) -> None:
    decision = plan(case.demand, case.field, case.policy)
    drawn = taken(decision)
    available = {each.account: each.available for each in case.field.shares} | {**case.field.rest}
    assert all(units <= available[key] for key, units in drawn.items())
    for parcel in decision.parcels:
        rest = case.field.capacity.get(parcel.node)
        assert rest is None or rest.orders is None or rest.orders > 0
        assert rest is None or rest.units is None or parcel.units <= rest.units


@given(cases())
@LAWS
def test_every_line_gets_what_it_wants_or_what_is_short_is_said(case: Case) -> None:
    decision = plan(case.demand, case.field, case.policy)
    got: Counter[str] = Counter()
    for leg in decision.legs:
        got[leg.line] += leg.quantity
    for line in case.demand.lines:
        assert got[line.id] + decision.short.get(line.id, 0) == line.quantity
    assert len({leg.node for leg in decision.legs}) == len(decision.parcels)


@given(cases())
@LAWS
def test_what_must_not_be_split_is_not(case: Case) -> None:
    decision = plan(case.demand, case.field, case.policy)
    if case.demand.whole_only:
        assert decision.splits == 0
        assert decision.complete or not decision.legs
    if case.demand.max_splits is not None:
        assert decision.splits <= case.demand.max_splits
    for line in case.demand.lines:
        if line.whole:
            nodes = {leg.node for leg in decision.legs if leg.line == line.id}
            assert len(nodes) <= 1
            assert decision.short.get(line.id, 0) in (0, line.quantity)


@given(cases())
@LAWS
def test_a_leg_keeps_every_restriction_of_its_line(case: Case) -> None:
    lines = {line.id: line for line in case.demand.lines}
    for leg in plan(case.demand, case.field, case.policy).legs:
        line = lines[leg.line]
        assert line.suppliers is None or leg.alternative.supplier in line.suppliers
        assert line.by is None or leg.candidate.arrives_to <= line.by
        for used, part in zip(leg.shares, leg.alternative.parts, strict=True):
            assert (used.goods, used.node) == (part.goods, leg.node)
            assert used.sold_as is None or line.sold_as in used.sold_as
            assert leg.alternative.owner in (None, used.owner)
            assert leg.candidate.owners is None or used.owner in leg.candidate.owners
            assert leg.candidate.goods is None or used.goods in leg.candidate.goods
            assert not line.keeps_until or not used.expires or used.expires >= line.keeps_until


@given(cases(), st.randoms(use_true_random=False))
@LAWS
def test_the_same_input_gives_the_same_plan_in_whatever_order_it_comes(case: Case, random: object) -> None:
    assert hasattr(random, "shuffle")
    lines, candidates, shares = list(case.demand.lines), list(case.field.candidates), list(case.field.shares)
    for each in (lines, candidates, shares):
        random.shuffle(each)
    demand = Demand(tuple(lines), case.demand.whole_only, case.demand.max_splits)
    field = Field(candidates, shares, dict(reversed(list(case.field.rest.items()))), case.field.capacity)
    assert plan(demand, field, case.policy) == plan(case.demand, case.field, case.policy)


@given(cases(), st.sampled_from(("least_cost", "fewest_splits")), st.integers(0, 5), st.integers(0, 9))
@LAWS
def test_one_more_node_never_makes_the_best_worse(case: Case, criterion: str, km: int, cost: int) -> None:
    policy = replace(only(criterion), costs=case.policy.costs)
    was = planned(case.demand, case.field, policy)
    more = Field(
        [*case.field.candidates, candidate("new", float(km), order=cost)],
        [*case.field.shares, share("new", 3, "A"), share("new", 2, "B")],
        case.field.rest,
        case.field.capacity,
    )
    now = planned(case.demand, more, policy)
    before, after = was.decision, now.decision
    assert before.optimal
    assert after.optimal
    assert sum(after.short.values()) <= sum(before.short.values())
    # Substitutes give way where they are needed no longer, whatever they cost.
    if sum(after.short.values()) == sum(before.short.values()) and was.posed.substitutes == now.posed.substitutes:
        assert (after.objective, after.cost) <= (before.objective, before.cost) or after.cost <= before.cost
        assert after.objective <= before.objective


@given(cases())
@LAWS
def test_least_cost_never_costs_more_and_fewest_splits_never_splits_more(case: Case) -> None:
    cheap = plan(case.demand, case.field, replace(only("least_cost"), costs=case.policy.costs))
    few = plan(case.demand, case.field, replace(only("fewest_splits"), costs=case.policy.costs))
    other = plan(case.demand, case.field, case.policy)
    for each in (cheap, few, other):
        assert each.optimal
    if sum(cheap.short.values()) == sum(other.short.values()) == 0:
        assert cheap.cost == cheap.objective <= other.cost
        assert few.splits == few.objective <= other.splits


@given(cases())
@LAWS
def test_who_lost_has_exactly_one_reason_and_it_is_true(case: Case) -> None:
    made = planned(case.demand, case.field, case.policy)
    found = list(lost(made))
    serving = {leg.node for leg in made.decision.legs}
    assert [each.node for each in found] == sorted({c.node for c in case.field.candidates} - serving)
    for each in found:
        assert each.rule in RULES
        assert is_true(case, each.node, each.rule)
        assert (each.by is None) or (each.rule == "outranked")
        if each.by is not None and made.decision.complete:
            assert each.by >= 0


def is_true(case: Case, node: str, rule: str) -> bool:
    """Whether what a rule says of a node holds: said again, from the field alone."""
    there = next(each for each in case.field.candidates if each.node == node)
    only_it = Field([there], case.field.shares, case.field.rest, case.field.capacity)
    alone = plan(Demand(case.demand.lines), only_it, only("least_cost"))
    if rule == "outranked":
        return bool(alone.legs)
    if rule == "whole_order":
        return case.demand.whole_only and not alone.complete
    if rule == "whole_line":
        return not alone.legs and any(line.whole for line in case.demand.lines)
    if rule == "substitute":
        return not plan(without_substitutes(case.demand), only_it, only("least_cost")).legs
    return not plan(without_wholeness(case.demand), only_it, only("least_cost")).legs


def without_wholeness(demand: Demand) -> Demand:
    return Demand(tuple(replace(line, whole=False) for line in demand.lines))


def without_substitutes(demand: Demand) -> Demand:
    lines = (
        replace(line, whole=False, alternatives=[way for way in line.alternatives if not way.substitute])
        for line in demand.lines
    )
    return Demand(tuple(lines))
