"""Every command of warehouse by its name: how answers are decoded, and what the entrypoints may offer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.warehouse.adjust_capacity import AdjustCapacity
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites

COMMANDS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        command.name: command
        for command in (AdjustCapacity, SetSites, SetCalendars, SetRegions, SetPostcodes, SetRelations)
    }
)
"""Name → class; `name` and `reply` of each say what it is stored as and what it answers."""
