"""Keys in memory."""

from collections.abc import Sequence
from itertools import islice

from adapters.memory.database import MemoryDatabase
from application.kernel.ports import KeyTaken
from application.permissions.ports import Decide
from domain.permissions.key import ApiKey
from domain.permissions.refusals import KeyUnknown


class MemoryKeys:
    """Keys by their ids."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._rows: dict[str, ApiKey] = database.tables.setdefault("api_key", {})

    async def find(self, id: str) -> ApiKey | None:
        return self._rows.get(id)

    async def page(self, tenant: str, after: str, limit: int) -> Sequence[ApiKey]:
        ids = sorted(key.id for key in self._rows.values() if key.tenant == tenant and key.id > after)
        return [self._rows[id] for id in islice(ids, limit)]

    async def add(self, key: ApiKey) -> None:
        async with self._database.writer:
            self._put(None, [key])

    async def change(self, tenant: str, id: str, decide: Decide) -> None:
        async with self._database.writer:
            known = self._rows.get(id)
            if known is None or known.tenant != tenant:
                raise KeyUnknown(f"there is no key {id!r}", key=id)
            self._put(id, decide(known))

    def _put(self, known: str | None, keys: Sequence[ApiKey]) -> None:
        for key in keys:
            if key.id != known and key.id in self._rows:
                raise KeyTaken(f"the id {key.id} is taken")
        self._rows.update((key.id, key) for key in keys)
