"""What becomes of a reservation: confirm, release, ship, take back, damage, expire, extend, exchange."""

from typing import Any

import pytest

from domain.kernel.exchanging import exchange
from domain.kernel.ledger import Advanced, Ledger
from domain.kernel.movement import (
    CONFIRM,
    DAMAGE,
    DEALLOCATE,
    EXPIRE,
    RELEASE,
    RESERVE,
    SHIP,
    Balances,
    MovementKind,
)
from domain.kernel.refusal import (
    InsufficientBalance,
    InvalidInput,
    ReservationCancelled,
    ReservationState,
    ReservationUnknown,
)
from domain.kernel.reservation import MAX_COMMANDS, GroupHold, Leg, Pick, Plan, Reservation, Stage
from tests.builders import NOON, account, begin, key, later, ledger, line, plan, way

A, B, C, SLOT = key("A"), key("B"), key("C"), key("slot")


def held(wanted: Plan | None = None, *, until: Any = NOON, **stock: int) -> Ledger:
    """A ledger with r1 reserved, and the next command begun."""
    on = ledger(
        *(account(goods, available=n) for goods, n in (stock or {"A": 10, "B": 10, "C": 10, "slot": 10}).items())
    )
    on.reserve("r1", wanted or plan(line("1", 5)), until=until, scene="shop")
    on.accept()
    return begin(on, 2, "q2")


def posted(on: Ledger) -> list[tuple[str, MovementKind, int]]:
    return [(m.account.values[1], m.kind, m.quantity) for m in on._pages.movements]


def counts(of: Reservation, index: int = 0) -> list[tuple[int, ...]]:
    return [leg.counts for leg in of.lines[index].legs]


def state_of(caught: pytest.ExceptionInfo[ReservationState]) -> dict[str, object]:
    return caught.value.facts


def test_every_step_is_one_movement_between_two_counters() -> None:
    on = held()
    after, moved = on.confirm("r1", [Pick("1", 4)])
    assert (counts(after), moved) == ([(1, 4, 0, 0, 0, 0)], [Advanced("1", 0, way(A), 4)])
    after, _ = on.ship("r1", [Pick("1", 1)])
    after, _ = on.deallocate("r1", [Pick("1", 1)])
    after, _ = on.damage("r1", [Pick("1", 1)], reason="wet")
    after, _ = on.release("r1")
    assert counts(after) == [(0, 1, 1, 2, 0, 1)]
    assert posted(on) == [("A", CONFIRM, 4), ("A", SHIP, 1), ("A", DEALLOCATE, 1), ("A", DAMAGE, 1), ("A", RELEASE, 1)]
    assert on.account(A).balances == Balances(7, 0, 1, 0, 1)
    assert [m.reason for m in on._pages.movements] == ["", "", "", "wet", ""]
    assert {(m.scene, m.subject) for m in on._pages.movements} == {("shop", "r1")}
    assert on.find_reservation("r1") == after


def test_a_step_may_have_a_scene_of_its_own() -> None:
    on = held()
    on.confirm("r1", scene="transfer")
    on.ship("r1", [Pick("1", 1)], scene="a")
    on.deallocate("r1", [Pick("1", 1)], scene="b")
    assert [m.scene for m in on._pages.movements] == ["transfer", "a", "b"]
    on = held()
    on.release("r1", scene="transfer")
    assert [m.scene for m in on._pages.movements] == ["transfer"]


@pytest.mark.parametrize("verb", ["confirm", "release"])
def test_without_picks_all_that_is_held_moves(verb: str) -> None:
    on = held(plan(line("1", 15, way(A), way(B)), line("2", 2, way(C))))
    after, moved = getattr(on, verb)("r1")
    assert [(step.line, step.leg, step.quantity) for step in moved] == [("1", 0, 10), ("1", 1, 5), ("2", 0, 2)]
    assert after.at(Stage.HELD) == 0


