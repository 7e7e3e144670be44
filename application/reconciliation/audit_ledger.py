"""Audit the ledger (对账): prove that balances, movements, reservations, shipments and events agree."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from application.kernel.objects import ObjectStore
from application.reconciliation.archives import ArchivedMovements, fetch
from application.reconciliation.ports import AuditSource, Inspected
from domain.reconciliation.archiving import followed_by
from domain.reconciliation.chain import compare_standing, follow
from domain.reconciliation.difference import MOST_KEPT, Difference, Findings
from domain.reconciliation.holds import Holds
from domain.reconciliation.inspected import NOTHING_SEALED, Archived, InspectedAccount, Posting, SealedLine, State
from domain.reconciliation.links import follow_events
from domain.reconciliation.sealing import SealDigests, Sealer, compare_opening
from domain.reconciliation.totals import OversellAudit, PoolAudit, SetAside, Supply, Transit, TransitAudit

RECORDED: Final = ("account:", "reservation:")
"""Events of these subjects are told of a row that stays."""


@dataclass(frozen=True, slots=True)
class AuditLedger:
    """Audit from the last seal, or with `full` from zero. At most `most` differences are listed, all are counted."""

    full: bool = False
    most: int = MOST_KEPT


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was checked, and what does not agree. `seal` is the one it began from, 0 if from zero.

    `movements` is the number of ledger prefixes checked. `as_of` is the commit time (microseconds since 1970 UTC) of
    the state that was read. `skipped` says what could not be checked, because it is sealed or was purged.
    """

    as_of: int
    seal: int
    accounts: int
    movements: int
    reservations: int
    shipments: int
    goods: int
    events: int
    found: int
    differences: tuple[Difference, ...]
    skipped: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return self.found == 0


class AuditLedgerHandler:
    """Reads one committed state while the writer goes on; of what was archived, copies fetched before."""

    def __init__(
        self,
        source: AuditSource,
        supply: Supply,
        transit: Transit,
        objects: Callable[[], ObjectStore],
        aside: SetAside,
    ) -> None:
        self._source = source
        self._aside = aside
        self._supply = supply
        self._transit = transit
        self._objects = objects

    async def __call__(self, command: AuditLedger) -> AuditReport:
        """Raises StoreError, and where a full audit meets archives, ObjectsUnavailable."""
        files: Sequence[Archived] = ()
        if command.full:
            files = await self._source.inspect(lambda ledger: ledger.archives())
        while True:
            with TemporaryDirectory(prefix="entrepot-") as name:
                folder = Path(name)
                ailing = await fetch(files, self._objects, folder) if files else {}
                report = await self._source.inspect(partial(self._look, command, files, folder, ailing))
            if isinstance(report, AuditReport):
                return report
            files = report

    def _look(
        self, command: AuditLedger, files: Sequence[Archived], folder: Path, ailing: dict[str, str], ledger: Inspected
    ) -> AuditReport | Sequence[Archived]:
        """The report; or the archives, if there are more by now than were fetched."""
        there = ledger.archives()
        if command.full and [each.object for each in there] != [each.object for each in files]:
            return there
        findings = Findings(command.most)
        archived = ArchivedMovements(files, folder, ailing, findings)
        return _Audit(ledger, command, self._supply, self._transit, self._aside, findings, archived).run()


