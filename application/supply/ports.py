"""The ports of the supply context, each as small as its consumer needs."""

from collections.abc import Iterable
from typing import Protocol


class Registers(Protocol):
    """The registers of goods and nodes, at most one second old."""

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        """Raises a Refusal (`goods.unknown`, `goods.inactive`) with all `codes` that are at fault; StoreError."""
        ...
