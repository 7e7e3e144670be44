"""The outbox page: events of this tenant that wait to be published, and messages that nobody could take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from application.kernel.broker import Parked
from application.kernel.outbox import Message
from domain.permissions.scope import Scope
from entrypoints.http.console.view import Asked, instant, moment, span
from entrypoints.messages.parked import requeue

LOOKED_AT: Final = 100
"""Rows of each partition that are looked at, all tenants': an index to count one's own would cost every event."""

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
    """Takes no parameters but `requeued`, how many were just given back."""
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
        "parked": [_parked(each) for each in parked[:SHOWN]],
        "parked_more": len(parked) > SHOWN,
        "may_requeue": asked.may(Scope.ADMIN),
        "requeued": int(requeued) if requeued in ("0", "1") else None,
    }


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
        partition, len(rows), more, moment(first.at), instant(first.at), age, f"{first.type} {first.subject}"
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
