"""The queries of stock in memory: each runs without awaiting, so it sees one commit and never half a batch."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain, islice
from typing import Final

from adapters.memory.database import MemoryDatabase
from application.kernel.balances import AccountsFound
from application.stock.availability import (
    MAX_PARTS,
    Amounts,
    AtLeast,
    Availability,
    Detail,
    GoodsStock,
    Part,
    require_parts,
    stock_of,
)
from application.stock.lying import MOST_LYING, Beside, Lying, LyingFound, nothing_beside
from application.stock.ports import Promised, in_order
from application.stock.queries import (
    HOLDING,
    BalanceThen,
    LinePlace,
    OfAccount,
    OfCommand,
    OfReservation,
    OfShipment,
    Placed,
    Subject,
    Versions,
    require_here,
    require_not_archived,
    require_version,
)
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry, EntryKey, Movement
from domain.kernel.movement import EMPTY, RESERVE
from domain.kernel.reservation import Reservation
from domain.stock.expected import EXPECTED, made
from domain.stock.position import POSITION
from domain.stock.shipment import SHIPMENTS, Shipment
from domain.warehouse.capacity import is_capacity

MEMORY: Final = "memory"
"""The source that answers: this process's own ledger."""


class MemoryStockQueries:
    """Answers every query port of the stock context."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._by_goods: dict[str, tuple[int, dict[str, list[AccountKey]]]] = {}

    # -- availability -------------------------------------------------------------------------------------------------

    async def availability(
        self, tenant: str, goods: Sequence[str], nodes: Sequence[str], detail: Detail, at_least: AtLeast | None
    ) -> Availability:
        database = self._database
        if at_least is not None:
            key = at_least.position.key
            account = database.accounts.get(tenant, {}).get(key)
            require_version(key, at_least.version, account.version if account else 0)
        parts = self._parts(tenant, frozenset(goods), frozenset(nodes))
        if detail is not Detail.TOTAL:
            found = sorted(islice(parts, MAX_PARTS + 1))
            require_parts(len(found))
            return Availability(database.committed_at, MEMORY, stock_of(goods, found, detail))
        totals = dict.fromkeys(goods, (0,) * len(Amounts.__slots__))
        for part in parts:
            totals[part[0]] = tuple(map(sum, zip(totals[part[0]], part[5:11], strict=True)))
        answer = tuple(GoodsStock(code, Amounts(*totals[code])) for code in goods)
        return Availability(database.committed_at, MEMORY, answer)

    def _parts(self, tenant: str, goods: frozenset[str], nodes: frozenset[str]) -> Iterator[Part]:
        for key, account in self._database.accounts.get(tenant, {}).items():
            if key.kind is POSITION:
                owner, code, node, lot, channel = key.values
                if code in goods and (not nodes or node in nodes):
                    amounts = (account.grantable, *account.balances)
                    yield (code, node, owner, lot, channel, *amounts, account.floor, account.version)

    # -- reservations -------------------------------------------------------------------------------------------------

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        found = self._database.reservations.get(tenant, {}).get(id)
        return found and self._fenced(tenant, found)

    async def reservations(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        known = self._database.reservations.get(tenant, {})
        return [self._fenced(tenant, known[id]) for id in ids if id in known]

    def _fenced(self, tenant: str, found: Reservation) -> Reservation:
        """With the token of the worker that has its deadline now."""
        row = self._database.deadlines.get((tenant, found.id))
        return replace(found, token=row.token) if row else found

    async def reservations_of(self, tenant: str, order: str, after: str, limit: int) -> Sequence[Reservation]:
        known = self._database.reservations.get(tenant, {}).values()
        found = sorted((each for each in known if each.order == order and each.id > after), key=lambda each: each.id)
        return [self._fenced(tenant, each) for each in found[:limit]]

    async def holding(self, tenant: str, account: AccountKey, most: int) -> Sequence[Promised]:
        """The latest to take hold first."""
        known = self._database.reservations.get(tenant, {})
        lines = reversed(self._journal(tenant, account))
        found = []
        for subject in dict.fromkeys(line.subject for line in lines if line.kind is RESERVE):
            holder = known[subject]
            reserved, allocated = holder.holding(account)
            if reserved or allocated:
                found.append(Promised(subject, holder.status, reserved, allocated))
        if len(found) < most:
            older = sorted(self._archived_holders(tenant, account), key=made, reverse=True)
            found += [Promised(each.id, each.status, *each.holding(account)) for each in older]
        return found[:most]

    def _archived_holders(self, tenant: str, account: AccountKey) -> list[Reservation]:
        """Those that hold an account, and whose lines on it are in archives."""
        journal = self._journal(tenant, account)
        if journal and journal[0].version == 1:
            return []
        known = {line.subject for line in journal if line.kind is RESERVE}
        unfinished = self._database.reservations.get(tenant, {}).values()
        return [each for each in unfinished if each.id not in known and any(each.holding(account))]

    async def lying(
        self,
        tenant: str,
        goods: Collection[str],
        nodes: Collection[str],
        keys: Collection[AccountKey],
        expected: bool,
        beside: Beside = nothing_beside,
    ) -> LyingFound:
        known = self._database.accounts.get(tenant, {})
        there = frozenset(nodes)
        positions: list[Lying] = []
        accounts: dict[AccountKey, Account] = {}
        about = self._about(tenant, known)
        lying = tuple.__new__
        for code in dict.fromkeys(goods):
            for key in about.get(code, ()):
                if key.values[2] not in there:
                    continue
                account = known[key]
                if key.kind is EXPECTED:
                    if expected:
                        accounts[key] = account
                elif grantable := account.grantable:
                    owner, _, node, lot, channel = key.values
                    expires = account.facts.get("expires", "")
                    positions.append(lying(Lying, (code, node, owner, lot, channel, grantable, expires)))
        also = beside({each.node for each in positions})
        accounts |= {key: known[key] for key in (*keys, *also) if key in known}
        require_parts(len(positions), MOST_LYING)
        return LyingFound(self._database.committed_at, sorted(positions), accounts)

    def _about(self, tenant: str, known: dict[AccountKey, Account]) -> Mapping[str, Sequence[AccountKey]]:
        """The positions and what is expected, by goods. Accounts are only ever added, behind those that there are."""
        of, about = self._by_goods.get(tenant, (0, {}))
        if of > len(known):
            of, about = 0, {}
        for key in islice(reversed(known), len(known) - of):
            if key.kind is POSITION or key.kind is EXPECTED:
                about.setdefault(key.values[1], []).append(key)
        self._by_goods[tenant] = (len(known), about)
        return about

    async def holders(self, tenant: str, account: AccountKey, most: int) -> Sequence[Reservation]:
        known = self._database.reservations.get(tenant, {})
        subjects = dict.fromkeys(line.subject for line in self._journal(tenant, account) if line.kind is RESERVE)
        later = (known[id] for id in subjects if any(known[id].holding(account)))
        return in_order(chain(self._archived_holders(tenant, account), later), most)

    # -- accounts of any kind -----------------------------------------------------------------------------------------

    async def accounts(self, tenant: str, keys: Collection[AccountKey]) -> AccountsFound:
        known = self._database.accounts.get(tenant, {})
        return AccountsFound(self._database.committed_at, MEMORY, {key: known[key] for key in keys if key in known})

    async def expected(self, tenant: str, goods: Sequence[str], nodes: Sequence[str]) -> AccountsFound:
        found = {
            key: account
            for key, account in self._database.accounts.get(tenant, {}).items()
            if key.kind is EXPECTED and key.values[1] in goods and (not nodes or key.values[2] in nodes)
            if account.balances.on_hand
        }
        require_parts(len(found))
        return AccountsFound(self._database.committed_at, MEMORY, found)

    async def open_days(self, tenant: str, nodes: Collection[str], first: date) -> AccountsFound:
        found = {
            key: account
            for key, account in self._database.accounts.get(tenant, {}).items()
            if is_capacity(key) and key.values[1] in nodes and key.values[0] >= first.isoformat()
        }
        require_parts(len(found))
        return AccountsFound(self._database.committed_at, MEMORY, found)

    # -- movements ----------------------------------------------------------------------------------------------------

    def _journal(self, tenant: str, account: AccountKey) -> Sequence[Movement]:
        return self._database.movements.get(tenant, {}).get(account, ())

    async def movements(self, tenant: str, of: Subject, after: LinePlace | None, limit: int) -> Sequence[Placed]:
        if isinstance(of, OfAccount):
            journal = self._journal(tenant, of.account)
            wanted = after.version if after else 0
            first = _place(journal, wanted)
            require_here(of.account, wanted + 1, journal[first].version if first < len(journal) else wanted + 1)
            lines = journal[first : first + limit]
            return [Placed(LinePlace(line.act.number, 0, line.version), line) for line in lines]
        wanted_commands = [n for n in self._commands(tenant, of) if after is None or n >= after.command]
        if wanted_commands:
            tables = self._database.tables
            seals = tables.get("archive", {})
            require_not_archived(min(wanted_commands), max((tables["seal"][n].command for n in seals), default=0))
        mine = (
            Placed(LinePlace(number, index, line.version), line)
            for number in sorted(self._commands(tenant, of))
            for index, line in enumerate(self._database.by_command.get(number, ()))
            if not isinstance(of, OfReservation) or (line.subject == of.reservation and line.kind in HOLDING)
        )
        return list(islice((each for each in mine if after is None or each.place > after), limit))

    async def movements_of(self, tenant: str, wanted: Collection[Versions]) -> Sequence[Placed]:
        found: list[Placed] = []
        for key, after, upto in wanted:
            found += await self.movements(tenant, OfAccount(key), LinePlace(0, 0, after), upto - after)
        return found

    def _commands(self, tenant: str, of: Subject) -> Sequence[int]:
        database = self._database
        match of:
            case OfCommand(request=request):
                kept = database.requests.get(tenant, {}).get(request)
                return (kept.number,) if kept else ()
            case OfReservation(reservation=id):
                reservation = database.reservations.get(tenant, {}).get(id)
                return reservation.commands if reservation else ()
            case OfShipment(shipment=id):
                entry = database.entries.get(tenant, {}).get(EntryKey(SHIPMENTS, id))
                return Shipment.of(id, entry.facts).commands if entry else ()
        return ()

    # -- past balances ------------------------------------------------------------------------------------------------

    async def balance_by_version(self, tenant: str, account: AccountKey, version: int) -> BalanceThen | None:
        journal = self._journal(tenant, account)
        if not journal:
            return None
        require_version(account, version, journal[-1].version)
        return _balance(journal, version)

    async def balance_by_time(self, tenant: str, account: AccountKey, at: datetime) -> BalanceThen | None:
        journal = self._journal(tenant, account)
        if not journal:
            return None
        return _balance(journal, bisect_right(journal, at, key=lambda line: line.at) + journal[0].version - 1)

    # -- registers ----------------------------------------------------------------------------------------------------

    async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        known = self._database.entries.get(tenant, {})
        codes = [key.code for key in known if key.register == register]
        shown = sorted(code for code in codes if code > after and code.startswith(prefix))[:limit]
        return [known[EntryKey(register, code)] for code in shown]


def _balance(journal: Sequence[Movement], version: int) -> BalanceThen:
    if not version:
        return BalanceThen(EMPTY, 0, 0, None)
    require_here(journal[0].account, version, max(version, journal[0].version))
    line = journal[_place(journal, version - 1)]
    return BalanceThen(line.after, line.floor, version, line.at)


def _place(journal: Sequence[Movement], version: int) -> int:
    """Where in a journal what follows this version begins; the first movements may have been archived."""
    return max(version + 1 - journal[0].version, 0) if journal else 0
