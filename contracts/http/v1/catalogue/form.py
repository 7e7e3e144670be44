"""How one command is described, and the refusals that many share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.http.v1.parts import Answer, Body

Scope = Literal["read", "sell", "adjust", "admin"]
"""What a key may be used for; no scope implies another."""

GOODS: Final = ("goods.unknown", "goods.inactive")
NODES: Final = ("node.unknown", "node.inactive")
KNOWN: Final = ("reservation.unknown", "reservation.cancelled", "reservation.state")
SHORT: Final = "stock.insufficient"
LARGE: Final = "ledger.balance_too_large"
LIMITED: Final = ("quota.exceeded", "quota.exclusive", "stock.promised")
"""What is sold may meet where channels have quotas."""


@dataclass(frozen=True, slots=True)
class CommandForm:
    """One command as callers see it.

    `name` is its name on the wire, `command` the application's; `refusals` are the codes of its own, beside those that
    any command may meet (`input.invalid`, `request.mismatch`).
    """

    name: str
    command: str
    request: type[Body]
    reply: type[Answer]
    scope: Scope
    summary: str
    description: str
    example: Mapping[str, Any]
    refusals: tuple[str, ...]
