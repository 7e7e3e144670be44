"""An installation: everything composed, opened, and ready to be called."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar, overload

from dependency_injector import providers

from adapters.acl.wms.webhook import Webhook
from adapters.memory.broker import InProcessBroker
from adapters.memory.database import MemoryDatabase
from adapters.sql.database import SqliteDatabase
from adapters.sql.migrate import check_schema
from adapters.sql.replica import ReplicaReads
from adapters.sql.server import ServerClock, ServerDatabase
from adapters.sql.server_schema import check_server
from application.kernel.backlog import Backlog
from application.kernel.broker import Broker, Channel, Channels, ParkedMessages
from application.kernel.broker import Handler as Takes
from application.kernel.call import Call
from application.kernel.command import Command
from application.kernel.deadlines import FireDeadlines
from application.kernel.group_commit import GroupCommitter
from application.kernel.ledger_time import LedgerTime, machine_time
from application.kernel.objects import ObjectStore
from application.kernel.outbox import Outbox, OutboxFeed
from application.kernel.pipeline import Flow, FlowSink, Observed
from application.kernel.ports import Codec, Reach, pass_by
from application.kernel.reachable import Reachable
from application.kernel.relay import Relay
from application.kernel.taking import Tries
from application.kernel.traced import traced_consumer, traced_handler, traced_question
from application.kernel.tracing import Tracer
from application.permissions.authenticate import Authenticate
from application.permissions.keys import Keys
from application.permissions.rate import RateLimit
from application.reconciliation.archive_ledger import ArchivedLedger, ArchiveLedger
from application.reconciliation.audit_ledger import AuditLedgerHandler
from application.reconciliation.close_ledger import CloseLedgerHandler
from application.reconciliation.ports import AuditSource
from application.reconciliation.purge_history import Purged, PurgeHistory
from application.search.index_events import GROUP as INDEXING
from application.stock.answers import ReservationMoved
from application.stock.follow_balances import GROUP as FOLLOWING
from application.stock.request_shipping import GROUP as SHIPPING
from application.stock.reserve_stock import ReserveStock
from application.stock.take_in import Reads
from domain.kernel.account import AccountKind
from entrypoints.composition.caching import Caching
from entrypoints.composition.logs import flow_sink
from entrypoints.composition.outside import Given, open_adapter
from entrypoints.composition.ports import SELECTORS
from entrypoints.composition.root import Root
from entrypoints.composition.searching import Searching
from entrypoints.composition.servers import dialect_of
from entrypoints.composition.settings import DATABASES, OF_URL, SERVERS, BadSettings, Settings, variable
from entrypoints.metrics.tally import FlowTally
from entrypoints.worker.worker import Finish, Job, Pace, Regularly, Worker

R = TypeVar("R")
HOUR: Final = 3_600.0
Handler = Callable[[Call, Any], Awaitable[Any]]
Asked = Callable[[str, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Installation:
    """What an entrypoint calls. Opened by `open_installation`, closed when that is left."""

    settings: Settings
    kinds: Mapping[str, AccountKind]
    codec: Codec
    committer: GroupCommitter
    tracer: Tracer | None
    commands: Mapping[type, Handler]
    queries: Mapping[type, Asked]
    caching: Caching | None
    searching: Searching
    promises: Handler
    epcis: Reads
    webhook: Webhook
    keys: Keys
    authenticate: Authenticate
    rate: RateLimit
    worker: Worker
    outbox: Outbox
    feed: OutboxFeed
    relay: Relay
    deadlines: FireDeadlines
    backlog: Backlog
    tally: FlowTally
    database_sizes: Callable[[], Mapping[str, int]]
    adapters: Mapping[str, Reachable]
    channels: Channels
    broker: Broker
    consume: Callable[[], None]
    parked: ParkedMessages
    objects: Callable[[], ObjectStore]
    audit_source: AuditSource
    audit: AuditLedgerHandler
    close: CloseLedgerHandler
    archive: Callable[[ArchiveLedger], Awaitable[ArchivedLedger]]
    purge: Callable[[], Awaitable[Purged]]
    purged: Mapping[str, int]

    @overload
    async def handle(self, call: Call, command: ReserveStock) -> ReservationMoved: ...
    @overload
    async def handle(self, call: Call, command: Command[R]) -> R: ...
    async def handle(self, call: Call, command: Any) -> Any:
        """The command's reply. Raises its Refusal, or Unanswered; KeyError for one that is not registered."""
        return await self.commands[type(command)](call, command)

    async def ask(self, tenant: str, query: object) -> Any:
        """The answer to a query, from the last commit. Raises its refusals, StoreError; KeyError if not registered."""
        return await self.queries[type(query)](tenant, query)


