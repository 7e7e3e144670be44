"""The overlay: what is decided is visible to the next command, or gone without a trace."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from domain.kernel.books import Act, Entry, EntryKey, Event
from domain.kernel.movement import OPEN, RESERVE, SET_FLOOR, Balances, MovementKind
from domain.kernel.quantity import MAX_BALANCE
from domain.kernel.refusal import InsufficientBalance, InvalidInput, MovementNotAllowed
from domain.kernel.reservation import Pick
from domain.stock.position import COUNT_LOSS, RECEIVE
from tests.builders import NOON, account, begin, key, ledger, line, plan

A, B = key("A"), key("B")
SHELF = EntryKey("shelf", "s1")


def test_nothing_is_posted_without_a_command() -> None:
    on = ledger(account(), begun=False)
    with pytest.raises(RuntimeError, match="no command is being decided"):
        on.post(A, RECEIVE, 1)


def test_what_a_command_posts_it_sees_at_once() -> None:
    on = ledger(account(available=1, version=7))
    assert on.post(A, RECEIVE, 4) == on.account(A)
    assert on.account(A).balances == Balances(5)
    assert on.account(A).version == 8
    assert on.account(A).changed_at == NOON
    assert on.loaded_version(A) == 7


def test_a_posting_is_journalled_as_it_was_made() -> None:
    on = ledger(account(available=1, floor=3))
    on.post(A, RECEIVE, 4, subject="s", scene="purchase", reason="found", facts={"expires": "2027-01-01"})
    [made] = on._pages.movements
    assert made == (
        A,
        2,
        RECEIVE,
        4,
        Balances(5),
        3,
        "s",
        "purchase",
        "found",
        NOON,
        Act(1, "q1", "Test", "clerk", "gateway"),
    )
    assert dict(on.account(A).facts) == {"expires": "2027-01-01"}
    on.post(A, RECEIVE, 1)
    assert on._pages.movements[1][6:9] == ("", "-", "")
    assert dict(on.account(A).facts) == {"expires": "2027-01-01"}


def test_accepted_changes_are_seen_by_the_next_command_and_kept_in_order() -> None:
    on = ledger(account(available=1))
    on.post(A, RECEIVE, 4)
    on.tell("One", 1)
    assert on.accept()
    begin(on, 2, "q2")
    assert on.account(A).balances == Balances(5)
    on.post(A, RECEIVE, 1)
    on.tell("Two", 2)
    assert on.accept()
    assert [m.version for m in on.accepted.movements] == [2, 3]
    assert [m.act.number for m in on.accepted.movements] == [1, 2]
    assert [event.type for event in on.accepted.events] == ["One", "Two"]
    assert on.accepted.accounts[A].balances == Balances(6)
    assert on.loaded_version(A) == 1


@pytest.mark.parametrize("way_out", ["discard", "begin"])
def test_discarded_changes_are_gone(way_out: str) -> None:
    on = ledger(account(available=5), entries={SHELF: None})
    on.post(A, RECEIVE, 4)
    on.reserve("r1", plan(line("1", 2)), until=None)
    on.write_entry("shelf", "s1", {"a": 1})
    on.tell("One", 1)
    if way_out == "discard":
        on.discard()
    begin(on, 2)
    assert on.account(A).balances == Balances(5)
    assert on.find_reservation("r1") is None
    assert on.entry("shelf", "s1") is None
    assert not on.accept()
    assert (on.accepted.movements, on.accepted.events, on.accepted.accounts) == ([], [], {})


def test_it_says_whether_a_command_changed_anything() -> None:
    def changed(act: str) -> bool:
        on = ledger(account(available=5), entries={SHELF: None})
        if act == "post":
            on.post(A, RECEIVE, 1)
        elif act == "bury":
            on.bury("r1")
        elif act == "entry":
            on.write_entry("shelf", "s1", {})
        elif act == "tell":
            on.tell("X", 1)
        result = on.accept()
        assert type(result) is bool
        return result

    assert [changed(act) for act in ("", "post", "bury", "entry", "tell")] == [False, True, True, True, True]


def test_a_command_can_only_touch_what_was_locked() -> None:
    on = ledger(account())
    with pytest.raises(KeyError):
        on.account(B)
    with pytest.raises(KeyError):
        on.find_reservation("r7")
    with pytest.raises(KeyError):
        on.entry("shelf", "s1")
    with pytest.raises(KeyError):
        on.loaded_version(B)


def test_a_refused_posting_leaves_the_account_as_it_was() -> None:
    on = ledger(account(available=2))
    with pytest.raises(InsufficientBalance):
        on.post(A, COUNT_LOSS, 3)
    with pytest.raises(MovementNotAllowed):
        on.post(A, MovementKind("ELSEWHERE", OPEN.source, OPEN.target), 1)
    assert on.account(A) == account(available=2)
    assert on._pages.movements == []


def test_a_floor_is_set_by_a_movement_of_nothing() -> None:
    on = ledger(account(available=2))
    after = on.set_floor(A, 5, reason="winter")
    assert (after.floor, after.version, after.balances) == (5, 2, Balances(2))
    [made] = on._pages.movements
    assert (made.kind, made.quantity, made.floor, made.subject, made.scene, made.reason) == (
        SET_FLOOR,
        0,
        5,
        "",
        "-",
        "winter",
    )
    assert on.set_floor(A, 0).floor == 0
    assert on.set_floor(A, MAX_BALANCE).floor == MAX_BALANCE


@pytest.mark.parametrize("floor", [-1, 2**53 + 1, 2**63, True])
def test_a_floor_is_a_whole_number_too(floor: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        ledger(account()).set_floor(A, floor)
    assert caught.value.facts["field"] == "floor"


def test_an_entry_is_written_by_version() -> None:
    on = ledger(entries={SHELF: None, EntryKey("shelf", "s2"): Entry(EntryKey("shelf", "s2"), {"a": 1}, 4, NOON)})
    assert on.entry("shelf", "s1") is None
    first = on.write_entry("shelf", "s1", {"a": 1})
    assert first == Entry(SHELF, {"a": 1}, 1, NOON)
    assert on.entry("shelf", "s1") == first
    assert on.write_entry("shelf", "s1", {"a": 2}).version == 2
    assert on.write_entry("shelf", "s2", {}).version == 5
    on.accept()
    assert on.entry("shelf", "s1") == Entry(SHELF, {"a": 2}, 2, NOON)
    assert set(on.accepted.entries) == {SHELF, EntryKey("shelf", "s2")}
    with pytest.raises(FrozenInstanceError):
        first.version = 9  # type: ignore[misc]
    assert not hasattr(first, "__dict__")


def test_an_event_is_keyed_by_its_command_unless_it_has_a_subject() -> None:
    on = ledger(account())
    on.tell("Received", {"a": 1})
    on.tell("Sent", 2, subject="shipment:s", number=7)
    assert on._pages.events == [
        Event("Received", "command:q1", 1, {"a": 1}, NOON, on.act),
        Event("Sent", "shipment:s", 7, 2, NOON, on.act),
    ]


def test_events_of_a_reservation_are_numbered_one_after_the_other() -> None:
    on = ledger(account(available=5))
    on.tell_of(on.reserve("r1", plan(line("1", 2)), until=None), "Reserved", 1)
    on.accept()
    begin(on, 2)
    before = on.reservation("r1")
    on.tell_of(before, "Looked at", 2)
    on.tell_of(on.confirm("r1", [Pick("1", 1)])[0], "Confirmed", 3)
    assert before.events == 1  # what another command made is not changed in place
    on.accept()
    told = [(event.type, event.subject, event.number) for event in on.accepted.events]
    assert told[0] == ("Reserved", "reservation:r1", 1)
    assert [number for *_, number in told] == [1, 2, 3]
    assert on.accepted.reservations["r1"].events == 3


def test_events_of_a_discarded_command_leave_the_number_free() -> None:
    on = ledger(account(available=5))
    on.tell_of(on.reserve("r1", plan(line("1", 2)), until=None), "Reserved", 1)
    on.accept()
    begin(on, 2)
    on.tell_of(on.confirm("r1")[0], "Confirmed", 2)
    on.discard()
    begin(on, 3)
    on.tell_of(on.release("r1")[0], "Released", 3)
    on.accept()
    assert [(event.type, event.number) for event in on.accepted.events] == [("Reserved", 1), ("Released", 2)]


def test_a_reservation_loaded_is_not_changed_in_place() -> None:
    first = ledger(account(available=5))
    made = first.reserve("r1", plan(line("1", 2)), until=None)
    on = ledger(account(available=3, reserved=2), reservations=[made], now=NOON + timedelta(seconds=1))
    on.tell_of(on.confirm("r1")[0], "Confirmed", 1)
    assert (made.events, made.status) == (0, "held")


def test_the_scene_of_a_reserve_is_that_of_its_movements() -> None:
    on = ledger(account(available=5))
    on.reserve("r1", plan(), until=None)
    assert [(m.kind, m.scene) for m in on._pages.movements] == [(RESERVE, "sale")]
    assert on.reservation("r1").scene == "sale"
