"""Routing for sourcing, answered by the network of warehouse."""

from collections.abc import Collection, Iterator, KeysView, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final

from application.kernel.entries import Followed
from application.sourcing.routing import Candidate, Destination, Rejected, Resolved, Routed
from application.warehouse.network import Network
from domain.warehouse.address import Address, Place
from domain.warehouse.routing import Serving

_candidate: Final = tuple.__new__
"""Without the detour over `_make`: there may be thousands."""


class Candidates(Mapping[str, Candidate]):
    """Those of one question, each worked out once, when it is asked for."""

    __slots__ = ("_known", "_serving")

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._known: dict[str, Candidate] = {}

    def __getitem__(self, node: str) -> Candidate:
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = _candidate(Candidate, self._serving.candidate(node))
        return found

    def __contains__(self, node: object) -> bool:
        return node in self._serving.nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._serving.nodes)

    def __len__(self) -> int:
        return len(self._serving.nodes)

    def keys(self) -> KeysView[str]:
        return self._serving.nodes.keys()


class WarehouseRouting:
    """Answers `Routing` from views that this process follows."""

    def __init__(self, networks: Followed[Network]) -> None:
        self._networks = networks

    async def candidates(
        self, tenant: str, destination: Destination, buyer: str, goods: Collection[str], at: datetime
    ) -> Routed:
        network = await self._networks.of(tenant)
        place = network.resolve(Address(*destination))
        serving = network.serving(place, destination.pickup, buyer, goods, at)
        return Routed(_resolved(place), Candidates(serving), serving.rejected)

    async def begins(self, tenant: str, nodes: Collection[str], day: date) -> Mapping[str, datetime]:
        network = await self._networks.of(tenant)
        found = ((node, network.begins(node, day)) for node in nodes)
        return {node: begins for node, begins in found if begins is not None}

    async def rejected(
        self,
        tenant: str,
        destination: Destination,
        buyer: str,
        goods: Collection[str],
        at: datetime,
        after: str,
        limit: int,
    ) -> Sequence[Rejected]:
        network = await self._networks.of(tenant)
        place = network.resolve(Address(*destination))
        found = network.rejected(place, destination.pickup, buyer, goods, at, after)
        return [Rejected._make(each) for each in islice(found, limit)]


def _resolved(place: Place) -> Resolved:
    lat, lng = (None, None) if place.point is None else place.point
    return Resolved(place.nation, place.regions, place.postcode, lat, lng, place.point_from, place.region_from)