@pytest.mark.parametrize("verb", ["ship", "deallocate"])
def test_without_picks_all_that_is_confirmed_moves(verb: str) -> None:
    on = held(plan(line("1", 5), line("2", 2, way(B))))
    on.confirm("r1", [Pick("1", 3), Pick("2")])
    after, moved = getattr(on, verb)("r1")
    assert [(step.line, step.quantity) for step in moved] == [("1", 3), ("2", 2)]
    assert (after.at(Stage.HELD), after.at(Stage.CONFIRMED)) == (2, 0)


def test_a_pick_takes_legs_in_order_or_the_one_it_names() -> None:
    on = held(plan(line("1", 15, way(A), way(B))))
    _, moved = on.confirm("r1", [Pick("1", 11)])
    assert [(step.leg, step.quantity) for step in moved] == [(0, 10), (1, 1)]
    _, moved = on.release("r1", [Pick("1", 1, 1)])
    assert moved == [Advanced("1", 1, way(B), 1)]
    _, moved = on.release("r1", [Pick("1", None, 1)])
    assert moved == [Advanced("1", 1, way(B), 3)]
    on = held(plan(line("1", 15, way(A), way(B))))
    _, moved = on.confirm("r1", [Pick("1", 2, 0), Pick("1", 2, 0), Pick("1", 1, 1)])
    assert [(step.leg, step.quantity) for step in moved] == [(0, 2), (0, 2), (1, 1)]


def test_a_pick_goes_on_with_the_next_leg_for_all_that_the_first_had_not() -> None:
    on = held(plan(line("1", 5, way(A), way(B))), A=1, B=4)
    _, moved = on.confirm("r1", [Pick("1", 3)])
    assert [(step.leg, step.quantity) for step in moved] == [(0, 1), (1, 2)]


def test_picks_may_be_read_once_only() -> None:
    after, moved = held().confirm("r1", (Pick("1", n) for n in (1, 2)))
    assert (counts(after), [step.quantity for step in moved]) == ([(2, 3, 0, 0, 0, 0)], [1, 2])


def test_a_kit_moves_all_its_parts() -> None:
    on = held(plan(line("1", 3, way((A, 2), B))))
    _, moved = on.confirm("r1", [Pick("1", 2)])
    assert posted(on) == [("A", CONFIRM, 4), ("B", CONFIRM, 2)]
    assert moved[0].quantity == 2


@pytest.mark.parametrize("quantity", [0, -1, -(2**63), 10**9 + 1])
@pytest.mark.parametrize("verb", ["confirm", "release", "ship", "deallocate"])
def test_a_pick_is_of_a_whole_number_of_units(verb: str, quantity: int) -> None:
    on = held()
    on.confirm("r1", [Pick("1", 2)])
    with pytest.raises(InvalidInput):
        getattr(on, verb)("r1", [Pick("1", quantity)])


def test_more_than_there_is_at_the_stage_is_refused_with_what_is_short() -> None:
    on = held()
    with pytest.raises(ReservationState) as caught:
        on.confirm("r1", [Pick("1", 6)])
    assert caught.value.message == "line 1 of r1 has fewer units held than 6"
    assert state_of(caught) == {"reservation": "r1", "line": "1", "wanted": 6, "short": 1, "stage": "held"}
    with pytest.raises(ReservationState) as caught:
        on.ship("r1", [Pick("1", 1)])
    assert (state_of(caught)["short"], state_of(caught)["stage"]) == (1, "confirmed")
    with pytest.raises(ReservationState) as caught:
        on.confirm("r1", [Pick("1", 1, 7)])
    assert state_of(caught)["short"] == 1


def test_where_nothing_is_at_the_stage_the_command_is_refused() -> None:
    on = held()
    with pytest.raises(ReservationState) as caught:
        on.ship("r1")
    assert caught.value.message == "reservation r1 is held: nothing is confirmed"
    assert state_of(caught) == {"reservation": "r1", "status": "held"}
    with pytest.raises(ReservationState):
        on.confirm("r1", [Pick("1", None, 7)])


