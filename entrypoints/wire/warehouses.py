"""Warehouses as the settings name them: who may tell something, and who is asked to ship."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from domain.kernel.quantity import MAX_TENANT, identifier
from domain.kernel.refusal import Refusal
from domain.stock.mapping import system_name

MOST_SECRETS: Final = 3
"""Most secrets of one source."""
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


def sources_of(setting: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """`<source>=<tenant>:<secret>[+<secret>], …`: tenant and secrets by source. Raises ValueError, naming no secret."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for each in filter(None, (part.strip() for part in setting.split(","))):
        source, equals, rest = each.partition("=")
        tenant, colon, secrets = rest.rpartition(":")
        if not (equals and colon):
            raise ValueError("must be <source>=<tenant>:<secret>[+<secret>]")
        try:
            system_name(source)
            tenant = identifier(unquote(tenant), "tenant", most=MAX_TENANT)
        except Refusal as refusal:
            raise ValueError(refusal.message) from None
        if source in found:
            raise ValueError(f"names {source} twice")
        several = tuple(secrets.split("+"))
        if len(several) > MOST_SECRETS:
            raise ValueError(f"gives {source} more than {MOST_SECRETS} secrets")
        if any(set(several) & set(others) for _, others in found.values()):
            raise ValueError(f"gives {source} a secret of another source, whose messages would be taken for its own")
        if not all(SECRET.fullmatch(secret) for secret in several):
            raise ValueError(f"a secret of {source} must be 16 to 128 letters, digits, hyphens and underscores")
        found[source] = (tenant, several)
    return found


def ship_to_of(setting: str) -> dict[tuple[str, str], str]:
    """`<tenant>/<node>=<url>, …`: the warehouse's address by tenant and node. Raises ValueError."""
    found: dict[tuple[str, str], str] = {}
    for each in filter(None, (part.strip() for part in setting.split(","))):
        place, equals, url = each.partition("=")
        tenant, slash, node = place.partition("/")
        try:
            key = (identifier(unquote(tenant), "tenant", most=MAX_TENANT), identifier(unquote(node), "node"))
            link = urlsplit(url)
            _ = link.port  # raises where it is none
        except (Refusal, ValueError):
            raise ValueError(f"must be <tenant>/<node>=<url>, percent-encoded, not {place!r:.100}") from None
        if not (equals and slash) or link.scheme not in ("http", "https") or not link.hostname or {"?", "#"} & set(url):
            raise ValueError(f"must be <tenant>/<node>=<url>, http or https and without a query: {place!r:.100}")
        if key in found:
            raise ValueError(f"names {place} twice")
        found[key] = url
    return found
