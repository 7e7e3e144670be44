"""Each rule, alone: what leaves a node out is what is said of it, and of several the first."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from domain.sourcing.demand import Demand, DemandLine, Field
from domain.sourcing.explain import RULES, lost
from domain.sourcing.plan import planned
from domain.sourcing.policy import CRITERIA, only
from tests.unit.sourcing.fields import CAPS, NOON, TODAY, candidate, day, field, line, share, way

WINNER = candidate("winner", 0.0)
STOCKED = share("winner", 9)

RULED: dict[str, tuple[DemandLine, Field, bool]] = {
    "substitute": (
        line(1, way(), way("B", substitute=True)),
        field([WINNER, candidate("n")], [STOCKED, share("n", 5, "B")]),
        False,
    ),
    "relation": (line(1), field([WINNER, candidate("n", goods={"B": 1})], [STOCKED, share("n", 5)]), False),
    "stock": (line(1), field([WINNER, candidate("n")], [STOCKED, share("n", 0)]), False),
    "shelf_life": (
        line(1, keeps_until=TODAY),
        field([WINNER, candidate("n")], [STOCKED, share("n", 5, lot="L", expires=TODAY - timedelta(days=1))]),
        False,
    ),
    "channel": (
        line(1),
        field([WINNER, candidate("n")], [STOCKED, share("n", 5, caps=(CAPS[0],))], {CAPS[0]: 0}),
        False,
    ),
    "late": (
        line(1, by=NOON + timedelta(days=2)),
        field([WINNER, candidate("n", days=3)], [STOCKED, share("n", 5)]),
        False,
    ),
    "capacity": (
        line(1),
        field([WINNER, candidate("n")], [STOCKED, share("n", 5)], capacity={"n": day(orders=0)}),
        False,
    ),
    "whole_line": (line(4, whole=True), field([WINNER, candidate("n")], [STOCKED, share("n", 3)]), False),
    "whole_order": (line(4), field([WINNER, candidate("n")], [STOCKED, share("n", 3)]), True),
    "outranked": (line(4), field([WINNER, candidate("n")], [STOCKED, share("n", 9)]), False),
}


@pytest.mark.parametrize("rule", RULED)
def test_a_node_is_lost_by_the_rule_that_holds_of_it(rule: str) -> None:
    wanted, there, whole_only = RULED[rule]
    made = planned(Demand((wanted,), whole_only=whole_only), there, only("nearest"))
    assert {leg.node for leg in made.decision.legs} == {"winner"}
    assert [(each.node, each.rule) for each in lost(made)] == [("n", rule)]


def test_nobody_serves_what_the_line_s_suppliers_do_not_supply() -> None:
    wanted = line(1, suppliers=frozenset({"elsewhere"}))
    made = planned(Demand((wanted,)), field([WINNER], [STOCKED]), only("nearest"))
    assert [(each.node, each.rule) for each in lost(made)] == [("winner", "supplier")]
    assert made.decision.short == {"1": 1}


def test_goods_of_an_owner_that_no_relation_lets_are_barred_by_the_relation() -> None:
    """The channel may take them: it is not `stock`, as it is where nothing lies."""
    theirs = candidate("n", owners=frozenset({"them"}))
    for there, rule in ((share("n", 5), "relation"), (share("n", 0), "stock"), (share("n", 5, "B"), "stock")):
        made = planned(Demand((line(1),)), field([WINNER, theirs], [STOCKED, there]), only("nearest"))
        assert [(each.node, each.rule) for each in lost(made)] == [("n", rule)]


def test_of_several_rules_the_first_is_said() -> None:
    rules = list(RULES)
    later = field([WINNER, candidate("n", days=9)], [STOCKED], capacity={"n": day(orders=0)})
    made = planned(Demand((line(1, by=NOON + timedelta(days=2)),)), later, only("nearest"))
    assert [each.rule for each in lost(made)] == ["stock"]
    assert rules.index("stock") < rules.index("late") < rules.index("capacity")


def test_who_is_outranked_is_told_by_how_much() -> None:
    there = field([WINNER, candidate("n", 3.0, order=7)], [STOCKED, share("n", 9)])
    [near] = lost(planned(Demand((line(4),)), there, only("nearest")))
    assert (near.by, near.cost) == (4 * 3_000, 7)
    [cheap] = lost(planned(Demand((line(4),)), there, only("least_cost")))
    assert (cheap.by, cheap.cost) == (7, 7)
    [few] = lost(planned(Demand((line(4),)), there, only("fewest_splits")))
    assert (few.by, few.cost) == (0, 7)


def test_the_page_tells_every_rule_in_its_order() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sourcing.md").read_text()
    told = re.findall(r"^\| \d+ \| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert told == list(RULES.items())


@pytest.mark.parametrize("criterion", CRITERIA)
def test_who_holds_nothing_changes_no_measure(criterion: str) -> None:
    slow, wanted = candidate("slow", 50.0, days=3), Demand((line(4),))
    alone = planned(wanted, field([slow], [share("slow", 9)]), only(criterion))
    beside = planned(wanted, field([slow, candidate("n", 0.0)], [share("slow", 9), share("n", 0)]), only(criterion))
    assert beside.decision == alone.decision
    assert [(each.node, each.rule) for each in lost(beside)] == [("n", "stock")]
