"""What a channel may take of which position, and what is left of caps and days: stock and capacity, in one read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

from application.sourcing.ports import Day, DayRest, DaysOf, Due, Share, Snapshot, Unpinned
from application.sourcing.refusals import PromiseWide
from application.stock.availability import AnswerTooLarge
from application.stock.lying import Lying, LyingReader
from application.stock.quotas import QuotaBook, Quotas, Take
from domain.kernel.account import Account, AccountKey
from domain.kernel.reservation import Plan
from domain.sourcing.demand import BARE, SoldAs
from domain.stock.expected import EXPECTED, Expected
from domain.stock.position import NONE, POSITION
from domain.stock.quota import UNPINNED_OPENING, Quota, cap_key, pool_key
from domain.warehouse.capacity import ORDERS, UNITS, Figures, Slot, Slotted, rest, slot_key, with_capacity

T = TypeVar("T")

DayKeys = tuple[AccountKey | None, AccountKey | None]
"""The accounts that bound a day's orders and units; None where it is not bounded."""


class StockOnHand:
    """Answers `OnHand`, `TakesDays` and `Pools`."""

    def __init__(self, reader: LyingReader, quotas: Quotas) -> None:
        self._reader = reader
        self._quotas = quotas

    async def read(
        self,
        tenant: str,
        goods: Mapping[str, Collection[SoldAs]],
        nodes: Collection[str],
        channel: str,
        days_of: DaysOf,
        *,
        expected: bool = False,
    ) -> Snapshot:
        book = await self._quotas.of(tenant)
        bounded: dict[Day, DayKeys] = {}

        def beside(holding: Collection[str]) -> Collection[AccountKey]:
            bounded.update((day, _keys(day)) for node in holding for day in days_of(node))
            return [key for keys in bounded.values() for key in keys if key is not None]

        # Caps do not depend on where the goods lie: the quotas that are about the goods name them all.
        about = {code: book.about_any(code, names) for code, names in goods.items()}
        keys = tuple(dict.fromkeys(key for code, quotas in about.items() if quotas for key in _accounts(code, quotas)))
        try:
            found = await self._reader.lying(tenant, tuple(goods), nodes, keys, expected, beside)
        except AnswerTooLarge as error:
            most = error.facts["most"]
            raise PromiseWide(f"what is wanted lies at more than {most} places", most=most) from error
        left = {key: _left(found.accounts, key) for key in keys}
        free = {code for code, quotas in about.items() if not quotas}
        takes = _Takes(book, channel or NONE, goods, about)
        shares = _plain(found.positions, free)
        if len(free) < len(about):
            shares += _counted([each for each in found.positions if each.goods not in free], takes)
        due = _due(found.accounts, takes)
        return Snapshot(found.as_of, shares, left, _rests(bounded, found.accounts), due)

    async def rest(self, tenant: str, days: Collection[Day]) -> Mapping[Day, DayRest]:
        bounded = {day: _keys(day) for day in days if is_bounded(day)}
        keys = tuple(dict.fromkeys(key for each in bounded.values() for key in each if key is not None))
        found = await self._reader.lying(tenant, (), (), keys, False)
        return _rests(bounded, found.accounts)

    async def unpinned(
        self, tenant: str, goods: Mapping[str, Collection[SoldAs]], channel: str
    ) -> Mapping[tuple[str, SoldAs], Sequence[Unpinned]]:
        book = await self._quotas.of(tenant)
        found: dict[tuple[str, SoldAs], Sequence[Unpinned]] = {}
        for code, names in goods.items():
            for name in names:
                ways = [
                    Unpinned(
                        (*take.beside, take.position, *_caps(take.shared)),
                        _caps(take.shared, by_line=True),
                        {take.position: UNPINNED_OPENING},
                    )
                    for take in book.unpinned(code, channel or NONE, sku=name.sku, item=name.item)
                ]
                if ways:
                    found[code, name] = ways
        return found

    def take(self, plan: Plan, lines: Mapping[str, tuple[Day, int]]) -> Plan:
        bound = {line: Slotted(_slot(day), units) for line, (day, units) in lines.items() if is_bounded(day)}
        return with_capacity(plan, bound) if bound else plan


def is_bounded(day: Day) -> bool:
    return day.orders is not None or day.units is not None


def _slot(day: Day) -> Slot:
    return Slot(day.node, day.day, Figures(day.orders, day.units))


@lru_cache(maxsize=65_536)
def _keys(day: Day) -> DayKeys:
    """The accounts that bound a day's orders and units; the days of lately are asked for again by every promise."""
    return (
        None if day.orders is None else slot_key(ORDERS, day.node, day.day),
        None if day.units is None else slot_key(UNITS, day.node, day.day),
    )


