"""Take a key back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.kernel.call import Call
from application.permissions.ports import KeyStore
from application.permissions.views import KeyShown, shown
from domain.permissions.key import ApiKey
from domain.permissions.key_text import key_id


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """No longer good, for ever. What remembers keys refuses it within the time that the settings bound."""

    key: str

    def __post_init__(self) -> None:
        key_id(self.key)


class RevokeKeyHandler:
    def __init__(self, keys: KeyStore, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    async def __call__(self, call: Call, command: RevokeKey) -> KeyShown:
        """The key as it is now; revoking it again changes nothing. Raises KeyUnknown, StoreError."""
        now = self._now()
        changed: list[ApiKey] = []

        def decide(key: ApiKey) -> Sequence[ApiKey]:
            changed[:] = [key.revoke(now, call.actor)]
            return changed

        await self._keys.change(call.tenant, command.key, decide)
        return shown(changed[0], now)
