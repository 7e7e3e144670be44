"""How a reserve decides: ways in order, lines together, kits, groups, floors, openings."""

from typing import Any

import pytest

from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import OPEN, RESERVE, Balances
from domain.kernel.refusal import (
    BalanceTooLarge,
    InsufficientBalance,
    InvalidInput,
    ReservationCancelled,
    ReservationExists,
)
from domain.kernel.reservation import GroupHold, Leg, Plan, Reservation, Stage
from tests.builders import NOON, account, begin, key, later, ledger, line, plan, way

A, B, C, SLOT = key("A"), key("B"), key("C"), key("slot")


def reserve(on: Ledger, wanted: Plan, id: str = "r1", **rest: Any) -> Reservation:
    rest.setdefault("until", later())
    return on.reserve(id, wanted, **rest)


def short_of(on: Ledger, wanted: Plan, **rest: Any) -> list[tuple[str, int, int, str]]:
    with pytest.raises(InsufficientBalance) as caught:
        reserve(on, wanted, **rest)
    short: Any = caught.value.facts["short"]
    return [(each["line"], each["wanted"], each["grantable"], each["account"]["goods"]) for each in short]


def legs(made: Reservation, index: int = 0) -> list[tuple[str, int]]:
    return [(leg.holds[0].account.values[1], leg.counts[Stage.HELD]) for leg in made.lines[index].legs]


def stock(**available: int) -> Ledger:
    return ledger(*(account(goods, available=quantity) for goods, quantity in available.items()))


def available(on: Ledger, of: AccountKey) -> int:
    return on.account(of).balances.available


def test_a_reservation_remembers_what_was_asked_and_by_whom() -> None:
    on = begin(stock(A=5), 17, "q9")
    made = reserve(on, plan(line("x", 3)), order="o-1", scene="wholesale")
    assert made == Reservation(
        "r1",
        "q9",
        made.lines,
        (),
        "o-1",
        "wholesale",
        later(),
        1,
        0,
        0,
        (17,),
        NOON,
        NOON,
    )
    assert made.lines[0].asked == 3
    assert made.lines[0].legs == (Leg(way(A), (3, 0, 0, 0, 0, 0)),)
    assert on.find_reservation("r1") == made
    assert made.status == "held"


def test_what_is_held_is_journalled_with_all_that_an_account_held_after_it() -> None:
    on = ledger(account(available=9, floor=2, version=4))
    reserve(on, plan(line("1", 3)), scene="wholesale")
    [posted] = on._pages.movements
    assert (posted.account, posted.version, posted.kind, posted.quantity) == (A, 5, RESERVE, 3)
    assert (posted.after, posted.floor, posted.subject) == (Balances(6, 3), 2, "r1")
    assert (posted.scene, posted.reason, posted.at) == ("wholesale", "", NOON)
    assert posted.act == on.act


def test_the_first_way_that_has_it_all_takes_the_whole_line() -> None:
    made = reserve(stock(A=2, B=5, C=9), plan(line("1", 5, way(A), way(B), way(C))))
    assert legs(made) == [("B", 5)]


def test_a_way_before_that_has_too_little_is_left_alone_when_a_later_has_it_all() -> None:
    on = stock(A=4, B=5)
    reserve(on, plan(line("1", 5, way(A), way(B))))
    assert (available(on, A), available(on, B)) == (4, 0)


def test_if_no_way_has_it_all_they_are_filled_in_order() -> None:
    on = stock(A=2, B=3, C=9)
    assert legs(reserve(on, plan(line("1", 12, way(A), way(B), way(C))))) == [("A", 2), ("B", 3), ("C", 7)]
    assert (available(on, A), available(on, B), available(on, C)) == (0, 0, 2)


def test_an_empty_way_gives_no_leg() -> None:
    assert legs(reserve(stock(A=2, B=0, C=2), plan(line("1", 4, way(A), way(B), way(C))))) == [("A", 2), ("C", 2)]


def test_filling_stops_when_the_line_is_full() -> None:
    on = stock(A=3, B=3, C=1)
    assert legs(reserve(on, plan(line("1", 4, way(A), way(B), way(C))))) == [("A", 3), ("B", 1)]
    assert available(on, C) == 1


def test_exactly_what_there_is_can_be_had() -> None:
    on = stock(A=5)
    reserve(on, plan(line("1", 5)))
    assert on.account(A).balances == Balances(reserved=5)


