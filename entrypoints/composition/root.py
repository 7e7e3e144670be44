"""The containers: every port with its Selector, every use case with its handler. A new one is one line here."""

from time import monotonic
from typing import Final

from dependency_injector import containers, providers
from sqlalchemy.dialects import sqlite

from adapters.encoding import JsonCodec
from adapters.memory.ledger import MemoryLedgerStore
from adapters.memory.registers import MemoryRegisterFeed
from adapters.sql.accounts import AccountIds
from adapters.sql.database import monotonic_wall_clock
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.query_statements import QueryStatements
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.statements import Statements
from adapters.sql.stock_queries import SqlStockQueries
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ports import pass_by
from application.stock.balance_at import BalanceAt, BalanceAtHandler
from application.stock.change_goods import ChangeGoods
from application.stock.change_node import ChangeNode
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.enter import RegisterHandler
from application.stock.find_availability import FindAvailability, FindAvailabilityHandler
from application.stock.find_movements import FindMovements, FindMovementsHandler
from application.stock.find_reservation import (
    FindReservation,
    FindReservationHandler,
    FindReservationsOfOrder,
    FindReservationsOfOrderHandler,
)
from application.stock.handle import StockHandler
from application.stock.list_goods import ListGoods, ListGoodsHandler
from application.stock.list_nodes import ListNodes, ListNodesHandler
from application.stock.receive_stock import ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.registers import RegisterCache
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler
from domain.kernel.account import AccountKind
from domain.stock.position import kinds as stock_kinds
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.settings import Settings


def own_kinds() -> tuple[AccountKind, ...]:
    """The kinds of account that this distribution declares. (A container copies what it is given; kinds are one.)"""
    return (*stock_kinds().values(),)


class Root(containers.DeclarativeContainer):
    """Made anew for each installation. What must be opened is opened before, and given: `database`."""

    settings = providers.Dependency(instance_of=Settings)
    database: providers.Dependency[object] = providers.Dependency()
    reach = providers.Object(pass_by)

    codec = providers.Singleton(JsonCodec)
    kinds = providers.Singleton(kinds_of, providers.Callable(own_kinds), settings.provided.kinds)
    statements = providers.Singleton(Statements, providers.Factory(sqlite.dialect))
    query_statements = providers.Singleton(QueryStatements, providers.Factory(sqlite.dialect))
    ids = providers.Singleton(AccountIds, kinds)
    clock = providers.Singleton(monotonic_wall_clock)

    # -- ports: one Selector each -------------------------------------------------------------------------------------

    ledger = providers.Selector(
        settings.provided.adapter.call("ledger"),
        memory=providers.Singleton(MemoryLedgerStore, database, reach),
        sqlite=providers.Singleton(SqlLedgerStore, database, statements, ids, codec, clock, reach),
    )
    registers = providers.Selector(
        settings.provided.adapter.call("registers"),
        memory=providers.Singleton(MemoryRegisterFeed, database),
        sqlite=providers.Singleton(SqlRegisterFeed, database, statements, codec),
    )

    stock_queries = providers.Selector(
        settings.provided.adapter.call("stock_queries"),
        memory=providers.Object(None),
        sqlite=providers.Singleton(SqlStockQueries, database, statements, query_statements, kinds, codec),
    )

    # -- the ledger's commands ----------------------------------------------------------------------------------------

    limits = providers.Singleton(
        Limits,
        batch=settings.provided.committer.batch,
        accounts=settings.provided.committer.accounts,
        queue=settings.provided.committer.queue,
        reruns=settings.provided.committer.reruns,
    )
    committer = providers.Singleton(GroupCommitter, ledger, codec.provided.digest, limits)
    cache = providers.Singleton(RegisterCache, registers, providers.Object(monotonic))
    register = providers.Singleton(RegisterHandler, committer, cache)
    stock = providers.Singleton(StockHandler, committer, cache)

    commands = providers.Dict(
        {
            RegisterGoods: register,
            ChangeGoods: register,
            RegisterNode: register,
            ChangeNode: register,
            ReserveStock: providers.Singleton(ReserveStockHandler, committer, cache),
            ReceiveStock: stock,
            ConfirmReservation: stock,
            ReleaseReservation: stock,
        }
    )

    # -- queries ------------------------------------------------------------------------------------------------------

    queries = providers.Dict(
        {
            FindAvailability: providers.Singleton(FindAvailabilityHandler, stock_queries),
            FindReservation: providers.Singleton(FindReservationHandler, stock_queries),
            FindReservationsOfOrder: providers.Singleton(FindReservationsOfOrderHandler, stock_queries),
            FindMovements: providers.Singleton(FindMovementsHandler, stock_queries),
            BalanceAt: providers.Singleton(BalanceAtHandler, stock_queries),
            ListGoods: providers.Singleton(ListGoodsHandler, stock_queries),
            ListNodes: providers.Singleton(ListNodesHandler, stock_queries),
        }
    )


SELECTORS: Final = tuple(name for name, made in Root.providers.items() if isinstance(made, providers.Selector))
"""The ports whose adapter may come from outside, by the name of their Selector and of their setting."""