@asynccontextmanager
async def open_installation(
    settings: Settings, *, worker: bool | None = None, reach: Reach = pass_by
) -> AsyncIterator[Installation]:
    """Open the database, compose everything, start the committer; and the worker, if `worker` (None: a setting) is so.

    Where it is False, for the length of one command, no cache is asked either: what was just done must be seen.

    Leaving it drains: what waits is finished, nothing new is taken. Raises BadSettings, SchemaMismatch, OldSqlite,
    NotDurable, StoreUnavailable.
    """
    async with AsyncExitStack() as stack:
        root = await stack.enter_async_context(open_root(settings, reach=reach))
        if worker is False:
            root.availability_cache.override(providers.Object(None))
        committer: GroupCommitter = root.committer()
        committer.start()
        stack.push_async_callback(committer.drain)
        cached: Caching | None = root.caching()
        if cached is not None:
            stack.push_async_callback(cached.drain)
        watched = _watched(settings, root)
        jobs = _worker(settings, root)
        if settings.worker.enabled if worker is None else worker:
            jobs.start()
            stack.push_async_callback(jobs.stop)
            if settings.worker.consumers:
                _consume(settings, root, watched.commands)
                _follow(root)
            if settings.worker.relay:
                committer.on_commit = partial(jobs.wake, "relay")
        yield _installation(settings, root, watched, jobs)


@dataclass(frozen=True, slots=True)
class _Watched:
    """What is called, with all that looks on around it: flow records, tallies, traces."""

    commands: Mapping[type, Handler]
    promises: Handler
    queries: Mapping[type, Asked]
    sink: FlowSink
    tally: FlowTally


def _watched(settings: Settings, root: Root) -> _Watched:
    tracer: Tracer | None = root.tracer()
    tally = FlowTally()
    sink = _both(tally, flow_sink()) if settings.log.flow else tally
    commands: Mapping[type, Handler] = {
        command: Observed(handler, sink) for command, handler in root.commands().items()
    }
    promises: Handler = Observed(root.make_promises(), sink)
    queries: Mapping[type, Asked] = {**root.queries(), **root.searching().queries}
    if tracer is not None:
        commands = {command: traced_handler(tracer, handler) for command, handler in commands.items()}
        promises = traced_handler(tracer, promises)
        queries = {query: traced_question(tracer, ask) for query, ask in queries.items()}
    return _Watched(commands, promises, queries, sink, tally)


def _follow(root: Root) -> None:
    """From now on what this process keeps beside the ledger follows what is told, and warehouses are asked to ship."""
    hear = partial(_hear, root.tracer(), root.events())
    cached: Caching | None = root.caching()
    if cached is not None:
        hear(FOLLOWING, cached.follow)
    searching: Searching = root.searching()
    if searching.on:
        hear(INDEXING, searching.fall_behind if _keeps_nothing(root) else searching.take_in)
    shipping = root.shipping()
    if not shipping.asks_nobody:
        hear(SHIPPING, shipping)


def _installation(settings: Settings, root: Root, watched: _Watched, jobs: Worker) -> Installation:
    return Installation(
        settings=settings,
        kinds=root.kinds(),
        codec=root.codec(),
        committer=root.committer(),
        commands=watched.commands,
        queries=watched.queries,
        tracer=root.tracer(),
        searching=root.searching(),
        promises=watched.promises,
        epcis=root.epcis(),
        webhook=root.webhook(),
        caching=root.caching(),
        keys=_keys(root, watched.sink),
        authenticate=root.authenticate(),
        rate=root.rate(),
        worker=jobs,
        outbox=root.outbox(),
        feed=root.outbox(),
        relay=root.relay(),
        deadlines=root.fire_deadlines(),
        backlog=root.backlog(),
        tally=watched.tally,
        database_sizes=partial(_sizes, root.database()),
        adapters=_reachable(root),
        channels=root.broker(),
        broker=root.events(),
        consume=partial(_consume, settings, root, watched.commands),
        parked=root.parked(),
        objects=root.objects,
        audit_source=root.audit_source(),
        audit=root.audit(),
        close=root.close(),
        archive=partial(_archive, settings, root),
        purge=_purge(settings, root),
        purged=root.purge().counts,
    )


