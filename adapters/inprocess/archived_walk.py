"""Going through the ledger for search, with the movements that were moved out of it into archives."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Final, Protocol

from application.kernel.objects import ObjectDamaged, ObjectStore, ObjectsUnavailable, ObjectUnknown, Stored, checked
from application.kernel.ports import StoreError
from application.search.documents import MovementsOfAll, Source
from application.search.ports import LedgerWalk, Walked
from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.books import Act, Movement
from domain.kernel.movement import Balances
from domain.reconciliation.archiving import BadArchive, Identity, check_head, parse
from domain.reconciliation.inspected import Archived, Posting

ARCHIVED: Final = "archived:"
"""How the place begins of what was archived: the number of a file and of a line in it follow."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Archives(Protocol):
    """Where it is known what was archived."""

    async def archives(self) -> Sequence[Archived]: ...


class ArchivedWalk:
    """First what is in the ledger, then, of movements, what is in archives; where only changes are asked for, these
    are not: what is archived is older.

    Archives are listed when the ledger has been gone through, so what is archived meanwhile is met in the one or the
    other. One file at a time is fetched, into a file without a name.
    """

    def __init__(
        self,
        ledger: LedgerWalk,
        archives: Archives,
        objects: Callable[[], ObjectStore],
        kinds: Mapping[str, AccountKind],
    ) -> None:
        self._ledger = ledger
        self._archives = archives
        self._objects = objects
        self._kinds = kinds
        self._open: _File | None = None

    async def committed_at(self) -> datetime:
        return await self._ledger.committed_at()

    async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
        """Raises StoreError, also where an archive cannot be read."""
        if after.startswith(ARCHIVED):
            number, line = map(int, after.removeprefix(ARCHIVED).split(":"))
            return await self._walk(number, line, limit)
        walked = await self._ledger.walk(source, after, limit, since)
        if walked.after or since is not None or not isinstance(source, MovementsOfAll) or not await self._files():
            return walked
        return Walked(walked.things, f"{ARCHIVED}0:0")

    async def _files(self) -> Sequence[Archived]:
        """In an order that stays: what is archived later comes last."""
        return sorted(await self._archives.archives(), key=lambda each: (each.seal, each.first, each.object))

    async def _walk(self, number: int, line: int, limit: int) -> Walked:
        files = await self._files()
        if number >= len(files):
            return Walked([], "")
        file, name = self._open, files[number].object
        if file is None or (file.name, file.line) != (name, line):
            file = await self._fetch(files[number], line)
            await self.close()
            self._open = file
        try:
            things = [(account[0], self._movement(account, posting)) for account, posting in file.read(limit)]
        except (BadArchive, KeyError) as bad:
            raise StoreError(f"the archive {name} cannot be read: {bad}") from bad
        if len(things) == limit:
            return Walked(things, f"{ARCHIVED}{number}:{file.line}")
        await self.close()
        return Walked(things, f"{ARCHIVED}{number + 1}:0" if number + 1 < len(files) else "")

    async def _fetch(self, archived: Archived, line: int) -> "_File":
        """The file, opened at this line."""
        content = TemporaryFile()  # noqa: SIM115 - closed when it has been read
        try:
            wanted = Stored(archived.object, archived.size, archived.sha256)
            async for piece in checked(self._objects().read(archived.object), wanted):
                content.write(piece)
            content.seek(0)
            file = _File(archived, content)
            file.read(line)
        except BaseException as error:
            content.close()
            if isinstance(error, (ObjectUnknown, ObjectDamaged, ObjectsUnavailable, BadArchive)):
                raise StoreError(f"the archive {archived.object} cannot be read: {error}") from error
            raise
        return file

    async def close(self) -> None:
        """Let go of the file that is being read, if there is one."""
        if self._open is not None:
            self._open.content.close()
            self._open = None

    def _movement(self, account: Identity, posting: Posting) -> Movement:
        _, name, values = account
        kind = self._kinds[name]
        return Movement(
            AccountKey(kind, values),
            posting.version,
            kind.allowed[posting.kind],
            posting.quantity,
            Balances(*posting.after),
            posting.floor,
            posting.subject,
            posting.scene,
            posting.reason,
            EPOCH + timedelta(microseconds=posting.at),
            Act(posting.command, posting.request, posting.name, posting.actor, posting.principal),
        )


class _File:
    """An archive that is being read: `line` movements of it were."""

    def __init__(self, archived: Archived, content: IO[bytes]) -> None:
        check_head(content.readline(), archived.seal)
        self.name = archived.object
        self.content = content
        self.line = 0
        self._account: Identity | None = None

    def read(self, most: int) -> list[tuple[Identity, Posting]]:
        """The next movements, each with its account. Raises BadArchive."""
        found: list[tuple[Identity, Posting]] = []
        while len(found) < most and (text := self.content.readline()):
            account, posting = parse(text)
            if posting is None:
                self._account = account
            elif self._account is None:
                raise BadArchive("a movement of no account")
            else:
                found.append((self._account, posting))
                self.line += 1
        return found
