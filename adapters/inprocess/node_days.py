"""What nodes can send off on their days, for stock and promises: sites and calendars say it, accounts hold it."""

from collections.abc import Collection, Mapping
from datetime import date

from application.kernel.entries import Followed as View
from application.kernel.register_pages import RegisterReader
from application.sourcing.held import SOURCED
from application.stock.ports import LEAVING, Leaving, NodeDay
from application.warehouse.network import Network
from application.warehouse.node_days import slot_on
from domain.kernel.account import AccountKey
from domain.kernel.reservation import Plan
from domain.warehouse.capacity import ORDERS, UNITS, Slotted, day_of, group_name, is_capacity, slot_key, with_capacity


class NetworkDays:
    """Answers `NodeDays`."""

    def __init__(self, networks: View[Network], entries: RegisterReader) -> None:
        self._networks = networks
        self._entries = entries

    async def hold(self, tenant: str, plan: Plan, lines: Mapping[str, tuple[str, int]], day: date) -> Plan:
        network = await self._networks.of(tenant)
        return with_capacity(
            plan, {line: Slotted(slot_on(network, node, day), units) for line, (node, units) in lines.items()}
        )

    async def leaving(self, tenant: str, reservation: str) -> Leaving:
        said: dict[tuple[str, str], list[date]] = {}
        for register in (LEAVING, SOURCED):
            for entry in await self._entries.entries(tenant, register, reservation, "", 1):
                days = entry.facts.get("days", {}) if entry.key.code == reservation else {}
                for line, nodes in days.items():
                    for node, day in nodes.items():
                        said.setdefault((line, node), []).append(date.fromisoformat(day))
        return NetworkLeaving(await self._networks.of(tenant), said)


class NetworkLeaving:
    """Answers `Leaving`. `said`: the days of lines at nodes."""

    def __init__(self, network: Network, said: Mapping[tuple[str, str], Collection[date]]) -> None:
        self._network = network
        self._said = said

    def of(self, account: AccountKey) -> tuple[str, date] | None:
        return day_of(account) if is_capacity(account) else None

    def said(self, line: str, node: str) -> Collection[date]:
        return self._said.get((line, node), ())

    def on(self, node: str, day: date) -> NodeDay:
        openings = slot_on(self._network, node, day).openings
        units, orders = (key if (key := slot_key(kind, node, day)) in openings else None for kind in (UNITS, ORDERS))
        return NodeDay(units, orders, group_name(node, day), openings)
