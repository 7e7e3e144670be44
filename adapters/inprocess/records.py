"""Single things of the ledger for search, answered by the query ports of stock."""

from collections.abc import Collection, Sequence
from typing import Protocol

from application.kernel.balances import AccountReader
from application.kernel.register_pages import RegisterReader
from application.search.ports import Made
from application.stock.find_movements import place_of
from application.stock.queries import (
    LinePlace,
    MovementReader,
    MovementsArchived,
    OfAccount,
    ReservationReader,
)
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry, Movement
from domain.kernel.reservation import Reservation


class StockReader(AccountReader, MovementReader, RegisterReader, ReservationReader, Protocol):
    """The query ports that are asked."""


class StockRecords:
    """Reads what is there now."""

    def __init__(self, reader: StockReader) -> None:
        self._reader = reader

    async def accounts_of(self, tenant: str, keys: Collection[AccountKey]) -> Sequence[Account]:
        found = await self._reader.accounts(tenant, keys)
        return list(found.accounts.values())

    async def movements(self, tenant: str, account: AccountKey, after: int, limit: int) -> Sequence[Movement]:
        """Those that were archived are not there: it goes on with the first that is."""
        try:
            found = await self._reader.movements(tenant, OfAccount(account), LinePlace(0, 0, after), limit)
        except MovementsArchived as archived:
            found = await self._reader.movements(
                tenant, OfAccount(account), place_of(str(archived.facts["after"])), limit
            )
        return [each.movement for each in found]

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        return await self._reader.reservation(tenant, id)

    async def movements_of(self, tenant: str, wanted: Collection[Made]) -> Sequence[Movement]:
        """Raises MovementsArchived."""
        found = await self._reader.movements_of(tenant, [(each.account, each.after, each.upto) for each in wanted])
        return [each.movement for each in found]

    async def reservations_of(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        return await self._reader.reservations(tenant, ids)

    async def entry(self, tenant: str, register: str, code: str) -> Entry | None:
        """The first of those that begin with the code, in byte order, is the one that is no longer."""
        found = await self._reader.entries(tenant, register, code, "", 1)
        return found[0] if found and found[0].key.code == code else None
