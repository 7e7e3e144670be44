"""Request shipping: a warehouse is asked to send what was bound to leave from its node."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from application.kernel.breaker import Backoff, CircuitBreaker, CircuitOpen
from application.kernel.broker import Delivery, NotNow, Poison
from application.kernel.ports import Codec
from application.stock.answers import MovedLine, ReservationMoved

GROUP: Final = "ship-requests"
"""The group of consumers that asks warehouses to ship."""

BOUND: Final = frozenset(("StockConfirmed", "TransferFrozen"))
"""The events after which something is bound to leave."""

Sleep = Callable[[float], Awaitable[None]]


class WarehouseUnavailable(Exception):
    """The warehouse cannot be asked now. Nothing was done."""


class WarehouseUnknown(Exception):
    """The warehouse was asked and its answer did not come: it may know of the request, or not."""


class WarehouseRefused(Exception):
    """The warehouse will not do it, and says why."""


@dataclass(frozen=True, slots=True)
class ShipLine:
    """`quantity` (smallest unit) of a goods to send, for a line of the reservation."""

    line: str
    goods: str
    quantity: int
    owner: str
    lot: str


@dataclass(frozen=True, slots=True)
class ShipRequest:
    """What one node is to send for a reservation. The same `id` is the same request, however often it is sent."""

    id: str
    tenant: str
    reservation: str
    node: str
    lines: tuple[ShipLine, ...]


class Warehouse(Protocol):
    """A warehouse system that sends what lies at a node."""

    async def request(self, request: ShipRequest) -> None:
        """Returns when the warehouse has it. Raises WarehouseUnavailable, WarehouseUnknown, WarehouseRefused."""
        ...

    async def has(self, id: str) -> bool:
        """Whether it knows of the request of this id. Raises WarehouseUnavailable."""
        ...


FAILURES: Final = (WarehouseUnavailable, WarehouseUnknown)


class GuardedWarehouse:
    """A warehouse that is asked by at most `at_once` at a time, and not at all while its circuit is open."""

    def __init__(self, warehouse: Warehouse, breaker: CircuitBreaker, at_once: int) -> None:
        self._warehouse = warehouse
        self._breaker = breaker
        self._turn = asyncio.Semaphore(at_once)

    async def request(self, request: ShipRequest) -> None:
        async with self._turn:
            try:
                await self._breaker(lambda: self._warehouse.request(request))
            except CircuitOpen as error:
                raise WarehouseUnavailable(str(error)) from error

    async def has(self, id: str) -> bool:
        async with self._turn:
            try:
                return await self._breaker(lambda: self._warehouse.has(id))
            except CircuitOpen as error:
                raise WarehouseUnavailable(str(error)) from error


class RequestShipping:
    """Takes what the ledger tells, and asks the warehouse of each node that has one.

    `warehouses` are by tenant and node. A request whose answer did not come is asked after before it is sent again. An
    event comes at least once, and its requests bear the same ids every time.
    """

    def __init__(
        self,
        warehouses: Mapping[tuple[str, str], Warehouse],
        codec: Codec,
        chance: Callable[[], float],
        backoff: Backoff,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._warehouses = warehouses
        self._decode = codec.decode
        self._chance = chance
        self._backoff = backoff
        self._sleep = sleep

    @property
    def asks_nobody(self) -> bool:
        """Whether no node has a warehouse that is asked."""
        return not self._warehouses

    async def __call__(self, delivery: Delivery) -> None:
        """Raises Poison for what is refused, NotNow for what may still be done."""
        message = delivery.message
        if message.type not in BOUND:
            return
        try:
            told: ReservationMoved = self._decode(message.data, ReservationMoved)
        except ValueError as error:
            raise Poison(f"not what became of a reservation: {error}") from error
        refused = []
        for node, lines in by_node(told.lines).items():
            warehouse = self._warehouses.get((message.tenant, node))
            if warehouse is None:
                continue
            id = f"{message.tenant}/{told.reservation}/{message.epoch}.{message.number}/{node}"
            try:
                await self._ask(warehouse, ShipRequest(id, message.tenant, told.reservation, node, lines))
            except WarehouseRefused as error:
                refused.append(f"{node}: {error}")
        if refused:
            raise Poison(f"reservation {told.reservation} is not shipped from {'; '.join(refused)}")

    async def _ask(self, warehouse: Warehouse, request: ShipRequest) -> None:
        """Until the warehouse has it. Raises WarehouseRefused, NotNow."""
        doubtful = False
        for attempt in range(1, self._backoff.attempts + 1):
            try:
                if doubtful and await warehouse.has(request.id):
                    return
                doubtful = False
                await warehouse.request(request)
                return
            except WarehouseUnknown as error:
                doubtful, failure = True, str(error)
            except WarehouseUnavailable as error:
                failure = str(error)
            if attempt == self._backoff.attempts:
                raise NotNow(f"the warehouse of {request.node} has not taken {request.id}: {failure}")
            await self._sleep(self._backoff.wait(attempt, self._chance()))


def by_node(lines: Sequence[MovedLine]) -> dict[str, tuple[ShipLine, ...]]:
    """What is to leave from each node."""
    found: dict[str, list[ShipLine]] = {}
    for each in lines:
        line = ShipLine(each.line, each.goods, each.quantity, each.owner, each.lot)
        found.setdefault(each.node, []).append(line)
    return {node: tuple(several) for node, several in found.items()}