def test_an_unknown_line_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        held().confirm("r1", [Pick("9")])
    assert caught.value.facts == {"field": "line", "reservation": "r1", "line": "9"}
    with pytest.raises(InvalidInput):
        exchange(held(), "r1", Pick("9"), way(B))
    with pytest.raises(InvalidInput):
        held().confirm("r1", [Pick("0")])  # before all there are, not after


@pytest.mark.parametrize("verb", ["confirm", "release", "ship", "deallocate"])
def test_an_unknown_reservation_is_refused_and_may_come_later(verb: str) -> None:
    on = held()
    with pytest.raises(ReservationUnknown) as caught:
        getattr(on, verb)("r2")
    assert caught.value.facts == {"reservation": "r2"}
    assert caught.value.retryable
    on.bury("r2")
    with pytest.raises(ReservationCancelled):
        getattr(on, verb)("r2")


# -- time ------------------------------------------------------------------------------------------------------------


def test_it_expires_when_its_time_has_come_and_not_before() -> None:
    assert held(until=later(0.000001)).expire("r1", 1, 0) is None
    on = held(until=NOON)
    expired = on.expire("r1", 1, 0)
    assert expired is not None
    assert counts(expired[0]) == [(0, 0, 0, 0, 5, 0)]
    assert [(step.line, step.quantity) for step in expired[1]] == [("1", 5)]
    assert posted(on) == [("A", EXPIRE, 5)]
    assert on._pages.movements[0].scene == "shop"
    assert on.expire("r1", 1, 0) is None
    assert held(until=later(-60)).expire("r1", 1, 0) is not None


def test_only_what_is_still_held_expires() -> None:
    on = held()
    on.confirm("r1", [Pick("1", 2)])
    expired = on.expire("r1", 1, 0)
    assert expired is not None
    assert counts(expired[0]) == [(0, 2, 0, 0, 3, 0)]
    on = held()
    on.confirm("r1")
    assert on.expire("r1", 1, 0) is None


@pytest.mark.parametrize(("deadline", "token"), [(0, 0), (2, 0), (1, 1), (1, -1)])
def test_a_stale_deadline_or_a_fenced_worker_does_nothing(deadline: int, token: int) -> None:
    on = held()
    assert on.expire("r1", deadline, token) is None
    assert posted(on) == []


def test_what_has_no_due_time_or_does_not_exist_never_expires() -> None:
    assert held(until=None).expire("r1", 1, 0) is None
    assert held().expire("r2", 1, 0) is None
    on = held()
    on.bury("r2")
    assert on.expire("r2", 1, 0) is None


def test_an_extension_is_a_new_deadline_and_the_old_one_is_stale() -> None:
    on = held()
    after = on.extend("r1", NOON)
    assert (after.due, after.deadline, after.token, after.commands) == (NOON, 2, 0, (1, 2))
    assert on.expire("r1", 1, 0) is None
    assert on.extend("r1", NOON).deadline == 3
    assert on.expire("r1", 2, 0) is None
    assert on.expire("r1", 3, 0) is not None


def test_an_extension_forgets_who_had_claimed_the_old_deadline() -> None:
    claimed = Reservation("r9", "q", held().reservation("r1").lines, due=NOON, token=7)
    on = ledger(account(available=5, reserved=5), reservations=[claimed])
    assert on.extend("r9", later()).token == 0


def test_what_holds_nothing_cannot_be_extended() -> None:
    on = held()
    on.confirm("r1")
    with pytest.raises(ReservationState) as caught:
        on.extend("r1", later())
    assert state_of(caught) == {"reservation": "r1", "status": "confirmed"}
    with pytest.raises(ReservationUnknown):
        on.extend("r2", later())


# -- who acted -------------------------------------------------------------------------------------------------------


