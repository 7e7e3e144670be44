"""Close the ledger: seal a period, so that an audit may begin from there and no sealed movement changes unseen."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from application.reconciliation.ports import SealStore
from domain.kernel.refusal import Refusal
from domain.reconciliation.chain import follow
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import InspectedAccount, Posting, Seal, SealedLine
from domain.reconciliation.sealing import Sealer


class LedgerDiffers(Refusal):
    """The period's movements do not follow from one another, so it is not sealed.

    Audit the ledger: it tells what is wrong, and where.
    """

    code = "ledger.differs"


@dataclass(frozen=True, slots=True)
class CloseLedger:
    """Seal everything up to the last commit. Accounts are sealed `batch` at a time; writers wait for one batch only."""

    batch: int = 500


class CloseLedgerHandler:
    """Seals account by account and writes the seal last: a closing that is cut off has not happened."""

    def __init__(self, seals: SealStore) -> None:
        self._seals = seals

    async def __call__(self, command: CloseLedger) -> Seal:
        """The new seal. Raises LedgerDiffers, ClosingOvertaken, StoreError."""
        period = await self._seals.begin()
        accounts = movements = 0
        lines_hash = hashlib.sha256()

        def make(account: InspectedAccount, opening: SealedLine, postings: Iterator[Posting]) -> SealedLine:
            nonlocal movements
            line, moved = seal_account(period.number, account, opening, postings)
            movements += moved
            return line

        after: int | None = 0
        while after is not None:
            after, lines = await self._seals.seal_some(period, after, command.batch, make)
            accounts += len(lines)
            for line in lines:
                lines_hash.update(line.hash)
        before = period.before.digest if period.before else b""
        digest = hashlib.sha256(before + lines_hash.digest()).digest()
        seal = Seal(period.number, period.at, period.command, accounts, movements, digest)
        await self._seals.close(period, seal)
        return seal


def seal_account(
    number: int, account: InspectedAccount, opening: SealedLine, postings: Iterator[Posting]
) -> tuple[SealedLine, int]:
    """The line that seals an account's postings, and how many they are. Raises LedgerDiffers."""
    findings, sealer = Findings(1), Sealer(opening)
    if account.key is None:
        raise LedgerDiffers(f"{account.where} has movements but no account", account=account.where)
    walked = follow(
        account,
        account.key.kind,
        opening,
        postings,
        findings,
        kept_since=2**63,
        watches=[sealer.take],
    )
    for difference in findings.kept:
        raise LedgerDiffers(
            f"{difference.where}: {difference.check}, {difference.expected} expected, {difference.found} found",
            tenant=difference.tenant,
            account=account.where,
            check=difference.check,
        )
    return sealer.line(number), walked.movements
