"""Every command of every context by its name: what messages, HTTP, the command line and the docs are made from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.sourcing import commands as sourcing
from application.stock import commands as stock
from application.supply import commands as supply
from application.tenancy import commands as tenancy
from application.warehouse import commands as warehouse

CLASSES: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {**stock.COMMANDS, **sourcing.COMMANDS, **supply.COMMANDS, **tenancy.COMMANDS, **warehouse.COMMANDS}
)
"""Name → class; `name` and `reply` of each say what it is stored as and what it answers."""

OWN: Final[tuple[type[Any], ...]] = stock.OWN
"""The platform's own: no caller may send them."""
