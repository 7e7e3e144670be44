"""Archives: files of sealed movements, written so that their seals can be made again from them.

Lines of JSON: first what the file is; then for each account a line that names it, and a line for each of its movements,
which is byte for byte what the seal hashes.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import InspectedAccount, Posting, SealedLine
from domain.reconciliation.sealing import canonical

FORMAT: Final = 1
Identity: TypeAlias = tuple[str, str, tuple[str, ...]]
"""An account wherever it is kept: its tenant, its kind, its values."""


class Line(NamedTuple):
    """One line of an archive: an account that begins, or a movement of the one that began."""

    account: Identity | None
    posting: Posting | None


class BadArchive(ValueError):
    """A line that no archive of this form has."""


def head_line(seal: int) -> bytes:
    """The first line of a file."""
    return json.dumps({"archive": "movements", "format": FORMAT, "seal": seal}).encode() + b"\n"


def account_line(account: InspectedAccount, opening: SealedLine, closing: SealedLine) -> bytes:
    """The line that an account begins with: what it is, and between which versions its movements lie."""
    named = {
        "account": identity_of(account),
        "after": opening.version,
        "upto": closing.version,
        "hash": closing.hash.hex(),
    }
    return json.dumps(named, separators=(",", ":")).encode() + b"\n"


def posting_line(posting: Posting) -> bytes:
    return canonical(posting) + b"\n"


def identity_of(account: InspectedAccount) -> Identity:
    """Raises BadArchive for movements without an account."""
    if account.key is None:
        raise BadArchive(f"{account.where} has no account")
    return account.tenant, account.key.kind.name, account.key.values


def check_head(line: bytes, seal: int) -> None:
    """Raises BadArchive."""
    if line != head_line(seal):
        raise BadArchive(f"not an archive of seal {seal} in format {FORMAT}")


def parse(line: bytes) -> Line:
    """Any line but the first. Raises BadArchive."""
    try:
        if line.startswith(b"{"):
            tenant, kind, values = json.loads(line)["account"]
            return Line((tenant, kind, tuple(values)), None)
        version, kind, quantity, after, *rest = json.loads(line)
        return Line(None, Posting._make((version, kind, quantity, tuple(after), *rest, rest[1])))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadArchive(f"no line of an archive: {line[:80]!r}") from error


def followed_by(
    account: InspectedAccount, archived: Iterable[Posting], there: Iterable[Posting], findings: Findings
) -> Iterator[Posting]:
    """The archived movements, then those that follow them in the ledger.

    What is in both, because it is kept on purpose or was not yet cleared away, comes once; the last of them is
    compared.
    """
    last: Posting | None = None
    for last in archived:
        yield last
    for posting in there:
        if last is None or posting.version > last.version:
            yield posting
        elif posting.version == last.version and canonical(posting) != canonical(last):
            where = f"{account.where} version {posting.version}"
            findings.add("archive.overlap", account.tenant, where, "what is archived", "another movement")