def test_a_floor_is_left_untouched_in_every_way() -> None:
    on = ledger(account("A", available=5, floor=3), account("B", available=5, floor=9))
    assert short_of(on, plan(line("1", 3, way(A), way(B)))) == [("1", 3, 2, "B")]
    assert legs(reserve(begin(on), plan(line("1", 2, way(A), way(B))))) == [("A", 2)]


def test_two_lines_on_the_same_goods_see_each_other() -> None:
    on = stock(A=5)
    assert short_of(on, plan(line("1", 3), line("2", 3))) == [("2", 3, 2, "A")]
    begin(on)
    assert [made.granted for made in reserve(on, plan(line("1", 3), line("2", 2))).lines] == [3, 2]


def test_a_kit_takes_so_many_units_for_each_of_its_own() -> None:
    on = stock(A=7, B=9)
    kit = way((A, 2), B)
    assert short_of(on, plan(line("1", 4, kit))) == [("1", 4, 3, "A")]
    made = reserve(begin(on), plan(line("1", 3, kit)))
    assert (available(on, A), available(on, B)) == (1, 6)
    assert made.holding(A) == (6, 0)


def test_the_account_that_binds_a_kit_is_named() -> None:
    assert short_of(stock(A=7, B=1), plan(line("1", 4, way((A, 2), B)))) == [("1", 4, 1, "B")]
    assert short_of(stock(A=1, B=1), plan(line("1", 4, way(A, B)))) == [("1", 4, 1, "A")]


def test_what_several_ways_share_binds_them_and_not_the_last_one_s_own() -> None:
    both = line("x", 6, way(A, C), way(B, C))
    assert short_of(begin(stock(A=9, B=1, C=5)), plan(both)) == [("x", 6, 5, "C")]
    assert short_of(begin(stock(A=9, B=0, C=5)), plan(both)) == [("x", 6, 5, "C")]
    assert short_of(begin(stock(A=0, B=9, C=0)), plan(both)) == [("x", 6, 0, "C")]
    assert short_of(begin(stock(A=3, B=1, C=5)), plan(both)) == [("x", 6, 4, "B")]
    assert short_of(begin(stock(A=4, B=1, C=5)), plan(both)) == [("x", 6, 5, "B")]


def test_ways_that_share_an_account_do_not_take_it_twice() -> None:
    on = stock(A=3, B=2, C=9)
    made = reserve(on, plan(line("1", 3, way(A, B), way(A, C))), partial=True)
    assert legs(made) == [("A", 3)]  # the second way alone has it all
    on = stock(A=5, B=2, C=2)
    made = reserve(on, plan(line("1", 5, way(A, B), way(A, C))), partial=True)
    assert [leg.counts[Stage.HELD] for leg in made.lines[0].legs] == [2, 2]
    assert available(on, A) == 1
    on = stock(A=3, B=2, C=2)
    made = reserve(on, plan(line("1", 5, way(A, B), way(A, C))), partial=True)
    assert [leg.counts[Stage.HELD] for leg in made.lines[0].legs] == [2, 1]
    assert on.account(A).balances == Balances(reserved=3)


def test_a_kit_that_shares_an_account_with_the_way_before_counts_its_units() -> None:
    on = stock(A=5, B=1, C=9)
    made = reserve(on, plan(line("1", 5, way(A, B), way((A, 2), C))), partial=True)
    assert [leg.counts[Stage.HELD] for leg in made.lines[0].legs] == [1, 2]
    assert available(on, A) == 0


def test_a_kit_takes_no_part_of_itself_of_what_the_way_before_left() -> None:
    on = stock(A=6, B=1)
    made = reserve(on, plan(line("1", 4, way(A, B), way((A, 2)))), partial=True)
    assert [leg.counts[Stage.HELD] for leg in made.lines[0].legs] == [1, 2]
    assert on.account(A).balances == Balances(1, 5)


def test_a_floor_holds_between_ways_that_share_an_account() -> None:
    on = ledger(account("A", available=5, floor=2), account("B", available=2), account("C", available=2))
    made = reserve(on, plan(line("1", 5, way(A, B), way(A, C))), partial=True)
    assert [leg.counts[Stage.HELD] for leg in made.lines[0].legs] == [2, 1]
    assert available(on, A) == 2


# -- all, or what there is ------------------------------------------------------------------------------------------


