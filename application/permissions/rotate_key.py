"""Make a key's successor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.kernel.call import Call
from application.permissions.ports import KeyStore
from application.permissions.views import KeyMade, made
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import MAX_OVERLAP, ApiKey
from domain.permissions.key_text import key_id, new_text

OVERLAP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RotateKey:
    """A successor, with an id and a secret of its own; the key itself is good for the overlap yet.

    An id is one secret's for ever: so it says in every log which of the two somebody still uses, each can be revoked
    without the other, and what bears the old one goes on until it has the new.
    """

    key: str
    overlap: timedelta = OVERLAP

    def __post_init__(self) -> None:
        key_id(self.key)
        if not timedelta(0) <= self.overlap <= MAX_OVERLAP:
            raise InvalidInput(f"a key overlaps its successor for {MAX_OVERLAP.days} days at most", field="overlap")


class RotateKeyHandler:
    """`random` gives RANDOM_BYTES bytes that nobody can foresee."""

    def __init__(self, keys: KeyStore, now: Callable[[], datetime], random: Callable[[], bytes]) -> None:
        self._keys = keys
        self._now = now
        self._random = random

    async def __call__(self, call: Call, command: RotateKey) -> KeyMade:
        """The successor with its text. Raises KeyUnknown, KeyReplaced, KeyRevoked, KeyExpired, StoreError."""
        now, text = self._now(), new_text(self._random())
        successors: list[ApiKey] = []

        def decide(key: ApiKey) -> Sequence[ApiKey]:
            old, successor = key.rotate(text, now, command.overlap, call.actor)
            successors[:] = [successor]
            return old, successor

        await self._keys.change(call.tenant, command.key, decide)
        return made(text, successors[0], now)
