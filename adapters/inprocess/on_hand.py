"""What a channel may take of which position, and what is left of caps and days: stock and capacity, in one read."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

from application.sourcing.ports import Day, DayRest, DaysOf, Due, Share, Snapshot
from application.stock.lying import LyingReader
from application.stock.quotas import QuotaBook, Quotas
from domain.kernel.account import Account, AccountKey
from domain.kernel.reservation import Plan
from domain.stock.expected import EXPECTED, Expected
from domain.stock.position import NONE, POSITION
from domain.stock.quota import UNPINNED_OPENING, pool_key, unpinned_key
from domain.warehouse.capacity import ORDERS, UNITS, Figures, Slot, Slotted, rest, slot_key, with_capacity


class StockOnHand:
    """Answers `OnHand`, `TakesDays` and `Pools`."""

    def __init__(self, reader: LyingReader, quotas: Quotas) -> None:
        self._reader = reader
        self._quotas = quotas

    async def read(
        self,
        tenant: str,
        goods: Collection[str],
        nodes: Collection[str],
        channel: str,
        days_of: DaysOf,
        *,
        expected: bool = False,
    ) -> Snapshot:
        book = await self._quotas.of(tenant)
        bounded: list[Day] = []

        def beside(holding: Collection[str]) -> Collection[AccountKey]:
            bounded[:] = [day for node in holding for day in days_of(node) if is_bounded(day)]
            return [key for day in bounded for key in _keys(day) if key is not None]

        # Caps do not depend on where the goods lie: the quotas that are about the goods name them all.
        about = {code: book.about(code) for code in goods}
        keys = tuple(dict.fromkeys(key for code in goods if about[code] for key in _accounts_about(book, code)))
        found = await self._reader.lying(tenant, goods, nodes, keys, expected, beside)
        left: dict[AccountKey, int] = {}
        free = {code for code, quotas in about.items() if not quotas}
        shares = [
            Share(
                code, node, owner, lot, _day(expires) if expires else None, "", grantable, _key(owner, code, node, lot)
            )
            for code, node, owner, lot, channel, grantable, expires in found.positions
            if channel == NONE and code in free
        ]
        bound = [each for each in found.positions if each.goods not in free]
        lying = {(each.goods, each.node, each.owner, each.lot, each.channel): each for each in bound}
        for code, node, owner, lot in dict.fromkeys(each[:4] for each in bound):
            for take in book.takes(code, node, channel or NONE, owner=owner, lot=lot):
                there = lying.get((code, node, owner, lot, take.position.values[4]))
                if there is None:
                    continue
                left |= {cap: _left(found.accounts, cap) for cap in take.caps}
                expires = _day(there.expires)
                shares.append(
                    Share(code, node, owner, lot, expires, take.quota, there.grantable, take.position, take.caps)
                )
        due = [
            Due(at.goods, at.node, at.owner, at.on, account.grantable, key)
            for key, account in sorted(found.accounts.items(), key=lambda each: each[0].values)
            if key.kind is EXPECTED and account.grantable
            for at in (Expected.of(key),)
        ]
        return Snapshot(found.as_of, shares, left, {day: _rest(day, found.accounts) for day in bounded}, due)

    async def rest(self, tenant: str, days: Collection[Day]) -> Mapping[Day, DayRest]:
        bounded = [day for day in days if is_bounded(day)]
        keys = tuple(dict.fromkeys(key for day in bounded for key in _keys(day) if key is not None))
        found = await self._reader.lying(tenant, (), (), keys, False)
        return {day: _rest(day, found.accounts) for day in bounded}

    async def unpinned(self, tenant: str, goods: Collection[str]) -> Mapping[str, Mapping[AccountKey, int]]:
        book = await self._quotas.of(tenant)
        openings = {code: {unpinned_key(code): UNPINNED_OPENING} for code in goods if book.pooled(code)}
        return {
            code: {hold.account: opened.get(hold.account, 0) for hold in book.unpinned(code)}
            for code, opened in openings.items()
        }

    def take(self, plan: Plan, lines: Mapping[str, tuple[Day, int]]) -> Plan:
        bound = {line: Slotted(_slot(day), units) for line, (day, units) in lines.items() if is_bounded(day)}
        return with_capacity(plan, bound) if bound else plan


def is_bounded(day: Day) -> bool:
    return day.orders is not None or day.units is not None


def _key(owner: str, goods: str, node: str, lot: str) -> AccountKey:
    """Of a position that there is: its parts need no look."""
    return AccountKey(POSITION, (owner, goods, node, lot, NONE))


def _slot(day: Day) -> Slot:
    return Slot(day.node, day.day, Figures(day.orders, day.units))


@lru_cache(maxsize=65_536)
def _keys(day: Day) -> tuple[AccountKey | None, AccountKey | None]:
    """The accounts that bound a day's orders and units; the days of lately are asked for again by every promise."""
    return (
        None if day.orders is None else slot_key(ORDERS, day.node, day.day),
        None if day.units is None else slot_key(UNITS, day.node, day.day),
    )


def _rest(day: Day, accounts: Mapping[AccountKey, Account]) -> DayRest:
    orders, units = _keys(day)
    return DayRest(
        None if orders is None else rest(accounts.get(orders), day.orders),
        None if units is None else rest(accounts.get(units), day.units),
    )


def _accounts_about(book: QuotaBook, goods: str) -> tuple[AccountKey, ...]:
    """Every account beside positions that a sale of the goods may count against."""
    found = [account for quota in book.about(goods) if (account := quota.account) is not None]
    if book.pooled(goods):
        found.append(pool_key(goods))
    return tuple(found)


def _left(accounts: Mapping[AccountKey, Account], key: AccountKey) -> int:
    account = accounts.get(key)
    return 0 if account is None else account.grantable


def _day(expires: str) -> date | None:
    return date.fromisoformat(expires) if expires else None
