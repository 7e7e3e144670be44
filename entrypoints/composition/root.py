"""The composition root: every use case with its handler, on those ports. A new one is one line here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_bytes
from time import monotonic
from typing import Any, Final

from dependency_injector import providers

from adapters.acl.epcis.capture import EpcisDocuments
from adapters.inprocess.days_now import NetworkDaysNow
from adapters.inprocess.goods_behind import SupplyGoodsBehind
from adapters.inprocess.node_days import NetworkDays
from adapters.inprocess.on_hand import StockOnHand
from adapters.inprocess.policies import TenancyPolicies
from adapters.inprocess.records import StockRecords
from adapters.inprocess.reservations_told import StockTells
from adapters.inprocess.routing import WarehouseRouting
from adapters.inprocess.supplying import SupplyAlternatives
from adapters.memory.broker import InProcessBroker
from application.kernel.broker import Broker, Publisher
from application.kernel.deadlines import FireDeadlines
from application.kernel.entries import EnterHandler, Followed
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ports import LedgerStore
from application.kernel.register_pages import ListRegister
from application.kernel.relay import Relay
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
from application.reconciliation.ports import Passing
from application.reconciliation.purge_history import PurgeHistoryHandler
from application.sourcing.drop_old_promises import DropOldPromises
from application.sourcing.drop_promises import DropPromises
from application.sourcing.find_promise import FindPromise, FindPromiseHandler
from application.sourcing.kept import DROPPED, PROMISES, Keeping
from application.sourcing.make_promise import MakePromise, MakePromiseHandler
from application.sourcing.make_promises import MakePromisesHandler
from application.sourcing.offer import Tokens
from application.sourcing.pin_reservation import PinReservation, PinReservationHandler
from application.sourcing.planning import Planning
from application.sourcing.promising import Promising
from application.sourcing.reject_node import RejectNode, RejectNodeHandler
from application.sourcing.replanning import Replanning
from application.sourcing.replay_promises import ReplayPromises, ReplayPromisesHandler
from application.sourcing.reserve_pooled import ReservePooled, ReservePooledHandler
from application.sourcing.reserve_promise import ReservePromise, ReservePromiseHandler
from application.sourcing.reserve_wanted import ReserveWanted, ReserveWantedHandler
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
from application.stock.keep_capture import (
    CAPTURES,
    FindCapture,
    FindCaptureHandler,
    KeepCapture,
    ListCaptures,
    ListCapturesHandler,
)
from application.stock.list_goods import ListGoods
from application.stock.list_mappings import FindMeanings, FindMeaningsHandler, ListMappings, ListMappingsHandler
from application.stock.list_nodes import ListNodes
from application.stock.list_proposals import ListProposals, ListProposalsHandler
from application.stock.move_supply import MoveSupply, MoveSupplyHandler
from application.stock.plan_ahead import PlanAhead
from application.stock.pools import Pools
from application.stock.propose_counts import ProposeCounts, ProposeCountsHandler
from application.stock.quotas import QuotaBook
from application.stock.registers import RegisterCache
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler
from application.stock.set_quotas import SetQuotas, SetQuotasHandler
from application.stock.take_in import TakeIn, TakeInHandler, TakeInTogether, TakeInTogetherHandler
from application.stock.withdraw_supply import WithdrawSupply, WithdrawSupplyHandler
from application.supply.list_items import ListItems
from application.supply.list_supply import ListSupply
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
from application.warehouse.network import FOLLOWED as NETWORK_REGISTERS
from application.warehouse.network import Network
from application.warehouse.ports import CoverageIndex
from application.warehouse.resolve_address import ResolveAddress, ResolveAddressHandler
from application.warehouse.route_address import RouteAddress, RouteAddressHandler
from application.warehouse.set_calendars import SetCalendars, SetCalendarsHandler
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from domain.permissions.key_text import RANDOM_BYTES
from domain.reconciliation.totals import SetAside, Supply, Transit
from domain.stock.position import NONE, POSITION, SHIPMENT
from domain.stock.quota import EXCLUSIVES, POOL, QUOTAS, SHARE, UNPINNED
from domain.supply.book import FOLLOWED as SUPPLY_REGISTERS
from domain.supply.book import SupplyBook
from domain.tenancy.book import FOLLOWED as POLICY_REGISTERS
from domain.tenancy.book import PolicyBook
from entrypoints.composition.caching import asked_of, caching_of
from entrypoints.composition.ports import Ports, holder
from entrypoints.composition.promising import signer_of
from entrypoints.composition.searching import searching_of
from entrypoints.composition.warehouses import shipping_of, webhook_of
from entrypoints.composition.zones import zone_of


def supply() -> Supply:
    """What the oversell audit adds up."""
    return Supply(POSITION, "goods")


def transit() -> Transit:
    """What must happen on a shipment and at its receiver alike."""
    return Transit(SHIPMENT, POSITION, ("goods", "lot"))


def aside() -> SetAside:
    """What the pools of goods are compared with."""
    return SetAside(POOL, POSITION, ("channel", NONE), SHARE, UNPINNED, "goods")


PASSING: Final = (Passing(CAPTURES), Passing(PROMISES, DROPPED))
"""Register entries that are kept as long as requests are, and no longer."""


def utc_now() -> datetime:
    """What the machine's clock shows, whatever is done to it."""
    return datetime.now(UTC)


