"""Set quotas (渠道库存): what channels may sell, and what is set aside for them."""

from asyncio import Lock
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from application.kernel.balances import AccountReader
from application.kernel.call import Call
from application.kernel.command import Command, Commit, Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from application.kernel.ports import StoreError
from application.kernel.turned_down import TurnedDown, or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.availability import AvailabilityReader, Detail
from application.stock.handle import Mentions, objection
from application.stock.ports import Registers
from application.stock.quotas import GoodsBehind, Quotas
from domain.kernel.account import OPENED, AccountKey
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import CAP_LOWER, OPEN, SET_FLOOR
from domain.kernel.refusal import Refusal
from domain.stock.position import NONE, POSITION, Position
from domain.stock.quota import (
    AT_ITEM,
    AT_NODE,
    AT_SKU,
    CAP_RAISE,
    EXCLUSIVES,
    ONLY,
    POOLED,
    QUOTAS,
    Quota,
    QuotaMoved,
    cap_of,
    checked_dimension,
    is_exclusive,
    may_become,
    pool_key,
)

TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class SetQuotas:
    """Set 1 to 500 quotas, all or none; one that says what is known already changes nothing.

    A cap that is lowered below what was consumed keeps the rest as debt: what is given back pays it. A quota that is
    no longer active is at cap 0; set again, it goes on counting where it was. The first quota that sets goods aside at
    a wider dimension than a node opens the pool of the goods: all its positions are counted in it from then on.

    Refused: `quota.fixed`, `quota.dimension`, `quota.contradicts` when two channels would each have goods alone,
    `quota.moved` (retryable), `stock.promised` when less lies there than is to be set aside; `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "SetQuotas"
    reply: ClassVar[type] = EntriesWritten

    quotas: tuple[Quota, ...]

    def __post_init__(self) -> None:
        entered(self.quotas, "quotas")

    def mentions(self) -> Mentions:
        active = [quota for quota in self.quotas if quota.active]
        return Mentions(
            [goods for quota in active for goods in quota.behind],
            [quota.node for quota in active if quota.dimension == AT_NODE],
        )


@dataclass(frozen=True, slots=True)
class QuotasPlanned:
    """The ledger's part: the quotas with the goods behind them, and the positions that pools begin with.

    What is exclusive was judged beside all that is; `exclusives` is the version that this was judged by.
    """

    name: ClassVar[str] = SetQuotas.name
    reply: ClassVar[type] = EntriesWritten

    asked: SetQuotas
    quotas: tuple[Quota, ...]
    positions: Mapping[str, tuple[AccountKey, ...]]
    exclusives: int = 0

    def touches(self) -> Touches:
        keys = [key for quota in self.quotas if (key := quota.account) is not None]
        pools = dict.fromkeys(pool_key(quota.pooled) for quota in self.quotas if quota.pooled)
        counted = [key for keys in self.positions.values() for key in keys]
        judged = (EntryKey(EXCLUSIVES, ONLY),) if any(map(is_exclusive, self.quotas)) else ()
        return Touches(accounts=(*keys, *pools, *counted), entries=(*touched(QUOTAS, self.quotas).entries, *judged))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        counted = False
        for quota in self.quotas:
            facts = quota.facts()
            known = ledger.entry(QUOTAS, quota.code)
            if is_exclusive(quota) and not counted and (known is None or known.facts != facts):
                self._count(ledger)
                counted = True
            if known is None or known.facts != facts:
                if known is not None:
                    may_become(Quota.of_entry(quota.code, known.facts), quota)
                if quota.pooled:
                    self._open_pool(ledger, quota.pooled)
                if quota.account is not None:
                    set_cap(ledger, quota.account, quota.cap if quota.active else 0)
                known = ledger.write_entry(QUOTAS, quota.code, facts)
                ledger.tell("QuotaSet", quota, subject=f"{QUOTAS}:{quota.code}", number=known.version)
            entries.append(known)
        return written(QUOTAS, entries)

    def _count(self, ledger: Ledger) -> None:
        """More is exclusive: raises QuotaMoved where more became so that this was not judged by."""
        known = ledger.entry(EXCLUSIVES, ONLY)
        if (known.version if known else 0) != self.exclusives:
            raise QuotaMoved("exclusive quotas were set while this was checked", tries=TRIES)
        ledger.write_entry(EXCLUSIVES, ONLY, {"active": True})

    def _open_pool(self, ledger: Ledger, goods: str) -> None:
        """Have the goods' pool count every position there is; what it should have then follows."""
        pool = pool_key(goods)
        if ledger.account(pool).version:
            return
        ledger.post(pool, SET_FLOOR, 0, reason=POOLED)
        met = [key for key in ledger.accepted.accounts if key.kind is POSITION]  # those born in this very batch, too
        plain = [key for key in met if key.values[1] == goods and key.values[4] == NONE]
        for position in dict.fromkeys((*self.positions.get(goods, ()), *plain)):
            ledger.post(position, SET_FLOOR, 0, reason=POOLED, facts={POOLED: goods})


