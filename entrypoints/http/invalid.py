"""What the published models find wrong, as our refusal."""

from typing import Final

from pydantic import ValidationError

from domain.kernel.refusal import InvalidInput, Refusal
from entrypoints.http.refusals import BodyMalformed

MAX_FAULTS: Final = 20


def invalid(error: ValidationError) -> Refusal:
    """Each fault with its field; what was given is not repeated: it may be anyone's data."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_FAULTS]
    if found[0]["type"] == "json_invalid":
        return BodyMalformed(found[0]["msg"])
    faults = [{"field": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in found]
    first = faults[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return InvalidInput(detail, field=first["field"], faults=faults)