def test_it_names_every_command_that_acted_on_it_once() -> None:
    on = held()
    on.confirm("r1", [Pick("1", 1)])
    assert on.confirm("r1", [Pick("1", 1)])[0].commands == (1, 2)
    on.accept()
    on.now = later(9)
    begin(on, 3)
    after, _ = on.confirm("r1")
    assert (after.commands, after.changed_at, after.created_at, after.request) == ((1, 2, 3), later(9), NOON, "q1")


def worn(on: Ledger, commands: int) -> Ledger:
    found = on.reservation("r1")
    found.commands = tuple(range(1, commands + 1))
    return begin(on, 5000)


def test_at_most_a_thousand_commands_act_on_it() -> None:
    on = worn(held(), MAX_COMMANDS - 1)
    assert len(on.confirm("r1", [Pick("1", 1)])[0].commands) == MAX_COMMANDS
    on = worn(held(), MAX_COMMANDS)
    for act in (
        lambda: on.confirm("r1", [Pick("1", 1)]),
        lambda: on.extend("r1", later()),
        lambda: exchange(on, "r1", Pick("1", 1), way(B)),
    ):
        with pytest.raises(ReservationState) as caught:
            act()
        assert caught.value.message == "reservation r1 was acted on 1000 times already"
        assert state_of(caught) == {"reservation": "r1"}


def test_a_worn_reservation_can_still_be_ended() -> None:
    """Else its units could neither leave nor be given back, and its deadline would never take effect."""
    assert worn(held(), MAX_COMMANDS).release("r1")[0].status == "released"
    expired = worn(held(), MAX_COMMANDS).expire("r1", 1, 0)
    assert expired is not None
    assert expired[0].status == "expired"
    on = worn(held(), MAX_COMMANDS)
    assert on.confirm("r1")[0].status == "confirmed"
    on.accept()
    begin(on, 5001)
    with pytest.raises(ReservationState):
        on.ship("r1", [Pick("1", 1)])
    begin(on, 5002)
    assert on.ship("r1")[0].status == "shipped"


# -- groups ----------------------------------------------------------------------------------------------------------


def grouped(*lines: str) -> Ledger:
    return held(plan(line("1", 2), line("2", 2, way(B)), groups=[GroupHold("g", SLOT, 3, lines or ("1", "2"))]))


def stage(of: Reservation) -> Stage | None:
    return of.groups[0].stage


def slot(on: Ledger) -> Balances:
    return on.account(SLOT).balances


def test_a_group_is_confirmed_with_the_first_confirm_and_consumed_with_the_first_ship() -> None:
    on = grouped()
    after, _ = on.confirm("r1", [Pick("1", 1)])
    assert (stage(after), slot(on)) == (Stage.CONFIRMED, Balances(7, 0, 3))
    after, _ = on.confirm("r1", [Pick("2", 1)])
    assert (stage(after), slot(on)) == (Stage.CONFIRMED, Balances(7, 0, 3))
    after, _ = on.ship("r1", [Pick("2", 1)])
    assert (stage(after), slot(on)) == (Stage.SHIPPED, Balances(7))
    after, _ = on.ship("r1", [Pick("1", 1)])
    after, _ = on.release("r1")
    assert (stage(after), slot(on)) == (Stage.SHIPPED, Balances(7))
    assert [m.kind for m in on._pages.movements if m.account == SLOT] == [CONFIRM, SHIP]
    assert {(m.subject, m.scene) for m in on._pages.movements} == {("r1", "shop")}


def test_a_group_is_given_back_when_its_last_line_closes_with_nothing_shipped() -> None:
    on = grouped()
    after, _ = on.release("r1", [Pick("1")])
    assert (stage(after), slot(on)) == (Stage.HELD, Balances(7, 3))
    after, _ = on.release("r1", [Pick("2", 1)])
    assert stage(after) is Stage.HELD
    after, _ = on.release("r1", [Pick("2", 1)])
    assert (stage(after), slot(on)) == (Stage.RELEASED, Balances(10))
    assert on._pages.movements[-1].kind is RELEASE


