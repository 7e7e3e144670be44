"""Archive the ledger: move the movements of closed periods into files in the store of objects, where audits read on."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from application.kernel.objects import ObjectExists, ObjectStore, Stored, checked
from application.kernel.ports import Reach, pass_by
from application.reconciliation.close_ledger import LedgerDiffers
from application.reconciliation.ports import ArchiveStore
from domain.reconciliation.archiving import account_line, head_line, posting_line
from domain.reconciliation.inspected import Archived, InspectedAccount, Posting, Seal, SealedLine
from domain.reconciliation.sealing import Sealer

PIECE: Final = 2**20
ARCHIVE_FAILPOINTS: Final = ("archive.written", "archive.read", "archive.registered", "archive.cleared")


@dataclass(frozen=True, slots=True)
class ArchiveLedger:
    """Archive all closed periods up to the seal of that number (None: the last). One file holds `accounts` at most;
    `rows` movements are deleted at a time, and writers wait for those only.
    """

    upto: int | None = None
    accounts: int = 500
    rows: int = 2_000


@dataclass(frozen=True, slots=True)
class ArchivedLedger:
    """How far the ledger is archived (seal 0: not at all), and what this run did."""

    seal: int
    files: int
    movements: int
    bytes: int
    deleted: int


class ArchiveLedgerHandler:
    """File by file: write it, read it back, register it, only then delete.

    A run that is cut off is taken up where it was by the next one: a file that was written and not registered is
    written again, comes out the same, and is found there.
    """

    def __init__(self, store: ArchiveStore, objects: Callable[[], ObjectStore], reach: Reach = pass_by) -> None:
        self._store = store
        self._objects = objects
        self._reach = reach

    async def __call__(self, command: ArchiveLedger) -> ArchivedLedger:
        """Raises LedgerDiffers, ObjectDamaged, ObjectTooLarge, ObjectsUnavailable, StoreError."""
        written: list[Archived] = []
        deleted = upto = 0
        for seal in await self._store.seals():
            if command.upto is not None and seal.number > command.upto:
                break
            written += await self._archive(seal, command.accounts)
            upto = seal.number
        for file in await self._store.archives():
            if not file.cleared:
                deleted += await self._clear(file, command.rows)
        moved = sum(file.movements for file in written)
        return ArchivedLedger(upto, len(written), moved, sum(file.size for file in written), deleted)

    async def _archive(self, seal: Seal, most: int) -> list[Archived]:
        """Write and register what of a period is in no file yet."""
        files = [file for file in await self._store.archives() if file.seal == seal.number]
        if sum(file.movements for file in files) == seal.movements:
            return []
        after, more, written = max((file.last for file in files), default=-1), True, []
        while more:
            with TemporaryDirectory(prefix="entrepot-") as folder:
                path = Path(folder) / "archive"
                with path.open("wb") as file:
                    writing = _Writing(seal, file)
                    upto, more = await self._store.read_some(seal, after, most, writing.take)
                if writing.movements:
                    made = await self._keep(seal, after + 1, upto, path, writing)
                    written.append(made)
            after = upto
        return written

    async def _keep(self, seal: Seal, first: int, last: int, path: Path, writing: "_Writing") -> Archived:
        objects = self._objects()
        name = f"ledger/{seal.digest.hex()[:16]}/{seal.number}-{first}-{last}.jsonl"
        stored = writing.stored(name)
        with suppress(ObjectExists):  # of a run that was cut off, or of a try whose answer was lost
            await objects.create(name, _pieces(path))
        self._reach("archive.written")
        async for _ in checked(objects.read(name), stored):
            pass
        self._reach("archive.read")
        made = Archived(
            seal.number, first, last, name, stored.size, stored.sha256, writing.accounts, writing.movements, False
        )
        await self._store.register(made)
        self._reach("archive.registered")
        return made

    async def _clear(self, file: Archived, most: int) -> int:
        deleted, some = 0, most
        while some == most:
            some = await self._store.clear_some(file, most)
            deleted += some
            self._reach("archive.cleared")
        return deleted


class _Writing:
    """A file of movements as it is written, each account's against its seal."""

    def __init__(self, seal: Seal, file: IO[bytes]) -> None:
        self._seal = seal
        self._file = file
        self._size = 0
        self._digest = hashlib.sha256()
        self.accounts = self.movements = 0
        self._write(head_line(seal.number))

    def take(
        self, account: InspectedAccount, opening: SealedLine, closing: SealedLine, postings: Iterator[Posting]
    ) -> None:
        """Raises LedgerDiffers when they are not what was sealed."""
        sealer = Sealer(opening)
        self._write(account_line(account, opening, closing))
        self.accounts += 1
        for posting in postings:
            sealer.take(account, posting)
            self._write(posting_line(posting))
            self.movements += 1
        if not sealer.moved or sealer.line(closing.seal) != closing:
            raise LedgerDiffers(
                f"the movements of {account.where} are not those of seal {closing.seal}",
                tenant=account.tenant,
                account=account.where,
                check="seal.hash",
            )

    def stored(self, name: str) -> Stored:
        return Stored(name, self._size, self._digest.digest())

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._size += len(line)
        self._digest.update(line)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
