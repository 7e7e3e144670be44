"""The lines and groups of a reservation as they are stored: JSON arrays with account ids for keys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from adapters.sql.times import moment
from application.kernel.ports import Codec
from domain.kernel.account import AccountKey
from domain.kernel.reservation import Group, Hold, Leg, Line, Reservation, Stage

StoredHold = tuple[int, int]
StoredCounts = tuple[int, int, int, int, int, int]
StoredLeg = tuple[tuple[StoredHold, ...], StoredCounts]
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


def reservations_of(
    codec: Codec, rows: Sequence[Any], keys_of: Callable[[set[int]], Mapping[int, AccountKey]]
) -> list[Reservation]:
    """The reservations in these rows, in their order: the columns of RESERVATION_READ, then the deadline's token."""
    bodies = [decode_body(codec, row[7]) for row in rows]
    keys = keys_of(set[int]().union(*(body.accounts() for body in bodies)))
    found = []
    for row, body in zip(rows, bodies, strict=True):
        id, request, order, scene, due, deadline, events, _, created_at, changed_at, token = row
        found.append(
            Reservation(
                id,
                request,
                lines_of(body, keys),
                groups_of(body, keys),
                order,
                scene,
                None if due is None else moment(due),
                deadline,
                token or 0,
                events,
                body.commands,
                moment(created_at),
                moment(changed_at),
            )
        )
    return found
