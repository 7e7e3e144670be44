"""The ports, with their adapters: a Selector each. A new one is one line here."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cache
from importlib.metadata import version
from os import getpid
from secrets import token_hex
from socket import gethostname
from time import monotonic
from typing import Any, Final

from dependency_injector import containers, providers

from adapters.encoding import JsonCodec
from adapters.grid.coverage import GridIndex
from adapters.inprocess.archived_walk import ArchivedWalk
from adapters.memory.archive import MemoryArchiveStore
from adapters.memory.audit import MemoryAuditSource, MemoryHistory, MemorySealStore
from adapters.memory.availability_cache import MemoryAvailabilityCache
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.broker import BrokerLimits, InProcessChannels, MemoryParkedMessages
from adapters.memory.deadlines import MemoryDeadlines
from adapters.memory.keys import MemoryKeys
from adapters.memory.ledger import MemoryLedgerStore
from adapters.memory.ledger_walk import MemoryLedgerWalk
from adapters.memory.outbox import MemoryInbox, MemoryOutbox
from adapters.memory.registers import MemoryRegisterFeed
from adapters.memory.stock_queries import MemoryStockQueries
from adapters.sql.accounts import AccountIds
from adapters.sql.archive import SqlArchiveStore
from adapters.sql.audit import SqlAuditSource
from adapters.sql.backlog import SqlBacklog
from adapters.sql.deadlines import SqlDeadlines
from adapters.sql.history import SqlHistory
from adapters.sql.inbox import SqlInbox, SqlParkedMessages
from adapters.sql.keys import SqlKeys
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.ledger_walk import SqlLedgerWalk
from adapters.sql.outbox import SqlOutbox
from adapters.sql.query_statements import QueryStatements
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.replica import ReplicaReads
from adapters.sql.seals import SqlSealStore
from adapters.sql.statements import Statements
from adapters.sql.stock_queries import SqlStockQueries
from application.kernel.broker import Broker, Channel, Channels
from application.kernel.ledger_time import machine_time
from application.kernel.ports import pass_by
from application.kernel.taking import Tries
from application.search.off import NoIndex
from domain.kernel.account import AccountKind
from domain.stock.expected import kinds as expected_kinds
from domain.stock.position import kinds as stock_kinds
from domain.stock.quota import kinds as quota_kinds
from domain.warehouse.capacity import kinds as capacity_kinds
from entrypoints.composition.caching import cache_name
from entrypoints.composition.groups import groups_of
from entrypoints.composition.optional import optional, owned
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.searching import fts5_index, on_a_server
from entrypoints.composition.servers import dialect_of_database
from entrypoints.composition.settings import Settings


def own_kinds() -> tuple[AccountKind, ...]:
    """The kinds of account that this distribution declares. (A container copies what it is given; kinds are one.)"""
    declared = (stock_kinds(), quota_kinds(), expected_kinds(), capacity_kinds())
    return tuple(kind for kinds in declared for kind in kinds.values())


def holder() -> str:
    """A name for this process's leases that no other has."""
    return f"{gethostname()[:64]}:{getpid()}:{token_hex(4)}"


def channel_of(channels: Channels, channel: Channel) -> Broker:
    """One channel of the configured broker."""
    return channels(channel)


def on_sql(made: providers.Provider[Any]) -> dict[str, providers.Provider[Any]]:
    """The same adapter for every database that speaks SQL."""
    return dict.fromkeys(("sqlite", "postgresql", "mariadb"), made)


def asked_through(replicas: Sequence[ReplicaReads], own: Any, *rest: Any) -> Any:
    """Who answers queries: what reads the replica, where there is one, and else what commands ask as well."""
    return SqlStockQueries(replicas[0], *rest) if replicas and isinstance(own, SqlStockQueries) else own


