"""The register feed of the memory database."""

from collections.abc import Collection, Mapping

from adapters.memory.database import MemoryDatabase
from application.stock.ports import ChangedEntries, Standing
from domain.kernel.ledger import Entry, EntryKey


class MemoryRegisterFeed:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        entries = self._database.entries
        return {
            tenant: {key: _standing(known[key]) for key in keys if key in known}
            for tenant, keys in asked.items()
            if (known := entries.get(tenant))
        }

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        database = self._database
        latest = database.next_change - 1
        found: dict[str, dict[EntryKey, Standing]] = {}
        if after is None:
            return ChangedEntries(latest, found)
        count = 0
        for (tenant, key), change in reversed(database.entry_changes.items()):
            if change <= after:
                break
            if key.register in registers:
                count += 1
                if count > most:
                    return ChangedEntries(latest, None)
                found.setdefault(tenant, {})[key] = _standing(database.entries[tenant][key])
        return ChangedEntries(latest, found)


def _standing(entry: Entry) -> Standing:
    return Standing(entry.version, bool(entry.facts["active"]))
