"""The ledger page: the movements of one position, the latest first, with every balance after each."""

from dataclasses import dataclass
from typing import Any, Final

from application.stock.availability import Availability, Detail, PositionStock
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements, MovementFound, MovementPage, after_version
from application.stock.queries import HOLDING, OfAccount
from domain.kernel.refusal import InvalidInput
from domain.stock.position import NONE, Position
from entrypoints.http.console.sentences import bucket, short, who
from entrypoints.http.console.view import Asked, address, instant, moment

PAGE: Final = 50
BUCKETS: Final = ("available", "reserved", "allocated", "in_transit", "held")
HOLDING_NAMES: Final = frozenset(kind.name for kind in HOLDING)
POSITIONS: Final = 100
"""Most positions of one goods at one node that are offered."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A bucket after a movement, and by how much the movement changed it."""

    label: str
    number: int
    change: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement as the page shows it."""

    found: MovementFound
    word: str
    at: str
    instant: str
    balances: tuple[Balance, ...]
    reservation: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several positions of the goods at the node."""

    name: str
    address: str
    current: bool


async def ledger(asked: Asked) -> dict[str, Any]:
    """`goods` and `node`; `owner`, `lot`, `channel` where stock is kept apart; `upto`: the latest version shown."""
    goods, node = asked.get("goods"), asked.get("node")
    told: dict[str, Any] = {"title": "Ledger", "goods": goods, "node": node, "buckets": list(map(bucket, BUCKETS))}
    told |= {"owner": asked.get("owner"), "lot": asked.get("lot"), "channel": asked.get("channel")}
    told |= {"entries": [], "choices": [], "position": None, "asked": bool(goods or node), "newer": "", "older": ""}
    if not goods or not node:
        return told
    query = FindAvailability((goods,), (node,), Detail.POSITION)
    found: Availability = await asked.house.ask(asked.tenant, query)
    positions = [position for at in found.goods[0].nodes for position in at.positions]
    chosen = _chosen(asked, positions)
    told["choices"] = [_choice(goods, node, each, each is chosen) for each in positions[:POSITIONS]]
    if chosen is None:
        return told
    of = Position(goods, node, chosen.owner, chosen.lot, chosen.channel)
    upto = min(_version(asked.get("upto")) or chosen.version, chosen.version)
    first = max(0, upto - PAGE)
    movements: MovementPage = await asked.house.ask(
        asked.tenant, FindMovements(OfAccount(of.key), after_version(first), max(1, upto - first))
    )
    part = {"goods": goods, "node": node, "owner": of.owner, "lot": of.lot, "channel": of.channel}
    newest = upto + PAGE >= chosen.version
    return told | {
        "position": chosen,
        "name": f"{goods} at {node}",
        "apart": _apart(chosen),
        "entries": [_entry(each) for each in reversed(movements.movements)],
        "newer": ""
        if upto == chosen.version
        else address("/ledger", **part, **({} if newest else {"upto": upto + PAGE})),
        "older": address("/ledger", **part, upto=first) if first else "",
    }


def _chosen(asked: Asked, positions: list[PositionStock]) -> PositionStock | None:
    """The position that is named, or the first of those that fit what is named."""
    wanted = {name: value for name in ("owner", "lot", "channel") if (value := asked.get(name))}
    fitting = (each for each in positions if all(getattr(each, name) == value for name, value in wanted.items()))
    return next(fitting, None)


def _version(text: str) -> int:
    """Raises InvalidInput."""
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise InvalidInput("a version is a whole number", field="upto")
    return int(text or 0)


def _choice(goods: str, node: str, position: PositionStock, current: bool) -> Choice:
    part = {"owner": position.owner, "lot": position.lot, "channel": position.channel}
    return Choice(_apart(position) or "kept together", address("/ledger", goods=goods, node=node, **part), current)


def _apart(position: PositionStock) -> str:
    kept = {"owner": position.owner, "lot": position.lot, "channel": position.channel}
    return ", ".join(f"{name} {value}" for name, value in kept.items() if value != NONE)


def _entry(found: MovementFound) -> Entry:
    return Entry(
        found,
        short(found.movement),
        moment(found.at),
        instant(found.at),
        tuple(Balance(bucket(name), getattr(found, name), _change(found, name)) for name in BUCKETS),
        address("/reservations", id=found.subject) if found.movement in HOLDING_NAMES and found.subject else "",
        who(found),
        "" if found.reason == NONE else found.reason,
    )


def _change(found: MovementFound, name: str) -> int:
    return found.quantity * ((found.target == name) - (found.source == name))
