"""The body of a command: not too deep, validated by its published model; and what is wrong with it, as our refusal."""

import re
from itertools import accumulate
from typing import Any, Final

from pydantic import ValidationError

from contracts.http.v1.catalogue import CommandForm
from domain.kernel.refusal import InvalidInput, Refusal
from entrypoints.composition.settings import Settings
from entrypoints.wire.commands import command_of

MAX_FAULTS: Final = 20
MAX_DEPTH: Final = 32
"""Deepest nesting of JSON that is taken; what is asked for here needs six."""

TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
STEPS: Final = bytes.maketrans(b"[]{}", b"\x01\xff\x01\xff")
FEW_BRACKETS: Final = 1_000
BYTES_A_BRACKET: Final = 8
"""Fewest bytes for each bracket that is opened, in what is asked for here: a part of a reservation has 13."""

MOST_PARTS: Final = 32_768
"""Most commas of a command, those in texts apart: 500 lines with 50 nodes each have 28,000."""

MOST_LISTED: Final = 2_000
"""Most faults that are looked at; listing a hundred thousand would take longer than all else that is done here."""


class BodyMalformed(Refusal):
    """The body is not JSON in UTF-8, or is cut off.

    Send one JSON value, of the form that the document at /openapi.json shows.
    """

    code = "body.malformed"


class BodyTooDeep(Refusal):
    """The body nests deeper than is taken (`most`).

    Nothing that is asked for here nests so deep: look for what wraps it.
    """

    code = "body.too_deep"


def parsed(form: CommandForm, body: bytes, settings: Settings) -> Any:
    """The command that the body says. Raises BodyMalformed, InvalidInput."""
    _require_few_parts(body)
    try:
        model = form.request.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return command_of(form, model, settings)


def invalid(error: ValidationError) -> Refusal:
    """Each fault with its field; what was given is not repeated: it may be anyone's data."""
    count = error.error_count()
    if count > MOST_LISTED:
        return InvalidInput(f"the body has {count} faults, more than are listed", field="", faults=[])
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_FAULTS]
    if found[0]["type"] == "json_invalid":
        return BodyMalformed(found[0]["msg"])
    # A list counts as empty once an item in it is at fault: that is no fault of its own.
    within = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    faults = [
        {"field": ".".join(map(str, each["loc"])), "message": each["msg"]}
        for each in found
        if each["type"] != "too_short" or each["loc"] not in within
    ]
    first = faults[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return InvalidInput(detail, field=first["field"], faults=faults)


def require_shallow(body: bytes) -> None:
    """Raises BodyTooDeep, before any parser recurses, in a time that grows with the body and no faster.

    What opens fewer brackets than may be nested needs no look. Of the rest, all but the brackets is left out, and each
    is a step down or up. What is little else than brackets is nothing that is asked for here, and is not looked at. A
    body that is not JSON at all may pass; parsers refuse it.
    """
    opened = body.count(b"[") + body.count(b"{")
    if opened <= MAX_DEPTH:
        return
    if opened > FEW_BRACKETS and opened * BYTES_A_BRACKET > len(body):
        raise BodyTooDeep("the body is little else than brackets", most=MAX_DEPTH)
    steps = memoryview(TEXT.sub(b"", body).translate(STEPS, NOT_BRACKETS)).cast("b")
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise BodyTooDeep(f"the body nests deeper than {MAX_DEPTH}", most=MAX_DEPTH)


def _require_few_parts(body: bytes) -> None:
    """Raises InvalidInput, before a parser finds something wrong with each of a million parts."""
    if body.count(b",") > MOST_PARTS and TEXT.sub(b"", body).count(b",") > MOST_PARTS:
        raise InvalidInput(f"the body has more than {MOST_PARTS} parts", field="", most=MOST_PARTS)
