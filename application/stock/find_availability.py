"""Find what can be promised (可售库存) of goods: in total, by node, by position."""

import asyncio
from dataclasses import dataclass
from typing import Final

from application.kernel.register_pages import tenant_of
from application.stock.availability import AtLeast, Availability, AvailabilityReader, Detail
from application.stock.queries import VersionNotReached, at_most
from domain.kernel.quantity import identifier

PATIENCE: Final = 0.2
"""Seconds that a question waits for the version it names."""

PAUSE: Final = 0.01


@dataclass(frozen=True, slots=True)
class FindAvailability:
    """1 to 500 goods, at all nodes or at these (at most 500), broken down as far as `detail` says.

    `at_least` names a position and the version of it that the answer must have seen.
    """

    goods: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    detail: Detail = Detail.NODE
    at_least: AtLeast | None = None

    def __post_init__(self) -> None:
        at_most(len(self.goods), "goods", least=1)
        at_most(len(self.nodes), "nodes")
        for code in self.goods:
            identifier(code, "goods")
        for code in self.nodes:
            identifier(code, "node")


class FindAvailabilityHandler:
    """Reads; and reads again for a while when the answer is older than it may be."""

    def __init__(self, reader: AvailabilityReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindAvailability) -> Availability:
        """Raises VersionNotReached (retryable) after 200 ms, AnswerTooLarge."""
        goods, nodes = tuple(dict.fromkeys(query.goods)), tuple(dict.fromkeys(query.nodes))
        clock = asyncio.get_running_loop().time
        patience_ends = clock() + PATIENCE
        while True:
            try:
                return await self._reader.availability(tenant_of(tenant), goods, nodes, query.detail, query.at_least)
            except VersionNotReached:
                if clock() + PAUSE > patience_ends:
                    raise
            await asyncio.sleep(PAUSE)
