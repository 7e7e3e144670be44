"""What a test of search stands on: a ledger on paper to copy from, and someone who asks."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from application.search.add_up_documents import AddUpDocuments, AddUpDocumentsHandler, SumPage
from application.search.documents import (
    AccountsOf,
    Document,
    EntriesOf,
    MovementsOfAll,
    ReservationsOfAll,
    Source,
)
from application.search.export_documents import ExportDocuments, ExportDocumentsHandler
from application.search.find_documents import DocumentFound, DocumentPage, FindDocuments, FindDocumentsHandler
from application.search.kinds import GOODS, MOVEMENTS, POSITIONS, by_name, document_of
from application.search.ports import Made, SearchIndex, Walked
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Act, Entry, EntryKey, Movement
from domain.kernel.reservation import Reservation
from domain.stock.position import RECEIVE, Position

NORTH: Final = "north"
SOUTH: Final = "south"
START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class PaperLedger:
    """Some of a ledger, of all tenants, in the order written; both ports that search reads the real one through."""

    now: datetime = START
    accounts: dict[tuple[str, AccountKey], Account] = field(default_factory=dict)
    lines: list[tuple[str, Movement]] = field(default_factory=list)
    reservations: dict[tuple[str, str], Reservation] = field(default_factory=dict)
    entries: dict[tuple[str, EntryKey], Entry] = field(default_factory=dict)

    def receive(self, tenant: str, goods: str, quantity: int = 1, node: str = "N1", reason: str = "") -> None:
        """Post on a position, a second after the last."""
        self.now += timedelta(seconds=1)
        key = Position(goods, node).key
        after = self.accounts.get((tenant, key), Account(key)).post(RECEIVE, quantity, self.now)
        self.accounts[tenant, key] = after
        act = Act(len(self.lines) + 1, f"r{len(self.lines)}", "ReceiveStock", "clerk", "gateway")
        line = (key, after.version, RECEIVE, quantity, after.balances, 0, "", "purchase", reason, self.now, act)
        self.lines.append((tenant, Movement(*line)))

    def register(self, tenant: str, code: str, name: str, active: bool = True) -> None:
        self.now += timedelta(seconds=1)
        key = EntryKey("goods", code)
        version = self.entries[tenant, key].version + 1 if (tenant, key) in self.entries else 1
        facts = {"name": name, "unit": "piece", "scale": 0, "active": active}
        self.entries[tenant, key] = Entry(key, facts, version, self.now)

    def documents(self) -> list[Document]:
        """Everything there is."""
        return [
            *(document_of(POSITIONS, tenant, account) for (tenant, _), account in self.accounts.items()),
            *(document_of(MOVEMENTS, tenant, line) for tenant, line in self.lines),
            *(document_of(GOODS, tenant, entry) for (tenant, _), entry in self.entries.items()),
        ]

    def told(self) -> list[Document]:
        """What the last posting changed."""
        tenant, line = self.lines[-1]
        account = self.accounts[tenant, line.account]
        return [document_of(POSITIONS, tenant, account), document_of(MOVEMENTS, tenant, line)]

    # -- as the ports -------------------------------------------------------------------------------------------------

    async def committed_at(self) -> datetime:
        return self.now

    async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
        await asyncio.sleep(0)
        things: list[tuple[str, Any]] = []
        match source:
            case AccountsOf():
                things = [(tenant, account) for (tenant, _), account in self.accounts.items()]
            case MovementsOfAll():
                things = list(self.lines)
            case ReservationsOfAll():
                things = [(tenant, each) for (tenant, _), each in self.reservations.items()]
            case EntriesOf(register=register):
                things = [(tenant, each) for (tenant, key), each in self.entries.items() if key.register == register]
        start = int(after or 0)
        page = things[start : start + limit]
        told = [(t, thing) for t, thing in page if since is None or _changed_at(thing) >= since]
        return Walked(told, str(start + limit) if len(things) > start + limit else "")

    async def accounts_of(self, tenant: str, keys: Collection[AccountKey]) -> Sequence[Account]:
        return [self.accounts[tenant, key] for key in keys if (tenant, key) in self.accounts]

    async def movements(self, tenant: str, account: AccountKey, after: int, limit: int) -> Sequence[Movement]:
        mine = [line for who, line in self.lines if who == tenant and line.account == account and line.version > after]
        return mine[:limit]

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        return self.reservations.get((tenant, id))

    async def movements_of(self, tenant: str, wanted: Collection[Made]) -> Sequence[Movement]:
        return [each for key, after, upto in wanted for each in await self.movements(tenant, key, after, upto - after)]

    async def reservations_of(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        return [each for id in ids if (each := await self.reservation(tenant, id)) is not None]

    async def entry(self, tenant: str, register: str, code: str) -> Entry | None:
        return self.entries.get((tenant, EntryKey(register, code)))


def _changed_at(thing: Any) -> datetime:
    at: datetime = thing.at if isinstance(thing, Movement) else thing.changed_at
    return at


class Seeker:
    """Asks an index in the name of one tenant, when all that was written is found."""

    def __init__(self, index: SearchIndex, tenant: str = NORTH) -> None:
        self.index = index
        self.tenant = tenant

    def of(self, tenant: str) -> "Seeker":
        return Seeker(self.index, tenant)

    async def page(self, kind: str, words: str = "", *where: str, **rest: Any) -> DocumentPage:
        await self.index.settle()
        handler = FindDocumentsHandler(self.index, by_name())
        return await handler(self.tenant, FindDocuments(kind, words, where, **rest))

    async def ids(self, kind: str, words: str = "", *where: str, **rest: Any) -> list[str]:
        """In order; of goods and nodes these are the codes."""
        return [each.id for each in (await self.page(kind, words, *where, **rest)).documents]

    async def all_pages(self, kind: str, limit: int, **rest: Any) -> list[DocumentFound]:
        """Page after page to the end."""
        found: list[DocumentFound] = []
        after = ""
        while True:
            page = await self.page(kind, after=after, limit=limit, **rest)
            found += page.documents
            after = page.after
            if not after:
                return found

    async def sums(self, kind: str, *where: str, **rest: Any) -> SumPage:
        await self.index.settle()
        return await AddUpDocumentsHandler(self.index, by_name())(self.tenant, AddUpDocuments(kind, "", where, **rest))

    async def export(self, kind: str, **rest: Any) -> list[DocumentFound]:
        await self.index.settle()
        handler = ExportDocumentsHandler(self.index, by_name())
        return [each async for page in handler(self.tenant, ExportDocuments(kind, **rest)) for each in page]
