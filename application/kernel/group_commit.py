"""Group commit: commands that arrive while one transaction commits become the next transaction.

One committer per database. It owns the transaction: locks and loads what a batch touches, looks the request ids up,
lets the pure commands decide in arrival order, writes all that was accepted in sets, commits, and answers everyone.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar, cast

from application.kernel.call import Call
from application.kernel.command import Command, Records, Touches
from application.kernel.events import account_subject, balances_changed
from application.kernel.ports import (
    Changes,
    CommitUnknown,
    Contention,
    KeptReply,
    KeyTaken,
    LedgerBatch,
    LedgerStore,
    NewReply,
    StoreUnavailable,
)
from domain.kernel.account import AccountKey
from domain.kernel.books import Act, EntryKey, Event
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal, RequestMismatch

R = TypeVar("R")

logger = logging.getLogger(__name__)

NO_RECORDS: Final = Records({}, {})


class Unanswered(Exception):
    """The platform could not answer. Not a refusal: the same request may be sent again under the same id."""

    code = "service.fault"

    def __init__(self, message: str, *, request: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.request = request
        self.retry_after = retry_after


class Busy(Unanswered):
    """The queue is full. Nothing was tried; come back after `retry_after` seconds.

    Wait that long, then send the same request under the same id; spread what comes in bulk.
    """

    code = "service.busy"


class Stopping(Unanswered):
    """The process is draining. Nothing was tried.

    Send the same request under the same id to another process, or to this one when it is back.
    """

    code = "service.stopping"


class Unavailable(Unanswered):
    """The database cannot be reached. Nothing was tried.

    Send the same request under the same id a little later; those who operate it should look at the database.
    """

    code = "service.unavailable"


class TooLate(Unanswered):
    """The caller's deadline passed before the command's turn came. Nothing was tried.

    Send it again under the same id with more time, if it is still wanted.
    """

    code = "service.too_late"


class OutcomeUnknown(Unanswered):
    """It may or may not have happened. Repeat the same request under the same id to learn which.

    Never send it under another id: that could do it twice.
    """

    code = "outcome.unknown"


class InternalFault(Unanswered):
    """The command failed by our fault and changed nothing.

    Send it again once; if it fails again, report it: the log has the cause.
    """

    code = "internal.fault"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a committer: commands and accounts in a batch, commands that wait, reruns after contention."""

    batch: int = 256
    accounts: int = 2_000
    queue: int = 4_096
    reruns: int = 5


@dataclass(slots=True, eq=False)
class _Job:
    call: Call
    command: Command[Any]
    digest: bytes
    touches: Touches
    answer: "asyncio.Future[Any]"
    started: bool = False


class _Named(NamedTuple):
    """What the jobs of a batch name, by tenant; `widths` are the accounts that each touches."""

    records: Mapping[str, Records]
    accounts: Mapping[str, set[AccountKey]]
    requests: Mapping[str, set[str]]
    widths: Sequence[int]


@dataclass(slots=True)
class Counts:
    """What a committer did since it started."""

    batches: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    faults: int = 0
    reruns: int = 0
    halvings: int = 0
    unknown: int = 0
    sizes: Counter[int] = field(default_factory=Counter)


