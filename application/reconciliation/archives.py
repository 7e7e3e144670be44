"""Archives as an audit reads them: fetched beside the ledger first, then each account's movements by its name."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from application.kernel.objects import ObjectDamaged, ObjectStore, ObjectUnknown, Stored, checked
from domain.reconciliation.archiving import BadArchive, Identity, check_head, identity_of, parse
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import Archived, InspectedAccount, Posting


async def fetch(files: Sequence[Archived], objects: Callable[[], ObjectStore], folder: Path) -> dict[str, str]:
    """Fetch the objects into a folder, under their places in `files`; what ails those that cannot be used, by name.

    Raises ObjectsUnavailable.
    """
    ailing = {}
    for number, file in enumerate(files):
        path = folder / str(number)
        try:
            with path.open("wb") as copy:
                async for piece in checked(objects().read(file.object), Stored(file.object, file.size, file.sha256)):
                    copy.write(piece)
        except (ObjectUnknown, ObjectDamaged) as refusal:
            path.unlink()
            ailing[file.object] = refusal.own_code
    return ailing


class ArchivedMovements:
    """The movements in fetched files. Accounts are asked for in the order of their places, each once."""

    def __init__(self, files: Sequence[Archived], folder: Path, ailing: dict[str, str], findings: Findings) -> None:
        self._findings = findings
        self._waiting = [(file, folder / str(number)) for number, file in enumerate(files)]
        self._open: list[_File] = []
        for file in files:
            if file.object in ailing:
                expected = f"{file.size} bytes, SHA-256 {file.sha256.hex()[:16]}"
                findings.add("archive.object", "-", file.object, expected, ailing[file.object])
        self._waiting = [(file, path) for file, path in self._waiting if file.object not in ailing]

    def of(self, account: InspectedAccount) -> Iterator[Posting]:
        """What was archived of an account, oldest first."""
        self._turn_to(account.place)
        if account.key is None:
            return
        for file in sorted(self._open, key=lambda each: each.archived.seal):
            yield from file.postings(identity_of(account), self._findings)

    def close(self) -> None:
        """Say what is in the files and was not asked for."""
        self._turn_to(None)

    def _turn_to(self, place: int | None) -> None:
        for file in [each for each in self._open if place is None or each.archived.last < place]:
            self._open.remove(file)
            file.close(self._findings)
        if place is None:
            return
        for each in [each for each in self._waiting if each[0].first <= place]:
            self._waiting.remove(each)
            self._open.append(_File(*each, self._findings))


class _File:
    """One fetched file, with where each account in it begins."""

    def __init__(self, archived: Archived, path: Path, findings: Findings) -> None:
        self.archived = archived
        self._path = path
        self._begins: dict[Identity, int] = {}
        try:
            with path.open("rb") as file:
                check_head(file.readline(), archived.seal)
                self._index(file)
        except BadArchive as bad:
            findings.add("archive.form", "-", archived.object, "an archive", bad)

    def _index(self, file: IO[bytes]) -> None:
        place = file.tell()
        for line in file:
            place += len(line)
            if line.startswith(b"{") and (account := parse(line).account) is not None:
                self._begins[account] = place

    def postings(self, account: Identity, findings: Findings) -> Iterator[Posting]:
        begins = self._begins.pop(account, None)
        if begins is None:
            return
        with self._path.open("rb") as file:
            file.seek(begins)
            for line in file:
                try:
                    posting = parse(line).posting
                except BadArchive as bad:
                    findings.add("archive.form", account[0], self.archived.object, "an archive", bad)
                    return
                if posting is None:
                    return
                yield posting

    def close(self, findings: Findings) -> None:
        for tenant, kind, values in self._begins:
            where = f"{self.archived.object}: {kind} {'/'.join(values)}"
            findings.add("archive.account", tenant, where, "an account", "none")
