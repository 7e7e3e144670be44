"""List the tenant's keys, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.permissions.ports import KeyStore
from application.permissions.views import KeyShown, shown
from domain.kernel.quantity import identifier, whole

MAX_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class ListKeys:
    """A page of at most `limit` (1 to 500) keys after the id `after`, in byte order of the ids."""

    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.after:
            identifier(self.after, "after")
        whole(self.limit, "limit", most=MAX_PAGE)


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Good or not; `after` is where the next page begins, None where there is none."""

    keys: Sequence[KeyShown]
    after: str | None


class ListKeysHandler:
    def __init__(self, keys: KeyStore, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    async def __call__(self, tenant: str, query: ListKeys) -> KeyPage:
        """Raises StoreError."""
        now = self._now()
        found = await self._keys.page(tenant, query.after, query.limit + 1)
        page = found[: query.limit]
        return KeyPage([shown(key, now) for key in page], page[-1].id if len(found) > len(page) else None)
