"""A command as it was sent, as the application's own: the fields bear the same names, so that none is translated."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from application.stock.reserve_stock import ReserveStock
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from entrypoints.composition.settings import Settings
from entrypoints.wire.classes import CLASSES

FORMS: Final[Mapping[str, CommandForm]] = MappingProxyType({form.name: form for form in COMMANDS})
"""Every command a caller may send, by its name on the wire."""


def command_of(form: CommandForm, body: BaseModel, settings: Settings) -> Any:
    """The application's command. Raises InvalidInput, as its class does."""
    command = msgspec.convert(body, CLASSES[form.command], from_attributes=True)
    differs = DIFFERS.get(form.command)
    if differs is not None:
        differs(command, settings)
    return command


def _held_for_a_while(command: ReserveStock, settings: Settings) -> None:
    """Who does not say how long holds for as long as the installation says; nobody outside holds for ever."""
    if command.hold_for is None:
        command.hold_for = timedelta(seconds=settings.reservations.hold_seconds)


DIFFERS: Final[Mapping[str, Callable[[Any, Settings], None]]] = {ReserveStock.name: _held_for_a_while}
"""Where the wire does not say all that the command does."""