class _Audit:
    """One audit, over one committed state."""

    def __init__(
        self,
        ledger: Inspected,
        command: AuditLedger,
        supply: Supply,
        transit: Transit,
        aside: SetAside,
        findings: Findings,
        archived: ArchivedMovements,
    ) -> None:
        self._ledger = ledger
        self._archived = archived
        self._state = ledger.state()
        self._full = command.full or self._state.seal is None
        self._findings = findings
        self._holds = Holds(self._findings)
        self._oversell = OversellAudit(supply, self._findings)
        self._transit = TransitAudit(transit, self._findings)
        self._pools = PoolAudit(aside, self._findings)
        self._digests = SealDigests()
        self._accounts = 0
        self._movements = 0

    def run(self) -> AuditReport:
        state, findings = self._state, self._findings
        seal = None if self._full else state.seal
        for row in self._ledger.reservations(seal.at if seal else 0):
            self._holds.take(row)
        for tenant, reservation in self._ledger.stray_deadlines():
            findings.add("deadline", tenant, f"reservation {reservation}", "a reservation", "none")
        for account, postings in self._ledger.accounts(from_seal=seal is not None):
            self._account(account, postings)
        self._archived.close()
        self._holds.compare_rest()
        if self._full:
            self._compare_seals()
        self._transit.compare()
        self._pools.compare()
        events = follow_events(
            self._ledger.told(),
            findings,
            purged=state.purged_events > 0,
            kept_since=state.tombstones_purged,
            recorded=RECORDED,
        )
        if state.kept_events + state.purged_events != state.events:
            there = f"{state.kept_events} and {state.purged_events} purged"
            findings.add("event.count", "-", "outbox", f"{state.events} events", there)
        return AuditReport(
            as_of=state.as_of,
            seal=seal.number if seal else 0,
            accounts=self._accounts,
            movements=self._movements,
            reservations=self._holds.reservations,
            shipments=self._transit.shipments,
            goods=self._oversell.compare(),
            events=events,
            found=findings.count,
            differences=tuple(findings.kept),
            skipped=tuple(
                _skipped(state, from_seal=seal is not None, archived=self._full and bool(self._ledger.archives()))
            ),
        )

    def _account(self, account: InspectedAccount, postings: Iterator[Posting]) -> None:
        key, tenant, findings = account.key, account.tenant, self._findings
        self._accounts += account.standing is not None
        if key is None:
            found = sum(1 for _ in postings)
            self._movements += found
            findings.add("account.missing", tenant, account.where, "an account", f"{found} movements of none")
            return
        watches = [self._transit.watch]
        opening = NOTHING_SEALED
        if self._full:
            postings = followed_by(account, self._archived.of(account), postings, findings)
            sealer = Sealer(lines=account.sealed)
            if account.sealed:
                watches.append(sealer.take)
        elif account.sealed:
            opening, postings = self._opened(account, account.sealed[-1], postings)
        walked = follow(
            account,
            key.kind,
            opening,
            postings,
            findings,
            kept_since=self._state.requests_purged,
            watches=watches,
        )
        if self._full:
            sealer.compare(account, findings)
            for line in account.sealed:
                self._digests.take(line)
        self._movements += walked.movements
        self._transit.take(key)
        self._oversell.take(account, key, walked)
        self._pools.take(account, key)
        compare_standing(account, walked, self._holds.pop(tenant, key), findings)

    def _opened(
        self, account: InspectedAccount, line: SealedLine, postings: Iterator[Posting]
    ) -> tuple[SealedLine, Iterator[Posting]]:
        """The postings after the sealed line, once that has been compared with the one it ends with."""
        first = next(postings, None)
        if first is not None and first.version > line.version:
            compare_opening(account, line, None, self._findings)
            return line, chain((first,), postings)
        compare_opening(account, line, first, self._findings)
        return line, postings

    def _compare_seals(self) -> None:
        before = b""
        for seal in self._ledger.seals():
            digest = self._digests.digest(seal.number, before)
            if digest != seal.digest:
                self._findings.add("seal.digest", "-", f"seal {seal.number}", seal.digest.hex()[:16], digest.hex()[:16])
            before = seal.digest


def _skipped(state: State, *, from_seal: bool, archived: bool) -> Sequence[str]:
    said = []
    if archived:
        said.append("whether request ids of archived movements had been applied once")
    if from_seal and state.seal is not None:
        said.append(f"movements before seal {state.seal.number}: audit in full to check them")
    if state.requests_purged:
        said.append("whether request ids that were purged had been applied once")
    if state.tombstones_purged:
        said.append("events of tombstones that were purged")
    if state.purged_events:
        said.append(f"the order of {state.purged_events} events that were published and purged")
    return said