def test_a_group_whose_lines_expire_expires() -> None:
    on = grouped()
    expired = on.expire("r1", 1, 0)
    assert expired is not None
    assert (stage(expired[0]), slot(on), on._pages.movements[-1].kind) == (Stage.RELEASED, Balances(10), EXPIRE)


def test_a_confirmed_group_is_taken_back_with_its_last_line() -> None:
    on = grouped()
    on.confirm("r1", [Pick("1")])
    after, _ = on.deallocate("r1")
    assert stage(after) is Stage.CONFIRMED  # line 2 is still held
    after, _ = on.release("r1")
    assert (stage(after), slot(on), on._pages.movements[-1].kind) == (Stage.RELEASED, Balances(10), DEALLOCATE)


def test_a_confirmed_group_outlives_an_expiry_while_something_is_confirmed() -> None:
    on = grouped()
    on.confirm("r1", [Pick("1")])
    expired = on.expire("r1", 1, 0)
    assert expired is not None
    assert (stage(expired[0]), slot(on)) == (Stage.CONFIRMED, Balances(7, 0, 3))
    after, _ = on.damage("r1", [Pick("1")], reason="wet")
    assert (stage(after), slot(on)) == (Stage.RELEASED, Balances(10))


def test_a_group_does_not_move_with_lines_that_are_not_its_own() -> None:
    on = grouped("1")
    after, _ = on.confirm("r1", [Pick("2")])
    assert (stage(after), slot(on)) == (Stage.HELD, Balances(7, 3))
    after, _ = on.ship("r1", [Pick("2")])
    assert stage(after) is Stage.HELD
    after, _ = on.release("r1")
    assert stage(after) is Stage.RELEASED


def test_a_group_never_taken_stays_so() -> None:
    on = ledger(account(available=5), account("B", available=0), account("slot", available=9))
    on.reserve(
        "r1",
        plan(line("1", 2), line("2", 1, way(B)), groups=[GroupHold("g", SLOT, 3, ("2",))]),
        until=None,
        partial=True,
    )
    after, _ = on.confirm("r1")
    assert (stage(after), slot(on)) == (None, Balances(9))


# -- exchange --------------------------------------------------------------------------------------------------------


def test_units_are_swapped_to_another_account_and_counters_and_time_stay() -> None:
    on = held()
    before = on.reservation("r1")
    after = exchange(on, "r1", Pick("1", 2), way(B))
    assert posted(on) == [("A", RELEASE, 2), ("B", RESERVE, 2)]
    assert {(m.scene, m.subject) for m in on._pages.movements} == {("exchange", "r1")}
    assert after.lines[0].legs == (Leg(way(A), (3, 0, 0, 0, 0, 0)), Leg(way(B), (2, 0, 0, 0, 0, 0)))
    assert (after.due, after.deadline, after.counts) == (before.due, before.deadline, before.counts)
    assert after.commands == (1, 2)


def test_held_units_are_swapped_before_confirmed_ones_and_both_stay_what_they_are() -> None:
    on = held()
    on.confirm("r1", [Pick("1", 3)])
    after = exchange(on, "r1", Pick("1", 4), way((B, 2)))
    assert posted(on)[1:] == [("A", RELEASE, 2), ("A", DEALLOCATE, 2), ("B", RESERVE, 8), ("B", CONFIRM, 4)]
    assert after.lines[0].legs == (Leg(way(A), (0, 1, 0, 0, 0, 0)), Leg(way((B, 2)), (2, 2, 0, 0, 0, 0)))
    assert on.account(B).balances == Balances(2, 4, 4)
    on = held()
    on.confirm("r1")
    exchange(on, "r1", Pick("1", 3), way((B, 2)))
    assert posted(on)[1:] == [("A", DEALLOCATE, 3), ("B", RESERVE, 6), ("B", CONFIRM, 6)]


