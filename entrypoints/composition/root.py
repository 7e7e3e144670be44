"""The containers: every port with its Selector, every use case with its handler. A new one is one line here."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from os import getpid
from secrets import token_bytes, token_hex
from socket import gethostname
from time import monotonic
from typing import Any, Final

from dependency_injector import containers, providers

from adapters.acl.epcis.capture import EpcisDocuments
from adapters.encoding import JsonCodec
from adapters.grid.coverage import GridIndex
from adapters.inprocess.archived_walk import ArchivedWalk
from adapters.inprocess.goods_behind import SupplyGoodsBehind
from adapters.inprocess.node_days import NetworkDays
from adapters.inprocess.on_hand import StockOnHand
from adapters.inprocess.policies import TenancyPolicies
from adapters.inprocess.records import StockRecords
from adapters.inprocess.reservations_told import StockTells
from adapters.inprocess.routing import WarehouseRouting
from adapters.inprocess.supplying import SupplyAlternatives
from adapters.memory.archive import MemoryArchiveStore
from adapters.memory.audit import MemoryAuditSource, MemoryHistory, MemorySealStore
from adapters.memory.availability_cache import MemoryAvailabilityCache
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.broker import BrokerLimits, InProcessBroker, InProcessChannels, MemoryParkedMessages
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
from application.kernel.broker import Broker, Channel, Channels, Publisher
from application.kernel.deadlines import FireDeadlines
from application.kernel.entries import EnterHandler, Followed
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ledger_time import machine_time
from application.kernel.ports import LedgerStore, pass_by
from application.kernel.relay import Relay
from application.kernel.taking import Tries
from application.kernel.traced import TracedPublisher, TracedStore
from application.kernel.tracing import Tracer
from application.permissions.authenticate import Authenticate
from application.permissions.create_key import CreateKeyHandler
from application.permissions.expire_key import ExpireKeyHandler
from application.permissions.list_keys import ListKeysHandler
from application.permissions.rate import Rate, RateLimit
from application.permissions.revoke_key import RevokeKeyHandler
from application.permissions.rotate_key import RotateKeyHandler
from application.reconciliation.archive_ledger import ArchiveLedgerHandler
from application.reconciliation.audit_ledger import AuditLedgerHandler
from application.reconciliation.close_ledger import CloseLedgerHandler
from application.reconciliation.purge_history import PurgeHistoryHandler
from application.search.off import NoIndex
from application.sourcing.find_promise import FindPromise, FindPromiseHandler
from application.sourcing.kept import Keeping
from application.sourcing.make_promise import DropPromises, MakePromise
from application.sourcing.move_promised import PinReservation, RejectNode
from application.sourcing.moving import MoveHandler, ReservePooledHandler
from application.sourcing.offer import Tokens
from application.sourcing.planning import Planning
from application.sourcing.promising import (
    CommitHandler,
    MakePromiseHandler,
    MakePromisesHandler,
    Promising,
    ReservePromiseHandler,
    ReserveWantedHandler,
)
from application.sourcing.replay_promises import ReplayPromises, ReplayPromisesHandler
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import ReservePromise, ReserveWanted
from application.stock.approve_counts import ApproveCounts, ApproveCountsHandler
from application.stock.arrive_expected import ArriveExpected, ArriveExpectedHandler
from application.stock.balance_at import BalanceAt, BalanceAtHandler
from application.stock.commands import PLAIN, REGISTERING
from application.stock.count_stock import CountStock, CountStockHandler
from application.stock.enter import RegisterHandler
from application.stock.exchange_holds import ExchangeHolds, ExchangeHoldsHandler
from application.stock.expire_reservation import ExpireReservation
from application.stock.find_availability import FindAvailability, FindAvailabilityHandler
from application.stock.find_channel_stock import FindChannelStock, FindChannelStockHandler
from application.stock.find_expected import (
    FindExpected,
    FindExpectedHandler,
    FindReceiptPromises,
    FindReceiptPromisesHandler,
)
from application.stock.find_movements import FindMovements, FindMovementsHandler
from application.stock.find_quotas import FindQuotas, FindQuotasHandler
from application.stock.find_reservation import (
    FindReservation,
    FindReservationHandler,
    FindReservationsOfOrder,
    FindReservationsOfOrderHandler,
)
from application.stock.handle import StockHandler
from application.stock.list_goods import ListGoods, ListGoodsHandler
from application.stock.list_mappings import FindMeanings, FindMeaningsHandler, ListMappings, ListMappingsHandler
from application.stock.list_nodes import ListNodes, ListNodesHandler
from application.stock.list_proposals import ListProposals, ListProposalsHandler
from application.stock.move_supply import MoveSupply, MoveSupplyHandler
from application.stock.plan_ahead import PlanAhead
from application.stock.pools import Pools
from application.stock.propose_counts import ProposeCounts, ProposeCountsHandler
from application.stock.quotas import QuotaBook
from application.stock.registers import RegisterCache
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler
from application.stock.set_quotas import SetQuotas, SetQuotasHandler
from application.stock.take_in import TakeIn, TakeInHandler
from application.stock.withdraw_supply import WithdrawSupply, WithdrawSupplyHandler
from application.supply.list_items import ListItems, ListItemsHandler
from application.supply.list_supply import ListSupply, ListSupplyHandler
from application.supply.resolve_supply import ResolveSupply, ResolveSupplyHandler, Supplies
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply, SetSupplyHandler
from application.tenancy.explain_policy import ExplainPolicy, ExplainPolicyHandler, PolicyRules
from application.tenancy.list_policies import ListPolicies, ListPoliciesHandler
from application.tenancy.publish_policies import PublishPolicies
from application.warehouse.adjust_capacity import AdjustCapacity, AdjustCapacityHandler
from application.warehouse.enter import EnterRegisteredHandler
from application.warehouse.find_capacity import FindCapacity, FindCapacityHandler
from application.warehouse.find_node_points import FindNodePoints, FindNodePointsHandler
from application.warehouse.keep_capacity import KeepCapacity
from application.warehouse.list_network import ListNetwork, ListNetworkHandler
from application.warehouse.network import REGISTERS as NETWORK_REGISTERS
from application.warehouse.network import Network
from application.warehouse.ports import CoverageIndex
from application.warehouse.resolve_address import ResolveAddress, ResolveAddressHandler
from application.warehouse.route_address import RouteAddress, RouteAddressHandler
from application.warehouse.set_calendars import SetCalendars, SetCalendarsHandler
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from domain.kernel.account import AccountKind
from domain.permissions.key_text import RANDOM_BYTES
from domain.reconciliation.totals import SetAside, Supply, Transit
from domain.stock.expected import kinds as expected_kinds
from domain.stock.position import NONE, POSITION, SHIPMENT
from domain.stock.position import kinds as stock_kinds
from domain.stock.quota import POOL, QUOTAS, SHARE, UNPINNED
from domain.stock.quota import kinds as quota_kinds
from domain.supply.book import FOLLOWED as SUPPLY_REGISTERS
from domain.supply.book import SupplyBook
from domain.tenancy.book import FOLLOWED as POLICY_REGISTERS
from domain.tenancy.book import PolicyBook
from domain.warehouse.capacity import kinds as capacity_kinds
from entrypoints.composition.caching import asked_of, cache_name, caching_of
from entrypoints.composition.groups import groups_of
from entrypoints.composition.optional import optional, owned
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.promising import signer_of
from entrypoints.composition.searching import fts5_index, on_a_server, searching_of
from entrypoints.composition.servers import dialect_of_database
from entrypoints.composition.settings import Settings
from entrypoints.composition.warehouses import shipping_of, webhook_of
from entrypoints.composition.zones import zone_of


def own_kinds() -> tuple[AccountKind, ...]:
    """The kinds of account that this distribution declares. (A container copies what it is given; kinds are one.)"""
    declared = (stock_kinds(), quota_kinds(), expected_kinds(), capacity_kinds())
    return tuple(kind for kinds in declared for kind in kinds.values())


def supply() -> Supply:
    """What the oversell audit adds up."""
    return Supply(POSITION, "goods")


def transit() -> Transit:
    """What must happen on a shipment and at its receiver alike."""
    return Transit(SHIPMENT, POSITION, ("goods", "lot"))


def aside() -> SetAside:
    """What the pools of goods are compared with."""
    return SetAside(POOL, POSITION, ("channel", NONE), SHARE, UNPINNED, "goods")


def utc_now() -> datetime:
    """What the machine's clock shows, whatever is done to it."""
    return datetime.now(UTC)


