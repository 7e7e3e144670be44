"""What nodes can send off on their days, for stock: sites and calendars say it, capacity's accounts hold it."""

from collections.abc import Mapping
from datetime import date

from application.kernel.entries import Followed as View
from application.stock.ports import Follow, Followed
from application.warehouse.network import Network
from application.warehouse.node_days import slot_on
from domain.kernel.account import AccountKey
from domain.kernel.reservation import Plan
from domain.warehouse.capacity import Slotted, day_of, group_name, is_capacity, slot_key, with_capacity


class NetworkDays:
    """Answers `NodeDays`."""

    def __init__(self, networks: View[Network]) -> None:
        self._networks = networks

    async def hold(self, tenant: str, plan: Plan, lines: Mapping[str, tuple[str, int]], day: date) -> Plan:
        network = await self._networks.of(tenant)
        return with_capacity(
            plan, {line: Slotted(slot_on(network, node, day), units) for line, (node, units) in lines.items()}
        )

    async def follow(self, tenant: str) -> Follow:
        network = await self._networks.of(tenant)

        def follow(account: AccountKey, node: str) -> Followed | None:
            if not is_capacity(account):
                return None
            was, day = day_of(account)
            key = slot_key(account.kind, node, day)
            opening = slot_on(network, node, day).openings.get(key)
            return Followed(was, None if opening is None else key, opening or 0, group_name(node, day))

        return follow
