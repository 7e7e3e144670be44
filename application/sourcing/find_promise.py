"""Find a kept promise."""

from dataclasses import dataclass

from application.kernel.register_pages import tenant_of
from application.sourcing.kept import Keeping
from application.sourcing.promise import Promise
from domain.kernel.quantity import identifier


@dataclass(frozen=True, slots=True)
class FindPromise:
    """The promise that is kept under this id, as it was told."""

    id: str

    def __post_init__(self) -> None:
        identifier(self.id, "id")


class FindPromiseHandler:
    """Reads it."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    async def __call__(self, tenant: str, query: FindPromise) -> Promise:
        """Raises PromiseUnknown, StoreError."""
        return (await self._keeping.find(tenant_of(tenant), query.id)).promise
