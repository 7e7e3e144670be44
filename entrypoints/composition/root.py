"""The containers: every port with its Selector, every use case with its handler. A new one is one line here."""

from typing import Final

from dependency_injector import containers, providers
from sqlalchemy.dialects import sqlite

from adapters.encoding import JsonCodec
from adapters.memory.ledger import MemoryLedgerStore
from adapters.sql.accounts import AccountIds
from adapters.sql.database import monotonic_wall_clock
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.statements import Statements
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ports import pass_by
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.handle import StockHandler
from application.stock.receive_stock import ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler
from domain.kernel.account import AccountKind
from domain.stock.position import kinds as stock_kinds
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.settings import Settings


class Anything:
    """Registers that know everything."""

    async def require(self, tenant: str, goods: object, nodes: object) -> None:
        return None


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
        memory=providers.Singleton(Anything),
        sqlite=providers.Singleton(Anything),
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
    stock = providers.Singleton(StockHandler, committer, registers)
    handlers = providers.Dict(
        {
            ReserveStock: providers.Singleton(ReserveStockHandler, committer, registers),
            ReceiveStock: stock,
            ConfirmReservation: stock,
            ReleaseReservation: stock,
        }
    )


SELECTORS: Final = tuple(name for name, made in Root.providers.items() if isinstance(made, providers.Selector))
"""The ports whose adapter may come from outside, by the name of their Selector and of their setting."""
