"""The port of keys: where they are kept."""

from collections.abc import Callable, Sequence
from typing import Protocol

from domain.permissions.key import ApiKey

Decide = Callable[[ApiKey], Sequence[ApiKey]]
"""What to write, given the key as it is: one of its id is put in its place, others are added."""


class KeyStore(Protocol):
    """Keys by their ids, which no two share, whoever they belong to. All methods raise StoreError."""

    async def find(self, id: str) -> ApiKey | None:
        """The key of this id, of whichever tenant: who asks is not known before."""
        ...

    async def page(self, tenant: str, after: str, limit: int) -> Sequence[ApiKey]:
        """At most `limit` of a tenant's keys whose ids come after this one ("": from the first), in byte order."""
        ...

    async def add(self, key: ApiKey) -> None:
        """Keep a new key. Raises KeyTaken where its id is known."""
        ...

    async def change(self, tenant: str, id: str, decide: Decide) -> None:
        """Read this tenant's key, decide, and write all of it or nothing; no other change comes between.

        Raises KeyUnknown, what `decide` raises, KeyTaken where an added id is known.
        """
        ...