def networks_of(index: Callable[[], CoverageIndex]) -> Callable[[], Network]:
    """What makes an empty network."""
    return partial(Network, index, zone_of)


def holder() -> str:
    """A name for this process's leases that no other has."""
    return f"{gethostname()[:64]}:{getpid()}:{token_hex(4)}"


def channel_of(channels: Channels, channel: Channel) -> Broker:
    """One channel of the configured broker."""
    return channels(channel)


def heard_by(events: Broker) -> Callable[[], bool]:
    """Whether anybody listens; of a broker outside this process that is not known."""
    if isinstance(events, InProcessBroker):
        return lambda: not events.silent
    return lambda: True


def traced_store(tracer: Tracer | None, store: LedgerStore) -> LedgerStore:
    return store if tracer is None else TracedStore(tracer, store)


def traced_publisher(tracer: Tracer | None, broker: Publisher) -> Publisher:
    return broker if tracer is None else TracedPublisher(tracer, broker)


def _seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def on_sql(made: providers.Provider[Any]) -> dict[str, providers.Provider[Any]]:
    """The same adapter for every database that speaks SQL."""
    return dict.fromkeys(("sqlite", "postgresql", "mariadb"), made)


def asked_through(replicas: Sequence[ReplicaReads], own: Any, *rest: Any) -> Any:
    """Who answers queries: what reads the replica, where there is one, and else what commands ask as well."""
    return SqlStockQueries(replicas[0], *rest) if replicas and isinstance(own, SqlStockQueries) else own


