"""The queries of stock in SQL: each one snapshot of the last commit, never one statement a row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, cast

from sqlalchemy import Connection

from adapters.sql.account_reads import LEDGER, SOURCE, AccountReads, holders_of
from adapters.sql.accounts import AccountIds
from adapters.sql.bodies import decode_body, reservations_of
from adapters.sql.database import Reads
from adapters.sql.dialects.dialect import Row
from adapters.sql.query_statements import QueryStatements
from adapters.sql.rounds import ReadRounds, Seen
from adapters.sql.statements import Statements
from adapters.sql.times import micros, moment
from application.kernel.balances import AccountsFound
from application.kernel.ports import Codec
from application.stock.availability import (
    MAX_PARTS,
    NOTHING,
    Amounts,
    AtLeast,
    Availability,
    Detail,
    GoodsStock,
    Part,
    require_parts,
    stock_of,
)
from application.stock.lying import MOST_LYING, Beside, LyingFound, nothing_beside
from application.stock.ports import MOST_HOLDERS, Promised, in_order
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
from domain.kernel.account import AccountKey, AccountKind, key_text
from domain.kernel.books import Act, Entry, EntryKey, Movement
from domain.kernel.movement import EMPTY, Balances
from domain.kernel.reservation import Reservation
from domain.stock.expected import EXPECTED, made
from domain.stock.position import POSITION
from domain.stock.shipment import SHIPMENTS, Shipment
from domain.warehouse.capacity import ORDERS, UNITS

STEP: Final = 2_000
"""Versions of an account that are looked through at a time for the reservations that hold it."""

MANY_PLACES: Final = 1_000
"""Goods by nodes from which on what lies there is read by itself."""

AS_OF: Final = "as of"

START: Final = LinePlace(0, 0, 0)


class SqlStockQueries:
    """Answers every query port of the stock context. `kinds` are the declared kinds of account, by name.

    The ids of accounts are not shared with the writer: it also remembers those of a transaction that may yet roll
    back, and readers in several threads must not wait for it.
    """

    def __init__(
        self,
        database: Reads,
        statements: Statements,
        queries: QueryStatements,
        kinds: Mapping[str, AccountKind],
        codec: Codec,
    ) -> None:
        self._database = database
        self._rounds = ReadRounds(database)
        self._names = statements.account_names
        self._dialect = statements.dialect
        self._set_of = statements.dialect.set_of
        self._texts = queries
        self._kinds = kinds
        self._codec = codec
        self._holding = self._set_of([kind.name for kind in HOLDING])
        self._accounts = AccountReads(statements, queries, codec)

    # -- availability -------------------------------------------------------------------------------------------------

    async def availability(
        self, tenant: str, goods: Sequence[str], nodes: Sequence[str], detail: Detail, at_least: AtLeast | None
    ) -> Availability:
        return await self._database.read(lambda c: self._availability(c, tenant, goods, nodes, detail, at_least))

    def _availability(
        self,
        connection: Connection,
        tenant: str,
        goods: Sequence[str],
        nodes: Sequence[str],
        detail: Detail,
        at_least: AtLeast | None,
    ) -> Availability:
        texts = self._texts
        as_of, source = moment(texts.as_of(connection)[0][0]), connection.info.get(SOURCE, LEDGER)
        if at_least is not None:
            key = at_least.position.key
            account = self._account(connection, tenant, key)
            require_version(key, at_least.version, account[1] if account else 0)
        asked: Row = (tenant, POSITION.name, self._set_of(goods), *([self._set_of(nodes)] if nodes else []))
        if detail is Detail.TOTAL:
            rows = (texts.totals_there if nodes else texts.totals)(connection, *asked)
            totals = {code: Amounts(*amounts) for code, *amounts in rows}
            return Availability(as_of, source, tuple(GoodsStock(code, totals.get(code, NOTHING)) for code in goods))
        rows = (texts.parts_there if nodes else texts.parts)(connection, *asked, MAX_PARTS + 1)
        require_parts(len(rows))
        parts = cast("list[Part]", sorted(map(tuple, rows)))
        return Availability(as_of, source, stock_of(goods, parts, detail))

    def _account(self, connection: Connection, tenant: str, key: AccountKey) -> Row | None:
        """(id, version, reserved, allocated) of an account that was posted on."""
        found = self._texts.account(connection, tenant, key.kind.name, key_text(key.values))
        return found[0] if found else None

    # -- reservations -------------------------------------------------------------------------------------------------

    async def reservation(self, tenant: str, id: str) -> Reservation | None:
        found = await self._database.read(lambda connection: self._reservations(connection, tenant, [id]))
        return found[0] if found else None

    async def reservations(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        return await self._database.read(lambda connection: self._reservations(connection, tenant, ids))

    async def reservations_of(self, tenant: str, order: str, after: str, limit: int) -> Sequence[Reservation]:
        return await self._database.read(
            lambda c: self._read(c, tenant, self._texts.reservations_of(c, tenant, order, after, limit))
        )

    async def holding(self, tenant: str, account: AccountKey, most: int) -> Sequence[Promised]:
        """The latest to take hold first.

        Who holds units of an account once reserved them there, so its RESERVE lines, from the latest backwards, name
        every holder; and what holders have left adds up to the account's own balances, so the search ends with the
        oldest that still holds something, not with the oldest line. What is then still left is held by those whose
        lines are in archives: they are looked for among all that is unfinished.
        """
        return await self._database.read(lambda connection: self._find_holding(connection, tenant, account, most))

    def _find_holding(self, connection: Connection, tenant: str, key: AccountKey, most: int) -> list[Promised]:
        account = self._account(connection, tenant, key)
        if account is None:
            return []
        id, version, reserved, allocated = account
        left = reserved + allocated
        seen: set[str] = set()
        found: list[Promised] = []
        while left > 0 and version > 0 and len(found) < most:
            lines = self._texts.reserved_for(connection, id, version - STEP + 1, version)
            version -= STEP
            fresh = [subject for subject in dict.fromkeys(subject for _, subject in lines) if subject not in seen]
            seen.update(fresh)
            by_id = {each.id: each for each in self._reservations(connection, tenant, fresh)}
            for holder in filter(None, map(by_id.get, fresh)):
                held, confirmed = holder.holding(key)
                if held or confirmed:
                    found.append(Promised(holder.id, holder.status, held, confirmed))
                    left -= held + confirmed
        if left > 0 and len(found) < most:
            older = sorted(self._archived_holders(connection, tenant, key, left, seen), key=made, reverse=True)
            found += [Promised(each.id, each.status, *each.holding(key)) for each in older]
        return found[:most]

    def _archived_holders(
        self, connection: Connection, tenant: str, key: AccountKey, left: int, seen: Collection[str]
    ) -> list[Reservation]:
        """The reservations but for these that hold an account, `left` of it together, whatever lines are left of it."""
        found: list[Reservation] = []
        after = ""
        while left > 0 and (rows := self._texts.unfinished(connection, tenant, after, STEP)):
            after = rows[-1][0]
            page = self._read(connection, tenant, [row for row in rows if row[0] not in seen])
            holders = [each for each in page if any(each.holding(key))]
            left -= sum(sum(each.holding(key)) for each in holders)
            found += holders
        return found

    # -- accounts of any kind -----------------------------------------------------------------------------------------

    async def accounts(self, tenant: str, keys: Collection[AccountKey]) -> AccountsFound:
        return await self._database.read(lambda connection: self._accounts.by_key(connection, tenant, keys))

    async def expected(self, tenant: str, goods: Sequence[str], nodes: Sequence[str]) -> AccountsFound:
        found = await self._database.read(lambda c: self._accounts.there(c, tenant, EXPECTED, goods, nodes, MAX_PARTS))
        require_parts(len(found.accounts))
        return found

    async def lying(
        self,
        tenant: str,
        goods: Collection[str],
        nodes: Collection[str],
        keys: Collection[AccountKey],
        expected: bool,
        beside: Beside = nothing_beside,
    ) -> LyingFound:
        named, there = tuple(goods), tuple(nodes)

        def look(connection: Connection, seen: Seen) -> LyingFound:
            return self._lying(connection, seen, tenant, named, there, keys, expected, beside)

        if len(named) * len(there) > MANY_PLACES:  # nobody waits for it who asked for less
            found = await self._database.read(lambda connection: look(connection, {}))
        else:
            found = await self._rounds.read(look)
        require_parts(len(found.positions), MOST_LYING)
        return found

    def _lying(
        self,
        connection: Connection,
        seen: Seen,
        tenant: str,
        goods: tuple[str, ...],
        nodes: tuple[str, ...],
        keys: Collection[AccountKey],
        expected: bool,
        beside: Beside,
    ) -> LyingFound:
        """What many ask for alike, the snapshot is asked for once."""
        reads, here = self._accounts, (tenant, goods, nodes)
        if (as_of := seen.get(AS_OF)) is None:
            as_of = seen[AS_OF] = reads.as_of(connection)
        if (positions := seen.get(here)) is None:
            positions = seen[here] = reads.lying(connection, *here) if goods and nodes else []
        also = beside({each.node for each in positions})
        accounts = reads.of(connection, tenant, [*keys, *also]) if keys or also else {}
        if expected and goods and nodes:
            accounts |= reads.there(connection, tenant, EXPECTED, goods, nodes, MAX_PARTS).accounts
        return LyingFound(as_of, positions, accounts)

    async def open_days(self, tenant: str, nodes: Collection[str], first: date) -> AccountsFound:
        kinds, day = (ORDERS, UNITS), first.isoformat()
        found = await self._database.read(lambda c: self._accounts.days(c, tenant, kinds, nodes, day, MAX_PARTS))
        require_parts(len(found.accounts))
        return found

    async def holders(self, tenant: str, account: AccountKey, most: int) -> Sequence[Reservation]:
        def read(connection: Connection) -> list[Reservation]:
            known = self._account(connection, tenant, account)
            if known is None or not known[2] + known[3]:
                return []
            id, _, reserved, allocated = known
            left = reserved + allocated
            found = list(
                islice(
                    holders_of(
                        lambda after: self._texts.reserved_from(connection, id, after, STEP),
                        lambda ids: self._reservations(connection, tenant, ids),
                        account,
                        left,
                    ),
                    MOST_HOLDERS,
                )
            )
            left -= sum(sum(each.holding(account)) for each in found)
            if left > 0 and len(found) < MOST_HOLDERS:
                found = [
                    *self._archived_holders(connection, tenant, account, left, {each.id for each in found}),
                    *found,
                ]
            return in_order(found, most)

        return await self._database.read(read)

    def _reservations(self, connection: Connection, tenant: str, ids: Collection[str]) -> list[Reservation]:
        rows = self._texts.reservations(connection, tenant, self._set_of(ids)) if ids else []
        return self._read(connection, tenant, rows)

    def _read(self, connection: Connection, tenant: str, rows: Sequence[Row]) -> list[Reservation]:
        return reservations_of(self._codec, rows, lambda ids: self._keys(connection, tenant, ids)) if rows else []

    def _keys(self, connection: Connection, tenant: str, ids: set[int]) -> Mapping[int, AccountKey]:
        return AccountIds(self._kinds).keys(connection, self._names, self._dialect, tenant, ids)

    # -- movements ----------------------------------------------------------------------------------------------------

    async def movements(self, tenant: str, of: Subject, after: LinePlace | None, limit: int) -> Sequence[Placed]:
        return await self._database.read(lambda c: self._movements(c, tenant, of, after or START, limit))

    async def movements_of(self, tenant: str, wanted: Collection[Versions]) -> Sequence[Placed]:
        def read(connection: Connection) -> list[Placed]:
            found: list[Placed] = []
            for key, after, upto in wanted:
                found += self._movements(connection, tenant, OfAccount(key), LinePlace(0, 0, after), upto - after)
            return found

        return await self._database.read(read)

    def _movements(
        self, connection: Connection, tenant: str, of: Subject, after: LinePlace, limit: int
    ) -> list[Placed]:
        texts = self._texts
        if isinstance(of, OfAccount):
            account = self._account(connection, tenant, of.account)
            if account is None:
                return []
            rows = texts.movements_of_account(connection, account[0], after.version, limit)
            require_here(of.account, after.version + 1, rows[0][1] if rows else after.version + 1)
            return [self._placed(of.account, row) for row in rows]
        wanted = [n for n in self._commands(connection, tenant, of) if n >= after.command]
        if wanted:
            [[archived]] = texts.archived_upto(connection)
            require_not_archived(min(wanted), archived)
        commands = self._set_of(wanted)
        if isinstance(of, OfReservation):
            asked = (commands, *after, of.reservation, self._holding, limit)
            rows = texts.movements_of_reservation(connection, *asked)
        else:
            rows = texts.movements_of_commands(connection, commands, *after, limit)
        keys = self._keys(connection, tenant, {row[0] for row in rows})
        return [self._placed(keys[row[0]], row) for row in rows]

    def _commands(self, connection: Connection, tenant: str, of: Subject) -> Sequence[int]:
        """The numbers of the commands; those of a tenant's own records are the tenant's."""
        texts = self._texts
        match of:
            case OfCommand(request=request):
                return [row[0] for row in texts.request(connection, tenant, request)]
            case OfReservation(reservation=id):
                bodies = texts.body(connection, tenant, id)
                return decode_body(self._codec, bodies[0][0]).commands if bodies else ()
            case OfShipment(shipment=id):
                entries = texts.entry(connection, tenant, SHIPMENTS, id)
                return Shipment.of(id, self._facts(entries[0][0])).commands if entries else ()
        return ()

    def _placed(self, key: AccountKey, row: Row) -> Placed:
        account, version, kind, quantity, *rest, at, number, request, name, actor, principal = row
        *after, floor, subject, scene, reason = rest
        movement = Movement(
            key,
            version,
            key.kind.allowed[kind],
            quantity,
            Balances(*after),
            floor,
            subject,
            scene,
            reason,
            moment(at),
            Act(number, request, name, actor, principal),
        )
        return Placed(LinePlace(number, account, version), movement)

    # -- past balances ------------------------------------------------------------------------------------------------

    async def balance_by_version(self, tenant: str, account: AccountKey, version: int) -> BalanceThen | None:
        def read(connection: Connection) -> BalanceThen | None:
            known = self._account(connection, tenant, account)
            if known is None:
                return None
            require_version(account, version, known[1])
            return self._balance(connection, known[0], account, version)

        return await self._database.read(read)

    async def balance_by_time(self, tenant: str, account: AccountKey, at: datetime) -> BalanceThen | None:
        def read(connection: Connection) -> BalanceThen | None:
            known = self._account(connection, tenant, account)
            if known is None:
                return None
            # The last version posted at or before the time lies from `low` to `high`: times never fall along versions.
            low, high = 0, known[1]
            while low < high:
                middle = (low + high + 1) // 2
                rows = self._texts.balance(
                    connection, known[0], middle
                )  # none: it is archived, and older than the rest
                low, high = (middle, high) if not rows or rows[0][-1] <= micros(at) else (low, middle - 1)
            return self._balance(connection, known[0], account, low)

        return await self._database.read(read)

    def _balance(self, connection: Connection, number: int, account: AccountKey, version: int) -> BalanceThen:
        if not version:
            return BalanceThen(EMPTY, 0, 0, None)
        rows = self._texts.balance(connection, number, version)
        require_here(account, version, rows[0][-2] if rows else version + 1)
        *balances, floor, _, at = rows[0]
        return BalanceThen(Balances(*balances), floor, version, moment(at))

    # -- registers ----------------------------------------------------------------------------------------------------

    async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        end = end_of(prefix)
        texts = self._texts
        asked: Row = (tenant, register, after, prefix, *([end] if end else []), limit)
        rows = await self._database.read(lambda c: (texts.entries_before if end else texts.entries)(c, *asked))
        return [
            Entry(EntryKey(register, code), self._facts(facts), version, moment(changed_at))
            for code, facts, version, changed_at in rows
        ]

    def _facts(self, facts: bytes) -> dict[str, Any]:
        found: dict[str, Any] = self._codec.decode(facts, dict[str, Any])
        return found


def end_of(prefix: str) -> str:
    """The least text, in byte order, after all that begin with the prefix; empty if there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            # The surrogates are no characters.
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        prefix = prefix[:-1]
    return ""
