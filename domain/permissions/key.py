"""Keys: what a caller proves itself with."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from domain.kernel.quantity import MAX_TENANT, identifier
from domain.kernel.refusal import InvalidInput
from domain.permissions.key_text import KeyText, key_id
from domain.permissions.refusals import KeyExpired, KeyReplaced, KeyRevoked
from domain.permissions.scope import Scope

MAX_LABEL: Final = 128
MAX_OVERLAP: Final = timedelta(days=30)
"""Longest time for which a key and its successor are both good: a rotation that never ends is none."""

_NOBODY: Final = bytes(32)
"""What stands in for the digest of a key that does not exist; no secret is known to have it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, known by the key of this id: `principal` is who was authenticated, for one tenant only."""

    key: str
    tenant: str
    principal: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of one tenant's principal, from when it is made until it expires or is revoked.

    It never comes back: an expired or revoked key stays so. Rotating it makes a successor with a secret and an id of
    its own, and lets the two overlap for a while, so that its bearers change over one by one. Of the secret only a
    digest (SHA-256) is kept. `revoked_at` and `expires_at` are as the clock showed: revoked is revoked, whatever it
    shows now. `created_by` made it, `ended_by` said last when it ends: revoked it, set its end, or rotated it.
    """

    id: str
    tenant: str
    principal: str
    scopes: frozenset[Scope]
    digest: bytes = field(repr=False)
    label: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    successor: str | None = None
    created_by: str = ""
    ended_by: str | None = None

    def __post_init__(self) -> None:
        key_id(self.id, "id")
        if self.successor is not None:
            key_id(self.successor, "successor")
        identifier(self.tenant, "tenant", most=MAX_TENANT)
        identifier(self.principal, "principal")
        if self.created_by:
            identifier(self.created_by, "created_by")
        if self.ended_by is not None:
            identifier(self.ended_by, "ended_by")
        if self.label:
            identifier(self.label, "label", most=MAX_LABEL)
        if not self.scopes or not all(type(scope) is Scope for scope in self.scopes):
            raise InvalidInput(f"a key holds one scope at least, of {', '.join(Scope)}", field="scopes")
        if type(self.digest) is not bytes or len(self.digest) != 32:
            raise InvalidInput("the digest of a secret is 32 bytes", field="digest")
        for at, name in (
            (self.created_at, "created_at"),
            (self.expires_at, "expires_at"),
            (self.revoked_at, "revoked_at"),
        ):
            if at is not None:
                utc(at, name)

    @property
    def caller(self) -> Caller:
        """Whom it speaks for."""
        return Caller(self.id, self.tenant, self.principal, self.scopes)

    def admits(self, now: datetime) -> bool:
        """Whether its bearer is let in now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def require(self, now: datetime) -> None:
        """Raises KeyRevoked, KeyExpired."""
        if self.revoked_at is not None:
            raise KeyRevoked(f"the key {self.id} was revoked", key=self.id, revoked_at=_shown(self.revoked_at))
        if self.expires_at is not None and now >= self.expires_at:
            raise KeyExpired(f"the key {self.id} has expired", key=self.id, expired_at=_shown(self.expires_at))

    def revoke(self, now: datetime, by: str) -> "ApiKey":
        """No longer good, for ever. Again changes nothing."""
        return self if self.revoked_at is not None else replace(self, revoked_at=now, ended_by=by)

    def expire(self, at: datetime, now: datetime, by: str) -> "ApiKey":
        """Good until then, sooner or later than it was. Raises KeyRevoked, KeyExpired: nothing brings it back."""
        self.require(now)
        return replace(self, expires_at=max(at, now), ended_by=by)

    def rotate(self, successor: KeyText, now: datetime, overlap: timedelta, by: str) -> tuple["ApiKey", "ApiKey"]:
        """Itself, good for the overlap (or until it expires, if that is sooner), and its successor.

        The successor is for the same principal and scopes, and lives as long as this key was made for. Raises
        KeyReplaced, KeyRevoked, KeyExpired.
        """
        self.require(now)
        if self.successor is not None:
            raise KeyReplaced(f"the key {self.id} was rotated before", key=self.id, successor=self.successor)
        ends = now + overlap if self.expires_at is None else min(now + overlap, self.expires_at)
        until = None if self.expires_at is None else now + (self.expires_at - self.created_at)
        made = ApiKey(
            successor.id,
            self.tenant,
            self.principal,
            self.scopes,
            successor.digest,
            self.label,
            now,
            until,
            created_by=by,
        )
        return replace(self, expires_at=ends, successor=made.id, ended_by=by), made


def fits(key: ApiKey | None, presented: KeyText) -> bool:
    """Whether this is its secret. How long that takes tells neither how near it was nor whether there is such a key."""
    return compare_digest(presented.digest, _NOBODY if key is None else key.digest)


def utc(at: datetime, name: str) -> datetime:
    """`at` if it is a time in UTC. Raises InvalidInput otherwise."""
    if at.utcoffset() != timedelta(0):
        raise InvalidInput(f"{name} must be a time in UTC", field=name)
    return at


def _shown(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
