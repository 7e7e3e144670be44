"""Every command of supply by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply

COMMANDS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {command.name: command for command in (SetItems, SetSupply)}
)
"""Name → class."""
