"""Find quotas (渠道库存): what channels may sell, what of it is left, and what they took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.kernel.balances import AccountReader
from application.kernel.register_pages import page_size, tenant_of
from application.stock.availability import AvailabilityReader, Detail
from application.stock.quotas import Quotas
from domain.kernel.account import Account
from domain.kernel.quantity import identifier
from domain.stock.quota import Quota, cap_of


@dataclass(frozen=True, slots=True)
class FindQuotas:
    """A page of at most `limit` (1 to 500) quotas, active or not, in byte order of their codes: of a goods, a channel,
    both, or all.
    """

    goods: str = ""
    channel: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        for value, name in ((self.goods, "goods"), (self.channel, "channel"), (self.after, "after")):
            if value:
                identifier(value, name)
        page_size(self.limit)


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """A quota and where it stands. `rest` can be taken now; `consumed` was taken and not given back, of it `reserved`
    and `allocated` are still held; `debt` is what it still has to take back, because its cap was lowered under it.

    What reserves a goods at a node has as `cap` all that lies on the channel's leaves and is not gone, and no debt.
    """

    code: str
    channel: str
    mode: str
    dimension: str
    of: str
    node: str
    goods: tuple[str, ...]
    active: bool
    cap: int
    rest: int
    consumed: int
    reserved: int
    allocated: int
    debt: int


@dataclass(frozen=True, slots=True)
class QuotaPage:
    """`after` is what to ask for the next page with; empty after the last. `as_of`: the commit it is read from."""

    as_of: datetime
    quotas: tuple[QuotaStanding, ...]
    after: str


class FindQuotasHandler:
    """Quotas from the view that this process keeps; where they stand, in one read of accounts and one of leaves."""

    def __init__(self, quotas: Quotas, accounts: AccountReader, stock: AvailabilityReader) -> None:
        self._quotas = quotas
        self._accounts = accounts
        self._stock = stock

    async def __call__(self, tenant: str, query: FindQuotas) -> QuotaPage:
        """Raises StoreError, AnswerTooLarge."""
        book = await self._quotas.of(tenant_of(tenant))
        asked = sorted(
            quota.code
            for quota in book.quotas.values()
            if quota.code > query.after
            and (not query.goods or query.goods in quota.behind)
            and (not query.channel or query.channel == quota.channel)
        )
        shown = [book.quotas[code] for code in asked[: query.limit]]
        found = await self._accounts.accounts(tenant, [key for quota in shown if (key := quota.account) is not None])
        leaves = await self._leaves(tenant, [quota for quota in shown if quota.is_leaf])
        return QuotaPage(
            found.as_of,
            tuple(
                leaves[quota.code] if quota.is_leaf else _standing(quota, found.accounts.get(key) if key else None)
                for quota in shown
                for key in (quota.account,)
            ),
            shown[-1].code if len(asked) > len(shown) else "",
        )

    async def _leaves(self, tenant: str, quotas: Sequence[Quota]) -> Mapping[str, QuotaStanding]:
        if not quotas:
            return {}
        goods = tuple(dict.fromkeys(quota.of for quota in quotas))
        nodes = tuple(dict.fromkeys(quota.node for quota in quotas))
        stock = await self._stock.availability(tenant, goods, nodes, Detail.POSITION, None)
        lies: dict[tuple[str, str, str], list[int]] = {}
        for each in stock.goods:
            for node in each.nodes:
                for at in node.positions:
                    sums = lies.setdefault((each.goods, node.node, at.channel), [0, 0, 0])
                    for place, amount in enumerate((at.amounts.available, at.amounts.reserved, at.amounts.allocated)):
                        sums[place] += amount
        return {
            quota.code: _told(quota, sum(sums), sums[0], sums[1], sums[2], 0)
            for quota in quotas
            for sums in (lies.get((quota.of, quota.node, quota.channel), [0, 0, 0]),)
        }


def _standing(quota: Quota, account: Account | None) -> QuotaStanding:
    if account is None:
        return _told(quota, 0, 0, 0, 0, 0)
    there = account.balances
    return _told(quota, cap_of(account), there.available, there.reserved, there.allocated, account.debt)


def _told(quota: Quota, cap: int, rest: int, reserved: int, allocated: int, debt: int) -> QuotaStanding:
    return QuotaStanding(
        quota.code,
        quota.channel,
        quota.mode,
        quota.dimension,
        quota.of,
        quota.node,
        quota.behind,
        quota.active,
        cap,
        rest,
        cap + debt - rest,
        reserved,
        allocated,
        debt,
    )
