"""Lines that go to another node's day: what their groups hold goes with them."""

import pytest

from domain.kernel.account import OPENED
from domain.kernel.exchanging import exchange, regroup
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import GroupHold, Pick, Stage
from tests.builders import account, key, ledger, line, plan, way

A, B, DAY, NEXT = key("A"), key("B"), key("day"), key("next")
TO_NEXT = GroupHold("next", NEXT, 1, ("1",))


def two_lines_on_a_day() -> Ledger:
    on = ledger(
        account("A", available=5), account("B", available=5), account("day", available=1), account("next", available=1)
    )
    on.reserve(
        "r1",
        plan(line("1", 2, way(A)), line("2", 2, way(B)), groups=[GroupHold("day", DAY, 1, ("1", "2"))]),
        until=None,
    )
    return on


def held(on: Ledger) -> list[tuple[str, int, int]]:
    """(account, reserved, allocated) of the two days."""
    days = ((name, on.account(of).balances) for name, of in (("day", DAY), ("next", NEXT)))
    return [(name, balances.reserved, balances.allocated) for name, balances in days]


def test_a_day_is_given_back_when_its_last_line_goes() -> None:
    on = two_lines_on_a_day()
    regroup(on, "r1", "1", ["day"], TO_NEXT)
    assert held(on) == [("day", 1, 0), ("next", 1, 0)]
    after = regroup(on, "r1", "2", ["day"], TO_NEXT)
    assert held(on) == [("day", 0, 0), ("next", 1, 0)]
    assert [(group.name, group.lines, group.stage) for group in after.groups] == [
        ("day", (), Stage.RELEASED),
        ("next", ("1", "2"), Stage.HELD),
    ]


def test_what_is_confirmed_is_confirmed_on_the_new_day() -> None:
    on = two_lines_on_a_day()
    on.confirm("r1", [Pick("1", 1)])
    regroup(on, "r1", "1", ["day"], TO_NEXT)
    assert held(on) == [("day", 0, 1), ("next", 0, 1)]
    regroup(on, "r1", "2", ["day"], TO_NEXT)
    assert held(on) == [("day", 0, 0), ("next", 0, 1)]


def test_a_line_that_joins_a_day_that_waits_for_a_confirm_brings_its_own() -> None:
    on = two_lines_on_a_day()
    regroup(on, "r1", "2", ["day"], TO_NEXT)
    on.confirm("r1", [Pick("1")])
    regroup(on, "r1", "1", ["day"], TO_NEXT)
    assert held(on) == [("day", 0, 0), ("next", 0, 1)]


def test_a_day_that_was_shipped_from_stays_consumed() -> None:
    on = two_lines_on_a_day()
    on.confirm("r1")
    on.ship("r1", [Pick("1", 1)])
    after = regroup(on, "r1", "2", ["day"], TO_NEXT)
    assert held(on) == [("day", 0, 0), ("next", 0, 1)]
    assert on.account(DAY).balances.available == 0
    assert after.groups[0].stage is Stage.SHIPPED


def test_a_day_left_and_come_back_to_is_taken_again() -> None:
    on = two_lines_on_a_day()
    for each in "12":
        regroup(on, "r1", each, ["day"], TO_NEXT)
    regroup(on, "r1", "1", ["next"], GroupHold("day", DAY, 1, ("1",)))
    assert held(on) == [("day", 1, 0), ("next", 1, 0)]
    on.release("r1")
    assert held(on) == [("day", 0, 0), ("next", 0, 0)]


def test_a_full_day_is_not_joined() -> None:
    on = two_lines_on_a_day()
    on.reserve("r2", plan(line("1", 1, way(A)), groups=[TO_NEXT]), until=None)
    with pytest.raises(Refusal, match=r"stock\.insufficient"):
        regroup(on, "r1", "1", ["day"], TO_NEXT)


def test_a_day_that_nobody_touched_opens_with_its_figure() -> None:
    on = ledger(account("A", available=5), account("day", available=1), account("next", version=0))
    on.reserve("r1", plan(line("1", 2, way(A)), groups=[GroupHold("day", DAY, 1, ("1",))]), until=None)
    regroup(on, "r1", "1", ["day"], TO_NEXT, openings={NEXT: 3})
    assert (on.account(NEXT).balances.available, on.account(NEXT).facts[OPENED]) == (2, "3")


def test_what_is_exchanged_to_an_account_that_nobody_touched_opens_it() -> None:
    on = ledger(account("A", available=5), account("next", version=0))
    on.reserve("r1", plan(line("1", 2, way(A))), until=None)
    exchange(on, "r1", Pick("1"), way(NEXT), openings={NEXT: 3})
    assert on.account(NEXT).balances.available == 1
