"""Resolve an address: where it is, as routing understands it."""

from dataclasses import dataclass

from application.kernel.entries import Followed
from application.warehouse.network import Network
from domain.warehouse.address import Address, Place


@dataclass(frozen=True, slots=True)
class ResolveAddress:
    """Where `address` is."""

    address: Address


class ResolveAddressHandler:
    def __init__(self, networks: Followed[Network]) -> None:
        self._networks = networks

    async def __call__(self, tenant: str, query: ResolveAddress) -> Place:
        """Raises UnknownAddress, ContradictoryAddress, StoreError."""
        return (await self._networks.of(tenant)).resolve(query.address)
