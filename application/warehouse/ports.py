"""What warehouse asks of others."""

from collections.abc import Collection
from datetime import tzinfo
from typing import Protocol

from domain.warehouse.address import Place
from domain.warehouse.coverage import Reach


class CoverageIndex(Protocol):
    """Which of many things may cover a place: it cuts thousands of nodes to those that are worth asking."""

    def put(self, code: str, reach: Reach) -> None:
        """File it; what it was filed under before is forgotten."""
        ...

    def drop(self, code: str) -> None:
        """Forget it, if it was filed."""
        ...

    def around(self, place: Place) -> Collection[str]:
        """All whose reach the place lies in, each once, in any order, and maybe others; the caller keeps it no longer
        than until the next change."""
        ...


class Zones(Protocol):
    def __call__(self, name: str, /) -> tzinfo:
        """The time zone of the IANA database. Raises KeyError where there is none of that name."""
        ...


class Registers(Protocol):
    async def require(self, tenant: str, goods: Collection[str], nodes: Collection[str]) -> None:
        """Raises the refusals of what is not registered or inactive, StoreError."""
        ...
