"""What was refused before the queue, decided like any other: a repeat of what was accepted still gets its answer."""

from typing import Any

from application.kernel.command import Touches
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal


class TurnedDown:
    """A command that could not be planned. `reservation` is the one it would have made or changed."""

    def __init__(self, name: str, reply: type, refusal: Refusal, reservation: str = "") -> None:
        self.name = name
        self.reply = reply
        self._refusal = refusal
        self._reservation = reservation

    def touches(self) -> Touches:
        return Touches(reservations=(self._reservation,) if self._reservation else ())

    def decide(self, ledger: Ledger) -> Any:
        raise self._refusal
