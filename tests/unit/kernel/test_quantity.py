"""Bounds at the border: what passes is safe everywhere, what does not is named."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.quantity import MAX_BALANCE, MAX_IDENTIFIER, MAX_QUANTITY, MAX_TEXT, flag, identifier, text, whole
from domain.kernel.refusal import InvalidInput


def refused(check: Callable[..., object], *args: Any, **rest: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        check(*args, **rest)
    return caught.value


def test_the_bounds_are_what_the_documents_say() -> None:
    assert (MAX_QUANTITY, MAX_BALANCE, MAX_IDENTIFIER, MAX_TEXT) == (1_000_000_000, 9_007_199_254_740_992, 128, 512)


@pytest.mark.parametrize("good", [1, 2, 10**9])
def test_whole_numbers_within_bounds_pass(good: int) -> None:
    assert whole(good) == good


@pytest.mark.parametrize("bad", [0, -1, 10**9 + 1, 2**63, -(2**63)])
def test_whole_numbers_out_of_bounds_are_refused_with_the_bounds(bad: int) -> None:
    caught = refused(whole, bad)
    assert caught.facts == {"field": "quantity", "least": 1, "most": 10**9}
    assert caught.message == "quantity must be from 1 to 1000000000"


@pytest.mark.parametrize("bad", [True, False, 1.0, "1", None, 1j])
def test_what_is_no_whole_number_is_refused(bad: object) -> None:
    caught = refused(whole, bad, "size")
    assert caught.facts == {"field": "size"}
    assert caught.message == f"size must be a whole number, got {type(bad).__name__}"


def test_the_bounds_can_be_others() -> None:
    assert whole(0, least=0) == 0
    assert whole(5, most=5) == 5
    assert refused(whole, 6, "n", least=2, most=5).facts == {"field": "n", "least": 2, "most": 5}
    refused(whole, 1, "n", least=2, most=5)


@pytest.mark.parametrize(
    "good", ["a", "x" * 128, "é" * 128, " ", "a b", "订单", "e\u0301", "😀", "\x80", "a/b\\c", "~", "\u2028"]
)
def test_identities_pass_as_they_are(good: str) -> None:
    assert identifier(good, "id") is good


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "id must not be empty"),
        ("x" * 129, "id must have at most 128 characters, has 129"),
        ("é" * 129, "id must have at most 128 characters, has 129"),
        ("x" * 10_000_000, "id must have at most 128 characters, has 10000000"),
        ("\0", "id must not contain NUL"),
        ("é\0", "id must not contain NUL"),
        ("\ud800", "id must not contain lone surrogates"),
        ("a\udfffb", "id must not contain lone surrogates"),
        ("\n", "id must not contain control characters"),
        ("a\x1f", "id must not contain control characters"),
        ("é\t", "id must not contain control characters"),
        ("\x7f", "id must not contain control characters"),
        (None, "id must be text, got NoneType"),
        (b"a", "id must be text, got bytes"),
        (7, "id must be text, got int"),
    ],
)
def test_what_cannot_be_an_identity_is_refused(bad: object, why: str) -> None:
    caught = refused(identifier, bad, "id")
    assert caught.message == why
    assert caught.facts["field"] == "id"


@pytest.mark.parametrize("bad", [0, 1, "false", None])
def test_only_true_and_false_are_flags(bad: object) -> None:
    assert (flag(True, "partial"), flag(False, "partial")) == (True, False)
    with pytest.raises(InvalidInput) as caught:
        flag(bad, "partial")
    assert caught.value.facts == {"field": "partial"}


@pytest.mark.parametrize("spaced", ["a b", "é b", " ", " é "])
def test_a_space_is_no_control(spaced: str) -> None:
    assert identifier(spaced, "code") == spaced


def test_a_shorter_bound_for_an_identity_holds_for_every_alphabet() -> None:
    assert identifier("abc", "id", most=3) == "abc"
    assert identifier("日本語", "id", most=3) == "日本語"
    assert refused(identifier, "abcd", "id", most=3).facts == {"field": "id", "most": 3}
    assert refused(identifier, "日本語文", "id", most=3).facts == {"field": "id", "most": 3}


def test_a_text_that_subclasses_str_is_an_identity_too() -> None:
    class Name(str):
        __slots__ = ()

    assert identifier(Name("n"), "id") == "n"
    refused(identifier, Name(""), "id")


@pytest.mark.parametrize("good", ["", "a\nb\t", "\x7f", "x" * 512, "é" * 512])
def test_texts_may_be_empty_and_have_lines(good: str) -> None:
    assert text(good, "reason") is good


@pytest.mark.parametrize(
    ("bad", "facts"),
    [
        ("x" * 513, {"field": "reason", "most": 512}),
        ("a\0", {"field": "reason"}),
        ("\udc00", {"field": "reason"}),
        (1, {"field": "reason"}),
    ],
)
def test_texts_are_bounded_too(bad: object, facts: dict[str, object]) -> None:
    assert refused(text, bad, "reason").facts == facts


@given(st.text(alphabet=st.characters(), max_size=140))
def test_what_passes_as_an_identity_can_be_stored_anywhere(value: str) -> None:
    try:
        assert identifier(value, "id") == value
    except InvalidInput:
        return
    assert value.encode().decode() == value
    assert 0 < len(value) <= 128
    assert not any(ord(c) < 32 or ord(c) == 127 for c in value)
