"""Numbers that prove themselves: check digits of GS1 keys (GTIN, GLN, SSCC …) and of device identities (IMEI)."""

import re
from typing import Final

LENGTHS: Final = {"ean8": (8,), "ean13": (13,), "gtin14": (14,), "gln13": (13,), "sscc18": (18,)}
GTIN_LENGTHS: Final = (8, 12, 13, 14)

_SEPARATORS: Final = re.compile(r"[ -]")
_ELEMENT: Final = re.compile(r"\((\d{2,4})\)([^()]*)")


def digits(text: str) -> str:
    """The number without the hyphens and spaces that people write in it."""
    return _SEPARATORS.sub("", text)


def check_digit(body: str) -> str:
    """The last digit of a GS1 key whose other digits are `body`: weights of 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def proves_itself(key: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return key.isascii() and key.isdecimal() and len(key) > 1 and check_digit(key[:-1]) == key[-1]


def gtin14(number: str) -> str | None:
    """The GTIN of 8, 12, 13 or 14 digits in 14, or None where it is none."""
    return number.zfill(14) if len(number) in GTIN_LENGTHS and proves_itself(number) else None


def luhn(number: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it."""
    if not (number.isascii() and number.isdecimal() and len(number) > 1):
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def imei(number: str) -> bool:
    """An IMEI has 15 digits and proves itself; an IMEISV has 16, of which none is a check digit."""
    return number.isascii() and number.isdecimal() and (len(number) == 16 or (len(number) == 15 and luhn(number)))


def element_string(text: str) -> dict[str, str] | None:
    """The parts of `(01)…(17)…(37)…` by application identifier; None where it is none, or its GTIN or SSCC is wrong."""
    parts = dict(_ELEMENT.findall(text))
    if not parts or "".join(f"({name}){value}" for name, value in parts.items()) != text:
        return None
    keys = {"01": 14, "02": 14, "00": 18, "414": 13, "417": 13}
    sound = all(len(parts[ai]) == length and proves_itself(parts[ai]) for ai, length in keys.items() if ai in parts)
    return parts if sound else None
