"""Routing for sourcing, answered by the network of warehouse."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice, repeat
from typing import Final

from application.kernel.entries import Followed
from application.sourcing.routing import Candidate, Destination, Rejected, Resolved, Routed
from application.warehouse.network import Network
from domain.warehouse.address import Address, Place

_candidate: Final = tuple.__new__
"""Without the detour over `_make`: there may be thousands."""


class WarehouseRouting:
    """Answers `Routing` from views that this process follows."""

    def __init__(self, networks: Followed[Network]) -> None:
        self._networks = networks

    async def candidates(
        self, tenant: str, destination: Destination, buyer: str, goods: Collection[str], at: datetime
    ) -> Routed:
        network = await self._networks.of(tenant)
        place = network.resolve(Address(*destination))
        candidates, rejected = network.route(place, destination.pickup, buyer, goods, at)
        return Routed(_resolved(place), tuple(map(_candidate, repeat(Candidate), candidates)), rejected)

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
