"""Why a node lost, said again from the field alone: each rule asked of each way to serve, the first that bars it."""

from collections.abc import Iterator, Mapping
from itertools import product
from time import process_time

import pytest
from hypothesis import given

from application.sourcing.explain import AT_ONCE, in_turns, page
from application.sourcing.promise import Lost
from application.sourcing.routing import Rejected
from domain.sourcing.demand import Demand, DemandLine
from domain.sourcing.explain import ALONE, Reasons, barred, fits, lost
from domain.sourcing.plan import planned
from domain.sourcing.policy import only
from domain.sourcing.search import WORK
from domain.stock.position import position_key
from tests.unit.sourcing.fields import CAPS, Case, candidate, cases, field, line, share, way
from tests.unit.sourcing.test_laws import LAWS

BY_THE_PLAN = ("whole_line", "whole_order", "outranked")
"""Rules that bar nobody by themselves."""


@given(cases())
@LAWS
def test_the_reason_is_the_first_rule_that_bars_it(case: Case) -> None:
    made = planned(case.demand, case.field, case.policy)
    for each in lost(made):
        told = "" if each.rule in BY_THE_PLAN else each.rule
        assert told == first_rule(case, each.node, substitutes=made.posed.substitutes)


def first_rule(case: Case, node: str, *, substitutes: bool) -> str:
    there = next(each for each in case.field.candidates if each.node == node)
    rest = case.field.capacity.get(node)
    left = [(line, way) for line in case.demand.lines for way in line.alternatives]

    def one_unit(line: DemandLine, way: object, *, fresh: bool, capped: bool, foreign: bool = False) -> bool:
        """Whether there is a share for each part, by all of which their caps leave a unit of the line."""
        kinds = [
            [
                each
                for each in case.field.shares
                if (each.node, each.goods) == (node, part.goods)
                and each.available >= part.units
                and (foreign or there.owners is None or each.owner in there.owners)
                and way.owner in (None, each.owner)  # type: ignore[attr-defined]
                and (each.sold_as is None or line.sold_as in each.sold_as)
                and not (fresh and line.keeps_until and each.expires and each.expires < line.keeps_until)
            ]
            for part in way.parts  # type: ignore[attr-defined]
        ]
        for chosen in product(*kinds):
            taken: dict[object, int] = {cap: 1 for each in chosen for cap in each.by_line}
            for each, part in zip(chosen, way.parts, strict=True):  # type: ignore[attr-defined]
                for cap in each.caps:
                    taken[cap] = taken.get(cap, 0) + part.units
            if not capped or all(case.field.rest.get(cap, 0) >= units for cap, units in taken.items()):  # type: ignore[call-overload]
                return True
        return False

    rules: Mapping[str, object] = {
        "supplier": lambda line, way: line.suppliers is None or way.supplier in line.suppliers,
        "relation": lambda line, way: (
            (there.goods is None or all(part.goods in there.goods for part in way.parts))
            and (way.owner is None or there.owners is None or way.owner in there.owners)
            and (
                one_unit(line, way, fresh=False, capped=False)
                or not one_unit(line, way, fresh=False, capped=False, foreign=True)
            )
        ),
        "stock": lambda line, way: one_unit(line, way, fresh=False, capped=False),
        "shelf_life": lambda line, way: one_unit(line, way, fresh=True, capped=False),
        "channel": lambda line, way: one_unit(line, way, fresh=True, capped=True),
        "late": lambda line, _way: line.by is None or there.arrives_to <= line.by,
        "capacity": lambda _line, way: (
            rest is None
            or (
                rest.orders != 0 and (rest.units is None or rest.units >= max(1, sum(part.units for part in way.parts)))
            )
        ),
        "substitute": lambda _line, way: substitutes or not way.substitute,
    }
    for rule, lets in rules.items():
        left = [pair for pair in left if lets(*pair)]  # type: ignore[operator]
        if not left:
            return rule
    return ""


def test_a_kit_of_many_lots_without_a_quota_is_told_so_at_once() -> None:
    """Of ten parts in ten lots there are ten thousand million combinations."""
    goods = "ABCDEFGHIJ"
    shares = [share("n", 5, each, lot=f"l{lot}", caps=CAPS[:1]) for each in goods for lot in range(10)]
    kit = way("A", 1, *((each, 1) for each in goods[1:]))
    made = planned(Demand((line(1, kit),)), field([candidate("n")], shares, {CAPS[0]: 0}), only("nearest"))
    assert [each.rule for each in lost(made)] == ["channel"]


