"""Adapters whose driver is an extra of the distribution: imported when they are chosen, not before."""

import importlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from entrypoints.composition.settings import BadSettings


def optional(reference: str, extra: str) -> Callable[..., Any]:
    """Makes what `module:attribute` makes. Called, it raises BadSettings where the extra is not installed."""
    module, _, attribute = reference.partition(":")

    def make(*arguments: Any, **named: Any) -> Any:
        try:
            factory = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise BadSettings(f"{error.name} is needed for this adapter: install entrepot[{extra}]") from None
        return factory(*arguments, **named)

    return make


def owned(leaving: AsyncExitStack, make: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What `make` makes; its `close()` is awaited when the process is about to leave."""
    made = make(*arguments, **named)
    leaving.push_async_callback(made.close)
    return made
