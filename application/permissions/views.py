"""How keys are shown: never with what proves them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.permissions.key import ApiKey
from domain.permissions.key_text import KeyText
from domain.permissions.scope import Scope

Status = Literal["good", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as it may be shown to anyone of its tenant; its text is `ek_<id>_` and a secret that is kept nowhere."""

    id: str
    principal: str
    scopes: tuple[Scope, ...]
    label: str
    status: Status
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    successor: str | None
    created_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key with its `text`, which is shown this once and cannot be had again."""

    text: str = field(repr=False)
    key: KeyShown


def shown(key: ApiKey, now: datetime) -> KeyShown:
    status: Status = "revoked" if key.revoked_at is not None else "good" if key.admits(now) else "expired"
    return KeyShown(
        key.id,
        key.principal,
        tuple(scope for scope in Scope if scope in key.scopes),
        key.label,
        status,
        key.created_at,
        key.expires_at,
        key.revoked_at,
        key.successor,
        key.created_by,
        key.ended_by,
    )


def made(text: KeyText, key: ApiKey, now: datetime) -> KeyMade:
    return KeyMade(text.text, shown(key, now))