def test_every_short_line_is_told_and_nothing_is_held() -> None:
    on = stock(A=5, B=1, C=0)
    with pytest.raises(InsufficientBalance) as caught:
        reserve(on, plan(line("a", 2, way(A)), line("b", 2, way(B)), line("c", 1, way(C))))
    assert caught.value.own_code == "stock.insufficient"
    assert caught.value.message == "line b: 2 wanted, 1 can be granted"
    assert caught.value.facts == {
        "short": [
            {"line": "b", "wanted": 2, "grantable": 1, "account": B.named()},
            {"line": "c", "wanted": 1, "grantable": 0, "account": C.named()},
        ]
    }
    on.discard()
    assert on.find_reservation("r1") is None
    assert available(on, A) == 5


def test_partial_takes_what_there_is() -> None:
    on = stock(A=5, B=1, C=0)
    made = reserve(on, plan(line("a", 2, way(A)), line("b", 2, way(B)), line("c", 1, way(C))), partial=True)
    assert [(each.asked, each.granted) for each in made.lines] == [(2, 2), (2, 1), (1, 0)]


def test_partial_is_still_refused_where_there_is_nothing() -> None:
    assert short_of(stock(A=0), plan(line("1", 2)), partial=True) == [("1", 2, 0, "A")]


def test_without_partial_one_unit_short_is_short() -> None:
    assert short_of(stock(A=4), plan(line("1", 5))) == [("1", 5, 4, "A")]


# -- ids --------------------------------------------------------------------------------------------------------------


def test_an_id_is_taken_once_and_says_by_which_request() -> None:
    on = stock(A=5)
    reserve(on, plan())
    on.accept()
    begin(on, 2, "q2")
    with pytest.raises(ReservationExists) as caught:
        reserve(on, plan())
    assert caught.value.facts == {"reservation": "r1", "request": "q1"}


def test_a_tombstone_blocks_the_late_reserve() -> None:
    on = stock(A=5)
    stone = on.bury("r1")
    assert (stone.is_tombstone, stone.request, stone.commands, stone.created_at) == (True, "q1", (1,), NOON)
    assert (stone.changed_at, stone.due) == (NOON, None)
    with pytest.raises(ReservationCancelled) as caught:
        reserve(on, plan())
    assert caught.value.facts == {"reservation": "r1"}
    with pytest.raises(ReservationCancelled) as caught:
        on.reservation("r1")
    assert caught.value.facts == {"reservation": "r1"}


def test_a_reservation_need_not_have_a_due_time() -> None:
    assert reserve(stock(A=5), plan(), until=None).due is None


# -- openings ---------------------------------------------------------------------------------------------------------


def test_an_account_not_yet_a_fact_is_opened_by_the_plan() -> None:
    on = ledger(account("A", version=0))
    made = reserve(on, plan(line("1", 3), openings={A: 10}))
    assert on.account(A).balances == Balances(7, 3)
    assert [(m.kind, m.quantity, m.version) for m in on._pages.movements] == [(OPEN, 10, 1), (RESERVE, 3, 2)]
    assert made.holding(A) == (3, 0)


def test_an_account_that_is_a_fact_is_not_opened_again() -> None:
    on = ledger(account("A", available=1, version=1))
    assert short_of(on, plan(line("1", 3), openings={A: 10})) == [("1", 3, 1, "A")]


def test_an_opening_of_nothing_is_one_too() -> None:
    on = ledger(account("A", version=0), account("B", available=1))
    reserve(on, plan(line("1", 1, way(A), way(B)), openings={A: 0}))
    assert on.account(A).version == 1


def test_an_impossible_opening_is_refused() -> None:
    with pytest.raises(InvalidInput):
        reserve(ledger(account("A", version=0)), plan(openings={A: -1}))
    with pytest.raises(BalanceTooLarge):
        reserve(ledger(account("A", version=0)), plan(openings={A: 2**53 + 1}))


# -- groups -----------------------------------------------------------------------------------------------------------


def group(quantity: int = 2, *lines: str, name: str = "g", of: AccountKey = SLOT) -> GroupHold:
    return GroupHold(name, of, quantity, lines or ("1", "2"))


def test_a_group_is_taken_once_when_its_first_unit_is_granted() -> None:
    on = stock(A=9, slot=5)
    made = reserve(on, plan(line("1", 1), line("2", 1), groups=[group()]))
    assert on.account(SLOT).balances == Balances(3, 2)
    assert made.groups[0] == ("g", SLOT, 2, ("1", "2"), Stage.HELD)


