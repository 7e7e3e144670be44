"""What is only announced to arrive: who sends it when it is there, and what goes into such a parcel."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from application.sourcing.asked import Asked
from application.sourcing.chosen import Sender, day_of
from application.sourcing.demand import WantedGoods
from application.sourcing.ports import Alternative, Due, Share, Snapshot
from application.sourcing.routing import Routing

MAX_DUE_DAYS: Final = 14
"""Most days of expected receipts that one promise looks at; the earliest."""

LATER: Final = "\x1f"
"""Between a node and a day, where what it sends then is chosen beside what it sends now: no node's code has it."""


class Awaited(NamedTuple):
    """The goods for which a demand waits, and those of them that are part of kits."""

    goods: Collection[str]
    in_kits: Collection[str]


class Coming(NamedTuple):
    """When what is expected leaves: by senders of other days, or, until its day, with what a node sends now.

    A node has one sender for each day on which it sends: parcels of one day count against that day together.
    """

    later: Mapping[str, Sender]
    now: Mapping[str, str]


def awaited(wanted: WantedGoods, alternatives: Sequence[tuple[Alternative, ...]]) -> Awaited:
    """A goods that another line of the same demand wants at once is left to it."""
    opted: set[str] = set()
    at_once: set[str] = set()
    in_kits: set[str] = set()
    for line, found in zip(wanted.lines, alternatives, strict=True):
        for each in found:
            goods = {part.goods for part in each.parts}
            (opted if line.expected else at_once).update(goods)
            if len(goods) > 1:
                in_kits |= goods
    return Awaited(opted - at_once, in_kits)


async def coming(routing: Routing, tenant: str, asked: Asked, due: Sequence[Due], at: datetime) -> Coming:
    """Who sends what is expected, once it has arrived: it counts as ordered when that day begins where it arrives."""
    days = sorted({each.day for each in due})[:MAX_DUE_DAYS]
    wanted, mine = asked.wanted, asked.candidates
    later: dict[str, Sender] = {}
    now: dict[str, str] = {}
    for day in days:
        nodes = sorted({each.node for each in due if each.day == day and each.node in mine})
        ordered: dict[datetime, list[str]] = {}
        for node, begins in (await routing.begins(tenant, nodes, day)).items():
            ordered.setdefault(max(at, begins), []).append(node)
        for then, there in ordered.items():
            routed = await routing.candidates(tenant, wanted.destination, wanted.buyer, asked.goods, then)
            for node in there:
                candidate = routed.candidates.get(node)
                if candidate is None:  # it does not serve then
                    continue
                if candidate.slot == mine[node].slot:
                    now[node] = day.isoformat()
                else:
                    alias = node + LATER + candidate.slot.isoformat()
                    later[alias] = Sender(node, candidate._replace(node=alias), day_of(candidate), day.isoformat())
    return Coming(later, now)


def coming_shares(awaited: Awaited, snapshot: Snapshot, coming: Coming) -> Sequence[Share]:
    """What is due until then, and for later parcels of kits what lies there already and keeps until they leave."""
    found: list[Share] = []
    until = [(node, node, day) for node, day in coming.now.items()]
    for code, node, day in [*until, *((code, each.node, each.expected) for code, each in coming.later.items())]:
        found += (
            Share(
                due.goods,
                code,
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
            if due.node == node and due.day.isoformat() <= day and due.goods in awaited.goods
        )
    kits = {goods for goods in awaited.in_kits if goods in awaited.goods}
    for code, each in coming.later.items():
        found += (
            share._replace(node=code)
            for share in snapshot.shares
            if share.node == each.node
            and share.goods in kits
            and (share.expires is None or share.expires >= each.candidate.slot)
        )
    return found
