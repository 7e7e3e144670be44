"""Find a reservation by its id, or those of an order by the caller's own reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from application.kernel.register_pages import page_size, tenant_of
from application.stock.queries import ReservationReader
from domain.kernel.account import AccountKey
from domain.kernel.quantity import identifier
from domain.kernel.refusal import ReservationUnknown
from domain.kernel.reservation import Group, Line, Reservation, Stage


@dataclass(frozen=True, slots=True)
class HeldOn:
    """`units` of an account for every unit of the line."""

    kind: str
    account: Mapping[str, str]
    units: int


@dataclass(frozen=True, slots=True)
class LegFound:
    """What was taken in one way, and where those units of the line are now."""

    holds: tuple[HeldOn, ...]
    held: int
    confirmed: int
    shipped: int
    released: int
    expired: int
    damaged: int


@dataclass(frozen=True, slots=True)
class LineFound:
    line: str
    asked: int
    granted: int
    legs: tuple[LegFound, ...]


@dataclass(frozen=True, slots=True)
class GroupFound:
    """A fixed quantity held once for these lines; `stage` is empty while no unit of them was granted."""

    name: str
    kind: str
    account: Mapping[str, str]
    quantity: int
    lines: tuple[str, ...]
    stage: str


@dataclass(frozen=True, slots=True)
class ReservationFound:
    """A reservation as it stands. One that was cancelled before it was made has no lines and the status cancelled."""

    reservation: str
    status: str
    request: str
    order: str | None
    scene: str
    due: datetime | None
    created_at: datetime
    changed_at: datetime
    lines: tuple[LineFound, ...]
    groups: tuple[GroupFound, ...]


@dataclass(frozen=True, slots=True)
class ReservationPage:
    """In byte order of the ids. `after` is what to ask for the next page with; empty after the last."""

    reservations: tuple[ReservationFound, ...]
    after: str


@dataclass(frozen=True, slots=True)
class FindReservation:
    reservation: str

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")


@dataclass(frozen=True, slots=True)
class FindReservationsOfOrder:
    """A page of at most `limit` (1 to 500) reservations with this order reference."""

    order: str
    after: str = ""
    limit: int = 50

    def __post_init__(self) -> None:
        identifier(self.order, "order")
        if self.after:
            identifier(self.after, "after")
        page_size(self.limit)


class FindReservationHandler:
    def __init__(self, reader: ReservationReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindReservation) -> ReservationFound:
        """Raises ReservationUnknown (retryable: it may still be on its way)."""
        found = await self._reader.reservation(tenant_of(tenant), query.reservation)
        if found is None:
            raise ReservationUnknown(
                f"there is no reservation {query.reservation} (yet)", reservation=query.reservation
            )
        return reservation_found(found)


class FindReservationsOfOrderHandler:
    def __init__(self, reader: ReservationReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindReservationsOfOrder) -> ReservationPage:
        """Empty for an order that no reservation names."""
        found = await self._reader.reservations_of(tenant_of(tenant), query.order, query.after, query.limit + 1)
        shown = tuple(reservation_found(each) for each in found[: query.limit])
        return ReservationPage(shown, shown[-1].reservation if len(found) > query.limit else "")


def reservation_found(found: Reservation) -> ReservationFound:
    return ReservationFound(
        found.id,
        found.status,
        found.request,
        found.order,
        found.scene,
        found.due,
        found.created_at,
        found.changed_at,
        tuple(map(_line_found, found.lines)),
        tuple(map(_group_found, found.groups)),
    )


def _line_found(line: Line) -> LineFound:
    legs = tuple(
        LegFound(tuple(HeldOn(*_named(hold.account), hold.units) for hold in leg.holds), *leg.counts)
        for leg in line.legs
    )
    return LineFound(line.id, line.asked, line.granted, legs)


def _group_found(group: Group) -> GroupFound:
    stage = "" if group.stage is None else Stage(group.stage).name.lower()
    return GroupFound(group.name, *_named(group.account), group.quantity, group.lines, stage)


def _named(account: AccountKey) -> tuple[str, dict[str, str]]:
    return account.kind.name, account.named()