def test_a_swap_leaves_the_other_lines_alone() -> None:
    on = held(plan(line("1", 2), line("2", 3), line("3", 1)))
    after = exchange(on, "r1", Pick("2", 1), way(B))
    assert [[leg.holds for leg in each.legs] for each in after.lines] == [[way(A)], [way(A), way(B)], [way(A)]]
    assert [each.counts for each in (after.lines[0].legs[0], after.lines[2].legs[0])] == [
        (2, 0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0, 0),
    ]


def test_without_a_quantity_all_that_is_open_is_swapped() -> None:
    on = held()
    on.confirm("r1", [Pick("1", 2)])
    on.ship("r1", [Pick("1", 1)])
    after = exchange(on, "r1", Pick("1"), way(B))
    assert after.lines[0].legs == (Leg(way(A), (0, 0, 1, 0, 0, 0)), Leg(way(B), (3, 1, 0, 0, 0, 0)))


def test_a_leg_left_empty_goes_and_an_equal_one_is_joined() -> None:
    on = held(plan(line("1", 15, way(A), way(B)), line("2", 1, way(C))))
    after = exchange(on, "r1", Pick("1", 5, 1), way(C))
    assert after.lines[0].legs == (Leg(way(A), (10, 0, 0, 0, 0, 0)), Leg(way(C), (5, 0, 0, 0, 0, 0)))
    after = exchange(on, "r1", Pick("1", 2, 1), way(B))
    after = exchange(on, "r1", Pick("1", 2, 1), way(B))
    assert after.lines[0].legs == (
        Leg(way(A), (10, 0, 0, 0, 0, 0)),
        Leg(way(C), (1, 0, 0, 0, 0, 0)),
        Leg(way(B), (4, 0, 0, 0, 0, 0)),
    )
    assert after.lines[1] == on.reservation("r1").lines[1]


@pytest.mark.parametrize("quantity", [6, 10**9])
def test_too_little_to_swap_is_refused(quantity: int) -> None:
    with pytest.raises(ReservationState) as caught:
        exchange(held(), "r1", Pick("1", quantity), way(B))
    assert state_of(caught) == {"reservation": "r1", "line": "1", "short": quantity - 5}
    assert caught.value.message == "line 1 of r1 has too little to exchange"


def test_nothing_to_swap_is_refused() -> None:
    on = held()
    on.release("r1")
    with pytest.raises(ReservationState) as caught:
        exchange(on, "r1", Pick("1"), way(B))
    assert state_of(caught)["short"] == 0
    with pytest.raises(InvalidInput):
        exchange(held(), "r1", Pick("1", 0), way(B))
    with pytest.raises(InvalidInput):
        exchange(held(), "r1", Pick("1", -1), way(B))
    with pytest.raises(ReservationState):
        exchange(held(), "r1", Pick("1", 1, 4), way(B))


def test_a_swap_needs_the_units_there_and_leaves_the_floor() -> None:
    on = ledger(account(available=10), account("B", available=9, floor=2))
    on.reserve("r1", plan(line("1", 8)), until=NOON)
    on.accept()
    begin(on, 2)
    assert exchange(on, "r1", Pick("1", 3), way((B, 2))).lines[0].legs[1].granted == 3
    on.discard()
    begin(on, 2)
    with pytest.raises(InsufficientBalance) as caught:
        exchange(on, "r1", Pick("1", 4), way((B, 2)))
    assert caught.value.facts == {"short": [{"line": "1", "wanted": 4, "grantable": 3, "account": B.named()}]}


def test_a_swap_to_the_same_account_gives_back_before_it_takes() -> None:
    on = held(plan(line("1", 10)), A=10)
    after = exchange(on, "r1", Pick("1", 10), way(A))
    assert after.lines[0].legs == (Leg(way(A), (10, 0, 0, 0, 0, 0)),)
    assert on.account(A).balances == Balances(reserved=10)


@pytest.mark.parametrize("to", [(), way(B, B)])
def test_a_swap_goes_to_a_way_that_a_plan_could_name(to: Any) -> None:
    with pytest.raises(InvalidInput):
        exchange(held(), "r1", Pick("1", 1), to)
