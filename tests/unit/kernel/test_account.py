"""Accounts, their kinds and movements."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import movement as movements
from domain.kernel.account import BEGINNING, Account, AccountKey, AccountKind, key_text
from domain.kernel.movement import (
    CONFIRM,
    DAMAGE,
    DEALLOCATE,
    EMPTY,
    EXPIRE,
    OPEN,
    RELEASE,
    RESERVABLE,
    RESERVE,
    SET_FLOOR,
    SHIP,
    Balances,
    Bucket,
    MovementKind,
)
from domain.kernel.quantity import MAX_BALANCE
from domain.kernel.refusal import BalanceTooLarge, InsufficientBalance, InvalidInput, MovementNotAllowed, Refusal
from tests.builders import NOON, account, key

CARD = AccountKind("card", ("number",), frozenset({*RESERVABLE, SET_FLOOR}), "card.insufficient", "gift_card")
ALL = (OPEN, RESERVE, RELEASE, EXPIRE, CONFIRM, DEALLOCATE, SHIP, DAMAGE, SET_FLOOR)


@pytest.mark.parametrize(
    ("kind", "name", "source", "target"),
    [
        (OPEN, "OPEN", Bucket.OUTSIDE, Bucket.AVAILABLE),
        (RESERVE, "RESERVE", Bucket.AVAILABLE, Bucket.RESERVED),
        (RELEASE, "RELEASE", Bucket.RESERVED, Bucket.AVAILABLE),
        (EXPIRE, "EXPIRE", Bucket.RESERVED, Bucket.AVAILABLE),
        (CONFIRM, "CONFIRM", Bucket.RESERVED, Bucket.ALLOCATED),
        (DEALLOCATE, "DEALLOCATE", Bucket.ALLOCATED, Bucket.AVAILABLE),
        (SHIP, "SHIP", Bucket.ALLOCATED, Bucket.OUTSIDE),
        (DAMAGE, "DAMAGE", Bucket.ALLOCATED, Bucket.HELD),
        (SET_FLOOR, "SET_FLOOR", Bucket.OUTSIDE, Bucket.OUTSIDE),
    ],
)
def test_a_movement_is_one_pair_of_buckets(kind: MovementKind, name: str, source: Bucket, target: Bucket) -> None:
    assert (kind.name, kind.source, kind.target, repr(kind)) == (name, source, target, name)


def test_buckets_stand_where_balances_keep_them() -> None:
    assert [bucket.name.lower() for bucket in Bucket if bucket is not Bucket.OUTSIDE] == list(Balances._fields)
    assert [int(bucket) for bucket in Bucket] == [0, 1, 2, 3, 4, 5]
    assert EMPTY == (0, 0, 0, 0, 0)
    assert movements.OUTSIDE is Bucket.OUTSIDE


def test_what_lies_there_is_all_but_what_is_on_its_way() -> None:
    assert Balances(1, 10, 100, 1000, 10000).on_hand == 10111


def test_whatever_can_be_reserved_allows_the_whole_life_of_a_reservation() -> None:
    assert set(RESERVABLE) == {OPEN, RESERVE, RELEASE, EXPIRE, CONFIRM, DEALLOCATE, SHIP}


def test_a_kind_names_its_buckets_and_movements() -> None:
    assert CARD.buckets == (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.ALLOCATED)
    assert CARD.allowed["SHIP"] is SHIP
    assert dict(CARD.allowed) == {kind.name: kind for kind in (*RESERVABLE, SET_FLOOR)}
    assert repr(CARD) == "AccountKind(card)"
    with pytest.raises(TypeError):
        CARD.allowed["X"] = SHIP  # type: ignore[index]
    inside = AccountKind("inside", ("number",), frozenset({RESERVE}), "x", "v")
    assert inside.buckets == (Bucket.AVAILABLE, Bucket.RESERVED)


@pytest.mark.parametrize(("of", "name"), [(CARD, "view"), (OPEN, "name")])
def test_what_is_declared_stays_as_it_was_declared(of: object, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(of, name, "other")


@pytest.mark.parametrize("of", [OPEN, Account(CARD.key("1"))])
def test_what_there_are_many_of_carries_its_fields_and_nothing_else(of: object) -> None:
    assert not hasattr(of, "__dict__")


@pytest.mark.parametrize("dimensions", [(), tuple("abcdefg")])
def test_a_kind_has_one_to_six_dimensions(dimensions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="card: a kind has one to 6 dimensions"):
        AccountKind("card", dimensions, frozenset({OPEN}), "x", "v")


def test_six_dimensions_are_allowed() -> None:
    assert len(AccountKind("card", tuple("abcdef"), frozenset({OPEN}), "x", "v").key(*"123456").values) == 6


def test_one_name_cannot_be_two_movements_of_a_kind() -> None:
    other = MovementKind("OPEN", Bucket.OUTSIDE, Bucket.HELD)
    with pytest.raises(ValueError, match="card: OPEN is declared twice"):
        AccountKind("card", ("number",), frozenset({OPEN, other}), "x", "v")


def test_a_key_is_read_by_the_names_of_its_dimensions() -> None:
    made = CARD.key("77")
    assert made == AccountKey(CARD, ("77",))
    assert (str(made), made.named()) == ("card:77", {"number": "77"})
    assert str(key("A", "N1")) == "stock:-/A/N1/-/-"
    assert CARD.key("77") != CARD.key("077")
    with pytest.raises(ValueError, match="zip"):
        AccountKey(CARD, ("77", "78")).named()


@pytest.mark.parametrize(
    ("values", "text"),
    [(("a/b", "c"), r"a\/b/c"), (("a", "b/c"), r"a/b\/c"), (("a\\", "b"), r"a\\/b"), (("a\\/b",), r"a\\\/b")],
)
def test_different_keys_are_different_texts(values: tuple[str, ...], text: str) -> None:
    assert key_text(values) == text


def test_a_key_needs_a_good_value_for_every_dimension() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        CARD.key("1", "2")
    with pytest.raises(ValueError, match="stock has the dimensions"):
        key().kind.key("acme", "A")
    with pytest.raises(InvalidInput) as caught:
        CARD.key("")
    assert caught.value.facts == {"field": "number"}


def test_a_new_account_is_not_yet_a_fact() -> None:
    fresh = Account(CARD.key("1"))
    assert (fresh.balances, fresh.version, fresh.floor, fresh.debt, fresh.changed_at) == (EMPTY, 0, 0, 0, BEGINNING)
    assert dict(fresh.facts) == {}
    assert BEGINNING.timestamp() == 0


def test_a_posting_moves_units_and_nothing_else() -> None:
    before = Account(key(), Balances(5, 1, 2, 3, 4), 7, 2, 3, NOON, {"expires": "2027-01-01"})
    at = NOON + timedelta(seconds=1)
    after = before.post(RESERVE, 4, at)
    assert after == Account(key(), Balances(1, 5, 2, 3, 4), 8, 2, 3, at, {"expires": "2027-01-01"})
    assert before.balances == Balances(5, 1, 2, 3, 4)


def test_the_whole_bucket_can_move_and_not_one_unit_more() -> None:
    assert account(available=5).post(RESERVE, 5, NOON).balances == Balances(reserved=5)
    with pytest.raises(InsufficientBalance) as caught:
        account(available=5).post(RESERVE, 6, NOON)
    assert caught.value.own_code == "stock.insufficient"
    assert caught.value.message == "stock:-/A/N1/-/- has 5 available, 6 wanted"
    assert caught.value.facts == {
        "account": {"owner": "-", "goods": "A", "node": "N1", "lot": "-", "channel": "-"},
        "bucket": "available",
        "wanted": 6,
        "held": 5,
    }


def test_a_kind_has_its_own_word_for_too_little() -> None:
    with pytest.raises(InsufficientBalance) as caught:
        Account(CARD.key("1")).post(SHIP, 1, NOON)
    assert str(caught.value) == "card.insufficient: card:1 has 0 allocated, 1 wanted"


def test_a_movement_that_the_kind_does_not_declare_is_refused() -> None:
    with pytest.raises(MovementNotAllowed) as caught:
        Account(CARD.key("1")).post(DAMAGE, 1, NOON)
    assert (caught.value.message, caught.value.facts) == ("card does not allow DAMAGE", {"account": "card:1"})


def test_a_movement_is_the_one_that_was_declared_not_one_like_it() -> None:
    with pytest.raises(MovementNotAllowed):
        Account(CARD.key("1")).post(MovementKind("OPEN", Bucket.OUTSIDE, Bucket.AVAILABLE), 1, NOON)


def test_a_movement_of_less_than_nothing_is_refused() -> None:
    for kind in (OPEN, RESERVE, SHIP):
        with pytest.raises(InvalidInput) as caught:
            account(available=5, reserved=5, allocated=5).post(kind, -1, NOON)
        assert caught.value.facts == {"field": "quantity", "least": 0}
    assert "-1" in caught.value.message


def test_a_balance_stops_at_the_largest_exact_number() -> None:
    full = account(available=MAX_BALANCE - 1).post(OPEN, 1, NOON)
    assert full.balances.available == MAX_BALANCE
    with pytest.raises(BalanceTooLarge) as caught:
        full.post(OPEN, 1, NOON)
    assert caught.value.facts == {"bucket": "available"}
    assert "9007199254740992" in caught.value.message


def test_what_is_reserved_can_always_be_given_back() -> None:
    full = account(available=MAX_BALANCE).post(RESERVE, 10, NOON)
    with pytest.raises(BalanceTooLarge):
        full.post(OPEN, 10, NOON)  # else these ten could neither be released nor expire
    assert full.post(RELEASE, 10, NOON).balances == Balances(MAX_BALANCE)


@pytest.mark.parametrize(("available", "floor", "grantable"), [(10, 0, 10), (10, 3, 7), (3, 3, 0), (2, 3, 0)])
def test_what_may_be_promised_is_what_lies_above_the_floor(available: int, floor: int, grantable: int) -> None:
    assert account(available=available, floor=floor).grantable == grantable


def test_a_new_floor_is_a_movement_of_nothing() -> None:
    at = NOON + timedelta(seconds=5)
    before = Account(key(), Balances(5, 4), 3, 1, 2, NOON, {"a": "b"})
    assert before.with_floor(9, at) == Account(key(), Balances(5, 4), 4, 9, 2, at, {"a": "b"})


def test_facts_are_added_to_and_shared_by_nobody() -> None:
    before = Account(key(), facts={"a": "1", "b": "2"})
    after = before.with_facts({"b": "3"})
    assert (dict(before.facts), dict(after.facts), after.version) == ({"a": "1", "b": "2"}, {"a": "1", "b": "3"}, 0)
    with pytest.raises(TypeError):
        after.facts["c"] = "4"  # type: ignore[index]


def test_a_refusal_says_its_code_its_message_and_its_facts() -> None:
    plain = Refusal("no", account="x")
    assert (plain.code, plain.own_code, plain.retryable, plain.facts) == ("refused", "refused", False, {"account": "x"})
    assert str(plain) == "refused: no"
    assert plain.args == ("no",)
    assert str(Refusal("no", code="mine.own")) == "mine.own: no"


def test_every_refusal_of_the_kernel_has_the_code_that_is_published() -> None:
    codes = {
        kind.__name__: (kind.code, kind.retryable)
        for kind in Refusal.__subclasses__()
        if kind.__module__ == "domain.kernel.refusal"
    }
    assert {name: code for name, (code, _) in codes.items()} == {
        "InvalidInput": "input.invalid",
        "RequestMismatch": "request.mismatch",
        "NotTogether": "together.refused",
        "TooManyTogether": "together.too_many",
        "ReservationUnknown": "reservation.unknown",
        "ReservationExists": "reservation.exists",
        "ReservationCancelled": "reservation.cancelled",
        "ReservationState": "reservation.state",
        "InsufficientBalance": "ledger.insufficient",
        "BalanceTooLarge": "ledger.balance_too_large",
        "MovementNotAllowed": "ledger.movement",
    }
    assert [name for name, (_, retryable) in codes.items() if retryable] == ["ReservationUnknown"]


@given(
    st.lists(st.tuples(st.sampled_from(ALL), st.integers(0, 20)), max_size=40),
    st.tuples(*[st.integers(0, 30)] * 5).map(Balances._make),
)
def test_whatever_is_posted_nothing_appears_and_nothing_is_owed(
    posted: list[tuple[MovementKind, int]], start: Balances
) -> None:
    now = Account(key(), start)
    outside = 0
    accepted = 0
    for kind, quantity in posted:
        try:
            now = now.post(kind, quantity, NOON)
        except InsufficientBalance:
            continue
        accepted += 1
        outside += quantity * ((kind.target is Bucket.OUTSIDE) - (kind.source is Bucket.OUTSIDE))
    assert min(now.balances) >= 0
    assert sum(now.balances) + outside == sum(start)
    assert now.version == accepted