def set_cap(ledger: Ledger, key: AccountKey, cap: int) -> None:
    """Have a quota's account count against this cap from now on. What it cannot give up yet is its debt."""
    account = ledger.account(key)
    more, facts = cap - cap_of(account), {OPENED: str(cap)}
    if not more:
        return
    if not account.version:
        ledger.post(key, OPEN, cap, facts=facts)
        return
    debt = account.debt
    posted = 0
    if more > 0:
        paid = min(more, debt)
        debt, posted = debt - paid, more - paid
        kind = CAP_RAISE
    else:
        posted = min(-more, account.balances.available)
        debt += -more - posted
        kind = CAP_LOWER
    if posted:
        ledger.post(key, kind, posted, reason="cap", facts=facts)
    else:
        ledger.post(key, SET_FLOOR, 0, reason="cap", facts=facts)
    ledger.owe(key, debt)


class SetQuotasHandler:
    """Finds the goods behind SKUs and items, and the positions that a pool begins with; checks, and commits."""

    def __init__(
        self,
        commit: Commit,
        registers: Registers,
        behind: GoodsBehind,
        accounts: AccountReader,
        stock: AvailabilityReader,
        quotas: Quotas,
    ) -> None:
        self._commit = commit
        self._registers = registers
        self._behind = behind
        self._accounts = accounts
        self._stock = stock
        self._quotas = quotas
        self._turn = Lock()

    async def __call__(self, call: Call, command: SetQuotas) -> EntriesWritten:
        """Raises QuotaFixed, QuotaDimension, QuotaContradicts, QuotaMoved, `stock.promised`, UnknownGoods, UnknownNode
        and the like, Unanswered.

        What is exclusive is judged by this process's view, and judged anew where another process was faster; within the
        process such commands take turns.
        """
        if not any(map(is_exclusive, command.quotas)):
            return await self._set(call, command)
        async with self._turn:
            for _ in range(TRIES - 1):
                with suppress(QuotaMoved):
                    return await self._set(call, command)
            return await self._set(call, command)

    async def _set(self, call: Call, command: SetQuotas) -> EntriesWritten:
        decided: Command[EntriesWritten]
        try:
            named = await self._with_goods(call.tenant, command.quotas)
            refusal = await objection(call, self._registers, SetQuotas(named).mentions())
            book = await self._quotas.of(call.tenant)
            exclusives = book.exclusives
            book.contradicted(named)
            planned = QuotasPlanned(command, named, await self._unopened(call.tenant, named), exclusives)
            decided = or_turned_down(planned, refusal)
        except Refusal as objected:
            decided = TurnedDown(command, objected, touched(QUOTAS, command.quotas))
        except StoreError as error:
            raise Unavailable(f"what quotas are of cannot be read: {error}", request=call.request) from error
        try:
            return await self._commit.submit(call, decided, asked=command)
        finally:
            self._quotas.look_again()

    async def _with_goods(self, tenant: str, quotas: Sequence[Quota]) -> tuple[Quota, ...]:
        """Each with the goods behind it, where it is of a SKU or item: what reserves keeps those it was set with."""
        book = await self._quotas.of(tenant)
        found = []
        for quota in quotas:
            named, known = quota, book.quotas.get(quota.code)
            if quota.dimension in (AT_SKU, AT_ITEM) and not quota.goods:
                if known is not None and (known.reserves or not quota.active):
                    named = replace(quota, goods=known.goods)
                else:
                    goods = await self._behind.goods_behind(tenant, quota.dimension, quota.of)
                    named = replace(quota, goods=tuple(sorted(goods)))
            found.append(checked_dimension(named))
        return tuple(found)

    async def _unopened(self, tenant: str, quotas: Sequence[Quota]) -> Mapping[str, tuple[AccountKey, ...]]:
        """The plain positions of goods whose pool is not open yet."""
        wanted = dict.fromkeys(quota.pooled for quota in quotas if quota.pooled)
        if not wanted:
            return {}
        known = await self._accounts.accounts(tenant, [pool_key(goods) for goods in wanted])
        unopened = tuple(goods for goods in wanted if pool_key(goods) not in known.accounts)
        if not unopened:
            return {}
        stock = await self._stock.availability(tenant, unopened, (), Detail.POSITION, None)
        return {
            each.goods: tuple(
                Position(each.goods, at.node, position.owner, position.lot).key
                for at in each.nodes
                for position in at.positions
                if position.channel == NONE
            )
            for each in stock.goods
        }
