"""Find what a channel can be promised (渠道可售): of goods, in total and by node."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.kernel.balances import AccountReader
from application.kernel.register_pages import tenant_of
from application.stock.availability import AvailabilityReader, Detail
from application.stock.queries import at_most
from application.stock.quotas import QuotaBook, Quotas, Take
from domain.kernel.account import Account, AccountKey
from domain.kernel.quantity import identifier
from domain.stock.position import NONE, POSITION
from domain.stock.quota import SHARED


@dataclass(frozen=True, slots=True)
class FindChannelStock:
    """1 to 500 goods at all nodes or at these (at most 500), as `channel` (`-`: none) may sell them: under the name of
    a SKU or item, where that is given.
    """

    goods: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    channel: str = NONE
    sku: str = ""
    item: str = ""

    def __post_init__(self) -> None:
        at_most(len(self.goods), "goods", least=1)
        at_most(len(self.nodes), "nodes")
        for name, values in (("goods", self.goods), ("node", self.nodes), ("channel", (self.channel,))):
            for value in values:
                identifier(value, name)
        for name, value in (("sku", self.sku), ("item", self.item)):
            if value:
                identifier(value, name)


@dataclass(frozen=True, slots=True)
class ChannelNode:
    """What can be promised at one node; `aside` of it is set aside for the channel."""

    node: str
    promisable: int
    aside: int


@dataclass(frozen=True, slots=True)
class ChannelGoods:
    """A goods in total and by node, where nodes may share a cap. `excluded`: another channel alone sells it there."""

    goods: str
    promisable: int
    aside: int
    nodes: tuple[ChannelNode, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelStock:
    """Each goods asked for, once, in the order asked. `as_of`: the commit it is read from."""

    as_of: datetime
    channel: str
    goods: tuple[ChannelGoods, ...]


class FindChannelStockHandler:
    """Reads positions, and what may bind beside them: two reads, so a sale between them may show in one alone."""

    def __init__(self, quotas: Quotas, accounts: AccountReader, stock: AvailabilityReader) -> None:
        self._quotas = quotas
        self._accounts = accounts
        self._stock = stock

    async def __call__(self, tenant: str, query: FindChannelStock) -> ChannelStock:
        """Raises StoreError, AnswerTooLarge."""
        goods, nodes = tuple(dict.fromkeys(query.goods)), tuple(dict.fromkeys(query.nodes))
        book = await self._quotas.of(tenant_of(tenant))
        stock = await self._stock.availability(tenant, goods, nodes, Detail.POSITION, None)
        lies: dict[AccountKey, int] = {}
        takes: dict[str, dict[str, list[Take]]] = {}
        for each in stock.goods:
            at_nodes = takes.setdefault(each.goods, {})
            for at in each.nodes:
                lots = dict.fromkeys((position.owner, position.lot) for position in at.positions)
                for position in at.positions:
                    key = POSITION.key(position.owner, each.goods, at.node, position.lot, position.channel)
                    lies[key] = position.amounts.promisable
                at_nodes[at.node] = [
                    take
                    for owner, lot in lots
                    for take in book.takes(
                        each.goods, at.node, query.channel, sku=query.sku, item=query.item, owner=owner, lot=lot
                    )
                ]
        caps = dict.fromkeys(
            key for at in takes.values() for listed in at.values() for take in listed for key in take.caps
        )
        found = await self._accounts.accounts(tenant, list(caps))
        rest = lies | _rest(caps, found.accounts)
        return ChannelStock(
            min(stock.as_of, found.as_of),
            query.channel,
            tuple(_goods(book, each, takes.get(each, {}), rest, query.channel) for each in goods),
        )


def _rest(keys: Mapping[AccountKey, None], accounts: Mapping[AccountKey, Account]) -> dict[AccountKey, int]:
    return {key: account.grantable if (account := accounts.get(key)) else 0 for key in keys}


def _goods(
    book: QuotaBook, goods: str, takes: Mapping[str, Sequence[Take]], rest: Mapping[AccountKey, int], channel: str
) -> ChannelGoods:
    total, aside = _sum([take for at in takes.values() for take in at], rest)
    return ChannelGoods(
        goods,
        total,
        aside,
        tuple(ChannelNode(node, *_sum(at, rest)) for node, at in takes.items() if at),
        tuple(node for node in takes if book.excluding(goods, node, channel)),
    )


def _sum(takes: Sequence[Take], rest: Mapping[AccountKey, int]) -> tuple[int, int]:
    """What all these ways give together, and how much of it is set aside: that first, as a reserve takes it."""
    taken: defaultdict[AccountKey, int] = defaultdict(int)
    total = aside = 0
    for take in sorted(takes, key=lambda take: take.mode in ("", SHARED)):
        held = [account for account, _ in take.way()]
        part = min(max(rest.get(key, 0) - taken[key], 0) for key in held)
        for key in held:
            taken[key] += part
        total += part
        aside += part if take.mode not in ("", SHARED) else 0
    return total, aside
