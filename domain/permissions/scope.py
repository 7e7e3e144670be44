"""Scopes: what a key is for."""

from collections.abc import Iterable
from enum import StrEnum

from domain.kernel.refusal import InvalidInput


class Scope(StrEnum):
    """One kind of thing that a caller may ask for. No scope implies another: a key holds all that it needs."""

    READ = "read"
    """Queries, events and views."""

    SELL = "sell"
    """What an order does: reserve, confirm, release, extend, exchange, ship, report a sale."""

    ADJUST = "adjust"
    """What a node does: receive, count, hold, write off, take returns and shipments in."""

    ADMIN = "admin"
    """Registers, and messages that could not be taken."""


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names, at least one. Raises InvalidInput."""
    given = list(names)
    known = {scope.value: scope for scope in Scope}
    if strange := [name for name in given if name not in known]:
        raise InvalidInput(f"there is no scope {strange[0]!r:.40}: there are {', '.join(known)}", field="scopes")
    if not given:
        raise InvalidInput(f"a key needs one scope at least: {', '.join(known)}", field="scopes")
    return frozenset(known[name] for name in given)
