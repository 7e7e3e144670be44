"""Pin a reservation to nodes: what it holds from pools, under the same id, and still held."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.sourcing.held import PromiseReserved
from application.sourcing.replanning import Replanning
from domain.kernel.quantity import identifier


@dataclass(frozen=True, slots=True)
class PinReservation:
    """Say at which nodes what is held from pools is to be taken: chosen now, by the policy it was reserved under.

    Refused: `promise.short` when no nodes have all of it, `promise.moved` when it moved again and again,
    `reservation.unsourced`, `reservation.unknown` (retryable), `reservation.cancelled`, `reservation.state`.
    """

    name: ClassVar[str] = "PinReservation"
    reply: ClassVar[type] = PromiseReserved

    reservation: str

    def __post_init__(self) -> None:
        identifier(self.reservation, "reservation")


class PinReservationHandler:
    """Finds nodes for what lies at none."""

    def __init__(self, replanning: Replanning) -> None:
        self._replanning = replanning

    async def __call__(self, call: Call, command: PinReservation) -> PromiseReserved:
        """Raises what Replanning.move raises."""
        return await self._replanning.move(call, command, command.reservation)
