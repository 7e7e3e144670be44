"""One run of the whole application: two processes over one storage, clients, and everything that goes wrong between.

Nothing here waits for real time, and nothing is random but what the seed drew.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from adapters.memory.database import MemoryDatabase
from adapters.memory.deadlines import MemoryDeadlines
from adapters.memory.ledger import MemoryLedgerStore
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.registers import MemoryRegisterFeed
from adapters.sql.database import SqliteDatabase
from adapters.sql.deadlines import SqlDeadlines
from adapters.sql.outbox import SqlOutbox
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.times import micros
from application.kernel.broker import BrokerUnavailable
from application.kernel.call import Call
from application.kernel.deadlines import DeadlineLimits, Deadlines, FireDeadlines
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ledger_time import LedgerTime
from application.kernel.outbox import Message, Outbox
from application.kernel.ports import LedgerStore, Reach, StoreError
from application.kernel.relay import Relay, RelayLimits
from application.kernel.unanswered import InternalFault, Unanswered
from application.stock.expire_reservation import ExpireReservation
from application.stock.handle import StockHandler
from application.stock.ports import RegisterFeed
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.registers import RegisterCache
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler
from contracts.conformance.laws import Snapshot, broken_laws
from domain.kernel.refusal import Refusal
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.position import Position, kinds
from tests.contract.ledger.installations import CODEC, MemoryInstallation, SqliteInstallation, create_schema, new_store
from tests.simulation.history import GOODS, NODES, PROCESSES, SECONDS, TENANTS, Ask, Jump, Kill, Step, Wire

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MOST_TRIES: Final = 80
QUIET: Final = 150.0
"""Seconds in which, after the last fault, all that is due must have been fired and published."""


class Crash(BaseException):
    """The process is gone: nothing above may answer for it."""


class Gone(Exception):
    """The connection to a process broke: there is no answer."""


class Ports(NamedTuple):
    """What a process is built on."""

    store: LedgerStore
    deadlines: Deadlines
    outbox: Outbox
    feed: RegisterFeed
    close: Callable[[], Coroutine[Any, Any, None]]


class Storage(Protocol):
    """What outlives every process."""

    async def open(self, reach: Reach, clock: Callable[[], datetime]) -> Ports: ...

    async def snapshot(self, tenant: str) -> Snapshot: ...


class MemoryStorage:
    """One memory database, with one clock: it stands for a server's."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.installation = MemoryInstallation(
            database=MemoryDatabase(LedgerTime(lambda: micros(clock()), lambda: asyncio.get_running_loop().time()))
        )

    async def open(self, reach: Reach, clock: Callable[[], datetime]) -> Ports:
        database = self.installation.database

        async def close() -> None:
            pass

        return Ports(
            MemoryLedgerStore(database, reach),
            MemoryDeadlines(database),
            MemoryOutbox(database, CODEC),
            MemoryRegisterFeed(database),
            close,
        )

    async def snapshot(self, tenant: str) -> Snapshot:
        return await self.installation.snapshot(tenant)