class GroupCommitter:
    """Takes commands from many callers, commits them together, answers each for itself.

    `digest` gives the SHA-256 of a command's canonical form. `on_commit`, if set, is called after every commit; it
    neither waits nor raises. Call `start` once, `drain` before the end.
    """

    def __init__(self, store: LedgerStore, digest: Callable[[object], bytes], limits: Limits | None = None) -> None:
        self._store = store
        self._digest = digest
        self._limits = limits or Limits()
        self._queue: deque[_Job] = deque()
        self._waiting: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._draining = False
        self._task: asyncio.Task[None] | None = None
        self.on_commit: Callable[[], None] | None = None
        self.counts = Counts()

    # -- the callers' side ------------------------------------------------------------------------------------------

    async def submit(self, call: Call, command: Command[R], asked: object | None = None) -> R:
        """Have the command decided and committed; its reply. `asked` is what the caller sent, where that differs.

        Raises the command's Refusal, RequestMismatch, or one of Unanswered.
        """
        if call.deadline is None:
            return cast(R, await self._admit(call, command, asked).answer)
        loop = asyncio.get_running_loop()
        if call.deadline <= loop.time():
            raise TooLate("the deadline had passed when the command came", request=call.request)
        job = self._admit(call, command, asked)
        try:
            await asyncio.wait((job.answer,), timeout=max(0.0, call.deadline - loop.time()))
            if job.answer.done():
                return cast(R, job.answer.result())
        finally:
            # Nobody waits any more. An answer that is there already was seen: the loop need not complain of it.
            if not job.answer.cancel() and not job.answer.cancelled():
                job.answer.exception()
        if not job.started:
            raise TooLate("the deadline passed while the command waited; it was not tried", request=call.request)
        raise OutcomeUnknown("no answer within the deadline: repeat under the same id", request=call.request)

    def _admit(self, call: Call, command: Command[Any], asked: object | None) -> _Job:
        if self._draining or self._task is None or self._task.done():
            raise Stopping("this process is stopping", request=call.request)
        mine, queued, most = self._waiting[call.tenant], len(self._queue), self._limits.queue
        if queued >= most or (mine >= most // 2 and queued > mine):
            raise Busy("too many commands wait", request=call.request, retry_after=self._retry_after())
        # First what it touches: that refuses what could not even be encoded.
        touches = command.touches()
        job = _Job(
            call,
            command,
            self._digest(command if asked is None else asked),
            touches,
            asyncio.get_running_loop().create_future(),
        )
        self._queue.append(job)
        self._waiting[call.tenant] += 1
        self._wake.set()
        return job

    def _retry_after(self) -> float:
        return max(1.0, len(self._queue) / self._limits.batch * 0.05)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work(), name="group-committer")

    async def drain(self) -> None:
        """Take no more, finish what waits, stop."""
        self._draining = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            # Let everyone who was just answered ask again before the next batch is gathered.
            await asyncio.sleep(0)
            batch = self._gather()
            if batch:
                await self._settle(batch)
            elif self._draining:
                return
            if not self._queue and not self._draining:
                self._wake.clear()

    def _gather(self) -> list[_Job]:
        batch: list[_Job] = []
        accounts = 0
        while self._queue and len(batch) < self._limits.batch:
            job = self._queue[0]
            accounts += len(job.touches.accounts)
            if batch and accounts > self._limits.accounts:
                break
            self._queue.popleft()
            waiting = self._waiting[job.call.tenant] - 1
            if waiting:
                self._waiting[job.call.tenant] = waiting
            else:
                del self._waiting[job.call.tenant]
            if not job.answer.done():
                job.started = True
                batch.append(job)
        return batch

    # -- one batch -----------------------------------------------------------------------------------------------------

    async def _settle(self, jobs: Sequence[_Job], *, unknown: bool = False) -> None:
        """Give every job its answer, running the batch again, or parts of it, as often as it takes.

        `unknown`: an earlier COMMIT of these jobs may have gone through.
        """
        reruns = 0
        parts: Sequence[Sequence[_Job]] = ()
        while True:
            try:
                parts = await self._attempt(jobs)
                if not parts:
                    return
                break
            except (Contention, CommitUnknown) as error:
                unknown = unknown or isinstance(error, CommitUnknown)
                self.counts.reruns += 1
                reruns += 1
                if reruns > self._limits.reruns:
                    if isinstance(error, KeyTaken) and len(jobs) > 1:
                        break
                    self._fail(jobs, error, unknown=unknown)
                    return
                await asyncio.sleep(0.01 * (reruns - 1))
            except StoreUnavailable as error:
                reruns += 1
                if not unknown or reruns > self._limits.reruns:
                    self._fail(jobs, error, unknown=unknown)
                    return
                await asyncio.sleep(0.05 * reruns)
            except Exception as error:
                if len(jobs) == 1:
                    self._fail(jobs, error, unknown=unknown)
                    return
                break
        if not parts:
            self.counts.halvings += 1
            half = len(jobs) // 2
            parts = (jobs[:half], jobs[half:])
        for part in parts:
            await self._settle(part, unknown=unknown)

    def _fail(self, jobs: Sequence[_Job], error: Exception, *, unknown: bool) -> None:
        logger.error("batch of %d failed: %s", len(jobs), error, exc_info=error)
        for job in jobs:
            request = job.call.request
            answer: Unanswered
            if unknown:
                self.counts.unknown += 1
                answer = OutcomeUnknown("the commit's answer was lost: repeat under the same id", request=request)
            elif isinstance(error, StoreUnavailable | Contention):
                answer = Unavailable("the database does not answer; nothing was done", request=request)
            else:
                self.counts.faults += 1
                answer = InternalFault("the command failed; nothing was done", request=request)
            if not job.answer.done():
                job.answer.set_exception(answer)

    async def _attempt(self, jobs: Sequence[_Job]) -> Sequence[Sequence[_Job]]:
        """Decide and commit; or say in which parts to, where they turn out to touch too many accounts."""
        async with self._store.batch() as batch:
            named = await self._look(batch, jobs)
            parts = self._narrowed(jobs, named.widths)
            if len(parts) > 1:
                return parts
            ledgers, replies, first_number = await self._load(batch, jobs, named)
            round_ = _Round(ledgers, replies, first_number)
            for job in jobs:
                round_.decide(job)
            if round_.accepted:
                now = next(iter(ledgers.values())).now
                await batch.save(now, len(jobs), round_.changes())
        self._answer(round_)
        if round_.accepted and self.on_commit is not None:
            self.on_commit()
        return ()

    def _narrowed(self, jobs: Sequence[_Job], widths: Sequence[int]) -> list[list[_Job]]:
        """The jobs in order, in parts that each touch as many accounts as a batch may: one command at the least.

        Which accounts a confirm touches is only known from its reservation: when the batch was gathered, it was not.
        """
        parts: list[list[_Job]] = []
        room = 0
        for job, width in zip(jobs, widths, strict=True):
            if not parts or width > room:
                parts.append([])
                room = self._limits.accounts
            parts[-1].append(job)
            room -= width
        return parts

    async def _look(self, batch: LedgerBatch, jobs: Sequence[_Job]) -> "_Named":
        """Load the records that the jobs name, and so learn which accounts they touch."""
        reservations: dict[str, set[str]] = {}
        entries: dict[str, set[EntryKey]] = {}
        accounts: dict[str, set[AccountKey]] = {}
        requests: dict[str, set[str]] = {}
        for job in jobs:
            tenant, touches = job.call.tenant, job.touches
            accounts.setdefault(tenant, set()).update(touches.accounts)
            requests.setdefault(tenant, set()).add(job.call.request)
            if touches.reservations:
                reservations.setdefault(tenant, set()).update(touches.reservations)
            if touches.entries:
                entries.setdefault(tenant, set()).update(touches.entries)
        records: dict[str, Records] = {}
        widths = [len(job.touches.accounts) for job in jobs]
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
            if any(job.touches.then is not None for job in jobs):
                self._follow(jobs, records, accounts, widths)
        return _Named(records, accounts, requests, widths)

    async def _load(
        self, batch: LedgerBatch, jobs: Sequence[_Job], named: "_Named"
    ) -> tuple[dict[str, Ledger], dict[str, dict[str, KeptReply]], int]:
        """The ledgers to decide on, by tenant, the replies that are kept, and the first number to give."""
        records, accounts, requests, _ = named
        loaded = await batch.load(accounts, requests, len(jobs))
        ledgers = {
            tenant: Ledger(
                loaded.now,
                loaded.accounts.get(tenant, {}),
                (found := records.get(tenant, NO_RECORDS)).reservations,
                found.entries,
            )
            for tenant in accounts
        }
        return ledgers, {t: dict(r) for t, r in loaded.replies.items()}, loaded.first_number

    def _follow(
        self,
        jobs: Sequence[_Job],
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

    def _answer(self, round_: "_Round") -> None:
        counts = self.counts
        counts.batches += 1
        counts.sizes[len(round_.outcomes)] += 1
        counts.accepted += round_.accepted
        counts.repeated += round_.repeated
        for job, reply in round_.outcomes:
            if isinstance(reply, Exception):
                if isinstance(reply, Refusal):
                    counts.refused += 1
                else:
                    counts.faults += 1
                if not job.answer.done():
                    job.answer.set_exception(reply)
            elif not job.answer.done():
                job.answer.set_result(reply)


class _Round:
    """The deciding of one batch: an answer for every job, and what was accepted."""

    def __init__(self, ledgers: dict[str, Ledger], kept: dict[str, dict[str, KeptReply]], first_number: int) -> None:
        self._ledgers = ledgers
        self._kept = kept
        self._number = first_number
        self._new: dict[str, list[NewReply]] = {tenant: [] for tenant in ledgers}
        self.outcomes: list[tuple[_Job, Any]] = []
        self.accepted = 0
        self.repeated = 0

    def decide(self, job: _Job) -> None:
        call, command = job.call, job.command
        kept = self._kept.get(call.tenant, {}).get(call.request)
        if kept is not None:
            self.outcomes.append((job, self._repeat(job, kept)))
            return
        ledger = self._ledgers[call.tenant]
        number = self._number
        self._number += 1
        ledger.begin(Act(number, call.request, command.name, call.actor, call.principal or call.actor))
        try:
            reply = command.decide(ledger)
        except Refusal as refusal:
            ledger.discard()
            self.outcomes.append((job, refusal))
            return
        except Exception as error:
            ledger.discard()
            logger.error("%s %s failed", command.name, call.request, exc_info=error)
            fault = InternalFault("the command failed; nothing was done", request=call.request)
            self.outcomes.append((job, fault))
            return
        changed = ledger.accept()
        if changed or not call.system:
            self.accepted += 1
            self._new[call.tenant].append(NewReply(call.request, number, command.name, job.digest, reply))
            self._kept.setdefault(call.tenant, {})[call.request] = KeptReply(command.name, job.digest, _as_is(reply))
        self.outcomes.append((job, reply))

    def _repeat(self, job: _Job, kept: KeptReply) -> Any:
        if (kept.command, kept.digest) != (job.command.name, job.digest):
            return RequestMismatch(
                f"request id {job.call.request} was accepted with another command or content",
                request=job.call.request,
                command=kept.command,
            )
        self.repeated += 1
        return kept.read(job.command.reply)

    def changes(self) -> list[Changes]:
        """What to write, by tenant, with the BalancesChanged of every account that moved."""
        return [
            Changes(
                tenant,
                self._new[tenant],
                [(ledger.loaded_version(key), account) for key, account in ledger.accepted.accounts.items()],
                ledger.accepted.movements,
                list(ledger.accepted.reservations.values()),
                list(ledger.accepted.entries.values()),
                [*ledger.accepted.events, *_balances_changed(ledger)],
            )
            for tenant, ledger in self._ledgers.items()
            if self._new[tenant]
        ]


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


def _as_is(reply: object) -> Callable[[type], Any]:
    """The reply of a command of this very batch, for its repeat: nothing was encoded yet."""
    return lambda _type: reply
