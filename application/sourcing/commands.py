"""Every command of sourcing by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.sourcing.drop_promises import DropPromises
from application.sourcing.make_promise import MakePromise
from application.sourcing.pin_reservation import PinReservation
from application.sourcing.reject_node import RejectNode
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted

PLANNED: Final[tuple[type[Any], ...]] = (
    MakePromise,
    ReservePromise,
    ReserveWanted,
    ReservePooled,
    PinReservation,
    RejectNode,
)
"""Each handled by a handler of its own."""

PLAIN: Final[tuple[type[Any], ...]] = (DropPromises,)
"""Committed as they are."""

COMMANDS: Final[Mapping[str, type[Any]]] = MappingProxyType({command.name: command for command in (*PLANNED, *PLAIN)})
