"""Find capacity (产能余量): what nodes can send off on their days, and what of it is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.kernel.entries import Followed
from application.kernel.register_pages import tenant_of
from application.warehouse.adjust_capacity import MAX_NODES
from application.warehouse.network import Network
from application.warehouse.node_days import OpenDays, slot_on
from domain.kernel.account import Account
from domain.kernel.quantity import calendar_day, calendar_day_within, identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.warehouse.capacity import ORDERS, UNITS, consumed, figure_of, rest, slot_key

MAX_DAYS: Final = 62
MAX_NODE_DAYS: Final = 500
"""Most days of nodes that one answer has."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a day can send off (`figure`), what may still be taken, is reserved or bound to leave, and has left.

    `beyond` is by how much more is taken than the figure, since it was lowered.
    """

    figure: int
    rest: int
    reserved: int
    allocated: int
    gone: int
    beyond: int


@dataclass(frozen=True, slots=True)
class NodeDay:
    """A day of a node; what is not bounded is None."""

    node: str
    day: str
    worked: bool
    orders: Taken | None
    units: Taken | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """The days of each node in turn, as they were committed at `as_of`."""

    as_of: datetime
    source: str
    days: tuple[NodeDay, ...]


@dataclass(frozen=True, slots=True)
class FindCapacity:
    """1 to 50 nodes, from `first` (YYYY-MM-DD) on for `days` (1 to 62): at most 500 days of nodes."""

    nodes: tuple[str, ...]
    first: str
    days: int = 7

    def __post_init__(self) -> None:
        if not 1 <= len(self.nodes) <= MAX_NODES:
            raise InvalidInput(f"1 to {MAX_NODES} nodes can be asked for at once", field="nodes", most=MAX_NODES)
        for node in self.nodes:
            identifier(node, "node")
        calendar_day_within(self.first, "first")
        whole(self.days, "days", most=MAX_DAYS)
        if len(self.nodes) * self.days > MAX_NODE_DAYS:
            raise InvalidInput(f"at most {MAX_NODE_DAYS} days of nodes", field="days", most=MAX_NODE_DAYS)


class FindCapacityHandler:
    """Reads the figures from the view of sites and calendars, and what is taken from the ledger."""

    def __init__(self, networks: Followed[Network], days: OpenDays) -> None:
        self._networks = networks
        self._days = days

    async def __call__(self, tenant: str, query: FindCapacity) -> Capacity:
        """Raises StoreError."""
        network = await self._networks.of(tenant_of(tenant))
        first = calendar_day(query.first, "first")
        slots = [
            slot_on(network, node, first + timedelta(days=n))
            for node in dict.fromkeys(query.nodes)
            for n in range(query.days)
        ]
        found = await self._days.accounts(tenant, [key for slot in slots for key in slot.openings])
        days = []
        for slot in slots:
            orders, units = (found.accounts.get(slot_key(kind, slot.node, slot.day)) for kind in (ORDERS, UNITS))
            days.append(
                NodeDay(
                    slot.node,
                    slot.day.isoformat(),
                    network.works(slot.node, slot.day),
                    _taken(orders, slot.figures.orders),
                    _taken(units, slot.figures.units),
                )
            )
        return Capacity(found.as_of, found.source, tuple(days))


def _taken(account: Account | None, figure: int | None) -> Taken | None:
    if figure is None:
        return None
    if account is None:
        return Taken(figure, figure, 0, 0, 0, 0)
    stands, balances = figure_of(account), account.balances
    beyond = max(0, consumed(account) - stands)
    return Taken(
        stands,
        rest(account, stands) or 0,
        balances.reserved,
        balances.allocated,
        consumed(account) - balances.reserved - balances.allocated,
        beyond,
    )
