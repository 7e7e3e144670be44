"""Places between pages, as callers carry them: opaque, and only good for the question they came from."""

import base64
import binascii
import json
import zlib
from typing import Any, Final

from domain.kernel.quantity import MAX_BALANCE, text
from domain.kernel.refusal import InvalidInput

MAX_PLACE: Final = 4_096


def written(asked: object, *values: str | int | bool) -> str:
    """A place of the answer to what was asked."""
    told = json.dumps([_print(asked), *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).rstrip(b"=").decode()


def read(asked: object, said: str, shape: tuple[type, ...]) -> list[Any]:
    """The values, which must be of these types. Raises InvalidInput for what no answer to this question ended with."""
    try:
        packed = text(said, "after", most=MAX_PLACE).encode("ascii")
        told = json.loads(base64.b64decode(packed + b"=" * (-len(packed) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        told = None
    if not isinstance(told, list) or [type(each) for each in told] != [int, *shape]:
        raise InvalidInput("go on after what a page ended with", field="after")
    if told[0] != _print(asked):
        raise InvalidInput("the page before was of another question", field="after")
    for each in told[1:]:
        if isinstance(each, str):
            text(each, "after", most=MAX_PLACE)
        elif abs(each) > MAX_BALANCE:
            raise InvalidInput("go on after what a page ended with", field="after")
    return told[1:]


def _print(asked: object) -> int:
    return zlib.crc32(repr(asked).encode())