class SqliteStorage:
    """One SQLite file; every process has its own connection and its own clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        create_schema(path)

    async def open(self, reach: Reach, clock: Callable[[], datetime]) -> Ports:
        database = SqliteDatabase(self.path, threads=False)
        await database.open()
        started, since = clock(), asyncio.get_running_loop().time()

        loop = asyncio.get_running_loop()

        def steady() -> int:
            # Wall time at the start, and from then on a clock that nobody can set.
            return micros(started + timedelta(seconds=loop.time() - since))

        time = LedgerTime(steady, loop.time, lambda: micros(clock()))
        store = new_store(database, kinds(), time, reach)
        return Ports(
            store,
            SqlDeadlines(database, time),
            SqlOutbox(database, time),
            SqlRegisterFeed(database, database.dialect, CODEC),
            database.close,
        )

    async def snapshot(self, tenant: str) -> Snapshot:
        reader = await SqliteInstallation(self.path, kinds(), threads=False).open()
        try:
            return await reader.snapshot(tenant)
        finally:
            await reader.close()


class Process:
    """A process of the application, until it dies."""

    def __init__(self, world: "World", number: int, life: int) -> None:
        self.world = world
        self.number = number
        self.name = f"p{number}.{life}"
        self.armed: Kill | None = None
        self.died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        world = self.world
        self.ports = await world.storage.open(self.reach, world.wall)
        self.committer = GroupCommitter(self.ports.store, CODEC.digest, Limits(batch=8, queue=64))
        self.committer.start()
        registers = RegisterCache(self.ports.feed, asyncio.get_running_loop().time)
        self._stock = StockHandler(self.committer, registers)
        self._reserve = ReserveStockHandler(self.committer, registers)
        fire = FireDeadlines(
            self.ports.deadlines,
            self.committer,
            ExpireReservation,
            DeadlineLimits(batch=4, idle=1.0, paused=1.0),
            wall=world.wall,
            reach=self.reach,
        )
        relay = Relay(self.ports.outbox, world.wire, self.name, RelayLimits(batch=5, idle=1.0), self.reach)
        loop = asyncio.get_running_loop()
        committing = self.committer._task
        assert committing is not None
        self._tasks = [committing, loop.create_task(self._keep(fire)), loop.create_task(self._keep(relay))]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def _keep(self, job: Callable[[], Coroutine[Any, Any, float]]) -> None:
        while True:
            try:
                wait = await job()
            except StoreError:
                wait = 0.5
            await asyncio.sleep(wait)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, Crash):
            self.world.problems.append(f"{self.name}: a task ended with {error!r}")

    async def handle(self, call: Call, command: Any) -> Any:
        if isinstance(command, RegisterGoods | RegisterNode):
            return await self.committer.submit(call, command)
        handler: Any = self._reserve if isinstance(command, ReserveStock) else self._stock
        return await handler(call, command)

    def reach(self, failpoint: str) -> None:
        if self.died.done():
            raise Crash("it is dead already")
        if self.armed is not None and self.armed.failpoint == failpoint:
            self.world.crashes.append(failpoint)
            self.die()
            self.world.spawn(self.world.replace(self, self.armed.down))
            raise Crash(failpoint)

    def die(self) -> None:
        """Stop all it does, here and now; nothing is answered any more."""
        if self.died.done():
            return
        self.died.set_result(None)
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()

    async def end(self) -> None:
        self.die()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.ports.close()


class Broker:
    """The broker outside: keeps what it is given, and fails when the history says so, before or after keeping."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.fault: Wire | None = None

    async def publish(self, messages: Sequence[Message]) -> None:
        await asyncio.sleep(0.01)
        fault = self.fault
        if fault is None or fault.keeps:
            self.kept += messages
        if fault is not None:
            raise BrokerUnavailable("the line is cut")


