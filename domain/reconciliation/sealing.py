"""Sealing what an account did: a hash over its movements, chained on the seal before."""

import hashlib
import json
from collections.abc import Sequence

from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import NOTHING_SEALED, InspectedAccount, Posting, SealedLine


def canonical(posting: Posting) -> bytes:
    """What is hashed of a movement, and kept of it in an archive: all but where its request id is kept."""
    return json.dumps(posting[:-1], separators=(",", ":")).encode()


class Sealer:
    """Hashes the movements of one account from a sealed line on; `lines` are later ones, made again on the way."""

    def __init__(self, opening: SealedLine = NOTHING_SEALED, lines: Sequence[SealedLine] = ()) -> None:
        self._lines = lines
        self._again: list[SealedLine] = []
        self._hash = hashlib.sha256(opening.hash)
        self._last: Posting | None = None

    def take(self, account: InspectedAccount, posting: Posting) -> None:
        """The next movement of the account (a Watch)."""
        self._hash.update(canonical(posting))
        self._last = posting
        reached = len(self._again)
        if reached < len(self._lines) and self._lines[reached].version == posting.version:
            line = self.line(self._lines[reached].seal)
            self._again.append(line)
            self._hash = hashlib.sha256(line.hash)

    @property
    def moved(self) -> bool:
        """Whether anything was taken."""
        return self._last is not None

    def line(self, seal: int) -> SealedLine:
        """What would seal all that was taken. Raises ValueError when nothing was."""
        if self._last is None:
            raise ValueError("an account that did not move is not sealed")
        return SealedLine(seal, self._last.version, self._last.after, self._last.floor, self._hash.digest())

    def compare(self, account: InspectedAccount, findings: Findings) -> None:
        """Each sealed line against the one that the movements give today. After the first fault all hashes differ."""
        for number, line in enumerate(self._lines):
            if number == len(self._again):
                findings.add(
                    "seal.version", account.tenant, account.where, f"a movement of version {line.version}", "none"
                )
                return
            if self._again[number] != line:
                check = "seal.hash" if self._again[number][:4] == line[:4] else "seal.balances"
                where = f"{account.where}, seal {line.seal}"
                findings.add(check, account.tenant, where, _shown(line), _shown(self._again[number]))
                return


def _shown(line: SealedLine) -> str:
    return f"version {line.version}, {line.balances}, hash {line.hash.hex()[:16]}"


def compare_opening(account: InspectedAccount, line: SealedLine, posting: Posting | None, findings: Findings) -> None:
    """The last sealed line against the movement that it ends with."""
    expected = (line.version, line.balances, line.floor)
    found = None if posting is None else (posting.version, posting.after, posting.floor)
    if found != expected:
        findings.add(
            "seal.balances", account.tenant, f"{account.where}, seal {line.seal}", expected, found or "no movement"
        )


class SealDigests:
    """The digests of all seals at once, over the hashes of their lines in the order of the accounts."""

    def __init__(self) -> None:
        self._hashes: dict[int, hashlib._Hash] = {}

    def take(self, line: SealedLine) -> None:
        self._hashes.setdefault(line.seal, hashlib.sha256()).update(line.hash)

    def digest(self, seal: int, before: bytes) -> bytes:
        """The digest of a seal, chained on that of the seal before."""
        lines = self._hashes.get(seal, hashlib.sha256()).digest()
        return hashlib.sha256(before + lines).digest()
