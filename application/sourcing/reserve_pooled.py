"""Reserve from the pools of goods: promised, and at no node yet."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from application.sourcing.demand import WantedGoods
from application.sourcing.reserve_promise import PromiseReserved, bounded


@dataclass(slots=True)
class ReservePooled:
    """Hold what is wanted in the pools of its goods, all of it or nothing; PinReservation says later from which nodes.

    Only goods that have a pool (a wide quota reserves of them) can be held so. Refused: `promise.unpooled`,
    `promise.moved` when the pools have too little; what resolving the lines is refused with; `reservation.exists`,
    `reservation.cancelled`.
    """

    name: ClassVar[str] = "ReservePooled"
    reply: ClassVar[type] = PromiseReserved

    wanted: WantedGoods
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = None
    scene: str = "sale"

    def __post_init__(self) -> None:
        bounded(self.reservation, self.order, self.hold_for, self.scene)
