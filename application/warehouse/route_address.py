"""Route an address: which nodes may serve it, and why the others may not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from application.kernel.entries import Followed
from application.warehouse.network import Network
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.warehouse.address import Address, Place
from domain.warehouse.routing import Candidate, Rejected

MAX_GOODS: Final = 500
MAX_REJECTED: Final = 1_000
"""Most rejected nodes of one page."""

MAX_CANDIDATES: Final = 1_000
"""Most candidates that an answer to a caller has."""

EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RouteAddress:
    """Which nodes may serve `address`, for a `buyer` (a party; empty: nobody in particular) and `goods` (none: any),
    when ordered `at` (None: now).

    `explain` asks for at most so many (0 to 1,000) of those rejected, beyond the code `after`, each with its reason.
    """

    address: Address
    buyer: str = ""
    goods: tuple[str, ...] = ()
    at: datetime | None = None
    explain: int = 0
    after: str = ""

    def __post_init__(self) -> None:
        for value, name in ((self.buyer, "buyer"), (self.after, "after")):
            if value:
                identifier(value, name)
        if len(self.goods) > MAX_GOODS:
            raise InvalidInput(f"at most {MAX_GOODS} goods", field="goods", most=MAX_GOODS)
        for goods in self.goods:
            identifier(goods, "goods")
        whole(self.explain, "explain", least=0, most=MAX_REJECTED)
        moment(self.at)


def moment(at: datetime | None) -> None:
    """Raises InvalidInput unless a calendar reaches there."""
    if at is not None and (at.tzinfo is None or not EARLIEST <= at <= LATEST):
        raise InvalidInput("at is a time with its zone, from 1970 to 9000", field="at")


@dataclass(frozen=True, slots=True)
class RoutedAddress:
    """The `place` as it was understood; the candidates in byte order of their nodes (`more` beyond the first 1,000 are
    only counted); how many nodes each rule rejected, and those that were asked for; `after` is what to ask for more
    of them with, empty after the last.
    """

    place: Place
    candidates: tuple[Candidate, ...]
    more: int
    rejected: dict[str, int]
    reasons: tuple[Rejected, ...]
    after: str


class RouteAddressHandler:
    """`clock` tells the time."""

    def __init__(self, networks: Followed[Network], clock: Callable[[], datetime]) -> None:
        self._networks = networks
        self._clock = clock

    async def __call__(self, tenant: str, query: RouteAddress) -> RoutedAddress:
        """Raises UnknownAddress, ContradictoryAddress, StoreError."""
        network = await self._networks.of(tenant)
        at = query.at or self._clock()
        place = network.resolve(query.address)
        asked = (place, query.address.pickup, query.buyer, query.goods, at)
        candidates, rejected = network.route(*asked)
        reasons: list[Rejected] = []
        if query.explain:
            reasons = list(islice(network.rejected(*asked, query.after), query.explain + 1))
        shown = tuple(reasons[: query.explain])
        return RoutedAddress(
            place,
            tuple(candidates[:MAX_CANDIDATES]),
            max(0, len(candidates) - MAX_CANDIDATES),
            rejected,
            shown,
            shown[-1].node if len(reasons) > query.explain > 0 else "",
        )
