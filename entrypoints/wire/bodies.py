"""The body of a command, validated by its published model."""

from typing import Any

from pydantic import ValidationError

from contracts.http.v1.catalogue import CommandForm
from entrypoints.composition.settings import Settings
from entrypoints.http.invalid import invalid
from entrypoints.wire.commands import command_of


def parsed(form: CommandForm, body: bytes, settings: Settings) -> Any:
    """The command that the body says. Raises BodyMalformed, InvalidInput."""
    try:
        model = form.request.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return command_of(form, model, settings)
