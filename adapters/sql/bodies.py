"""The lines and groups of a reservation as they are stored: JSON arrays with account ids for keys."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from application.kernel.ports import Codec
from domain.kernel.account import AccountKey
from domain.kernel.reservation import Group, Hold, Leg, Line, Reservation, Stage

StoredHold = tuple[int, int]
StoredLeg = tuple[tuple[StoredHold, ...], tuple[int, ...]]
StoredLine = tuple[str, int, tuple[StoredLeg, ...]]
StoredGroup = tuple[str, int, int, tuple[str, ...], int | None]


class Body(NamedTuple):
    """lines: [id, asked, [[[account, units], …], [counts by stage]], …]; groups: [name, account, quantity, …]."""

    lines: tuple[StoredLine, ...]
    groups: tuple[StoredGroup, ...]
    commands: tuple[int, ...]

    def accounts(self) -> set[int]:
        named = {account for _, _, legs in self.lines for holds, _ in legs for account, _ in holds}
        return named.union(group[1] for group in self.groups)


def encode_body(codec: Codec, reservation: Reservation, id_of: Callable[[AccountKey], int]) -> bytes:
    lines = [
        (
            line.id,
            line.asked,
            [([(id_of(hold.account), hold.units) for hold in leg.holds], leg.counts) for leg in line.legs],
        )
        for line in reservation.lines
    ]
    groups = [
        (group.name, id_of(group.account), group.quantity, group.lines, group.stage) for group in reservation.groups
    ]
    return codec.encode((lines, groups, reservation.commands))


def decode_body(codec: Codec, data: bytes) -> Body:
    body: Body = codec.decode(data, Body)
    return body


def lines_of(body: Body, keys: Mapping[int, AccountKey]) -> tuple[Line, ...]:
    return tuple(
        Line(
            id,
            asked,
            tuple(Leg(tuple(Hold(keys[account], units) for account, units in holds), counts) for holds, counts in legs),
        )
        for id, asked, legs in body.lines
    )


def groups_of(body: Body, keys: Mapping[int, AccountKey]) -> tuple[Group, ...]:
    return tuple(
        Group(name, keys[account], quantity, lines, None if stage is None else Stage(stage))
        for name, account, quantity, lines, stage in body.groups
    )
