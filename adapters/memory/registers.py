"""The registers' feed in memory."""

from collections.abc import Collection, Mapping, Sequence

from adapters.memory.database import MemoryDatabase
from application.kernel.entries import WrittenEntry
from application.stock.ports import ChangedEntries, Standing
from domain.kernel.books import Entry, EntryKey


class MemoryRegisterFeed:
    """How registered things stand, and which were written lately."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        known = self._database.entries
        return {
            tenant: {key: _standing(known[tenant][key]) for key in keys if key in known.get(tenant, {})}
            for tenant, keys in asked.items()
        }

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        database = self._database
        latest = database.next_change - 1
        found: dict[str, dict[EntryKey, Standing]] = {}
        count = 0
        for (tenant, key), number in reversed(database.entry_changes.items()):
            if after is None or number <= after:
                break
            if key.register in registers:
                count += 1
                if count > most:
                    return ChangedEntries(latest, None)
                found.setdefault(tenant, {})[key] = _standing(database.entries[tenant][key])
        return ChangedEntries(latest, found)

    async def written(self, registers: Collection[str], after: int, limit: int) -> Sequence[WrittenEntry]:
        database = self._database
        found: list[WrittenEntry] = []
        for (tenant, key), number in reversed(database.entry_changes.items()):
            if number <= after:
                break
            if key.register in registers:
                found.append(WrittenEntry(number, tenant, database.entries[tenant][key]))
        return found[: -limit - 1 : -1]


def _standing(entry: Entry) -> Standing:
    return Standing(entry.version, bool(entry.facts["active"]))
