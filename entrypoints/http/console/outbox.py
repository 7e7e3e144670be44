"""The outbox page: events of this tenant that wait to be published, and messages that nobody could take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from application.kernel.broker import Parked
from application.kernel.outbox import PARTITIONS, Message
from domain.permissions.scope import Scope
from entrypoints.http.console.view import Asked, address, instant, moment, span
from entrypoints.messages.parked import requeue

LOOKED_AT: Final = 100
"""Rows of each partition that are looked at, all tenants': an index to count one's own would cost every event."""

PAGES: Final = 100
"""So many pages of LOOKED_AT rows of one partition can be looked at: each is read from the partition's beginning."""

SHOWN: Final = 100
"""Parked messages on the page, the oldest first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A partition with events that wait. `more`: there are others behind those that were looked at."""

    partition: int
    count: int
    more: bool
    oldest: str
    oldest_instant: str
    age: str
    next: str
    all: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event that waits."""

    id: str
    type: str
    subject: str
    number: int
    at: str
    instant: str


@dataclass(frozen=True, slots=True)
class Page:
    """This tenant's among some rows of one partition, those from `first` to `last` of all tenants'.

    `back` and `on` are where the rows before and behind them are, empty where there are none.
    """

    partition: int
    first: int
    last: int
    events: tuple[Event, ...]
    back: str
    on: str


@dataclass(frozen=True, slots=True)
class ParkedShown:
    id: str
    group: str
    type: str
    subject: str
    attempts: int
    reason: str
    at: str
    instant: str


async def outbox(asked: Asked) -> dict[str, Any]:
    """Takes `partition` and `page`: which events of a partition to list; `requeued`: how many were just given back."""
    house, now = asked.house, datetime.now(UTC)
    found = await house.outbox.unpublished(await house.outbox.pending(), LOOKED_AT)
    mine = {partition: [each for each in rows if each.tenant == asked.tenant] for partition, rows in found.items()}
    waiting = [
        _waiting(partition, rows, len(found[partition]) >= LOOKED_AT, now)
        for partition, rows in sorted(mine.items())
        if rows
    ]
    oldest = min((rows[0].at for rows in mine.values() if rows), default=None)
    parked = await house.parked.of_tenant(asked.tenant, SHOWN + 1)
    requeued = asked.get("requeued")
    return {
        "title": "Outbox",
        "waiting": waiting,
        "total": sum(each.count for each in waiting),
        "more": any(len(rows) >= LOOKED_AT for rows in found.values()),
        "oldest": span((now - oldest).total_seconds()) if oldest else "",
        "cursor": (await house.feed.end()).text(),
        "looked_at": LOOKED_AT,
        "full": [
            (partition, address("/outbox", partition=partition, page=2))
            for partition, rows in sorted(found.items())
            if len(rows) >= LOOKED_AT
        ],
        "page": await _page(asked),
        "parked": [_parked(each) for each in parked[:SHOWN]],
        "parked_more": len(parked) > SHOWN,
        "may_requeue": asked.may(Scope.ADMIN),
        "requeued": int(requeued) if requeued in ("0", "1") else None,
    }


async def _page(asked: Asked) -> Page | None:
    """The page that is asked for; None where none is, or none that there could be."""
    partition, number = asked.get("partition"), asked.get("page") or "1"
    if not (_whole(partition) and int(partition) < PARTITIONS and _whole(number) and 1 <= int(number) <= PAGES):
        return None
    place, at = int(partition), int(number)
    most = at * LOOKED_AT
    rows = (await asked.house.outbox.unpublished([place], most + 1))[place]
    shown = rows[most - LOOKED_AT : most]
    return Page(
        place,
        most - LOOKED_AT + 1,
        most - LOOKED_AT + len(shown),
        tuple(_event(each) for each in shown if each.tenant == asked.tenant),
        address("/outbox", partition=place, page=at - 1) if at > 1 else "",
        address("/outbox", partition=place, page=at + 1) if len(rows) > most and at < PAGES else "",
    )


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def _event(message: Message) -> Event:
    return Event(message.id, message.type, message.subject, message.number, moment(message.at), instant(message.at))


async def deliver_again(asked: Asked, group: str, message: str) -> int:
    """Have a parked message of this tenant delivered again; how many were found. Raises what `requeue` raises."""
    found = await asked.house.parked.find(group, (message,))
    if not any(each.message.tenant == asked.tenant for each in found):
        return 0
    return await requeue(asked.house.channels, group, (message,))


def _waiting(partition: int, rows: Sequence[Message], more: bool, now: datetime) -> Waiting:
    first = rows[0]
    age = span((now - first.at).total_seconds())
    return Waiting(
        partition,
        len(rows),
        more,
        moment(first.at),
        instant(first.at),
        age,
        f"{first.type} {first.subject}",
        address("/outbox", partition=partition),
    )


def _parked(each: Parked) -> ParkedShown:
    message = each.message
    return ParkedShown(
        message.id,
        each.group,
        message.type,
        message.subject,
        each.attempts,
        each.reason,
        moment(each.at),
        instant(each.at),
    )
