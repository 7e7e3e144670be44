"""What nodes' days are bounded to, for promises that are taken up later: sites and calendars say it."""

from collections.abc import Collection, Mapping
from datetime import date

from application.kernel.entries import Followed
from application.sourcing.ports import Day
from application.warehouse.network import Network
from application.warehouse.node_days import slot_on


class NetworkDaysNow:
    """Answers `DaysNow`."""

    def __init__(self, networks: Followed[Network]) -> None:
        self._networks = networks

    async def days(self, tenant: str, at: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Day]:
        network = await self._networks.of(tenant)
        worked = [(node, day) for node, day in at if network.works(node, day)]
        return {(node, day): Day(node, day, *slot_on(network, node, day).figures) for node, day in worked}
