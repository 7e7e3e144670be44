"""The body of a command, validated by its published model."""

from typing import Any, Final

from pydantic import ValidationError

from contracts.http.v1.catalogue import CommandForm
from domain.kernel.refusal import InvalidInput
from entrypoints.composition.settings import Settings
from entrypoints.http.refusals import BodyMalformed
from entrypoints.wire.commands import command_of

MAX_FAULTS: Final = 20


def parsed(form: CommandForm, body: bytes, settings: Settings) -> Any:
    """The command that the body says. Raises BodyMalformed, InvalidInput."""
    try:
        model = form.request.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_FAULTS]
        if faults[0]["type"] == "json_invalid":
            raise BodyMalformed(faults[0]["msg"]) from None
        told = [{"field": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in faults]
        first = told[0]
        detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
        raise InvalidInput(detail, field=first["field"], faults=told) from None
    return command_of(form, model, settings)
