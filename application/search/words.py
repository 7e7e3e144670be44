"""Words: how text is divided before it is looked through, in one way for every index.

Texts are folded (case, full and half width, accents of Latin, Greek and Cyrillic letters) and divided into words.
Languages that are written without spaces between words are divided into characters, which are then asked for as a
phrase: so Chinese is found by any part of it, a single character too, and without a dictionary.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST: Final = 64
"""Characters of a word that count."""

MOST_WANTED: Final = 16

UNSPACED: Final = (
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
"""Kana, Han, Hangul."""

ACCENTED: Final = ((0x0080, 0x052F), (0x1E00, 0x1FFF))
"""Latin, Greek and Cyrillic letters, which are also found without their accents."""


class Wanted(NamedTuple):
    """Words that must come one after the other; with `begins`, a single one that some word begins with."""

    words: tuple[str, ...]
    begins: bool


def words(text: str) -> Iterator[str]:
    """The words of a text in order."""
    for run in _runs(text):
        if unspaced(run[0]):
            yield from run
        else:
            yield run[:LONGEST]


def wanted(text: str) -> tuple[Wanted, ...]:
    """What a text asks for, all of it, each anywhere: empty where there is no word in it. At most MOST_WANTED + 1."""
    found = []
    for run in _runs(text):
        found.append(Wanted(tuple(run), False) if unspaced(run[0]) else Wanted((run[:LONGEST],), True))
        if len(found) > MOST_WANTED:
            break
    return tuple(dict.fromkeys(found))


def unspaced(character: str) -> bool:
    return _within(character, UNSPACED)


def _runs(text: str) -> Iterator[str]:
    """Unbroken runs of characters that are all of spaced writing, or all of unspaced."""
    run: list[str] = []
    apart = False
    for character in _folded(text):
        if not character.isalnum() and unicodedata.category(character)[0] != "M":
            if run:
                yield "".join(run)
                run = []
            continue
        alone = unspaced(character)
        if run and alone != apart:
            yield "".join(run)
            run = []
        apart = alone
        run.append(character)
    if run:
        yield "".join(run)


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return "".join(
        unicodedata.normalize("NFD", character)[0] if _within(character, ACCENTED) else character
        for character in unicodedata.normalize("NFC", folded)
    )


def _within(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    code = ord(character)
    return code >= ranges[0][0] and any(first <= code <= last for first, last in ranges)