@asynccontextmanager
async def open_root(
    settings: Settings,
    *,
    reach: Reach = pass_by,
    kinds: Mapping[str, AccountKind] | None = None,
    time: LedgerTime | None = None,
    tries: Tries | None = None,
    database: MemoryDatabase | SqliteDatabase | ServerDatabase | None = None,
) -> AsyncIterator[Root]:
    """The containers over an open database (or over this one), with the adapters from outside open; `kinds` stand in
    for those of the settings, `time` for the machine's, `tries` for those of a broker. Raises what
    `open_installation` raises.
    """
    async with AsyncExitStack() as stack:
        clock = ServerClock()
        if time is None:
            # The database's clock is the clock, where it has one.
            time = LedgerTime(clock) if settings.database.url.startswith(SERVERS) else machine_time()
        root = Root(settings=settings, database=database or await _open_database(settings, stack, time, clock))
        stack.push_async_callback(root.leaving().aclose)
        root.replicas.override(providers.Object(_replicas(settings, stack, root.database())))
        root.reach.override(providers.Object(reach))
        root.time.override(providers.Object(time))
        if tries is not None:
            root.tries.override(providers.Object(tries))
        if kinds is not None:
            root.kinds.override(providers.Object(kinds))
        given = Given(settings, root.codec(), root.kinds(), root.database(), reach, time, root.tries(), root.parked)
        for port in SELECTORS:
            await _choose(port, root, settings, given, stack)
        setting = variable("hold_plans")
        plans = [await open_adapter(each, setting, given, stack) for each in settings.hold_plans]
        root.hold_plans.override(providers.Object([*root.hold_plans(), *plans]))
        root.outside_plans.override(providers.Object(plans))
        yield root


async def _choose(port: str, root: Root, settings: Settings, given: Given, stack: AsyncExitStack) -> None:
    """Open the adapter of a port, where it comes from outside; see that it can be had, where it is one of ours.

    Raises BadSettings.
    """
    chosen, setting = settings.adapter(port), variable("adapters", port)
    selector: providers.Selector[Any] = getattr(root, port)
    if ":" in chosen:
        made = await open_adapter(chosen, setting, given, stack)
        selector.set_providers(**selector.providers, **{chosen: providers.Object(made)})
        return
    others = set() if port in OF_URL else set(DATABASES) - {settings.database.technology}
    known = selector.providers.keys() - others
    if chosen not in known:
        said = getattr(settings.adapters, port)
        raise BadSettings(f"{setting}: must be {', '.join(sorted(known))} or module:factory, not {said!r}")


async def _open_database(
    settings: Settings, stack: AsyncExitStack, time: LedgerTime, clock: ServerClock
) -> MemoryDatabase | SqliteDatabase | ServerDatabase:
    chosen = settings.database
    if chosen.technology == "memory":
        return MemoryDatabase(time)
    path = chosen.path
    database: SqliteDatabase | ServerDatabase
    if path is None:
        database = ServerDatabase(chosen.url, dialect_of(chosen.technology), readers=chosen.readers, clock=clock)
    else:
        check_schema(path)
        database = SqliteDatabase(path, readers=chosen.readers)
    stack.push_async_callback(database.close)
    await database.open()
    if isinstance(database, ServerDatabase):
        await check_server(database)
    return database


def _replicas(settings: Settings, stack: AsyncExitStack, primary: object) -> tuple[ReplicaReads, ...]:
    """What answers queries beside the primary, one or none; connected when it is first asked."""
    chosen = settings.database
    if not chosen.replica_url or not isinstance(primary, ServerDatabase):
        return ()
    beside = ServerDatabase(chosen.replica_url, dialect_of(chosen.technology), readers=chosen.readers)
    replica = ReplicaReads(primary, beside, chosen.replica_lag_seconds)
    stack.push_async_callback(replica.close)
    return (replica,)


def _both(tally: FlowSink, log: FlowSink) -> FlowSink:
    def tell(flow: Flow) -> None:
        tally(flow)
        log(flow)

    return tell


