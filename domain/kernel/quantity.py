"""Quantities and texts at the border: bounded before they reach a queue, a column or another system."""

from datetime import date
from typing import Final

from domain.kernel.refusal import InvalidInput

MAX_QUANTITY: Final = 10**9
"""Most of one movement, in the smallest unit of the goods."""

MAX_BALANCE: Final = 2**53
"""Largest balance: the last whole number that every JSON reader keeps exact."""

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(9000, 1, 1)
"""Beyond these no calendar is asked: neither zones nor sums of days reach to the ends of what a date can be."""

MAX_IDENTIFIER: Final = 128
MAX_TENANT: Final = 64
MAX_TEXT: Final = 512


def whole(value: object, name: str = "quantity", *, least: int = 1, most: int = MAX_QUANTITY) -> int:
    """`value` if it is a whole number from `least` to `most` (smallest units). Raises InvalidInput otherwise."""
    if type(value) is not int:
        raise InvalidInput(f"{name} must be a whole number, got {type(value).__name__}", field=name)
    if not least <= value <= most:
        raise InvalidInput(f"{name} must be from {least} to {most}", field=name, least=least, most=most)
    return value


def flag(value: object, name: str) -> bool:
    """`value` if it is true or false itself, not something that counts as either. Raises InvalidInput otherwise."""
    if type(value) is not bool:
        raise InvalidInput(f"{name} must be true or false", field=name)
    return value


def identifier(value: object, name: str, *, most: int = MAX_IDENTIFIER) -> str:
    """`value` if it can serve as an identity everywhere: 1 to `most` characters, no controls, no lone surrogates.

    Identity is bytes: nothing is trimmed, folded or normalised here or below.
    """
    if type(value) is str and 0 < len(value) <= most and value.isascii() and value.isprintable():
        return value
    checked = text(value, name, most=most)
    if not checked:
        raise InvalidInput(f"{name} must not be empty", field=name)
    if any(ord(c) < 32 or ord(c) == 127 for c in checked):
        raise InvalidInput(f"{name} must not contain control characters", field=name)
    return checked


def text(value: object, name: str, *, most: int = MAX_TEXT) -> str:
    """`value` if it is a text of at most `most` characters without NUL or lone surrogates."""
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be text, got {type(value).__name__}", field=name)
    if len(value) > most:
        raise InvalidInput(f"{name} must have at most {most} characters, has {len(value)}", field=name, most=most)
    if "\0" in value:
        raise InvalidInput(f"{name} must not contain NUL", field=name)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(f"{name} must not contain lone surrogates", field=name) from None
    return value


def calendar_day(value: object, name: str) -> date:
    """The day that a text YYYY-MM-DD names. Raises InvalidInput."""
    if type(value) is str and len(value) == len("2026-01-01"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidInput(f"{name} must be a day, YYYY-MM-DD", field=name)


def calendar_day_within(value: object, name: str) -> date:
    """The same of a day that calendars reach, of FIRST_DAY to LAST_DAY. Raises InvalidInput."""
    day = calendar_day(value, name)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(f"{name} must be a day of {FIRST_DAY} to {LAST_DAY}", field=name)
    return day
