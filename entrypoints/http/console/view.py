"""What every page has in common: what it is asked with, and what it answers."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from domain.permissions.key import Caller
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation

ROOT = "/console"


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, asked for by someone who is signed in. `parameters` are those of the address, the first of each name."""

    path: str
    house: Installation
    caller: Caller
    parameters: Mapping[str, str]
    form_token: str

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")

    @property
    def tenant(self) -> str:
        return self.caller.tenant

    def may(self, scope: Scope) -> bool:
        return scope in self.caller.scopes


View = Callable[[Asked], Awaitable[dict[str, Any]]]
"""What a page's template is filled with. Raises refusals and StoreError."""


def address(path: str, **parameters: str | int) -> str:
    """The address of a page of the console; parameters that are empty are left out."""
    given = {name: str(value) for name, value in parameters.items() if value != ""}
    return f"{ROOT}{path}" + (f"?{urlencode(given)}" if given else "")


def anchor(*parts: str) -> str:
    """An id for an element that stands for these, whatever characters they hold; the same every time."""
    return "a" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def moment(at: datetime) -> str:
    """To the second, in UTC: the ledger's own time."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def instant(at: datetime) -> str:
    """The same for machines, exactly."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def span(seconds: float) -> str:
    """`12 min`, `3 h 20 min`, `5 d 4 h`: as exact as anyone needs, and not other words every second."""
    whole = max(0, int(seconds))
    if whole < 60:
        return "less than a minute"
    if whole < 3_600:
        return f"{whole // 60} min"
    units = (("h", 3_600), ("min", 60)) if whole < 86_400 else (("d", 86_400), ("h", 3_600))
    (large, many), (small, few) = units
    rest = whole % many // few
    return f"{whole // many} {large}" + (f" {rest} {small}" if rest else "")