def networks_of(index: Callable[[], CoverageIndex]) -> Callable[[], Network]:
    """What makes an empty network."""
    return partial(Network, index, zone_of)


def followed(registers: providers.Provider[Any], view: providers.Provider[Any]) -> providers.Singleton[Followed[Any]]:
    """What follows the entries of registers into a view of this process."""
    return providers.Singleton(Followed, Ports.registers, registers, view, providers.Object(monotonic))


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


class Root(Ports):
    """Made anew for each installation."""

    # -- commands -----------------------------------------------------------------------------------------------------

    limits = providers.Singleton(
        Limits,
        batch=Ports.settings.provided.committer.batch,
        accounts=Ports.settings.provided.committer.accounts,
        queue=Ports.settings.provided.committer.queue,
        reruns=Ports.settings.provided.committer.reruns,
    )
    quotas: providers.Singleton[Followed[QuotaBook]] = followed(
        providers.Object((QUOTAS, EXCLUSIVES)), providers.Object(QuotaBook)
    )
    committer = providers.Singleton(
        GroupCommitter,
        providers.Callable(traced_store, Ports.tracer, Ports.ledger),
        Ports.codec.provided.digest,
        limits,
        Ports.tracer,
        providers.Singleton(Pools, quotas.provided.seen),
    )
    cache = providers.Singleton(RegisterCache, Ports.registers, providers.Object(monotonic))
    stock = providers.Singleton(StockHandler, committer, cache)

    books: providers.Singleton[Followed[SupplyBook]] = followed(
        providers.Object(SUPPLY_REGISTERS), providers.Object(SupplyBook)
    )
    supplies = providers.Singleton(Supplies, books, cache)
    published: providers.Singleton[Followed[PolicyBook]] = followed(
        providers.Object(POLICY_REGISTERS), providers.Object(PolicyBook)
    )
    policy_rules = providers.Singleton(PolicyRules, published)

    networks: providers.Singleton[Followed[Network]] = followed(
        providers.Object(NETWORK_REGISTERS), providers.Callable(networks_of, Ports.coverage_index)
    )
    register = providers.Singleton(RegisterHandler, committer, cache, networks)
    enter_network = providers.Singleton(EnterHandler, committer, networks)
    enter_registered = providers.Singleton(EnterRegisteredHandler, enter_network, cache)

    clock: providers.Provider[Any] = providers.Object(utc_now)
    on_hand = providers.Singleton(StockOnHand, Ports.stock_queries, quotas)
    supplying = providers.Singleton(SupplyAlternatives, supplies)
    rules = providers.Singleton(TenancyPolicies, policy_rules)
    planning = providers.Singleton(
        Planning,
        supplying,
        providers.Singleton(WarehouseRouting, networks),
        on_hand,
        rules,
        Ports.solver,
    )
    promising = providers.Singleton(
        Promising,
        planning,
        on_hand,
        providers.Singleton(Tokens, providers.Singleton(signer_of, Ports.settings), Ports.codec),
        Ports.codec,
        clock,
        providers.Callable(_seconds, Ports.settings.provided.promises.valid_seconds),
        providers.Callable(_seconds, Ports.settings.provided.reservations.hold_seconds),
    )
    keeping = providers.Singleton(Keeping, Ports.stock_queries, Ports.codec)
    told = providers.Singleton(StockTells)
    reserve_pooled = providers.Singleton(
        ReservePooledHandler, committer, promising, rules, supplying, on_hand, told, Ports.outside_plans
    )
    replanning = providers.Singleton(
        Replanning,
        committer,
        promising,
        reservations=Ports.stock_queries,
        entries=Ports.stock_queries,
        tells=told,
    )

    node_days = providers.Singleton(NetworkDays, networks, Ports.stock_queries)
    adjust_capacity = providers.Singleton(AdjustCapacityHandler, committer, networks, Ports.stock_queries)
    plan_ahead = providers.Singleton(PlanAhead, Ports.stock_queries, node_days)

    commands = providers.Dict(
        {
            **dict.fromkeys(REGISTERING, register),
            **dict.fromkeys(PLAIN, stock),
            ReserveStock: providers.Singleton(
                ReserveStockHandler, committer, cache, Ports.hold_plans, quotas, plan_ahead
            ),
            ExchangeHolds: providers.Singleton(ExchangeHoldsHandler, committer, cache, node_days),
            WithdrawSupply: providers.Singleton(WithdrawSupplyHandler, committer, cache, Ports.stock_queries),
            MoveSupply: providers.Singleton(MoveSupplyHandler, committer, cache, Ports.stock_queries),
            ArriveExpected: providers.Singleton(ArriveExpectedHandler, committer, cache, Ports.stock_queries),
            AdjustCapacity: adjust_capacity,
            SetQuotas: providers.Singleton(
                SetQuotasHandler,
                committer,
                cache,
                behind=providers.Singleton(SupplyGoodsBehind, supplies),
                accounts=Ports.stock_queries,
                stock=Ports.stock_queries,
                quotas=quotas,
            ),
            CountStock: providers.Singleton(CountStockHandler, committer, cache, Ports.stock_queries),
            ProposeCounts: providers.Singleton(ProposeCountsHandler, committer, cache, Ports.stock_queries),
            ApproveCounts: providers.Singleton(
                ApproveCountsHandler,
                committer,
                cache,
                reader=Ports.stock_queries,
                balances=Ports.stock_queries,
                movements=Ports.stock_queries,
                holders=Ports.stock_queries,
            ),
            TakeIn: providers.Singleton(TakeInHandler, committer, cache, balances=Ports.stock_queries),
            TakeInTogether: providers.Singleton(TakeInTogetherHandler, committer, cache),
            KeepCapture: stock,
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
                ReservePromiseHandler,
                committer,
                promising,
                keeping,
                providers.Singleton(NetworkDaysNow, networks),
                cache,
                told,
                Ports.kinds,
                Ports.outside_plans,
            ),
            ReserveWanted: providers.Singleton(ReserveWantedHandler, committer, promising, told, Ports.outside_plans),
            ReservePooled: reserve_pooled,
            PinReservation: providers.Singleton(PinReservationHandler, replanning),
            RejectNode: providers.Singleton(RejectNodeHandler, replanning),
            DropPromises: committer.provided.submit,
        }
    )
    make_promises = providers.Singleton(MakePromisesHandler, promising)
    epcis = providers.Singleton(EpcisDocuments, Ports.stock_queries)
    webhook = providers.Singleton(webhook_of, Ports.settings, Ports.stock_queries)
    shipping = providers.Singleton(shipping_of, Ports.settings, Ports.codec, Ports.leaving)

    # -- queries ------------------------------------------------------------------------------------------------------

    caching = providers.Singleton(
        caching_of,
        Ports.settings,
        Ports.availability_cache,
        Ports.stock_asked,
        Ports.outbox,
        Ports.codec,
        providers.Object(utc_now),
    )
    availability = providers.Callable(asked_of, caching, Ports.stock_asked)
    queries = providers.Dict(
        {
            FindPromise: providers.Singleton(FindPromiseHandler, keeping),
            ReplayPromises: providers.Singleton(ReplayPromisesHandler, keeping, rules, Ports.kinds),
            FindAvailability: providers.Singleton(FindAvailabilityHandler, availability),
            FindReservation: providers.Singleton(FindReservationHandler, Ports.stock_asked),
            FindReservationsOfOrder: providers.Singleton(FindReservationsOfOrderHandler, Ports.stock_asked),
            FindMovements: providers.Singleton(FindMovementsHandler, Ports.stock_asked),
            BalanceAt: providers.Singleton(BalanceAtHandler, Ports.stock_asked),
            **dict.fromkeys(
                (ListGoods, ListNodes, ListItems, ListSupply), providers.Singleton(ListRegister, Ports.stock_asked)
            ),
            FindCapture: providers.Singleton(FindCaptureHandler, Ports.stock_queries),
            ListCaptures: providers.Singleton(ListCapturesHandler, Ports.stock_queries),
            FindMeanings: providers.Singleton(FindMeaningsHandler, Ports.stock_queries),
            ListMappings: providers.Singleton(ListMappingsHandler, Ports.stock_asked),
            ListProposals: providers.Singleton(ListProposalsHandler, Ports.stock_asked),
            FindQuotas: providers.Singleton(
                FindQuotasHandler, quotas, accounts=Ports.stock_queries, stock=Ports.stock_queries
            ),
            FindChannelStock: providers.Singleton(
                FindChannelStockHandler, quotas, accounts=Ports.stock_queries, stock=Ports.stock_queries
            ),
            FindExpected: providers.Singleton(FindExpectedHandler, Ports.stock_asked),
            FindReceiptPromises: providers.Singleton(FindReceiptPromisesHandler, Ports.stock_asked),
            FindCapacity: providers.Singleton(FindCapacityHandler, networks, Ports.stock_asked),
            ListNetwork: providers.Singleton(ListNetworkHandler, Ports.stock_asked),
            FindNodePoints: providers.Singleton(FindNodePointsHandler, networks),
            ResolveAddress: providers.Singleton(ResolveAddressHandler, networks),
            RouteAddress: providers.Singleton(RouteAddressHandler, networks, providers.Object(utc_now)),
            ListPolicies: providers.Singleton(ListPoliciesHandler, policy_rules),
            ExplainPolicy: providers.Singleton(ExplainPolicyHandler, policy_rules),
            ResolveSupply: providers.Singleton(ResolveSupplyHandler, supplies, providers.Object(utc_now)),
        }
    )

    records = providers.Singleton(StockRecords, Ports.stock_queries)
    searching = providers.Singleton(
        searching_of,
        Ports.settings,
        Ports.search,
        Ports.whole_walk,
        records,
        Ports.kinds,
        Ports.codec,
        providers.Object(utc_now),
        Ports.parked,
    )

    # -- who calls ----------------------------------------------------------------------------------------------------

    wall = providers.Object(utc_now)
    random = providers.Object(partial(token_bytes, RANDOM_BYTES))
    create_key = providers.Singleton(CreateKeyHandler, Ports.keys, wall, random)
    rotate_key = providers.Singleton(RotateKeyHandler, Ports.keys, wall, random)
    revoke_key = providers.Singleton(RevokeKeyHandler, Ports.keys, wall)
    expire_key = providers.Singleton(ExpireKeyHandler, Ports.keys, wall)
    list_keys = providers.Singleton(ListKeysHandler, Ports.keys, wall)
    remember = providers.Callable(_seconds, Ports.settings.provided.keys.cache_seconds)
    authenticate = providers.Singleton(Authenticate, Ports.keys, remember, wall)
    bucket = providers.Factory(Rate, Ports.settings.provided.rate.per_second, Ports.settings.provided.rate.burst)
    rate = providers.Singleton(RateLimit, bucket)

    # -- the whole ledger ---------------------------------------------------------------------------------------------

    audit = providers.Singleton(
        AuditLedgerHandler,
        Ports.audit_source,
        providers.Callable(supply),
        providers.Callable(transit),
        Ports.objects.provider,
        providers.Callable(aside),
    )
    archive = providers.Singleton(ArchiveLedgerHandler, Ports.archive_store, Ports.objects.provider, Ports.reach)
    close = providers.Singleton(CloseLedgerHandler, Ports.seals)

    # -- jobs of the worker -------------------------------------------------------------------------------------------

    relay = providers.Singleton(
        Relay,
        Ports.outbox,
        providers.Callable(traced_publisher, Ports.tracer, Ports.events),
        providers.Callable(holder),
        reach=Ports.reach,
        heard=providers.Callable(heard_by, Ports.events),
    )
    fire_deadlines = providers.Singleton(
        FireDeadlines,
        Ports.deadlines,
        committer,
        providers.Object(ExpireReservation),
        wall=providers.Object(utc_now),
        reach=Ports.reach,
    )
    purge = providers.Singleton(
        PurgeHistoryHandler,
        Ports.history,
        Ports.outbox,
        Ports.inbox,
        fire_deadlines.provided.trusted,
        providers.Object(PASSING),
        providers.Singleton(DropOldPromises, committer, Ports.history),
    )
