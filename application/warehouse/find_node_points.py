"""Find where nodes are: what a map needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from application.kernel.entries import Followed
from application.warehouse.network import Network
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.warehouse.place import Point

MAX_NODES: Final = 2_000


@dataclass(frozen=True, slots=True)
class FindNodePoints:
    """Where these nodes (at most 2,000) are."""

    nodes: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.nodes) > MAX_NODES:
            raise InvalidInput(f"at most {MAX_NODES} nodes", field="nodes", most=MAX_NODES)
        for node in self.nodes:
            identifier(node, "nodes")


class FindNodePointsHandler:
    def __init__(self, networks: Followed[Network]) -> None:
        self._networks = networks

    async def __call__(self, tenant: str, query: FindNodePoints) -> Mapping[str, Point]:
        """Those of them whose site has a point. Raises StoreError."""
        network = await self._networks.of(tenant)
        sites = [network.site(node) for node in query.nodes]
        return {site.code: site.point for site in sites if site is not None and site.point is not None}
