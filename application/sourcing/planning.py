"""From what is wanted to what is chosen: views are asked, balances read once, and the pure domain decides."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from application.sourcing.asked import Asked, demand_of, goods_of_lines, goods_together
from application.sourcing.chosen import Chosen, Sender, day_of
from application.sourcing.demand import WantedGoods
from application.sourcing.expected import awaited, coming, coming_shares
from application.sourcing.ports import Day, DayRest, OnHand, Share, Snapshot, Supplying
from application.sourcing.refusals import PromiseWide
from application.sourcing.routing import Candidate, Rejected, Routing
from application.sourcing.rules import FindsRules
from application.sourcing.solver import Solver
from domain.kernel.account import AccountKey
from domain.sourcing.demand import Demand, Field, Rest, of_several
from domain.sourcing.plan import Planned, planned
from domain.sourcing.policy import Policy

LARGE: Final = 2_000
"""Shares of which what precedes the search takes as long as a short search."""

SOON: Final = 4_000
"""How many sources a search looks at while everybody waits for it: about 20 ms. What it proves, a longer one would
have found as well."""

MOST_PARTED: Final = 16
"""More reads than one for each channel, where one gives too much for all that are asked for at once."""

NOTHING_FREED: Final[Mapping[AccountKey, int]] = MappingProxyType({})


class Planning:
    """Chooses for one demand, or for several with one read of balances for all."""

    def __init__(
        self,
        supplying: Supplying,
        routing: Routing,
        on_hand: OnHand,
        rules: FindsRules,
        solver: Solver | None = None,
    ) -> None:
        self._supplying = supplying
        self._routing = routing
        self._on_hand = on_hand
        self._rules = rules
        self._solver = solver

    async def choose(
        self,
        tenant: str,
        wanted: WantedGoods,
        at: datetime,
        passed_over: tuple[str, ...] = (),
        *,
        freed: Mapping[AccountKey, int] = NOTHING_FREED,
        slots: Collection[tuple[str, str]] = (),
    ) -> Chosen:
        """`freed` is what would be free again by accounts, were it chosen; `slots` are nodes and days that take it with
        an order that they have already.

        Raises what the ports raise: `supply.*`, `address.*`, `policy.unknown`, StoreError.
        """
        asked = await self._ask(tenant, wanted, at, passed_over)
        snapshot = await self._read(tenant, [asked], wanted.channel)
        if freed:
            rest = {cap: left + freed.get(cap, 0) for cap, left in snapshot.rest.items()}
            snapshot = snapshot._replace(rest=rest)
        if slots:
            days = {
                day: left._replace(orders=max(1, left.orders))
                if left.orders is not None and (day.node, day.day.isoformat()) in slots
                else left
                for day, left in snapshot.days.items()
            }
            snapshot = snapshot._replace(days=days)
        return await self._decide(tenant, asked, snapshot, at, passed_over)

    async def choose_all(
        self, tenant: str, wanted: Sequence[WantedGoods], at: datetime
    ) -> Sequence[Chosen | Exception]:
        """Each by itself, from one read for each channel; none sees what another would take. A refusal in its place.

        Where one read would give too much it is parted, within bounds: what is left then is refused as too wide.
        """
        asked: list[Asked | Exception] = []
        for each in wanted:
            await asyncio.sleep(0)  # many would else hold up everybody: none of it waits for anything
            try:
                asked.append(await self._ask(tenant, each, at, ()))
            except Exception as error:  # told in its place, whatever it is
                asked.append(error)
        read = await self._read_parted(tenant, [one for one in asked if not isinstance(one, Exception)])
        chosen: list[Chosen | Exception] = []
        for number, one in enumerate(asked):
            await asyncio.sleep(0)
            if isinstance(one, Exception):
                chosen.append(one)
            elif (found := read.get(id(one))) is not None:
                snapshot, by_node = found
                mine = snapshot._replace(shares=_of(by_node, one))
                chosen.append(await self._decide(tenant, one, mine, at, ()))
            else:
                chosen.append(PromiseWide(f"what is wanted lies at too many places, as number {number} of many"))
        return chosen

    async def _read_parted(
        self, tenant: str, asked: Sequence[Asked]
    ) -> Mapping[int, tuple[Snapshot, Mapping[str, list[Share]]]]:
        """By `id`, what was read for each: of each channel all at once, by halves where that is too much. Who is left
        out after so many reads, or is too much alone, has nothing."""
        waiting: deque[Sequence[Asked]] = deque()
        for channel in dict.fromkeys(one.wanted.channel for one in asked):
            waiting.append([one for one in asked if one.wanted.channel == channel])
        found: dict[int, tuple[Snapshot, Mapping[str, list[Share]]]] = {}
        for _ in range(len(waiting) + MOST_PARTED):
            if not waiting:
                break
            together = waiting.popleft()
            try:
                snapshot = await self._read(tenant, together, together[0].wanted.channel)
            except PromiseWide:
                half = len(together) // 2
                waiting.extend(part for part in (together[:half], together[half:]) if half)
                continue
            read = snapshot, _by_node(snapshot.shares)
            found |= dict.fromkeys(map(id, together), read)
        return found

    async def routed(
        self, tenant: str, wanted: WantedGoods, at: datetime, after: str, limit: int
    ) -> Sequence[Rejected]:
        """A page of the nodes that routing leaves out, each with its first rule."""
        alternatives = await self._supplying.resolve(tenant, wanted.wanted, wanted.buyer, at)
        return await self._routing.rejected(
            tenant, wanted.destination, wanted.buyer, goods_of_lines(alternatives), at, after, limit
        )

    async def _ask(self, tenant: str, wanted: WantedGoods, at: datetime, passed_over: tuple[str, ...]) -> Asked:
        rules = await self._rules.rules(tenant, wanted.policy, wanted.business, wanted.scenario)
        alternatives = rules.among(await self._supplying.resolve(tenant, wanted.wanted, wanted.buyer, at))
        goods = goods_of_lines(alternatives)
        routed = await self._routing.candidates(tenant, wanted.destination, wanted.buyer, goods, at)
        candidates = routed.candidates
        if passed_over:
            left_out = frozenset(passed_over)
            candidates = {node: each for node, each in candidates.items() if node not in left_out}
        return Asked(wanted, rules, alternatives, goods, routed, candidates)

    async def _read(self, tenant: str, together: Sequence[Asked], channel: str) -> Snapshot:
        goods = together[0].goods
        if len(together) > 1:
            goods = goods_together(each.goods for each in together)
        first = together[0].candidates
        nodes: Collection[str] = first.keys()
        if len(together) > 1:
            nodes = dict.fromkeys(node for each in together for node in each.candidates)
        expected = any(line.expected for each in together for line in each.rules.on(each.wanted).lines)

        def days_of(node: str) -> Collection[Day]:
            if len(together) == 1:
                candidate = first[node]
                return (day_of(candidate),) if _bounded(candidate) else ()
            found = [each.candidates[node] for each in together if node in each.candidates]
            return {day_of(each) for each in found if _bounded(each)}

        return await self._on_hand.read(tenant, goods, nodes, channel, days_of, expected=expected)

    async def _decide(
        self, tenant: str, asked: Asked, snapshot: Snapshot, at: datetime, passed_over: tuple[str, ...]
    ) -> Chosen:
        wanted = asked.rules.on(asked.wanted)
        demand = demand_of(wanted, asked.alternatives, at)
        later: Mapping[str, Sender] = {}
        field = _field(asked.candidates, later, snapshot.shares, snapshot)
        found = await self._planned(demand, field, asked.rules.policy)
        if not found.decision.complete and snapshot.due and any(line.expected for line in wanted.lines):
            waits = awaited(wanted, asked.alternatives)
            due = [each for each in snapshot.due if each.available and each.goods in waits.goods]
            due = [each for each in due if each.node in asked.candidates]
            comes = await coming(self._routing, tenant, asked, due, at)
            later = comes.later
            if later or comes.now:
                days = [*(each.day for each in later.values()), *(day_of(asked.candidates[n]) for n in comes.now)]
                rest = await self._on_hand.rest(tenant, tuple(days))
                snapshot = snapshot._replace(days={**rest, **snapshot.days})
                shares = [*snapshot.shares, *coming_shares(waits, snapshot, comes)]
                field = replace(_field(asked.candidates, later, shares, snapshot), shared=of_several(shares))
                found = await self._planned(demand, field, asked.rules.policy)
        candidates = asked.candidates
        return Chosen(
            asked.wanted, passed_over, at, snapshot.as_of, asked.rules, asked.routed, candidates, later, found
        )

    async def _planned(self, demand: Demand, field: Field, policy: Policy) -> Planned:
        """What the search finds, a short one here; what is large, and what that one leaves open, in a thread, so that
        nobody else waits: searched to the end of its budget, and by the solver if there is one."""
        if len(field.shares) <= LARGE:
            found = planned(demand, field, policy, work=SOON)
            if found.decision.optimal:
                return found
        ask = None if self._solver is None else self._solver.solve
        return await asyncio.to_thread(planned, demand, field, policy, ask=ask)


def _bounded(candidate: Candidate) -> bool:
    return candidate.orders_a_day is not None or candidate.units_a_day is not None


def _field(
    candidates: Mapping[str, Candidate], later: Mapping[str, Sender], shares: Sequence[Share], snapshot: Snapshot
) -> Field:
    """Of candidates those that have any share, and of their days those that are bounded."""
    having = [candidates[node] for node in dict.fromkeys([share.node for share in shares]) if node in candidates]
    capacity: dict[str, Rest] = {
        day.node: rest
        for day, rest in snapshot.days.items()
        if day.node in candidates and day_of(candidates[day.node]) == day
    }
    for code, each in later.items():
        having.append(each.candidate)
        capacity[code] = snapshot.days.get(each.day, DayRest(each.day.orders, each.day.units))
    return Field(having, shares, snapshot.rest, capacity)


def _by_node(shares: Sequence[Share]) -> dict[str, list[Share]]:
    found: dict[str, list[Share]] = {}
    for share in shares:
        found.setdefault(share.node, []).append(share)
    return found


def _of(by_node: Mapping[str, list[Share]], one: Asked) -> Sequence[Share]:
    """What a read for several has for this one: its goods, at its candidates."""
    mine = [shares for node, shares in by_node.items() if node in one.candidates]
    return [share for shares in mine for share in shares if share.goods in one.goods]
