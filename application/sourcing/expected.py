"""What is only announced to arrive: who sends it when it is there, and what goes into such a parcel."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from application.sourcing.asked import Asked
from application.sourcing.chosen import Sender, day_of
from application.sourcing.demand import WantedGoods
from application.sourcing.ports import Alternative, Due, Share, Snapshot
from application.sourcing.routing import Routing

MAX_DUE_DAYS: Final = 14
"""Most days of expected receipts that one promise looks at; the earliest."""

LATER: Final = "\x1f"
"""Between a node and a day, where what it sends then is chosen beside what it sends now: no node's code has it."""


async def later_senders(
    routing: Routing, tenant: str, asked: Asked, due: Sequence[Due], at: datetime
) -> dict[str, Sender]:
    """Who sends what is expected, on the days it has arrived: routing is asked as of each of those days."""
    days = sorted({each.day for each in due if each.available})[:MAX_DUE_DAYS]
    nodes = {(each.node, each.day) for each in due if each.available}
    mine = asked.candidates.keys()
    found: dict[str, Sender] = {}
    wanted = asked.wanted
    for day in days:
        then = max(at, datetime.combine(day, time(0), UTC))
        routed = await routing.candidates(tenant, wanted.destination, wanted.buyer, asked.goods, then)
        for node in sorted(node for node, on in nodes if on == day):
            if node in mine and node in routed.candidates:
                candidate = routed.candidates[node]
                while candidate.slot < day:  # its own midnight is before that of UTC
                    then += timedelta(hours=6)
                    again = await routing.candidates(tenant, wanted.destination, wanted.buyer, asked.goods, then)
                    candidate = again.candidates.get(node, candidate)
                    if then > datetime.combine(day, time(0), UTC) + timedelta(days=2):
                        break
                alias = node + LATER + day.isoformat()
                found[alias] = Sender(node, candidate._replace(node=alias), day_of(candidate), day.isoformat())
    return found


def coming_shares(
    wanted: WantedGoods,
    alternatives: Sequence[tuple[Alternative, ...]],
    snapshot: Snapshot,
    later: Mapping[str, Sender],
) -> Sequence[Share]:
    """What later parcels may take: what is due by then, and, for kits, what lies there already.

    A goods that another line of the same demand wants at once is left to it.
    """
    opted: set[str] = set()
    at_once: set[str] = set()
    in_kits: set[str] = set()
    for line, found in zip(wanted.lines, alternatives, strict=True):
        for each in found:
            goods = {part.goods for part in each.parts}
            (opted if line.expected else at_once).update(goods)
            if len(goods) > 1:
                in_kits |= goods
    opted -= at_once
    coming: list[Share] = []
    for alias, sender in later.items():
        coming += (
            Share(
                due.goods,
                alias,
                due.owner,
                "-",
                None,
                due.quota,
                due.available,
                due.account,
                due.caps,
                due.sold_as,
                due.by_line,
            )
            for due in snapshot.due
            if due.node == sender.node and due.day.isoformat() <= sender.expected and due.goods in opted
        )
        coming += (
            share._replace(node=alias)
            for share in snapshot.shares
            if share.node == sender.node and share.goods in opted & in_kits
        )
    return coming
