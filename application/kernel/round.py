"""One round of the committer: what a batch of commands touches is loaded, and each is decided in its turn."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from application.kernel.call import Call
from application.kernel.command import Command, Follows, Lacking, Records, Settle, Touches
from application.kernel.events import account_subject, balances_changed
from application.kernel.ports import Changes, Contention, KeptReply, LedgerBatch, NewReply
from application.kernel.unanswered import InternalFault
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Act, EntryKey, Event
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import NotTogether, Refusal, RequestMismatch

logger = logging.getLogger(__name__)

NO_RECORDS: Final = Records({}, {})
NO_TRACES: Final[Mapping[tuple[str, int], str]] = {}
NO_REPLIES: Final[Mapping[str, KeptReply]] = {}
NO_SETTLES: Final[Mapping[str, Settle]] = {}


@dataclass(slots=True, eq=False)
class Job:
    """A command that waits for its answer; or several, which get theirs together."""

    call: Call
    command: Command[Any]
    digest: bytes
    touches: Touches
    answer: "asyncio.Future[Any]"
    trace: str = ""
    started: bool = False
    parts: "Sequence[Job]" = ()
    """Of commands that are committed together: the job of each, which nobody waits for."""
    known: bool = False
    """Whether all of them are known to have been accepted before, however wide they became by that."""

    @property
    def commands(self) -> int:
        """How many there are of it."""
        return len(self.parts) or 1


class Named(NamedTuple):
    """What the jobs of a batch name, by tenant; `widths` are the accounts that each touches."""

    records: Mapping[str, Records]
    accounts: Mapping[str, set[AccountKey]]
    requests: Mapping[str, set[str]]
    widths: Sequence[int]


def single(jobs: Sequence[Job]) -> Sequence[Job]:
    """The jobs of one command each, in order."""
    if not any(job.parts for job in jobs):
        return jobs  # as nearly always
    return [part for job in jobs for part in (job.parts or (job,))]


def widths_of(jobs: Sequence[Job], widths: Sequence[int]) -> Sequence[int]:
    """The accounts that each job touches, from those that each single one does."""
    left = iter(widths)
    return [sum(next(left) for _ in job.parts or (job,)) for job in jobs]


async def look(batch: LedgerBatch, jobs: Sequence[Job], follows: Follows | None = None) -> Named:
    """Load the records that the jobs name, and so learn which accounts they touch; and which follow those."""
    reservations: defaultdict[str, set[str]] = defaultdict(set)
    entries: defaultdict[str, set[EntryKey]] = defaultdict(set)
    accounts: defaultdict[str, set[AccountKey]] = defaultdict(set)
    requests: defaultdict[str, set[str]] = defaultdict(set)
    widths: list[int] = []
    then = False
    for job in jobs:
        tenant, touches = job.call.tenant, job.touches
        accounts[tenant].update(touches.accounts)
        requests[tenant].add(job.call.request)
        if touches.reservations:
            reservations[tenant].update(touches.reservations)
        if touches.entries:
            entries[tenant].update(touches.entries)
        widths.append(len(touches.accounts))
        then = then or touches.then is not None
    records: dict[str, Records] = {}
    if reservations or entries:
        records = dict(await batch.records(reservations, entries))
        held: dict[tuple[str, str], int] = {}
        for tenant, found in records.items():
            for id, reservation in found.reservations.items():
                if reservation is not None:
                    mine = tuple(reservation.accounts())
                    held[tenant, id] = len(mine)
                    accounts[tenant].update(mine)
        if held:
            for place, job in enumerate(jobs):
                widths[place] += sum(held.get((job.call.tenant, id), 0) for id in job.touches.reservations)
        if then:
            _follow(jobs, records, accounts, widths)
    if follows is not None:
        for tenant, keys in accounts.items():
            keys.update(follows.foresee(tenant, keys))
    return Named(records, accounts, requests, widths)


def narrowed(jobs: Sequence[Job], widths: Sequence[int], most: int) -> list[list[Job]]:
    """The jobs in order, in parts that each touch at most so many accounts: one command at the least.

    Which accounts a confirm touches is only known from its reservation: when the batch was gathered, it was not.
    """
    parts: list[list[Job]] = []
    room = 0
    for job, width in zip(jobs, widths, strict=True):
        if not parts or width > room:
            parts.append([])
            room = most
        parts[-1].append(job)
        room -= width
    return parts


async def load(batch: LedgerBatch, named: Named, follows: Follows | None = None) -> "Round":
    """Load the accounts, and the replies that are kept: the jobs can be decided now.

    Raises Contention where it turns out that more must be loaded: the next run knows.
    """
    loaded = await batch.load(named.accounts, named.requests)
    settles = _settles(follows, loaded.accounts) if follows is not None else NO_SETTLES
    ledgers = {
        tenant: Ledger(
            loaded.now,
            loaded.accounts.get(tenant, {}),
            (found := named.records.get(tenant, NO_RECORDS)).reservations,
            found.entries,
        )
        for tenant in named.accounts
    }
    return Round(loaded.now, ledgers, loaded.replies, loaded.first_number, settles)


def _settles(follows: Follows, accounts: Mapping[str, Mapping[AccountKey, Account]]) -> Mapping[str, Settle]:
    settles: dict[str, Settle] = {}
    lacking: Lacking | None = None
    for tenant, mine in accounts.items():
        try:
            if (settle := follows.settle(tenant, mine)) is not None:
                settles[tenant] = settle
        except Lacking as error:
            lacking = error
    if lacking is not None:
        raise Contention(str(lacking)) from lacking
    return settles


def _follow(
    jobs: Sequence[Job],
    records: Mapping[str, Records],
    accounts: Mapping[str, set[AccountKey]],
    widths: list[int],
) -> None:
    """Add the accounts that commands can only name from the records."""
    named: dict[str, dict[str, set[AccountKey]]] = {}
    for job in jobs:
        for reservation in job.touches.reservations:
            mine = named.setdefault(job.call.tenant, {}).setdefault(reservation, set())
            mine.update(job.touches.accounts)
    for place, job in enumerate(jobs):
        if job.touches.then is not None:
            tenant = job.call.tenant
            found = records.get(tenant, NO_RECORDS)
            seen = Records(found.reservations, found.entries, named.get(tenant, {}))
            known = tuple(job.touches.then(seen))
            accounts[tenant].update(known)
            widths[place] += len(known)


class _Tenant(NamedTuple):
    """A tenant's part of a round: its ledger; by request id, replies kept before, replies of this round, and traces;
    and what follows from its commands.
    """

    ledger: Ledger
    kept: Mapping[str, KeptReply]
    new: dict[str, NewReply]
    traces: dict[str, str]
    settle: Settle | None


class Round:
    """The deciding of one batch: an answer for every job, and what was accepted."""

    def __init__(
        self,
        now: datetime,
        ledgers: Mapping[str, Ledger],
        kept: Mapping[str, Mapping[str, KeptReply]],
        first_number: int,
        settles: Mapping[str, Settle],
    ) -> None:
        self.now = now
        self._tenants = {
            tenant: _Tenant(
                ledger,
                kept.get(tenant, NO_REPLIES),
                dict[str, NewReply](),
                dict[str, str](),
                settles.get(tenant),
            )
            for tenant, ledger in ledgers.items()
        }
        self._number = first_number
        self.outcomes: list[tuple[Job, Any]] = []
        self.accepted = 0
        self.repeated = 0

    def decide(self, job: Job) -> None:
        call, command = job.call, job.command
        request = call.request
        ledger, replies, new, traces, settle = self._tenants[call.tenant]
        kept = replies.get(request) or new.get(request)
        if kept is not None:
            self.outcomes.append((job, self._repeat(job, kept)))
            return
        number = self._number
        self._number += 1
        ledger.begin(Act(number, request, command.name, call.actor, call.principal or call.actor))
        try:
            reply = command.decide(ledger)
            if settle is not None:
                settle(ledger)
        except Refusal as refusal:
            ledger.discard()
            self.outcomes.append((job, refusal))
            return
        except Exception as error:
            ledger.discard()
            logger.error("%s %s failed", command.name, request, exc_info=error)
            fault = InternalFault("the command failed; nothing was done", request=request)
            self.outcomes.append((job, fault))
            return
        changed = ledger.accept()
        if changed or not call.system:
            self.accepted += 1
            new[request] = NewReply(request, number, command.name, job.digest, reply)
            if job.trace:
                traces[request] = job.trace
        self.outcomes.append((job, reply))

    def decide_together(self, job: Job) -> None:
        """All of its parts, or none: where one is refused, everything is again as it was before the first."""
        ledger, kept, new, traces, _settle = self._tenants[job.call.tenant]
        mark, answered, known, traced = ledger.mark(), len(self.outcomes), dict(new), dict(traces)
        before = self.accepted, self.repeated
        for part in job.parts:
            self.decide(part)
        became = [outcome for _, outcome in self.outcomes[answered:]]
        del self.outcomes[answered:]
        if any(isinstance(each, Exception) for each in became):
            ledger.go_back(mark)
            self.accepted, self.repeated = before
            new.clear()
            new.update(known)
            traces.clear()
            traces.update(traced)
            became = [
                reply
                if isinstance(reply, Exception) or part.call.request in known or part.call.request in kept
                else NotTogether("another was refused that was to be done together with it: nothing was done")
                for part, reply in zip(job.parts, became, strict=True)
            ]
        self.outcomes.append((job, became))

    def _repeat(self, job: Job, kept: KeptReply | NewReply) -> Any:
        """The answer that the request got before, maybe from a command of this very batch: nothing was encoded yet."""
        if (kept.command, kept.digest) != (job.command.name, job.digest):
            return RequestMismatch(
                f"request id {job.call.request} was accepted with another command or content",
                request=job.call.request,
                command=kept.command,
            )
        self.repeated += 1
        return kept.reply if isinstance(kept, NewReply) else kept.read(job.command.reply)

    def changes(self) -> list[Changes]:
        """What to write, by tenant, with the BalancesChanged of every account that moved."""
        return [
            Changes(
                tenant,
                list(new.values()),
                [(ledger.loaded_version(key), account) for key, account in ledger.accepted.accounts.items()],
                ledger.accepted.movements,
                list(ledger.accepted.reservations.values()),
                list(ledger.accepted.entries.values()),
                events := [*ledger.accepted.events, *_balances_changed(ledger)],
                _traces_of(events, ledger, traces) if traces else NO_TRACES,
            )
            for tenant, (ledger, _, new, traces, _settle) in self._tenants.items()
            if new
        ]


def _traces_of(events: Iterable[Event], ledger: Ledger, traces: Mapping[str, str]) -> Mapping[tuple[str, int], str]:
    """By subject and number. The balances of an account are told once for all commands: they follow the last one."""
    last = {account_subject(each.account): each.act.request for each in ledger.accepted.movements}
    found = {}
    for event in events:
        trace = traces.get(last.get(event.subject, "") if event.act is None else event.act.request)
        if trace is not None:
            found[event.subject, event.number] = trace
    return found


def _balances_changed(ledger: Ledger) -> Iterable[Event]:
    for key, account in ledger.accepted.accounts.items():
        before = ledger.loaded_version(key)
        yield Event(
            "BalancesChanged",
            account_subject(key),
            account.version,
            balances_changed(before, account),
            ledger.now,
            None,
        )
