"""Find what is expected of goods (预计到货), and who was promised a receipt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.kernel.balances import AccountReader
from application.kernel.register_pages import page_size, tenant_of
from application.stock.expected import receipt_key
from application.stock.ports import ExpectedReader
from application.stock.queries import at_most
from domain.kernel.account import Account
from domain.kernel.quantity import identifier
from domain.stock.expected import Expected, ExpectedUnknown, broken, to_come
from domain.stock.position import NONE


@dataclass(frozen=True, slots=True)
class Receipt:
    """An expected receipt: `to_come` is announced and not here, `available` of it may be promised; `reserved` and
    `allocated` are promised; of these are `lacking` what was withdrawn from under them.
    """

    goods: str
    node: str
    owner: str
    on: str
    to_come: int
    available: int
    reserved: int
    allocated: int
    lacking: int
    version: int


@dataclass(frozen=True, slots=True)
class ExpectedSupply:
    """Receipts by goods, node, date and owner, as they were committed at `as_of`; what has all arrived is left out."""

    as_of: datetime
    source: str
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class FindExpected:
    """1 to 500 goods, at all nodes or at these (at most 500)."""

    goods: tuple[str, ...]
    nodes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        at_most(len(self.goods), "goods", least=1)
        at_most(len(self.nodes), "nodes")
        for code in self.goods:
            identifier(code, "goods")
        for code in self.nodes:
            identifier(code, "node")


@dataclass(frozen=True, slots=True)
class PromisedOf:
    """A reservation that was promised units of a receipt; `lacking` of them were withdrawn: it will not have them."""

    reservation: str
    order: str | None
    status: str
    quantity: int
    lacking: int


@dataclass(frozen=True, slots=True)
class ReceiptPromises:
    """Who was promised a receipt, in the order they were made; `more` says that there are others."""

    receipt: Receipt
    promises: tuple[PromisedOf, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class FindReceiptPromises:
    """One receipt, and at most `limit` (1 to 500) of those who were promised it."""

    goods: str
    node: str
    on: str
    owner: str = NONE
    limit: int = 100

    def __post_init__(self) -> None:
        receipt_key(self.owner, self.goods, self.node, self.on)
        page_size(self.limit)


class Reader(ExpectedReader, AccountReader, Protocol):
    """Both are read of one source."""


class FindExpectedHandler:
    def __init__(self, reader: ExpectedReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindExpected) -> ExpectedSupply:
        """Raises AnswerTooLarge."""
        goods, nodes = tuple(dict.fromkeys(query.goods)), tuple(dict.fromkeys(query.nodes))
        found = await self._reader.expected(tenant_of(tenant), goods, nodes)
        receipts = sorted(map(_receipt, found.accounts.values()), key=_place)
        return ExpectedSupply(found.as_of, found.source, tuple(receipts))


class FindReceiptPromisesHandler:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindReceiptPromises) -> ReceiptPromises:
        """Raises ExpectedUnknown."""
        key = receipt_key(query.owner, query.goods, query.node, query.on)
        found = await self._reader.accounts(tenant_of(tenant), (key,))
        account = found.accounts.get(key)
        if account is None:
            raise ExpectedUnknown(f"nothing is announced of {key}", account=key.named())
        holders = await self._reader.holders(tenant, key, query.limit + 1)
        shown, more = holders[: query.limit], len(holders) > query.limit
        receipt = _receipt(account)
        # Those who go without are the last: of a part of the list, the units beyond what is to come.
        held = sum(sum(each.holding(key)) for each in holders)
        beyond = max(0, held - max(0, receipt.reserved + receipt.allocated - receipt.lacking))
        lacks = {each.reservation: each.quantity for each in broken(holders, key, beyond)}
        promises = tuple(
            PromisedOf(each.id, each.order, each.status, sum(each.holding(key)), lacks.get(each.id, 0))
            for each in shown
        )
        return ReceiptPromises(receipt, promises, more)


def _receipt(account: Account) -> Receipt:
    at, balances = Expected.of(account.key), account.balances
    return Receipt(
        at.goods,
        at.node,
        at.owner,
        at.on.isoformat(),
        to_come(account),
        account.grantable,
        balances.reserved,
        balances.allocated,
        max(0, account.floor - balances.available),
        account.version,
    )


def _place(receipt: Receipt) -> tuple[str, str, str, str]:
    return receipt.goods, receipt.node, receipt.on, receipt.owner
