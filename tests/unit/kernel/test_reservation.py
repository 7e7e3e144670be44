"""Plans and reservations as values."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.account import AccountKey
from domain.kernel.refusal import InvalidInput
from domain.kernel.reservation import (
    MAX_COMMANDS,
    MAX_HOLDS,
    MAX_LINES,
    NONE_YET,
    Group,
    GroupHold,
    Hold,
    Leg,
    Line,
    Plan,
    PlannedLine,
    Reservation,
    Stage,
)
from tests.builders import NOON, key, later, line, plan, way

A, B, C = key("A"), key("B"), key("C")


def refused(*args: Any, **rest: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        Plan(*args, **rest)
    return caught.value


def test_the_bounds_are_what_the_documents_say() -> None:
    assert (MAX_LINES, MAX_HOLDS, MAX_COMMANDS) == (500, 2_000, 1_000)


def test_a_plan_names_every_account_it_may_touch() -> None:
    made = plan(line("1", 1, way(A, B), way(C)), line("2", 1, way(A)), groups=[GroupHold("g", key("slot"), 1, ("1",))])
    assert list(made.accounts()) == [A, B, C, A, key("slot")]


def test_a_plan_has_one_to_five_hundred_lines() -> None:
    assert refused(()).facts == {"field": "lines", "most": 500}
    assert len(Plan(tuple(line(str(i)) for i in range(500))).lines) == 500
    assert refused(tuple(line(str(i)) for i in range(501))).facts == {"field": "lines", "most": 500}


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1, 2**63, True])
def test_a_line_asks_for_a_whole_number(quantity: int) -> None:
    assert refused((line("1", quantity),)).facts["field"] == "quantity"


@pytest.mark.parametrize("units", [0, -1, 10**9 + 1, 1.5])
def test_a_hold_takes_a_whole_number_for_each_unit(units: Any) -> None:
    assert refused((line("1", 1, (Hold(A, units),)),)).facts["field"] == "units"


def test_a_line_has_an_id_of_its_own() -> None:
    assert refused((line(""),)).facts == {"field": "line"}
    assert refused((line("1"), line("2"), line("1"))).facts == {"field": "lines", "line": "1"}


@pytest.mark.parametrize("ways", [(), ((),), (way(A), ())])
def test_a_line_names_something_to_hold(ways: Any) -> None:
    caught = refused((PlannedLine("7", 1, ways),))
    assert caught.facts == {"field": "lines", "line": "7"}
    assert "names nothing to hold" in caught.message


def test_a_way_names_an_account_once_and_two_ways_may_share_one() -> None:
    caught = refused((line("7", 1, way(B), (Hold(A), Hold(B), Hold(A, 2))),))
    assert caught.facts == {"field": "lines", "line": "7"}
    assert "twice in one way" in caught.message
    assert plan(line("1", 1, way(A, B), way(A, C))).lines[0].line == "1"


def test_a_plan_names_at_most_two_thousand_holds() -> None:
    wide = tuple(way(key(str(i)), B, C, A) for i in range(500))
    assert Plan((line("1", 1, *wide),)).groups == ()
    assert refused((line("1", 1, *wide),), (GroupHold("g", A, 1, ("1",)),)).facts == {"field": "lines", "most": 2000}
    assert refused((line("1", 1, *wide), line("2"))).facts["most"] == 2000


def test_a_group_is_of_lines_that_are_there() -> None:
    caught = refused((line("1"),), (GroupHold("g", A, 1, ("1", "z", "y")),))
    assert caught.facts == {"field": "groups", "lines": ["y", "z"]}
    assert refused((line("1"),), (GroupHold("g", A, 0, ("1",)),)).facts["field"] == "quantity"


def test_units_of_a_leg_go_from_stage_to_stage() -> None:
    leg = Leg(way(A), (5, 0, 0, 0, 0, 0)).moved(Stage.HELD, Stage.CONFIRMED, 2).moved(Stage.CONFIRMED, Stage.DAMAGED, 1)
    assert leg == Leg(way(A), (3, 1, 0, 0, 0, 1))
    assert leg.granted == 5
    assert Leg(way(A)).counts == NONE_YET == (0,) * 6
    assert [int(stage) for stage in Stage] == [0, 1, 2, 3, 4, 5]
    assert [s.name for s in Stage] == ["HELD", "CONFIRMED", "SHIPPED", "RELEASED", "EXPIRED", "DAMAGED"]


def test_a_line_sums_its_legs() -> None:
    made = Line("1", 20, (Leg(way(A), (1, 2, 3, 4, 5, 0)), Leg(way(B), (1, 0, 0, 0, 0, 1))))
    assert (made.granted, made.at(Stage.HELD), made.at(Stage.CONFIRMED), made.at(Stage.DAMAGED)) == (17, 2, 2, 1)


def reservation(*counts: tuple[int, ...], **rest: Any) -> Reservation:
    return Reservation("r", "q", tuple(Line(str(i), 9, (Leg(way(A), each),)) for i, each in enumerate(counts)), **rest)


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ((1, 0, 0, 0, 0, 0), "held"),
        ((1, 0, 0, 1, 0, 0), "held"),
        ((1, 1, 0, 0, 0, 0), "partly_confirmed"),
        ((1, 0, 1, 0, 0, 0), "partly_confirmed"),
        ((0, 1, 0, 0, 0, 0), "confirmed"),
        ((0, 1, 0, 1, 1, 1), "confirmed"),
        ((0, 1, 1, 0, 0, 0), "partly_shipped"),
        ((0, 0, 1, 1, 1, 1), "shipped"),
        ((0, 0, 0, 0, 1, 0), "expired"),
        ((0, 0, 0, 1, 1, 1), "expired"),
        ((0, 0, 0, 1, 0, 0), "released"),
        ((0, 0, 0, 1, 0, 1), "released"),
        ((0, 0, 0, 0, 0, 1), "damaged"),
        ((0, 0, 0, 0, 0, 0), "released"),
    ],
)
def test_the_status_is_one_word_for_the_counters(counts: tuple[int, ...], status: str) -> None:
    assert reservation(counts).status == status
    # And it does not matter how they lie over the lines.
    assert reservation(counts, NONE_YET).status == status
    assert reservation(*(tuple(c * (i == j) for j, c in enumerate(counts)) for i in range(6))).status == status


def test_a_tombstone_has_no_lines() -> None:
    stone = Reservation("r", "q")
    assert (stone.is_tombstone, stone.status, stone.awaits_deadline, list(stone.accounts())) == (
        True,
        "cancelled",
        False,
        [],
    )
    assert not reservation(NONE_YET).is_tombstone
    assert (stone.deadline, stone.token, stone.events, stone.commands, stone.scene) == (1, 0, 0, (), "sale")
    assert Reservation("r1", "q1").counts == (0, 0, 0, 0, 0, 0)


def test_counts_are_summed_over_lines_and_legs() -> None:
    assert reservation((1, 2, 0, 0, 0, 0), (3, 0, 0, 0, 0, 7)).counts == (4, 2, 0, 0, 0, 7)
    assert Reservation("r", "q", (Line("1", 1, ()),)).counts == NONE_YET
    assert reservation((1, 2, 0, 0, 0, 0)).at(Stage.CONFIRMED) == 2


def test_it_waits_for_its_due_time_while_something_is_held() -> None:
    assert reservation((1, 0, 0, 0, 0, 0), due=NOON).awaits_deadline
    assert reservation(NONE_YET, (0, 1, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0), due=NOON).awaits_deadline
    assert not reservation((1, 0, 0, 0, 0, 0)).awaits_deadline
    assert not reservation((0, 1, 1, 1, 1, 1), due=later()).awaits_deadline


def test_what_it_holds_of_an_account_counts_kits_legs_and_groups() -> None:
    made = Reservation(
        "r",
        "q",
        (
            Line("1", 9, (Leg((Hold(A, 2), Hold(B)), (3, 1, 5, 5, 5, 5)), Leg((Hold(A),), (1, 2, 0, 0, 0, 0)))),
            Line("2", 9, (Leg((Hold(A, 10),), (1, 0, 0, 0, 0, 0)),)),
        ),
        (
            Group("g", A, 100, ("1",), Stage.HELD),
            Group("h", A, 1000, ("1",), Stage.CONFIRMED),
            Group("i", A, 5000, ("1",), None),
            Group("j", B, 7, ("1",), Stage.SHIPPED),
        ),
    )
    assert made.holding(A) == (3 * 2 + 1 + 10 + 100, 1 * 2 + 2 + 1000)
    assert made.holding(B) == (3, 1)
    assert made.holding(C) == (0, 0)
    assert made.holding(AccountKey(A.kind, (*A.values,))) == made.holding(A)  # whoever made the key
    assert list(made.accounts()) == [A, B, A, A, A, A, A, B]


def test_a_due_time_does_not_change_what_a_reservation_is() -> None:
    assert reservation((1, 0, 0, 0, 0, 0), due=NOON) != reservation((1, 0, 0, 0, 0, 0), due=NOON + timedelta(seconds=1))


@pytest.mark.parametrize("of", [plan(), Reservation("r", "q")])
def test_what_there_are_many_of_carries_its_fields_and_nothing_else(of: object) -> None:
    assert not hasattr(of, "__dict__")


def test_a_copy_with_other_lines_differs_in_its_lines_alone() -> None:
    group = Group("g", key("B"), 2, ("1",))
    before = Reservation(
        "r1", "q1", (Line("1", 1, ()),), (group,), "o1", "shop", later(), 2, 3, 4, (5, 6), NOON, later(60)
    )
    assert all(getattr(before, f.name) != getattr(Reservation("x", "y"), f.name) for f in fields(Reservation))
    lines = (Line("2", 7, ()),)
    assert before.with_lines(lines) == replace(before, lines=lines)
    assert before.lines == (Line("1", 1, ()),)
