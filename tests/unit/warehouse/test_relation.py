"""Supply relations: party → party → store → node, goods → goods → node → node."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusal import InvalidInput
from domain.warehouse.relation import GOODS, NODE, PARTY, End, Reached, Relation, reached

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def relation(start: str, end: str, priority: int = 0, **more: Any) -> Relation:
    (from_kind, from_code), (to_kind, to_code) = start.split(":"), end.split(":")
    return Relation(f"{start}>{end}", from_kind, from_code, to_kind, to_code, priority, **more)


def ways(start: str, *relations: Relation, at: datetime = NOW) -> dict[str, Reached] | None:
    kind, code = start.split(":")
    return reached(End(kind, code), lambda here: [each for each in relations if each.start == here], at)


def test_who_has_no_relation_may_use_all() -> None:
    assert ways("party:shop") is None
    assert ways("party:shop", relation("party:other", "node:N")) is None
    assert ways("party:shop", relation("party:shop", "node:N", active=False)) is None


def test_a_party_reaches_the_nodes_of_those_that_supply_it() -> None:
    found = ways(
        "party:shop",
        relation("party:shop", "party:agent", 10),
        relation("party:agent", "node:store", 1),
        relation("node:store", "node:depot", 5),
        relation("party:elsewhere", "node:far"),
    )
    assert found == {"store": Reached(11, None), "depot": Reached(16, None)}


def test_goods_reach_the_nodes_of_what_stands_for_them() -> None:
    found = ways("goods:tea", relation("goods:tea", "goods:drinks"), relation("goods:drinks", "node:dry", 2))
    assert found == {"dry": Reached(2, None)}


def test_the_smallest_priority_of_several_ways_counts() -> None:
    found = ways(
        "party:shop",
        relation("party:shop", "node:N", 9),
        relation("party:shop", "party:agent", 1),
        relation("party:agent", "node:N", 2),
    )
    assert found == {"N": Reached(3, None)}


def test_a_round_ends() -> None:
    found = ways(
        "party:a",
        relation("party:a", "party:b"),
        relation("party:b", "party:a"),
        relation("party:b", "node:N"),
        relation("node:N", "node:M"),
        relation("node:M", "node:N"),
    )
    assert found == {"N": Reached(0, None), "M": Reached(0, None)}


def test_owners_are_those_of_all_relations_that_lead_to_the_node() -> None:
    some = relation("party:shop", "node:N", owners=("agent",))
    more = relation("party:agent", "node:N", owners=("-", "agent"))
    to_agent = relation("party:shop", "party:agent")
    assert ways("party:shop", some) == {"N": Reached(0, frozenset({"agent"}))}
    assert ways("party:shop", some, to_agent, more) == {"N": Reached(0, frozenset({"agent", "-"}))}
    anybody = relation("party:agent", "node:N")
    assert ways("party:shop", some, to_agent, anybody) == {"N": Reached(0, None)}
    assert ways("party:shop", to_agent, anybody, some) == {"N": Reached(0, None)}


def test_what_ran_out_or_has_not_begun_closes() -> None:
    march = relation("party:shop", "node:N", since=NOW, until=NOW + DAY)
    assert ways("party:shop", march, at=NOW - timedelta(microseconds=1)) == {}
    assert ways("party:shop", march, at=NOW) == {"N": Reached(0, None)}
    assert ways("party:shop", march, at=NOW + DAY - timedelta(microseconds=1)) == {"N": Reached(0, None)}
    assert ways("party:shop", march, at=NOW + DAY) == {}


ENDS = st.sampled_from([End(kind, code) for kind in (PARTY, GOODS, NODE) for code in "abc"])
EDGES = st.lists(st.tuples(ENDS, ENDS, st.integers(0, 5)), max_size=14)


@given(EDGES)
def test_more_relations_of_others_never_take_a_node_away(edges: list[tuple[End, End, int]]) -> None:
    """And what is reached is reached at the least priority of any way: as one relaxation after the other has it."""
    made = []
    for number, (start, end, priority) in enumerate(edges):
        try:
            made.append(Relation(str(number), *start, *end, priority))
        except InvalidInput:
            continue
    start = End(PARTY, "a")
    found = reached(start, lambda here: [each for each in made if each.start == here], NOW)
    least = {start: 0}
    for _ in range(len(made) + 1):
        for each in made:
            if each.start in least:
                least[each.end] = min(least.get(each.end, 10**9), least[each.start] + each.priority)
    expected = {end.code: priority for end, priority in least.items() if end.kind == NODE}
    if not any(each.start == start for each in made):
        assert found is None
        return
    assert found is not None
    assert {code: each.priority for code, each in found.items()} == expected
    fewer = made[:-1]
    before = reached(start, lambda here: [each for each in fewer if each.start == here], NOW)
    assert before is None or before.keys() <= found.keys()


@pytest.mark.parametrize(
    "fault",
    [
        {"from_kind": "node", "to_kind": "party"},
        {"from_kind": "goods", "to_kind": "party"},
        {"from_kind": "store"},
        {"to_kind": "party", "to_code": "a"},
        {"to_kind": "party", "owners": ("x",)},
        {"from_kind": "goods", "owners": ("x",)},
        {"owners": ("",)},
        {"priority": -1},
        {"priority": 10_001},
        {"since": NOW.replace(tzinfo=None)},
        {"since": NOW, "until": NOW},
        {"code": ""},
    ],
)
def test_what_is_no_relation_is_refused(fault: dict[str, Any]) -> None:
    said = {"code": "r", "from_kind": "party", "from_code": "a", "to_kind": "node", "to_code": "b", **fault}
    with pytest.raises(InvalidInput):
        Relation(**said)