class Root(containers.DeclarativeContainer):
    """Made anew for each installation. What must be opened is opened before, and given: `database`."""

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
    statements = providers.Singleton(Statements, dialect)
    query_statements = providers.Singleton(QueryStatements, dialect)
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
        **on_sql(providers.Singleton(SqlHistory, database, time)),
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

    # -- commands -----------------------------------------------------------------------------------------------------

    limits = providers.Singleton(
        Limits,
        batch=settings.provided.committer.batch,
        accounts=settings.provided.committer.accounts,
        queue=settings.provided.committer.queue,
        reruns=settings.provided.committer.reruns,
    )
    quotas: providers.Singleton[Followed[QuotaBook]] = providers.Singleton(
        Followed,
        registers,
        providers.Object((QUOTAS,)),
        providers.Object(QuotaBook),
        providers.Object(monotonic),
    )
    committer = providers.Singleton(
        GroupCommitter,
        providers.Callable(traced_store, tracer, ledger),
        codec.provided.digest,
        limits,
        tracer,
        providers.Singleton(Pools, quotas.provided.seen),
    )
    cache = providers.Singleton(RegisterCache, registers, providers.Object(monotonic))
    register = providers.Singleton(RegisterHandler, committer, cache)
    stock = providers.Singleton(StockHandler, committer, cache)

    books: providers.Singleton[Followed[SupplyBook]] = providers.Singleton(
        Followed,
        registers,
        providers.Object(SUPPLY_REGISTERS),
        providers.Object(SupplyBook),
        providers.Object(monotonic),
    )
    supplies = providers.Singleton(Supplies, books, cache)
    published: providers.Singleton[Followed[PolicyBook]] = providers.Singleton(
        Followed,
        registers,
        providers.Object(POLICY_REGISTERS),
        providers.Object(PolicyBook),
        providers.Object(monotonic),
    )
    policy_rules = providers.Singleton(PolicyRules, published)

    networks: providers.Singleton[Followed[Network]] = providers.Singleton(
        Followed,
        registers,
        providers.Object(NETWORK_REGISTERS),
        providers.Callable(networks_of, coverage_index),
        providers.Object(monotonic),
    )
    enter_network = providers.Singleton(EnterHandler, committer, networks)
    enter_registered = providers.Singleton(EnterRegisteredHandler, enter_network, cache)

    clock: providers.Provider[Any] = providers.Object(utc_now)
    on_hand = providers.Singleton(StockOnHand, stock_queries, quotas)
    supplying = providers.Singleton(SupplyAlternatives, supplies)
    rules = providers.Singleton(TenancyPolicies, policy_rules)
    planning = providers.Singleton(
        Planning,
        supplying,
        providers.Singleton(WarehouseRouting, networks),
        on_hand,
        rules,
        solver,
    )
    promising = providers.Singleton(
        Promising,
        planning,
        on_hand,
        providers.Singleton(Tokens, providers.Singleton(signer_of, settings), codec),
        codec,
        clock,
        providers.Callable(_seconds, settings.provided.promises.valid_seconds),
        providers.Callable(_seconds, settings.provided.reservations.hold_seconds),
    )
    keeping = providers.Singleton(Keeping, stock_queries, codec)
    told = providers.Singleton(StockTells)
    reserve_pooled = providers.Singleton(
        ReservePooledHandler, committer, promising, supplying, on_hand, told, outside_plans
    )
    move_promised = providers.Singleton(MoveHandler, committer, promising, stock_queries, stock_queries, told)

    node_days = providers.Singleton(NetworkDays, networks)
    adjust_capacity = providers.Singleton(AdjustCapacityHandler, committer, networks, stock_queries)
    plan_ahead = providers.Singleton(PlanAhead, stock_queries, node_days)

    commands = providers.Dict(
        {
            **dict.fromkeys(REGISTERING, register),
            **dict.fromkeys(PLAIN, stock),
            ReserveStock: providers.Singleton(ReserveStockHandler, committer, cache, hold_plans, quotas, plan_ahead),
            ExchangeHolds: providers.Singleton(ExchangeHoldsHandler, committer, cache, node_days),
            WithdrawSupply: providers.Singleton(WithdrawSupplyHandler, committer, cache, stock_queries),
            MoveSupply: providers.Singleton(MoveSupplyHandler, committer, cache, stock_queries),
            ArriveExpected: providers.Singleton(ArriveExpectedHandler, committer, cache, stock_queries),
            AdjustCapacity: adjust_capacity,
            SetQuotas: providers.Singleton(
                SetQuotasHandler,
                committer,
                cache,
                providers.Singleton(SupplyGoodsBehind, supplies),
                stock_queries,
                stock_queries,
                quotas,
            ),
            CountStock: providers.Singleton(CountStockHandler, committer, cache, stock_queries),
            ProposeCounts: providers.Singleton(ProposeCountsHandler, committer, cache, stock_queries),
            ApproveCounts: providers.Singleton(
                ApproveCountsHandler, committer, cache, stock_queries, stock_queries, stock_queries, stock_queries
            ),
            TakeIn: providers.Singleton(TakeInHandler, committer, cache),
            SetRelations: enter_registered,
            SetSites: providers.Singleton(
                KeepCapacity, enter_registered, networks, adjust_capacity, providers.Object(utc_now)
            ),
            **dict.fromkeys((SetRegions, SetPostcodes), enter_network),
            SetCalendars: providers.Singleton(
                KeepCapacity,
                providers.Singleton(SetCalendarsHandler, enter_network, providers.Object(zone_of)),
                networks,
                adjust_capacity,
                providers.Object(utc_now),
            ),
            SetItems: providers.Singleton(EnterHandler, committer, books),
            SetSupply: providers.Singleton(SetSupplyHandler, committer, cache, books),
            PublishPolicies: providers.Singleton(EnterHandler, committer, published),
            MakePromise: providers.Singleton(MakePromiseHandler, committer, promising, keeping),
            ReservePromise: providers.Singleton(
                ReservePromiseHandler, committer, promising, keeping, told, kinds, outside_plans
            ),
            ReserveWanted: providers.Singleton(ReserveWantedHandler, committer, promising, told, outside_plans),
            ReservePooled: reserve_pooled,
            **dict.fromkeys((PinReservation, RejectNode), move_promised),
            DropPromises: providers.Singleton(CommitHandler, committer),
        }
    )
    make_promises = providers.Singleton(MakePromisesHandler, promising)
    epcis = providers.Singleton(EpcisDocuments, stock_queries)
    webhook = providers.Singleton(webhook_of, settings, stock_queries)
    shipping = providers.Singleton(shipping_of, settings, codec, leaving)

    # -- queries ------------------------------------------------------------------------------------------------------

    caching = providers.Singleton(
        caching_of, settings, availability_cache, stock_queries, outbox, codec, providers.Object(utc_now)
    )
    availability = providers.Callable(asked_of, caching, stock_asked)
    queries = providers.Dict(
        {
            FindPromise: providers.Singleton(FindPromiseHandler, keeping),
            ReplayPromises: providers.Singleton(ReplayPromisesHandler, keeping, rules, kinds),
            FindAvailability: providers.Singleton(FindAvailabilityHandler, availability),
            FindReservation: providers.Singleton(FindReservationHandler, stock_asked),
            FindReservationsOfOrder: providers.Singleton(FindReservationsOfOrderHandler, stock_asked),
            FindMovements: providers.Singleton(FindMovementsHandler, stock_asked),
            BalanceAt: providers.Singleton(BalanceAtHandler, stock_asked),
            ListGoods: providers.Singleton(ListGoodsHandler, stock_asked),
            ListNodes: providers.Singleton(ListNodesHandler, stock_asked),
            FindMeanings: providers.Singleton(FindMeaningsHandler, stock_queries),
            ListMappings: providers.Singleton(ListMappingsHandler, stock_asked),
            ListProposals: providers.Singleton(ListProposalsHandler, stock_asked),
            FindQuotas: providers.Singleton(FindQuotasHandler, quotas, stock_queries, stock_queries),
            FindChannelStock: providers.Singleton(FindChannelStockHandler, quotas, stock_queries, stock_queries),
            FindExpected: providers.Singleton(FindExpectedHandler, stock_asked),
            FindReceiptPromises: providers.Singleton(FindReceiptPromisesHandler, stock_asked),
            FindCapacity: providers.Singleton(FindCapacityHandler, networks, stock_asked),
            ListNetwork: providers.Singleton(ListNetworkHandler, stock_asked),
            FindNodePoints: providers.Singleton(FindNodePointsHandler, networks),
            ResolveAddress: providers.Singleton(ResolveAddressHandler, networks),
            RouteAddress: providers.Singleton(RouteAddressHandler, networks, providers.Object(utc_now)),
            ListItems: providers.Singleton(ListItemsHandler, stock_asked),
            ListSupply: providers.Singleton(ListSupplyHandler, stock_asked),
            ListPolicies: providers.Singleton(ListPoliciesHandler, policy_rules),
            ExplainPolicy: providers.Singleton(ExplainPolicyHandler, policy_rules),
            ResolveSupply: providers.Singleton(ResolveSupplyHandler, supplies, providers.Object(utc_now)),
        }
    )

    records = providers.Singleton(StockRecords, stock_queries)
    searching = providers.Singleton(
        searching_of, settings, search, whole_walk, records, kinds, codec, providers.Object(utc_now), parked
    )

    # -- who calls ----------------------------------------------------------------------------------------------------

    wall = providers.Object(utc_now)
    random = providers.Object(partial(token_bytes, RANDOM_BYTES))
    create_key = providers.Singleton(CreateKeyHandler, keys, wall, random)
    rotate_key = providers.Singleton(RotateKeyHandler, keys, wall, random)
    revoke_key = providers.Singleton(RevokeKeyHandler, keys, wall)
    expire_key = providers.Singleton(ExpireKeyHandler, keys, wall)
    list_keys = providers.Singleton(ListKeysHandler, keys, wall)
    remember = providers.Callable(_seconds, settings.provided.keys.cache_seconds)
    authenticate = providers.Singleton(Authenticate, keys, remember, wall)
    bucket = providers.Factory(Rate, settings.provided.rate.per_second, settings.provided.rate.burst)
    rate = providers.Singleton(RateLimit, bucket)

    # -- the whole ledger ---------------------------------------------------------------------------------------------

    audit = providers.Singleton(
        AuditLedgerHandler,
        audit_source,
        providers.Callable(supply),
        providers.Callable(transit),
        objects.provider,
        providers.Callable(aside),
    )
    archive = providers.Singleton(ArchiveLedgerHandler, archive_store, objects.provider, reach)
    close = providers.Singleton(CloseLedgerHandler, seals)

    # -- jobs of the worker -------------------------------------------------------------------------------------------

    relay = providers.Singleton(
        Relay,
        outbox,
        providers.Callable(traced_publisher, tracer, events),
        providers.Callable(holder),
        reach=reach,
        heard=providers.Callable(heard_by, events),
    )
    fire_deadlines = providers.Singleton(
        FireDeadlines,
        deadlines,
        committer,
        providers.Object(ExpireReservation),
        wall=providers.Object(utc_now),
        reach=reach,
    )
    purge = providers.Singleton(PurgeHistoryHandler, history, outbox, inbox, fire_deadlines.provided.trusted)


SELECTORS: Final = tuple(name for name, made in Root.providers.items() if isinstance(made, providers.Selector))
"""The ports whose adapter may come from outside, by the name of their Selector and of their setting."""
