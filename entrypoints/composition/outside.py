"""What is named in the settings as `module:attribute` and comes from outside this distribution."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

from application.kernel.broker import ParkedMessages
from application.kernel.ledger_time import LedgerTime
from application.kernel.ports import Codec, Reach
from application.kernel.taking import Tries
from domain.kernel.account import AccountKind
from entrypoints.composition.settings import BadSettings, Settings, variable


@dataclass(frozen=True, slots=True)
class Given:
    """What the factory of an adapter from outside is called with.

    `database` is the opened database of the built-in adapters: the memory one, or the SQL one of the settings' URL.
    `reach` is to be called at the failpoints of the port, where it has any. `time` is what the ports of the process
    share: a database with a clock of its own has no use for it. `tries` is what a broker makes of what is not taken,
    `parked()` where it then keeps it.
    """

    settings: Settings
    codec: Codec
    kinds: Mapping[str, AccountKind]
    database: Any
    reach: Reach
    time: LedgerTime
    tries: Tries
    parked: Callable[[], ParkedMessages]


def load(reference: str, setting: str) -> Any:
    """The object `module:attribute`. Raises BadSettings, naming the setting."""
    module, _, attribute = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise BadSettings(f"{setting}: cannot import {module} ({error}): install it, or correct the name") from None
    except AttributeError:
        raise BadSettings(f"{setting}: {module} has no {attribute}") from None


def kinds_of(own: Iterable[AccountKind], references: Iterable[str]) -> dict[str, AccountKind]:
    """The kinds of account by name: our own and those of the settings. Raises BadSettings where two share a name."""
    setting = variable("kinds")
    kinds = {kind.name: kind for kind in own}
    for reference in references:
        kind = load(reference, setting)
        if not isinstance(kind, AccountKind):
            raise BadSettings(f"{setting}: {reference} is not an AccountKind but {type(kind).__name__}")
        if kinds.setdefault(kind.name, kind) is not kind:
            raise BadSettings(f"{setting}: {reference} declares {kind.name}, which is declared already")
    return kinds


async def open_adapter(reference: str, setting: str, given: Given, stack: AsyncExitStack) -> Any:
    """What the factory makes; an asynchronous context manager is entered, and left when the installation closes."""
    factory = load(reference, setting)
    try:
        made = factory(given)
    except TypeError as error:
        raise BadSettings(f"{setting}: {reference} cannot be called with what is given: {error}") from error
    if isinstance(made, AbstractAsyncContextManager):
        return await stack.enter_async_context(made)
    return made