def test_a_short_group_grants_its_lines_nothing() -> None:
    on = stock(A=9, slot=1)
    assert short_of(on, plan(line("1", 1), line("2", 3), groups=[group()])) == [
        ("1", 1, 0, "slot"),
        ("2", 3, 0, "slot"),
    ]
    made = reserve(begin(on), plan(line("1", 1), line("2", 3), line("3", 4), groups=[group()]), partial=True)
    assert [each.granted for each in made.lines] == [0, 0, 4]
    assert [each.asked for each in made.lines] == [1, 3, 4]
    assert made.groups[0].stage is None
    assert on.account(SLOT).balances == Balances(1)


def test_a_group_whose_lines_get_nothing_is_not_taken() -> None:
    on = stock(A=9, B=0, slot=5)
    made = reserve(on, plan(line("1", 1, way(B)), line("9", 1), groups=[group(2, "1")]), partial=True)
    assert made.groups[0].stage is None
    assert on.account(SLOT).balances == Balances(5)


def test_a_group_may_begin_with_its_second_line() -> None:
    on = stock(A=9, B=0, slot=2)
    made = reserve(on, plan(line("1", 1, way(B)), line("2", 1), groups=[group()]), partial=True)
    assert made.groups[0].stage is Stage.HELD
    assert on.account(SLOT).balances == Balances(0, 2)


def test_a_group_already_taken_is_not_asked_for_again() -> None:
    on = stock(A=9, slot=2)
    made = reserve(on, plan(line("1", 1), line("2", 1), groups=[group()]))
    assert [each.granted for each in made.lines] == [1, 1]


def test_exactly_the_group_is_enough_and_its_floor_is_left() -> None:
    on = ledger(account(available=5), account("slot", available=3, floor=1))
    assert reserve(on, plan(line("1", 1), groups=[group(2, "1")])).status == "held"
    on = ledger(account(available=5), account("slot", available=3, floor=2))
    assert short_of(on, plan(line("1", 1), groups=[group(2, "1")])) == [("1", 1, 0, "slot")]


def test_a_group_is_opened_by_the_plan() -> None:
    on = ledger(account(available=5), account("slot", version=0))
    reserve(on, plan(line("1", 1), groups=[group(2, "1")], openings={SLOT: 10}))
    assert on.account(SLOT).balances == Balances(8, 2)


def test_two_groups_on_one_account_are_counted_together() -> None:
    both = [group(3, "1"), group(3, "1", name="h")]
    on = ledger(account(available=5), account("slot", available=7, floor=2))
    assert short_of(on, plan(line("1", 1), groups=both)) == [("1", 1, 0, "slot")]
    on = ledger(account(available=5), account("slot", available=8, floor=2))
    reserve(on, plan(line("1", 1), groups=both))
    assert on.account(SLOT).balances == Balances(2, 6)


def test_a_group_and_a_line_on_one_account_are_counted_together() -> None:
    """Credit at unit price in the line, and the freight of the whole order in the group."""
    on = ledger(account(available=9), account("slot", available=10, floor=1))
    wanted = plan(line("1", 4, way(A, (SLOT, 2))), groups=[group(3, "1")])
    assert short_of(on, wanted) == [("1", 4, 3, "slot")]
    made = reserve(begin(on), wanted, partial=True)
    assert made.lines[0].granted == 3
    assert on.account(SLOT).balances == Balances(1, 9)
    assert made.holding(SLOT) == (9, 0)


def test_a_group_that_takes_all_a_line_would_need_leaves_it_nothing() -> None:
    on = stock(A=9, B=9, slot=3)
    wanted = plan(line("1", 1, way(A, SLOT)), line("2", 1, way(B)), groups=[group(3, "1")])
    assert short_of(on, wanted) == [("1", 1, 0, "slot")]


def test_a_group_takes_nothing_of_accounts_it_does_not_name() -> None:
    on = stock(A=3, slot=2)
    assert reserve(on, plan(line("1", 3), groups=[group(2, "1")])).lines[0].granted == 3


def test_each_group_belongs_to_its_own_lines() -> None:
    on = stock(A=9, B=9, slot=5)
    made = reserve(
        on,
        plan(line("1", 1), line("2", 1, way(B)), groups=[group(1, "1"), group(2, "2", name="h"), group(2, name="i")]),
    )
    assert [each.stage for each in made.groups] == [Stage.HELD] * 3
    assert on.account(SLOT).balances == Balances(0, 5)
    assert [m.quantity for m in on._pages.movements if m.account == SLOT] == [1, 2, 2]
    assert {m.subject for m in on._pages.movements} == {"r1"}