def _rests(bounded: Mapping[Day, DayKeys], accounts: Mapping[AccountKey, Account]) -> dict[Day, DayRest]:
    return {
        day: DayRest(
            None if orders is None else rest(accounts.get(orders), day.orders),
            None if units is None else rest(accounts.get(units), day.units),
        )
        for day, (orders, units) in bounded.items()
    }


class _Takes:
    """How a channel may take goods, and which lines may do so: what is counted by a name is taken under that alone."""

    def __init__(
        self,
        book: QuotaBook,
        channel: str,
        goods: Mapping[str, Collection[SoldAs]],
        about: Mapping[str, Sequence[Quota]],
    ) -> None:
        self._book = book
        self._channel = channel
        self._names = goods
        self._named = {
            code
            for code, quotas in about.items()
            if any(quota.by_line and not quota.reserves and quota.channel == channel for quota in quotas)
        }

    def lying(self, goods: str, node: str, owner: str, lot: str) -> Iterator[tuple[Take, frozenset[SoldAs] | None]]:
        """The ways of all names, each name's in the order they are to be used."""

        def takes(name: SoldAs) -> Iterable[Take]:
            return self._book.takes(goods, node, self._channel, sku=name.sku, item=name.item, owner=owner, lot=lot)

        return self._by_name(goods, takes)

    def ahead(self, goods: str, node: str) -> Iterator[tuple[tuple[Quota, ...], frozenset[SoldAs] | None]]:
        """The caps that bind what is expected, by the names that they bind."""

        def caps(name: SoldAs) -> Iterable[tuple[Quota, ...]]:
            found = self._book.ahead(goods, node, self._channel, sku=name.sku, item=name.item)
            return () if found is None else (found,)

        return self._by_name(goods, caps)

    def _by_name(self, goods: str, of: Callable[[SoldAs], Iterable[T]]) -> Iterator[tuple[T, frozenset[SoldAs] | None]]:
        if goods not in self._named:
            yield from ((each, None) for each in of(BARE))
            return
        names: dict[T, set[SoldAs]] = {}
        for name in self._names[goods]:
            for each in of(name):
                names.setdefault(each, set()).add(name)
        yield from ((each, frozenset(found)) for each, found in names.items())


def _plain(positions: Iterable[Lying], free: Collection[str]) -> list[Share]:
    """Of goods that no quota is about, all that lies there for everybody."""
    make = tuple.__new__  # there may be thousands, and nearly all of them are these
    return [
        make(
            Share,
            (
                code,
                node,
                owner,
                lot,
                _day(expires) if expires else None,
                "",
                grantable,
                make(AccountKey, (POSITION, (owner, code, node, lot, NONE))),
                (),
                None,
                (),
            ),
        )
        for code, node, owner, lot, channel, grantable, expires in positions
        if channel == NONE and code in free
    ]


def _counted(positions: Collection[Lying], takes: _Takes) -> Iterator[Share]:
    """Of goods that quotas are about, what these leave to the channel, in the order it is to be used."""
    lying = {(each.goods, each.node, each.owner, each.lot, each.channel): each for each in positions}
    for code, node, owner, lot in dict.fromkeys(each[:4] for each in positions):
        for take, sold_as in takes.lying(code, node, owner, lot):
            there = lying.get((code, node, owner, lot, take.position.values[4]))
            if there is not None:
                yield Share(
                    code,
                    node,
                    owner,
                    lot,
                    _day(there.expires),
                    take.quota,
                    there.grantable,
                    take.position,
                    (*take.beside, *_caps(take.shared)),
                    sold_as,
                    _caps(take.shared, by_line=True),
                )


def _due(accounts: Mapping[AccountKey, Account], takes: _Takes) -> list[Due]:
    return [
        Due(
            at.goods,
            at.node,
            at.owner,
            at.on,
            account.grantable,
            key,
            shared[0].code if shared else "",
            _caps(shared),
            sold_as,
            _caps(shared, by_line=True),
        )
        for key, account in sorted(accounts.items(), key=lambda each: each[0].values)
        if key.kind is EXPECTED and account.grantable
        for at in (Expected.of(key),)
        for shared, sold_as in takes.ahead(at.goods, at.node)
    ]


def _accounts(goods: str, about: Sequence[Quota]) -> Iterator[AccountKey]:
    """Every account beside positions that a sale of the goods may count against."""
    yield from (account for quota in about if (account := quota.account) is not None)
    if any(quota.pooled == goods for quota in about):
        yield pool_key(goods)


def _caps(shared: Iterable[Quota], *, by_line: bool = False) -> tuple[AccountKey, ...]:
    """The accounts of caps that count goods, or of those that count what is sold."""
    return tuple(cap_key(quota.code) for quota in shared if quota.by_line is by_line)


def _left(accounts: Mapping[AccountKey, Account], key: AccountKey) -> int:
    account = accounts.get(key)
    return 0 if account is None else account.grantable


def _day(expires: str) -> date | None:
    return date.fromisoformat(expires) if expires else None
