"""The archive in memory: one file a period, whose movements leave the journals at once."""

from collections.abc import Sequence
from itertools import islice

from adapters.memory.audit import MemoryInspected
from adapters.memory.database import MemoryDatabase
from application.reconciliation.ports import TakePeriod
from domain.kernel.books import Movement
from domain.reconciliation.inspected import NOTHING_SEALED, Archived, Seal


class MemoryArchiveStore:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def seals(self) -> Sequence[Seal]:
        return list(MemoryInspected(self._database).seals())

    async def archives(self) -> Sequence[Archived]:
        return MemoryInspected(self._database).archives()

    async def read_some(self, seal: Seal, after: int, most: int, take: TakePeriod) -> tuple[int, bool]:
        ledger = MemoryInspected(self._database)
        for account, _ in ledger.accounts(from_seal=False):
            lines = [line for line in account.sealed if line.seal <= seal.number]
            if account.key is None or not lines or lines[-1].seal != seal.number:
                continue
            opening, closing = (lines[-2] if len(lines) > 1 else NOTHING_SEALED), lines[-1]
            since = ledger.postings(account.tenant, account.key, opening.version + 1)
            take(account, opening, closing, (each for each in since if each.version <= closing.version))
        return 0, False

    async def register(self, file: Archived) -> None:
        async with self._database.writer:
            self._database.tables.setdefault("archive", {}).setdefault(file.seal, file)

    async def clear_some(self, file: Archived, most: int) -> int:
        async with self._database.writer:
            some = list(islice(self._in(file), most))
            for tenant, movement in some:
                self._database.movements[tenant][movement.account].remove(movement)
                self._database.by_command[movement.act.number].remove(movement)
            if len(some) < most:
                self._database.tables["archive"][file.seal] = file._replace(cleared=True)
        return len(some)

    def _in(self, file: Archived) -> "list[tuple[str, Movement]]":
        found = []
        for account, _ in MemoryInspected(self._database).accounts(from_seal=False):
            for line in account.sealed:
                if line.seal == file.seal and account.key is not None:
                    journal = self._database.movements[account.tenant][account.key]
                    found += [(account.tenant, each) for each in journal if each.version < line.version]
        return found
