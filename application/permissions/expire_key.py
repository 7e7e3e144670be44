"""Say when a key ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.kernel.call import Call
from application.permissions.ports import KeyStore
from application.permissions.views import KeyShown, shown
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import ApiKey, utc
from domain.permissions.key_text import key_id


@dataclass(frozen=True, slots=True)
class ExpireKey:
    """Good until `at` (UTC), sooner or later than it was, or (None) until now."""

    key: str
    at: datetime | None = None

    def __post_init__(self) -> None:
        key_id(self.key)
        if self.at is not None:
            utc(self.at, "at")


class ExpireKeyHandler:
    def __init__(self, keys: KeyStore, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    async def __call__(self, call: Call, command: ExpireKey) -> KeyShown:
        """The key as it is now. Raises KeyUnknown, KeyRevoked, KeyExpired, InvalidInput (a past time), StoreError."""
        now = self._now()
        if command.at is not None and command.at < now:
            raise InvalidInput("at is past", field="at")
        changed: list[ApiKey] = []

        def decide(key: ApiKey) -> Sequence[ApiKey]:
            changed[:] = [key.expire(command.at or now, now, call.actor)]
            return changed

        await self._keys.change(call.tenant, command.key, decide)
        return shown(changed[0], now)
