"""Make a key for one of the tenant's principals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from application.kernel.call import Call
from application.permissions.ports import KeyStore
from application.permissions.views import KeyMade, made
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import MAX_LABEL, ApiKey, utc
from domain.permissions.key_text import new_text
from domain.permissions.scope import Scope


@dataclass(frozen=True, slots=True)
class CreateKey:
    """A key by which `principal` may do what the scopes allow, until `expires_at` (UTC; None: until it is revoked).

    Not a ledger command: as the secret is kept nowhere, a repeat cannot be answered as the first was, and makes
    another key. If an answer was lost, revoke the key that nobody has the text of.
    """

    principal: str
    scopes: frozenset[Scope]
    label: str = ""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        identifier(self.principal, "principal")
        if self.label:
            identifier(self.label, "label", most=MAX_LABEL)
        if not self.scopes:
            raise InvalidInput(f"a key holds one scope at least, of {', '.join(Scope)}", field="scopes")
        if self.expires_at is not None:
            utc(self.expires_at, "expires_at")


class CreateKeyHandler:
    """`random` gives RANDOM_BYTES bytes that nobody can foresee."""

    def __init__(self, keys: KeyStore, now: Callable[[], datetime], random: Callable[[], bytes]) -> None:
        self._keys = keys
        self._now = now
        self._random = random

    async def __call__(self, call: Call, command: CreateKey) -> KeyMade:
        """The key with its text. Raises InvalidInput for an end that is past, StoreError."""
        now, text = self._now(), new_text(self._random())
        key = ApiKey(
            text.id,
            call.tenant,
            command.principal,
            command.scopes,
            text.digest,
            command.label,
            now,
            command.expires_at,
            created_by=call.actor,
        )
        if command.expires_at is not None and command.expires_at <= now:
            raise InvalidInput("expires_at is past", field="expires_at")
        await self._keys.add(key)
        return made(text, key, now)
