"""Drop old promises: what was kept for as long as promises are kept is dropped as anybody would."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol

from application.kernel.call import RESERVED_PREFIX, Call
from application.kernel.command import Commit
from application.sourcing.drop_promises import DropPromises
from application.sourcing.kept import DROPPED, PROMISES

ACTOR: Final = "purge"
AT_ONCE: Final = 500


class OldEntries(Protocol):
    """Finds what registers keep for long already."""

    async def old_entries(
        self, register: str, but: Mapping[str, Any], before: datetime, limit: int
    ) -> Sequence[tuple[str, str]]:
        """The tenants and codes of at most `limit` entries that were last written before then, those left out whose
        facts are just `but`; tenant by tenant. Raises StoreError.
        """
        ...


class DropOldPromises:
    """Drops by the command that anybody has, so that those who keep promises are counted right."""

    def __init__(self, commit: Commit, old: OldEntries) -> None:
        self._commit = commit
        self._old = old

    async def __call__(self, before: datetime, limit: int) -> int:
        """Drop up to `limit` promises kept before then; how many. Raises StoreError, Unanswered."""
        found = await self._old.old_entries(PROMISES, DROPPED, before, limit)
        dropped = 0
        by_tenant: dict[str, list[str]] = {}
        for tenant, code in found:
            by_tenant.setdefault(tenant, []).append(code)
        for tenant, codes in by_tenant.items():
            for start in range(0, len(codes), AT_ONCE):
                some = tuple(codes[start : start + AT_ONCE])
                named = sha256("\0".join(some).encode()).hexdigest()[:32]
                call = Call(tenant, ACTOR, f"{RESERVED_PREFIX}promises:{named}", system=True)
                dropped += (await self._commit.submit(call, DropPromises(some))).dropped
        return dropped
