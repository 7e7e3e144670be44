"""Group commit: commands that arrive while one transaction commits become the next transaction.

One committer per database. It owns the transaction: locks and loads what a batch touches, looks the request ids up,
lets the pure commands decide in arrival order, writes all that was accepted in sets, commits, and answers everyone.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from application.kernel.call import Call
from application.kernel.command import A_TURN, Command, Follows, Part, Touches
from application.kernel.ports import CommitUnknown, Contention, KeyTaken, LedgerBatch, LedgerStore, StoreUnavailable
from application.kernel.round import Job, Round, load, look, narrowed, single, widths_of
from application.kernel.tracing import TRACE, Side, Tracer
from application.kernel.unanswered import (
    Busy,
    InternalFault,
    OutcomeUnknown,
    Stopping,
    TooLate,
    Unanswered,
    Unavailable,
)
from domain.kernel.refusal import Refusal, TooManyTogether

R = TypeVar("R")

logger = logging.getLogger(__name__)

MOST_TOGETHER: Final = 1_000
"""Most commands that are committed together, all or none. They must fit into one batch by their accounts, too."""

LONGEST_PAUSE: Final = 1.0
"""Most seconds between two runs of commands whose COMMIT was lost."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a committer: commands and accounts in a batch, commands that wait, reruns after contention; and the
    seconds that a lost COMMIT is asked after for callers who have no deadline.
    """

    batch: int = 256
    accounts: int = 2_000
    queue: int = 4_096
    reruns: int = 5
    asking_after: float = 30.0


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

    `digest` gives the SHA-256 of a command's canonical form, `follows` says which accounts follow others. `on_commit`,
    if set, is called after every commit; it neither waits nor raises. Call `start` once, `drain` before the end.
    """

    def __init__(
        self,
        store: LedgerStore,
        digest: Callable[[object], bytes],
        limits: Limits | None = None,
        tracer: Tracer | None = None,
        follows: Follows | None = None,
    ) -> None:
        self._store = store
        self._digest = digest
        self._limits = limits or Limits()
        self._tracer = tracer
        self._follows = follows
        self._queue: deque[Job] = deque()
        self._waiting: Counter[str] = Counter()
        self.waiting = 0
        """How many commands wait to be gathered into a batch; `_waiting` has them by tenant."""
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
        self._require_time(call.request, call.deadline)
        return cast(R, await self._answer_of(self._admit(call, command, asked), call.deadline))

    async def submit_together(self, call: Call, parts: Sequence[Part]) -> Sequence[object]:
        """As `CommitTogether` has it: at most MOST_TOGETHER commands, as wide together as a batch may be."""
        if not 0 < len(parts) <= MOST_TOGETHER:
            raise TooManyTogether(f"{len(parts)} at once cannot be done all or none", most=MOST_TOGETHER)
        if any(part.call.tenant != call.tenant for part in parts):
            raise ValueError("what is committed together is of one tenant")
        if call.deadline is not None:
            self._require_time(call.request, call.deadline)
        self._require_room(call)
        jobs = []
        for number, part in enumerate(parts):
            if number % A_TURN == A_TURN - 1:
                await asyncio.sleep(0)
            jobs.append(self._job(*part))
        self._require_room(call)
        touches = Touches(accounts=tuple(account for job in jobs for account in job.touches.accounts))
        if (width := len(touches.accounts)) > self._limits.accounts:
            raise self._too_wide(width)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        whole = self._queued(Job(call, parts[0].command, b"", touches, answer, TRACE.get(), parts=jobs))
        if call.deadline is None:
            return cast(Sequence[object], await answer)
        return cast(Sequence[object], await self._answer_of(whole, call.deadline))

    def _too_wide(self, width: int) -> TooManyTogether:
        return TooManyTogether(f"what is to be done all or none touches {width} accounts", most=self._limits.accounts)

    def _require_time(self, request: str, deadline: float) -> None:
        if deadline <= asyncio.get_running_loop().time():
            raise TooLate("the deadline had passed when the command came", request=request)

    async def _answer_of(self, job: Job, deadline: float) -> object:
        lapse = asyncio.get_running_loop().call_at(deadline, self._lapse, job)
        try:
            return await job.answer
        finally:
            lapse.cancel()
            # A caller that is cancelled as the answer comes does not see it: the loop need not complain of that.
            if job.answer.done() and not job.answer.cancelled():
                job.answer.exception()

    def _lapse(self, job: Job) -> None:
        """The caller waits no longer."""
        if job.answer.done():
            return
        request = job.call.request
        job.answer.set_exception(
            OutcomeUnknown("no answer within the deadline: repeat under the same id", request=request)
            if job.started
            else TooLate("the deadline passed while the command waited; it was not tried", request=request)
        )

    def _admit(self, call: Call, command: Command[Any], asked: object | None) -> Job:
        self._require_room(call)
        return self._queued(self._job(call, command, asked))

    def _require_room(self, call: Call) -> None:
        if self._draining or self._task is None or self._task.done():
            raise Stopping("this process is stopping", request=call.request)
        mine, queued, most = self._waiting[call.tenant], self.waiting, self._limits.queue
        if queued >= most or (mine >= most // 2 and queued > mine):
            raise Busy("too many commands wait", request=call.request, retry_after=self._retry_after())

    def _job(self, call: Call, command: Command[Any], asked: object | None) -> Job:
        # First what it touches: that refuses what could not even be encoded.
        touches = command.touches()
        return Job(
            call,
            command,
            self._digest(command if asked is None else asked),
            touches,
            asyncio.get_running_loop().create_future(),
            TRACE.get(),
        )

    def _queued(self, job: Job) -> Job:
        self._queue.append(job)
        self._waiting[job.call.tenant] += job.commands
        self.waiting += job.commands
        self._wake.set()
        return job

    def _retry_after(self) -> float:
        return max(1.0, self.waiting / self._limits.batch * 0.05)

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

    def _gather(self) -> list[Job]:
        batch: list[Job] = []
        accounts = commands = 0
        while self._queue and commands < self._limits.batch:
            job = self._queue[0]
            accounts += len(job.touches.accounts)
            if batch and accounts > self._limits.accounts:
                break
            commands += job.commands
            self.waiting -= job.commands
            self._queue.popleft()
            waiting = self._waiting[job.call.tenant] - job.commands
            if waiting:
                self._waiting[job.call.tenant] = waiting
            else:
                del self._waiting[job.call.tenant]
            if not job.answer.done():
                job.started = True
                batch.append(job)
        return batch

    # -- one batch -----------------------------------------------------------------------------------------------------

    async def _settle(self, jobs: Sequence[Job], *, lost_at: float | None = None) -> None:
        """Give every job its answer, running the batch again, or parts of it, as often as it takes.

        `lost_at`: when the answer to an earlier COMMIT of these jobs was lost, which may have gone through.
        """
        clock = asyncio.get_running_loop().time
        reruns = 0
        parts: Sequence[Sequence[Job]] = ()
        while True:
            try:
                parts = await self._attempt(jobs)
                if not parts:
                    return
                break
            except (Contention, CommitUnknown, StoreUnavailable) as error:
                if isinstance(error, CommitUnknown) and lost_at is None:
                    lost_at = clock()
                reruns += 1
                if not isinstance(error, StoreUnavailable):
                    self.counts.reruns += 1
                if not self._again(jobs, error, reruns, lost_at):
                    if isinstance(error, KeyTaken) and len(jobs) > 1:
                        break
                    self._fail(jobs, error, unknown=lost_at is not None)
                    return
                if isinstance(error, StoreUnavailable):
                    # Of what waits behind these, nothing was tried: nobody need wait with them.
                    while self._queue:
                        self._fail(self._gather(), error, unknown=False)
                await asyncio.sleep(_pause(reruns, lost=lost_at is not None))
            except Exception as error:
                if len(jobs) == 1:
                    self._fail(jobs, error, unknown=lost_at is not None)
                    return
                break
        if not parts:
            self.counts.halvings += 1
            half = len(jobs) // 2
            parts = (jobs[:half], jobs[half:])
        for part in parts:
            await self._settle(part, lost_at=lost_at)

    def _again(self, jobs: Sequence[Job], error: Exception, reruns: int, lost_at: float | None) -> bool:
        """Whether to run these once more after this error: what became of a lost COMMIT is asked while somebody waits
        to know, for a bounded time.
        """
        if lost_at is None and isinstance(error, StoreUnavailable):
            return False
        if reruns <= self._limits.reruns:
            return True
        if lost_at is None or isinstance(error, KeyTaken) or self._draining:
            return False
        waited = asyncio.get_running_loop().time() - lost_at
        return waited < self._limits.asking_after and not all(job.answer.done() for job in jobs)

    def _fail(self, jobs: Sequence[Job], error: Exception, *, unknown: bool) -> None:
        if not jobs:
            return
        logger.error("batch of %d failed: %s", len(jobs), error, exc_info=error)
        for job in jobs:
            request = job.call.request
            answer: Unanswered
            if unknown:
                self.counts.unknown += 1
                answer = OutcomeUnknown("the commit's answer was lost: repeat under the same id", request=request)
            elif isinstance(error, Contention):
                answer = Unavailable("others kept the ledger busy; nothing was done", request=request)
            elif isinstance(error, StoreUnavailable):
                answer = Unavailable("the database does not answer; nothing was done", request=request)
            else:
                self.counts.faults += 1
                answer = InternalFault("the command failed; nothing was done", request=request)
            answer.__cause__ = error  # for who operates this; callers are not told of it
            if not job.answer.done():
                job.answer.set_exception(answer)

    async def _attempt(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Decide and commit; or say in which parts to, where they turn out to touch too many accounts."""
        if self._tracer is not None and (traces := [job.trace for job in jobs if job.trace]):
            # A transaction is of many: it is part of the first one's trace, and linked to the others'.
            with self._tracer("commit", Side.ASKING, parent=traces[0], links=traces[1:], told={"commands": len(jobs)}):
                return await self._decide(jobs)
        return await self._decide(jobs)

    async def _decide(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        async with self._store.batch() as batch:
            commands = single(jobs)
            named = await look(batch, commands, self._follows)
            widths = named.widths
            if commands is not jobs:
                widths = widths_of(jobs, widths)
                wide = {
                    job: width
                    for job, width in zip(jobs, widths, strict=True)
                    if job.parts and not job.known and width > self._limits.accounts
                }
                if wide:
                    return await self._without_wide(batch, jobs, wide)
            parts = narrowed(jobs, widths, self._limits.accounts)
            if len(parts) > 1:
                return parts
            round_ = await load(batch, named, self._follows)
            for job in jobs:
                if job.parts:
                    round_.decide_together(job)
                else:
                    round_.decide(job)
            if round_.accepted:
                await batch.save(round_.now, len(commands), round_.changes())
        self._answer(round_)
        if round_.accepted and self.on_commit is not None:
            self.on_commit()
        return ()

    async def _without_wide(
        self, batch: LedgerBatch, jobs: Sequence[Job], wide: Mapping[Job, int]
    ) -> Sequence[Sequence[Job]]:
        """Refuse what is to be done together and turns out to be too wide, and let the others go on.

        What made reservations is wider by them once it was done: whoever asks again is told what it came to.
        """
        requests: dict[str, set[str]] = {}
        for job in wide:
            requests.setdefault(job.call.tenant, set()).update(part.call.request for part in job.parts)
        loaded = await batch.load(dict.fromkeys(requests, ()), requests)
        for job, width in wide.items():
            kept = loaded.replies.get(job.call.tenant, ())
            job.known = all(part.call.request in kept for part in job.parts)
            if not job.known and not job.answer.done():
                self.counts.refused += 1
                job.answer.set_exception(self._too_wide(width))
        rest = [job for job in jobs if job.known or job not in wide]
        return [rest] if rest else []

    def _answer(self, round_: Round) -> None:
        counts = self.counts
        counts.batches += 1
        counts.sizes[sum(job.commands for job, _ in round_.outcomes)] += 1
        counts.accepted += round_.accepted
        counts.repeated += round_.repeated
        for job, reply in round_.outcomes:
            for each in reply if job.parts else (reply,):
                if isinstance(each, Refusal):
                    counts.refused += 1
                elif isinstance(each, Exception):
                    counts.faults += 1
            if isinstance(reply, Exception):
                if not job.answer.done():
                    job.answer.set_exception(reply)
            elif not job.answer.done():
                job.answer.set_result(reply)


def _pause(reruns: int, *, lost: bool) -> float:
    """Seconds before a batch runs again: after contention a moment, after a lost COMMIT twice as long each time."""
    return min(LONGEST_PAUSE, 0.05 * 2.0 ** (reruns - 2)) if lost and reruns > 1 else 0.01 * (reruns - 1)
