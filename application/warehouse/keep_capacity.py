"""Days that are open follow what is said of sites and calendars: whoever says it has them adjusted."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from application.kernel.call import Call
from application.kernel.enter import EntriesWritten
from application.kernel.entries import Followed
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unanswered
from application.warehouse.adjust_capacity import MAX_NODES, AdjustCapacity, AdjustCapacityHandler
from application.warehouse.network import Network
from domain.kernel.refusal import Refusal
from domain.warehouse.calendar import CALENDAR

A_DAY: Final = timedelta(days=1)


class KeepCapacity:
    """Handles what sets sites or calendars, and then adjusts the days of the nodes that it is about.

    What was set stands, whether the days could be adjusted or not: a repeat of the request does it, or
    `AdjustCapacity`.
    """

    def __init__(
        self,
        enter: Callable[[Call, Any], Awaitable[EntriesWritten]],
        networks: Followed[Network],
        adjust: AdjustCapacityHandler,
        wall: Callable[[], datetime],
    ) -> None:
        self._enter = enter
        self._networks = networks
        self._adjust = adjust
        self._wall = wall

    async def __call__(self, call: Call, command: Any) -> EntriesWritten:
        """The reply of what was set. Raises what setting it raises."""
        reply = await self._enter(call, command)
        with suppress(Refusal, StoreError, Unanswered):
            nodes = await self._nodes(call.tenant, reply)
            first = (self._wall() - A_DAY).date().isoformat()  # somewhere it is still yesterday
            for number, start in enumerate(range(0, len(nodes), MAX_NODES)):
                own = Call(
                    call.tenant,
                    call.actor,
                    f"capacity:{number}:{call.request}",
                    call.principal,
                    call.deadline,
                    system=True,
                )
                await self._adjust(own, AdjustCapacity(tuple(nodes[start : start + MAX_NODES]), first))
        return reply

    async def _nodes(self, tenant: str, reply: EntriesWritten) -> Sequence[str]:
        """The nodes with bounded days that were set, or whose calendars were."""
        network = await self._networks.of(tenant)
        codes = [entry.code for entry in reply.entries]
        if reply.register == CALENDAR:
            codes = network.working_by(codes)
        return [code for code in codes if _bounded(network, code)]


def _bounded(network: Network, node: str) -> bool:
    site = network.site(node)
    return site is not None and (site.orders_a_day, site.units_a_day) != (None, None)