@pytest.mark.parametrize(("left", "rule"), [(0, "channel"), (8, "channel"), (9, "")])
def test_a_kit_whose_parts_may_each_count_against_two_quotas_is_told_so_at_once(left: int, rule: str) -> None:
    """Of eighteen parts there are 262,144 combinations, and twice as many with every part more."""
    goods = [f"G{part}" for part in range(18)]
    shares = [share("n", 5, each, lot=f"l{cap}", caps=(CAPS[cap],)) for each in goods for cap in (0, 1)]
    kit = way(goods[0], 1, *((each, 1) for each in goods[1:]))
    begun = process_time()
    made = planned(
        Demand((line(1, kit),)), field([candidate("n")], shares, {CAPS[0]: left, CAPS[1]: 9}), only("nearest")
    )
    assert barred(made, made.field.candidates[0]) == rule
    assert process_time() - begun < 0.5


def test_parts_that_have_no_quota_in_common_are_not_tried_with_each_other() -> None:
    caps = [position_key("cap", "cap", f"c{number}") for number in range(60)]
    parts = [[((cap, 1),), ((other, 1),)] for cap, other in zip(caps[::2], caps[1::2], strict=True)]
    assert fits([*parts, parts[0]], dict.fromkeys(caps, 1), looks=100)
    assert not fits([*parts, parts[0], parts[0]], dict.fromkeys(caps, 1), looks=100)
    assert fits([*parts, parts[0], parts[0]], dict.fromkeys(caps, 1), looks=1), "what was not looked for bars nobody"


def test_losers_of_many_lines_are_looked_at_shortly_and_by_a_common_budget() -> None:
    """Each was searched as long as a plan is."""
    lines = tuple(line(3, way("A", 2, (f"G{n}", 1)), way("B", 2, (f"G{n}", 1)), id=f"{n:03}") for n in range(100))
    nodes = [f"n{n:02}" for n in range(40)]
    shares = [share(node, 90 + 2 * n, goods) for n, node in enumerate(nodes) for goods in "AB"]
    shares += [share(node, 2, f"G{n}") for node in nodes for n in range(100)]
    demand, there = Demand(lines, whole_only=True), field([candidate(node) for node in nodes], shares)
    reasons = Reasons(planned(demand, there, only("nearest"), work=ALONE))
    begun = process_time()
    assert {reasons.of(each).rule for each in there.candidates} == {"whole_order"}
    assert process_time() - begun < 3
    assert reasons.more > -WORK


async def test_a_page_reads_of_the_losers_what_it_shows_and_no_more_than_a_few_beyond() -> None:
    read: list[Lost] = []

    def mine() -> Iterator[Lost]:
        for number in range(1_000):
            read.append(Lost(f"n{number // 30:02}", "late", str(number)))
            yield read[-1]

    found = await in_turns(mine(), 45)
    assert len(read) <= 60 + 2 * AT_ONCE
    assert page(found, (), 45) == page(read, (), 45)
    assert list(await in_turns(iter(read[:7]), 45)) == read[:7]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 9])
def test_pages_tell_every_node_once_and_whole(limit: int) -> None:
    mine = [Lost("b", "stock"), *(Lost("d", "late", f"2026-03-{day:02}") for day in range(10, 16)), Lost("f", "stock")]
    rejected = [Rejected(node, "coverage") for node in "aceg"]
    told: list[Lost] = []
    after = ""
    for _ in range(20):
        outside = [each for each in rejected if each.node > after][: limit + 1]
        shown, after = page((each for each in mine if each.node > told_until(told)), outside, limit)
        assert {each.node for each in shown}.isdisjoint(each.node for each in told)
        told += shown
        if not after:
            break
    assert told == sorted([*mine, *(Lost(*each) for each in rejected)], key=lambda each: (each.node, each.detail))


def told_until(told: list[Lost]) -> str:
    return told[-1].node if told else ""


def test_a_loser_whose_search_was_not_ended_is_not_told_as_unable() -> None:
    """Each line could be had by itself; of all together no plan was found, nor that there is none."""
    lines = tuple(line(3, way("A", 2, (f"G{n}", 1)), way("B", 2, (f"G{n}", 1)), id=f"{n:03}") for n in range(40))
    shares = [share(node, 90, goods) for node in "mn" for goods in "AB"]
    shares += [share(node, 3, f"G{n}") for node in "mn" for n in range(40)]
    there = field([candidate(node) for node in "mn"], shares)
    reasons = Reasons(planned(Demand(lines, whole_only=True), there, only("nearest"), work=ALONE))
    reasons.more = 0
    (told, *_) = [reasons.of(each) for each in there.candidates]
    assert tuple(told)[1:] == ("outranked", None, None), "no figures"
