"""How text is divided, and how keys and places are read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.search.kinds import KINDS, by_name, key_values
from application.search.places import read, written
from application.search.words import LONGEST, Wanted, wanted, words
from domain.kernel.account import key_text
from domain.kernel.refusal import InvalidInput


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" - ", []),
        ("A-100 b_2", ["a", "100", "b", "2"]),
        ("3.14 can't", ["3", "14", "can", "t"]),
        ("Straße ＡＢＣ Ærø", ["strasse", "abc", "ærø"]),
        ("Crème Ἀθῆναι Ёлка", ["creme", "αθηναι", "елка"]),
        ("iPhone手机壳 2代", ["iphone", "手", "机", "壳", "2", "代"]),
        ("カタカナ ひらがな 한국어", [*"カタカナひらがな한국어"]),
        ("हिन्दी", ["हिन्दी"]),
        ("x" * 100, ["x" * LONGEST]),
    ],
)
def test_text_is_folded_and_divided(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


def test_what_is_asked_for_is_a_beginning_or_a_phrase() -> None:
    assert wanted("苹果 iph 苹果") == (Wanted(("苹", "果"), False), Wanted(("iph",), True))


@given(st.text())
def test_words_are_words_of_themselves(text: str) -> None:
    for word in words(text):
        assert list(words(word)) == [word] or len(word) == LONGEST
        assert not set(word) & set("\"'*() \t\n-:\\^‡")


@given(st.text())
def test_a_text_is_found_by_itself(text: str) -> None:
    kept = list(words(text))
    for each in wanted(text):
        if each.begins:
            assert any(word.startswith(each.words[0]) for word in kept)
        else:
            spans = (tuple(kept[n : n + len(each.words)]) for n in range(len(kept)))
            assert each.words in spans


@given(st.lists(st.text(alphabet="ab/\\@:", min_size=1), min_size=1, max_size=6))
def test_the_text_of_a_key_gives_the_key(values: list[str]) -> None:
    assert key_values(key_text(values)) == tuple(values)


@given(st.lists(st.text() | st.integers(-(2**53), 2**53) | st.booleans(), max_size=3))
def test_a_place_is_read_back_and_only_for_its_question(values: list[str | int | bool]) -> None:
    shape = tuple(type(each) for each in values)
    try:
        place = written("question", *values)
    except UnicodeEncodeError:
        return  # lone surrogates: no identity holds any
    if "\0" in "".join(each for each in values if isinstance(each, str)) or len(place) > 4_096:
        return
    assert read("question", place, shape) == values
    with pytest.raises(InvalidInput):
        read("another question", place, shape)


def test_kinds_are_named_once_and_sorted_by_what_is_always_there() -> None:
    assert len(by_name()) == len(KINDS)
    for kind in KINDS:
        assert kind.by_name[kind.sorted_by.removeprefix("-")].sort
