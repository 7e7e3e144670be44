"""The body of a command: not too deep, validated by its published model; and what is wrong with it, as our refusal."""

import re
from typing import Any, Final

from pydantic import ValidationError

from contracts.http.v1.catalogue import CommandForm
from domain.kernel.refusal import InvalidInput, Refusal
from entrypoints.composition.settings import Settings
from entrypoints.wire.commands import command_of

MAX_FAULTS: Final = 20
MAX_DEPTH: Final = 32
"""Deepest nesting of JSON that is taken; what is asked for here needs six."""

TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


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
    try:
        model = form.request.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return command_of(form, model, settings)


def invalid(error: ValidationError) -> Refusal:
    """Each fault with its field; what was given is not repeated: it may be anyone's data."""
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
    """Raises BodyTooDeep, before any parser recurses.

    What opens fewer brackets than may be nested needs no look. Of the rest, all but the brackets is left out, and then
    the innermost pairs, again and again: what still opens brackets after MAX_DEPTH rounds nests deeper. A body that is
    not JSON at all may pass; parsers refuse it.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = TEXT.sub(b"", body).translate(None, NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        shorter = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    if brackets.count(b"[") + brackets.count(b"{") > MAX_DEPTH:
        raise BodyTooDeep(f"the body nests deeper than {MAX_DEPTH}", most=MAX_DEPTH)