class World:
    """The run of one history."""

    def __init__(self, storage: Callable[["World"], Storage], dice: random.Random) -> None:
        self.dice = dice
        self.problems: list[str] = []
        self.crashes: list[str] = []
        self.replies: dict[tuple[str, str], Any] = {}
        self.refusals: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.offset = timedelta()
        self.wire = Broker()
        self.processes: list[Process] = []
        self._lives = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._clients: list[asyncio.Task[Any]] = []
        self.storage = storage(self)

    def wall(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time()) + self.offset

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.append(task)
        return task

    async def _new(self, number: int) -> Process:
        self._lives += 1
        process = Process(self, number, self._lives)
        await process.start()
        return process

    async def replace(self, dead: Process, down: float) -> None:
        await dead.end()
        await asyncio.sleep(down)
        self.processes[dead.number] = await self._new(dead.number)

    # -- the clients --------------------------------------------------------------------------------------------------

    async def _once(self, tenant: str, request: str, command: Any, deadline: float | None = None) -> None:
        process = self.dice.choice(self.processes)
        if process.died.done():
            raise Gone
        loop = asyncio.get_running_loop()
        call = Call(tenant, "clerk", request, "gateway", None if deadline is None else loop.time() + deadline)
        asking = loop.create_task(process.handle(call, command))
        await asyncio.wait((asking, process.died), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            raise Gone
        try:
            reply = asking.result()
        except InternalFault as fault:
            self.problems.append(f"{tenant} {request}: {fault}")
            raise
        except Refusal as refusal:
            self.refusals[tenant, request].append(refusal.own_code)
            if refusal.own_code == "request.mismatch":
                self.problems.append(f"{tenant} {request} was refused: {refusal}")
            return
        known = self.replies.setdefault((tenant, request), reply)
        if known != reply:
            self.problems.append(f"{tenant} {request} was answered {known} and then {reply}")

    async def _client(self, tenant: str, ask: Ask) -> None:
        await asyncio.sleep(ask.at)
        lost, deadline = ask.lost, ask.deadline
        for _ in range(MOST_TRIES):
            try:
                await self._once(tenant, ask.request, ask.command, deadline)
            except (Gone, Unanswered):
                deadline = None
                await asyncio.sleep(self.dice.uniform(0.05, 1.0))
                continue
            if not lost:
                return
            lost -= 1
        self.problems.append(f"{tenant} {ask.request} was never answered")

    async def _copy(self, tenant: str, ask: Ask, after: float) -> None:
        await asyncio.sleep(ask.at + after)
        try:
            await self._once(tenant, ask.request, ask.command)
        except (Gone, Unanswered):
            return

    # -- the run ------------------------------------------------------------------------------------------------------

    async def run(self, steps: Sequence[Step]) -> list[str]:
        """What was wrong; empty where every invariant held."""
        self.processes = [await self._new(number) for number in range(PROCESSES)]
        goods = RegisterGoods(tuple(Goods(code, code) for code in GOODS))
        nodes = RegisterNode(tuple(Node(code, code) for code in NODES))
        for tenant in TENANTS:
            await self._once(tenant, "goods", goods)
            await self._once(tenant, "nodes", nodes)
        for step in steps:
            if isinstance(step, Ask):
                for tenant in TENANTS:
                    self._clients.append(self.spawn(self._client(tenant, step)))
                    self._clients += [self.spawn(self._copy(tenant, step, after)) for after in step.copies]
            else:
                self.spawn(self._fault(step))
        await asyncio.sleep(SECONDS)
        await asyncio.gather(*self._clients)
        await self._calm_down()
        for process in self.processes:
            await process.end()
        for tenant in TENANTS:
            seen = await self.storage.snapshot(tenant)
            self.problems += [f"{tenant}: {each}" for each in (*broken_laws(seen), *self._unkept(tenant, seen))]
        return self.problems

    async def _fault(self, step: Kill | Jump | Wire) -> None:
        await asyncio.sleep(step.at)
        if isinstance(step, Kill):
            self.processes[step.process].armed = step
        elif isinstance(step, Jump):
            self.offset += timedelta(seconds=step.by)
        else:
            self.wire.fault = step
            await asyncio.sleep(step.until - step.at)
            self.wire.fault = None

    async def _calm_down(self) -> None:
        """No more faults, every process up, clocks as they are: then wait for what is due."""
        for process in self.processes:
            process.armed = None
        self.wire.fault = None
        await asyncio.sleep(10)
        for process in list(self.processes):
            await process.end()
            self.processes[process.number] = await self._new(process.number)
        await asyncio.sleep(QUIET)

    # -- what was promised --------------------------------------------------------------------------------------------

    def _unkept(self, tenant: str, seen: Snapshot) -> list[str]:
        return [
            *self._replies(tenant, seen),
            *self._deadlines(seen),
            *self._published(tenant, seen),
        ]

    def _replies(self, tenant: str, seen: Snapshot) -> list[str]:
        """Who was answered finds in the ledger what the answer says, and what was refused for good is not there."""
        wrong = []
        posted = {(m.account, m.version): m for movements in seen.movements.values() for m in movements}
        for (owner, request), reply in self.replies.items():
            if owner != tenant:
                continue
            if request not in seen.requests:
                wrong.append(f"{request} was acknowledged and is gone")
            for each in getattr(reply, "positions", ()):
                key = Position(each.goods, each.node, each.owner, each.lot, each.channel).key
                movement = posted.get((key, each.version))
                if movement is None or (movement.act.request, movement.after.available) != (request, each.available):
                    wrong.append(f"{request} was told of {key} at {each.version}, the ledger has {movement}")
        return wrong

    def _deadlines(self, seen: Snapshot) -> list[str]:
        """Nothing expires early; nothing that was due long ago is still held."""
        wrong = []
        for movements in seen.movements.values():
            for movement in movements:
                if movement.kind.name == "EXPIRE":
                    due = seen.reservations[movement.subject].due
                    if due is None or movement.at < due:
                        wrong.append(f"{movement.subject} expired at {movement.at}, due {due}")
        asked = [m.at for movements in seen.movements.values() for m in movements if m.kind.name != "EXPIRE"]
        # Whatever was done to the clocks, time went on from the last commit for as long as it was quiet.
        now = max(self.wall(), max(asked, default=START) + timedelta(seconds=QUIET))
        late = now - timedelta(seconds=30)
        wrong += [
            f"{id} was due at {row.at} and is held at {now}" for id, row in seen.deadlines.items() if row.at < late
        ]
        return wrong

    def _published(self, tenant: str, seen: Snapshot) -> list[str]:
        """Published is what was told, each at least once, in order for each key; balances follow from it."""
        first: dict[str, Message] = {}
        for message in self.wire.kept:
            if message.tenant == tenant:
                first.setdefault(message.id, message)
        wrong = []
        rows = {event.id for event in seen.events}
        if rows != (published := {message.row for message in first.values()}):
            wrong.append(f"rows {sorted(rows ^ published)} are in the outbox or the broker, and not in both")
        balances: dict[str, dict[str, Any]] = {}
        last: dict[str, int] = defaultdict(int)
        for message in first.values():
            if message.number <= last[message.subject]:
                wrong.append(f"{message.subject}: {message.number} came after {last[message.subject]}")
            last[message.subject] = message.number
            if message.type == "BalancesChanged":
                balances[message.subject] = msgspec.json.decode(message.data)
        for key, account in seen.accounts.items():
            told = balances.get(f"account:{key}", {})
            if [told.get(name) for name in account.balances._fields] != list(account.balances):
                wrong.append(f"{key} holds {account.balances}, consumers believe {told}")
        return wrong


def names(steps: Collection[Step]) -> str:
    """A history to read: one step a line."""
    return "\n".join(f"  {step}" for step in sorted(steps, key=lambda each: each.at))