def _sizes(database: object) -> Mapping[str, int]:
    """Bytes of the files that the database lies in, none where there is none."""
    return {"database": database.file_bytes, "log": database.log_bytes} if isinstance(database, SqliteDatabase) else {}


def _hear(tracer: Tracer | None, events: Broker, group: str, handler: Takes) -> None:
    """From now on this handler takes what is told, in the name of the group."""
    events.subscribe(group, handler if tracer is None else traced_consumer(tracer, group, handler))


def _keeps_nothing(root: Root) -> bool:
    """Whether the broker has everyone wait until every group has taken a message."""
    return isinstance(root.events(), InProcessBroker)


def _reachable(root: Root) -> Mapping[str, Reachable]:
    """The adapters that speak to a server, by what they are for."""
    ports = {
        "database": root.database(),
        "broker": root.broker(),
        "cache": root.availability_cache(),
        "search": root.search(),
    }
    if root.settings().adapter("objects") == "s3":  # what is here needs no server, and perhaps not its extra
        ports["objects"] = root.objects()
    return {name: adapter for name, adapter in ports.items() if isinstance(adapter, Reachable)}


def _keys(root: Root, sink: FlowSink) -> Keys:
    """What is done with keys; every change of one is observed, as commands are."""
    create: Handler = root.create_key()
    rotate: Handler = root.rotate_key()
    revoke: Handler = root.revoke_key()
    expire: Handler = root.expire_key()
    create, rotate, revoke, expire = (Observed(each, sink) for each in (create, rotate, revoke, expire))
    return Keys(create, rotate, revoke, expire, root.list_keys())


async def _archive(settings: Settings, root: Root, command: ArchiveLedger) -> ArchivedLedger:
    """Raises BadSettings where the archive would be forgotten before the ledger; what the handler raises."""
    if settings.adapter("objects") == "memory" and settings.adapter("ledger") != "memory":
        raise BadSettings(
            f"{variable('objects', 'url')}: memory: would forget the archive with this process: name a folder, or s3://…"
        )
    archived: ArchivedLedger = await root.archive()(command)
    return archived


def _purge(settings: Settings, root: Root) -> Callable[[], Awaitable[Purged]]:
    """Deletes what was kept for as long as the settings say."""
    requests, events = timedelta(days=settings.requests.retention_days), timedelta(days=settings.events.retention_days)
    promises = timedelta(days=settings.promises.retention_days)
    return partial(root.purge(), PurgeHistory(requests, events, messages=requests, promises=promises))


def _consume(settings: Settings, root: Root, commands: Mapping[type, Handler]) -> None:
    """From now on this process takes commands that come as messages."""
    # The published forms take a while to import, and most of what the command line does has no use for them.
    from entrypoints.messages.answer import AnswerCommands
    from entrypoints.messages.consumer import GROUP, CommandConsumer
    from entrypoints.messages.senders import Senders, senders_of

    async def handle(call: Call, command: Any) -> Any:
        return await commands[type(command)](call, command)

    channels: Channels = root.broker()
    answer = AnswerCommands(handle, root.codec().encode)
    senders = Senders(senders_of(settings.messages.senders))
    consumer = CommandConsumer(answer, channels(Channel.REPLIES), senders, settings, root.tracer())
    channels(Channel.COMMANDS).subscribe(GROUP, consumer)


def _worker(settings: Settings, root: Root) -> Worker:
    """The worker of this process with the jobs that are set; not started."""
    jobs: dict[str, Job] = {}
    finish: list[Finish] = []
    if settings.worker.deadlines:
        jobs["deadlines"] = root.fire_deadlines()
    if settings.worker.consumers:
        finish += [root.broker()(channel).drain for channel in (Channel.COMMANDS, Channel.REPLIES)]
    if settings.worker.relay:
        relay = root.relay()
        jobs["relay"] = relay
        finish.append(relay.close)
    if settings.worker.relay or settings.worker.consumers:
        finish.append(root.events().drain)
    searching: Searching = root.searching()
    if settings.worker.consumers and searching.on and _keeps_nothing(root):
        jobs["search"] = searching.fall_behind.catch_up
    if settings.worker.purge:
        jobs["purge"] = Regularly(_purge(settings, root), HOUR)
    return Worker(jobs, finish, Pace(poll=settings.worker.poll_seconds))
