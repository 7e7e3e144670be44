"""Find movements (库存流水): of an account, of a command, of a reservation, of a shipment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from application.kernel.call import MAX_REQUEST
from application.kernel.register_pages import page_size, tenant_of
from application.stock.queries import (
    LinePlace,
    MovementReader,
    OfAccount,
    OfCommand,
    OfReservation,
    OfShipment,
    Subject,
)
from domain.kernel.books import Movement
from domain.kernel.quantity import MAX_BALANCE, identifier, text, whole
from domain.kernel.refusal import InvalidInput


@dataclass(frozen=True, slots=True)
class MovementFound:
    """One posting: `quantity` from one bucket to another, and what the account held after it.

    `subject` is the reservation or shipment it was posted for; `actor` acted, `principal` was authenticated.
    """

    kind: str
    account: Mapping[str, str]
    version: int
    movement: str
    source: str
    target: str
    quantity: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int
    floor: int
    subject: str
    scene: str
    reason: str
    at: datetime
    request: str
    command: str
    actor: str
    principal: str


@dataclass(frozen=True, slots=True)
class MovementPage:
    """`after` is what to ask for the next page with; empty after the last. It means nothing to anyone else."""

    movements: tuple[MovementFound, ...]
    after: str


@dataclass(frozen=True, slots=True)
class FindMovements:
    """A page of at most `limit` (1 to 500) movements: of an account by version, else command by command."""

    of: Subject
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        match self.of:
            case OfCommand(request=id):
                identifier(id, "request_id", most=MAX_REQUEST)
            case OfReservation(reservation=id):
                identifier(id, "reservation")
            case OfShipment(shipment=id):
                identifier(id, "shipment")
            case OfAccount():
                pass
        page_size(self.limit)
        place_of(self.after)


class FindMovementsHandler:
    def __init__(self, reader: MovementReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindMovements) -> MovementPage:
        """Empty for what nobody posted on, asked for, or made."""
        found = await self._reader.movements(tenant_of(tenant), query.of, place_of(query.after), query.limit + 1)
        shown = found[: query.limit]
        after = ".".join(map(str, shown[-1].place)) if len(found) > query.limit else ""
        return MovementPage(tuple(movement_found(each.movement) for each in shown), after)


def place_of(after: str) -> LinePlace | None:
    """Where a page ended. Raises InvalidInput for what no page ever ended with."""
    if not after:
        return None
    numbers = text(after, "after", most=64).split(".")
    if len(numbers) != 3 or not all(number.isascii() and number.isdecimal() for number in numbers):
        raise InvalidInput("go on after what a page ended with", field="after")
    return LinePlace(*(whole(int(number), "after", least=0, most=MAX_BALANCE) for number in numbers))


def after_version(version: int) -> str:
    """What to ask with for the movements of an account that follow this version of it."""
    return f"0.0.{version}" if version else ""


def movement_found(movement: Movement) -> MovementFound:
    account, version, kind, quantity, after, floor, subject, scene, reason, at, act = movement
    return MovementFound(
        account.kind.name,
        account.named(),
        version,
        kind.name,
        kind.source.name.lower(),
        kind.target.name.lower(),
        quantity,
        *after,
        floor,
        subject,
        scene,
        reason,
        at,
        act.request,
        act.command,
        act.actor,
        act.principal,
    )