class Ports(containers.DeclarativeContainer):
    """What stands behind each, by the settings. What must be opened is opened before, and given: `database`."""

    settings = providers.Dependency(instance_of=Settings)
    database: providers.Dependency[object] = providers.Dependency()
    replicas: providers.Provider[Any] = providers.Object(())
    reach = providers.Object(pass_by)
    leaving: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)
    hold_plans = providers.Object(())
    outside_plans = providers.Object(())

    codec = providers.Singleton(JsonCodec)
    kinds = providers.Singleton(kinds_of, providers.Callable(own_kinds), settings.provided.kinds)
    dialect = providers.Singleton(dialect_of_database, database)
    statements = providers.Singleton(cache(Statements), dialect)
    query_statements = providers.Singleton(cache(QueryStatements), dialect)
    ids = providers.Singleton(AccountIds, kinds)
    time = providers.Singleton(machine_time)
    tries = providers.Singleton(Tries)

    # -- ports: one Selector each -------------------------------------------------------------------------------------

    tracer = providers.Selector(
        settings.provided.adapter.call("tracer"),
        none=providers.Object(None),
        opentelemetry=providers.Singleton(
            owned,
            leaving,
            optional("adapters.telemetry.tracing:OpenTelemetry", "telemetry"),
            settings.provided.traces.url,
            settings.provided.traces.share,
            providers.Callable(version, "entrepot"),
            providers.Callable(holder),
        ),
    )

    sql_ledger = providers.Singleton(SqlLedgerStore, database, statements, ids, codec, time, reach)
    ledger = providers.Selector(
        settings.provided.adapter.call("ledger"),
        memory=providers.Singleton(MemoryLedgerStore, database, reach),
        **on_sql(sql_ledger),
    )
    registers = providers.Selector(
        settings.provided.adapter.call("registers"),
        memory=providers.Singleton(MemoryRegisterFeed, database),
        **on_sql(providers.Singleton(SqlRegisterFeed, database, dialect, codec)),
    )

    stock_queries = providers.Selector(
        settings.provided.adapter.call("stock_queries"),
        memory=providers.Singleton(MemoryStockQueries, database),
        **on_sql(providers.Singleton(SqlStockQueries, database, statements, query_statements, kinds, codec)),
    )
    stock_asked = providers.Singleton(
        asked_through, replicas, stock_queries, statements, query_statements, kinds, codec
    )
    outbox = providers.Selector(
        settings.provided.adapter.call("outbox"),
        memory=providers.Singleton(MemoryOutbox, database, codec),
        **on_sql(providers.Singleton(SqlOutbox, database, time)),
    )
    availability_cache = providers.Selector(
        settings.provided.adapter.call("availability_cache"),
        none=providers.Object(None),
        memory=providers.Singleton(
            owned,
            leaving,
            providers.Object(MemoryAvailabilityCache),
            settings.provided.cache.seconds,
            settings.provided.cache.entries,
            providers.Object(monotonic),
        ),
        redis=providers.Singleton(
            owned,
            leaving,
            optional("adapters.redis.availability:RedisAvailabilityCache", "redis"),
            settings.provided.cache.url,
            providers.Singleton(cache_name, settings),
            settings.provided.cache.seconds,
            settings.provided.cache.patience_seconds,
            settings.provided.cache.connections,
        ),
    )
    broker_limits = providers.Singleton(
        BrokerLimits,
        attempts=tries.provided.attempts,
        first_wait=tries.provided.first_wait,
        longest_wait=tries.provided.longest_wait,
    )
    parked = providers.Selector(
        settings.provided.adapter.call("parked"),
        memory=providers.Singleton(MemoryParkedMessages, database),
        **on_sql(providers.Singleton(SqlParkedMessages, database, time)),
    )
    known_groups = providers.Singleton(groups_of, settings)
    outside = (settings.provided.broker, parked, tries, known_groups)
    broker = providers.Selector(
        settings.provided.adapter.call("broker"),
        inprocess=providers.Singleton(InProcessChannels, parked, broker_limits),
        redis=providers.Singleton(owned, leaving, optional("adapters.redis.streams:redis_streams", "redis"), *outside),
        rabbitmq=providers.Singleton(
            owned, leaving, optional("adapters.rabbitmq.channels:rabbitmq", "rabbitmq"), *outside
        ),
        nats=providers.Singleton(owned, leaving, optional("adapters.nats.channels:nats_channels", "nats"), *outside),
        kafka=providers.Singleton(
            owned, leaving, optional("adapters.kafka.channels:kafka_channels", "kafka"), *outside
        ),
    )
    events = providers.Singleton(channel_of, broker, Channel.EVENTS)
    inbox = providers.Selector(
        settings.provided.adapter.call("inbox"),
        memory=providers.Singleton(MemoryInbox, database, reach),
        **on_sql(providers.Singleton(SqlInbox, database, time, reach)),
    )
    deadlines = providers.Selector(
        settings.provided.adapter.call("deadlines"),
        memory=providers.Singleton(MemoryDeadlines, database),
        **on_sql(providers.Singleton(SqlDeadlines, database, time)),
    )

    backlog = providers.Selector(
        settings.provided.adapter.call("backlog"),
        memory=providers.Singleton(MemoryBacklog, database),
        **on_sql(providers.Singleton(SqlBacklog, database, time)),
    )
    keys = providers.Selector(
        settings.provided.adapter.call("keys"),
        memory=providers.Singleton(MemoryKeys, database),
        **on_sql(providers.Singleton(SqlKeys, database)),
    )

    audit_source = providers.Selector(
        settings.provided.adapter.call("audit_source"),
        memory=providers.Singleton(MemoryAuditSource, database),
        **on_sql(providers.Singleton(SqlAuditSource, database, codec, kinds)),
    )
    seals = providers.Selector(
        settings.provided.adapter.call("seals"),
        memory=providers.Singleton(MemorySealStore, database),
        **on_sql(providers.Singleton(SqlSealStore, database, codec, kinds)),
    )
    archive_store = providers.Selector(
        settings.provided.adapter.call("archive_store"),
        memory=providers.Singleton(MemoryArchiveStore, database),
        **on_sql(providers.Singleton(SqlArchiveStore, database, codec, kinds)),
    )
    history = providers.Selector(
        settings.provided.adapter.call("history"),
        memory=providers.Singleton(MemoryHistory, database),
        **on_sql(providers.Singleton(SqlHistory, database, time, codec)),
    )

    objects = providers.Selector(
        settings.provided.adapter.call("objects"),
        memory=providers.Singleton(
            optional("adapters.objectstore.objects:objects_in_memory", "objects"),
            settings.provided.objects.largest_bytes,
        ),
        local=providers.Singleton(
            optional("adapters.objectstore.objects:objects_in_folder", "objects"),
            settings.provided.objects.url,
            settings.provided.objects.largest_bytes,
        ),
        s3=providers.Singleton(
            optional("adapters.objectstore.objects:objects_in_s3", "objects"),
            settings.provided.objects.url,
            settings.provided.objects.largest_bytes,
            settings.provided.objects.patience_seconds,
        ),
    )

    ledger_walk = providers.Selector(
        settings.provided.adapter.call("ledger_walk"),
        memory=providers.Singleton(MemoryLedgerWalk, database),
        **on_sql(providers.Singleton(SqlLedgerWalk, database, codec, kinds)),
    )
    whole_walk = providers.Singleton(
        owned, leaving, providers.Object(ArchivedWalk), ledger_walk, archive_store, objects.provider, kinds
    )
    search = providers.Selector(
        settings.provided.adapter.call("search"),
        none=providers.Singleton(NoIndex),
        fts5=providers.Singleton(owned, leaving, providers.Object(fts5_index), settings.provided.search),
        elasticsearch=providers.Singleton(
            owned,
            leaving,
            providers.Object(
                on_a_server(optional("adapters.elasticsearch.elastic:elasticsearch_index", "elasticsearch"))
            ),
            settings.provided.search,
        ),
        opensearch=providers.Singleton(
            owned,
            leaving,
            providers.Object(on_a_server(optional("adapters.elasticsearch.opensearch:opensearch_index", "opensearch"))),
            settings.provided.search,
        ),
    )

    solver = providers.Selector(
        settings.provided.adapter.call("solver"),
        none=providers.Object(None),
        highs=providers.Singleton(optional("adapters.highs.solver:HighsSolver", "solver")),
    )
    coverage_index = providers.Selector(
        settings.provided.adapter.call("coverage_index"), grid=providers.Object(GridIndex)
    )


SELECTORS: Final = tuple(name for name, made in Ports.providers.items() if isinstance(made, providers.Selector))
"""The ports whose adapter may come from outside, by the name of their Selector and of their setting."""
