"""What commands name: units of positions, parts of reservations; bounded before they reach a queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from application.kernel.command import Touches
from application.stock.answers import PositionsMoved, tell_positions
from application.stock.handle import Mentions
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import MovementKind
from domain.kernel.quantity import MAX_TEXT, identifier, text, whole
from domain.kernel.refusal import InvalidInput
from domain.kernel.reservation import MAX_LINES, Pick
from domain.stock.position import NONE, Position

MAX_UNITS: Final = 500
"""Most lines of one command that names positions."""

MAX_SCENE: Final = 32


class Placed(Protocol):
    """A line of a goods at a node, and the account that it is about."""

    @property
    def goods(self) -> str: ...

    @property
    def node(self) -> str: ...

    @property
    def key(self) -> AccountKey: ...


@dataclass(frozen=True, slots=True)
class Units:
    """`quantity` (1 to 10⁹ of the smallest unit) of a goods at a node; owner and lot where those are kept apart."""

    goods: str
    node: str
    quantity: int
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        whole(self.quantity)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return Position(self.goods, self.node, self.owner, self.lot).key


def mentioned(lines: Sequence[Placed]) -> Mentions:
    """The goods and nodes of the lines."""
    return Mentions((line.goods for line in lines), (line.node for line in lines))


def touched(lines: Iterable[Placed]) -> Touches:
    """The accounts of the lines."""
    return Touches(accounts=tuple(line.key for line in lines))


def post_all(
    ledger: Ledger, lines: Sequence[Units], movement: MovementKind, event: str, *, reason: str, scene: str = "-"
) -> PositionsMoved:
    """Post each line's units, and tell it."""
    for line in lines:
        ledger.post(line.key, movement, line.quantity, scene=scene, reason=reason)
    return tell_positions(ledger, event, (line.key for line in lines))


def bounded(lines: Sequence[object], what: str = "lines", most: int = MAX_UNITS) -> None:
    """Raises InvalidInput unless there are 1 to `most`."""
    if not 1 <= len(lines) <= most:
        raise InvalidInput(f"a command has 1 to {most} {what}", field=what, most=most)


def checked_parts(reservation: str, picks: Sequence[Pick]) -> None:
    """Raises InvalidInput for what could be no reservation, or no parts of one; no picks are all of it."""
    identifier(reservation, "reservation")
    checked_picks(picks)


def checked_picks(picks: Sequence[Pick]) -> None:
    """Raises InvalidInput for parts that could be of no reservation: a quantity below 1 would move units backwards."""
    if not picks:
        return
    bounded(picks, "picks", MAX_LINES)
    for line, quantity, leg in picks:
        identifier(line, "line")
        if quantity is not None:
            whole(quantity)
        if leg is not None:
            whole(leg, "leg", least=0)


def reasoned(reason: str) -> None:
    """Raises InvalidInput when no reason is given for what cannot be explained from the outside."""
    identifier(reason, "reason", most=MAX_TEXT)


def allowed(reason: str, scene: str) -> None:
    """Raises InvalidInput when these cannot be kept."""
    text(reason, "reason")
    identifier(scene, "scene", most=MAX_SCENE)
