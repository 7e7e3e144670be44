"""From what is wanted to what is chosen: views are asked, balances read once, and the pure domain decides."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from application.sourcing.demand import WantedGoods, fresh_until
from application.sourcing.ports import (
    Alternative,
    Day,
    DayRest,
    Due,
    OnHand,
    Share,
    Snapshot,
    Supplying,
)
from application.sourcing.routing import Candidate, Rejected, Routed, Routing
from application.sourcing.rules import FindsRules, Rules
from application.sourcing.solver import Solver
from domain.kernel.account import AccountKey
from domain.sourcing.demand import BARE, Decision, Demand, DemandLine, Field, Rest, SoldAs
from domain.sourcing.plan import Planned, planned
from domain.sourcing.policy import Policy

MAX_DUE_DAYS: Final = 14
"""Most days of expected receipts that one promise looks at; the earliest."""

LARGE: Final = 10_000
"""Shares of which a plan takes a good part of a second."""

SOON: Final = 4_000
"""How many sources a search looks at while everybody waits for it: about 20 ms. What it proves, a longer one would
have found as well."""

LATER: Final = "\x1f"
"""Between a node and a day, where what it sends then is chosen beside what it sends now: no node's code has it."""

NOTHING_FREED: Final[Mapping[AccountKey, int]] = MappingProxyType({})

PASSED_OVER: Final = "passed_over"
"""The rule that leaves out a node which the caller, or its own refusal, has excluded."""


class Sender(NamedTuple):
    """A candidate as it is chosen from: what leaves a node on another day, of what is expected, is a parcel of its own.

    `expected` is the day on which what it sends arrives there, None for what lies there now.
    """

    node: str
    candidate: Candidate
    day: Day
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice with all that it was made from.

    `candidates` by their nodes; `later` by the code that the choice names them by: those of other days.
    """

    wanted: WantedGoods
    passed_over: tuple[str, ...]
    at: datetime
    as_of: datetime
    rules: Rules
    routed: Routed
    candidates: Mapping[str, Candidate]
    later: Mapping[str, Sender]
    planned: Planned

    @property
    def decision(self) -> Decision:
        return self.planned.decision

    def sender(self, code: str) -> Sender:
        """Who is named so by the choice."""
        found = self.later.get(code)
        if found is None:
            candidate = self.candidates[code]
            found = Sender(code, candidate, _day(candidate))
        return found

    @property
    def idle(self) -> Sequence[Candidate]:
        """The candidates that have nothing of what is wanted."""
        named = {each.node for each in self.planned.field.candidates}
        return [each for node, each in self.candidates.items() if node not in named]

    @property
    def asked(self) -> Sequence[Candidate]:
        """All others, and those of other days."""
        named = {each.node for each in self.planned.field.candidates}
        now = [self.candidates[node] for node in sorted(named) if node in self.candidates]
        return [*now, *(each.candidate for each in self.later.values())]


class _Asked(NamedTuple):
    """What the views said of one of those that are planned together."""

    wanted: WantedGoods
    rules: Rules
    alternatives: Sequence[tuple[Alternative, ...]]
    goods: Mapping[str, Collection[SoldAs]]
    routed: Routed
    candidates: Mapping[str, Candidate]


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
        """Each by itself, from one read for each channel; none sees what another would take. A refusal in its place."""
        asked: list[_Asked | Exception] = []
        for each in wanted:
            await asyncio.sleep(0)  # many would else hold up everybody: none of it waits for anything
            try:
                asked.append(await self._ask(tenant, each, at, ()))
            except Exception as error:  # told in its place, whatever it is
                asked.append(error)
        by_channel: dict[str, list[_Asked]] = {}
        for one in asked:
            if not isinstance(one, Exception):
                by_channel.setdefault(one.wanted.channel, []).append(one)
        read = {channel: await self._read(tenant, together, channel) for channel, together in by_channel.items()}
        sorted_read = {channel: _by_node(snapshot.shares) for channel, snapshot in read.items()}
        chosen: list[Chosen | Exception] = []
        for one in asked:
            await asyncio.sleep(0)
            if isinstance(one, Exception):
                chosen.append(one)
                continue
            channel = one.wanted.channel
            mine = read[channel]._replace(shares=_of(sorted_read[channel], one))
            chosen.append(await self._decide(tenant, one, mine, at, ()))
        return chosen

    async def routed(
        self, tenant: str, wanted: WantedGoods, at: datetime, after: str, limit: int
    ) -> Sequence[Rejected]:
        """A page of the nodes that routing leaves out, each with its first rule."""
        alternatives = await self._supplying.resolve(tenant, wanted.wanted, wanted.buyer, at)
        return await self._routing.rejected(
            tenant, wanted.destination, wanted.buyer, goods_of_lines(alternatives), at, after, limit
        )

    async def _ask(self, tenant: str, wanted: WantedGoods, at: datetime, passed_over: tuple[str, ...]) -> _Asked:
        rules = await self._rules.rules(tenant, wanted.policy, wanted.business, wanted.scenario)
        alternatives = rules.among(await self._supplying.resolve(tenant, wanted.wanted, wanted.buyer, at))
        goods = goods_of_lines(alternatives)
        routed = await self._routing.candidates(tenant, wanted.destination, wanted.buyer, goods, at)
        candidates = routed.candidates
        if passed_over:
            left_out = frozenset(passed_over)
            candidates = {node: each for node, each in candidates.items() if node not in left_out}
        return _Asked(wanted, rules, alternatives, goods, routed, candidates)

    async def _read(self, tenant: str, together: Sequence[_Asked], channel: str) -> Snapshot:
        goods = together[0].goods
        if len(together) > 1:
            goods = _together(each.goods for each in together)
        first = together[0].candidates
        nodes: Collection[str] = first.keys()
        if len(together) > 1:
            nodes = dict.fromkeys(node for each in together for node in each.candidates)
        expected = any(line.expected for each in together for line in each.rules.on(each.wanted).lines)

        def days_of(node: str) -> Collection[Day]:
            if len(together) == 1:
                candidate = first[node]
                return (_day(candidate),) if _bounded(candidate) else ()
            found = [each.candidates[node] for each in together if node in each.candidates]
            return {_day(each) for each in found if _bounded(each)}

        return await self._on_hand.read(tenant, goods, nodes, channel, days_of, expected=expected)

    async def _decide(
        self, tenant: str, asked: _Asked, snapshot: Snapshot, at: datetime, passed_over: tuple[str, ...]
    ) -> Chosen:
        wanted = asked.rules.on(asked.wanted)
        demand = _demand(wanted, asked.alternatives, at)
        later: dict[str, Sender] = {}
        field = _field(asked.candidates, later, snapshot.shares, snapshot)
        found = await self._planned(demand, field, asked.rules.policy)
        if not found.decision.complete and snapshot.due and any(line.expected for line in wanted.lines):
            later = await self._later(tenant, asked, snapshot.due, at)
            if later:
                rest = await self._on_hand.rest(tenant, tuple(each.day for each in later.values()))
                snapshot = snapshot._replace(days={**snapshot.days, **rest})
                coming = _coming(wanted, asked.alternatives, snapshot, later)
                field = _field(asked.candidates, later, [*snapshot.shares, *coming], snapshot)
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

    async def _later(self, tenant: str, asked: _Asked, due: Sequence[Due], at: datetime) -> dict[str, Sender]:
        """Who sends what is expected, on the days it has arrived: routing is asked as of each of those days."""
        days = sorted({each.day for each in due if each.available})[:MAX_DUE_DAYS]
        nodes = {(each.node, each.day) for each in due if each.available}
        mine = asked.candidates.keys()
        found: dict[str, Sender] = {}
        wanted = asked.wanted
        for day in days:
            then = max(at, datetime.combine(day, time(0), UTC))
            routed = await self._routing.candidates(tenant, wanted.destination, wanted.buyer, asked.goods, then)
            for node in sorted(node for node, on in nodes if on == day):
                if node in mine and node in routed.candidates:
                    candidate = routed.candidates[node]
                    while candidate.slot < day:  # its own midnight is before that of UTC
                        then += timedelta(hours=6)
                        again = await self._routing.candidates(
                            tenant, wanted.destination, wanted.buyer, asked.goods, then
                        )
                        candidate = again.candidates.get(node, candidate)
                        if then > datetime.combine(day, time(0), UTC) + timedelta(days=2):
                            break
                    alias = node + LATER + day.isoformat()
                    found[alias] = Sender(node, candidate._replace(node=alias), _day(candidate), day.isoformat())
        return found


def goods_of_lines(alternatives: Sequence[tuple[Alternative, ...]]) -> Mapping[str, Collection[SoldAs]]:
    """The goods that lines may be served with, each with the names that they are sold as."""
    found: dict[str, dict[SoldAs, None]] = {}
    for line in alternatives:
        name = sold_as(line)
        for each in line:
            for part in each.parts:
                found.setdefault(part.goods, {})[name] = None
    return found


def _together(all_goods: Iterable[Mapping[str, Collection[SoldAs]]]) -> Mapping[str, Collection[SoldAs]]:
    found: dict[str, dict[SoldAs, None]] = {}
    for goods in all_goods:
        for code, names in goods.items():
            found.setdefault(code, {}).update(dict.fromkeys(names))
    return found


def sold_as(line: Sequence[Alternative]) -> SoldAs:
    """What a line is sold as, whatever stands for it."""
    return SoldAs(line[0].sku, line[0].item) if line else BARE


def _bounded(candidate: Candidate) -> bool:
    return candidate.orders_a_day is not None or candidate.units_a_day is not None


def _day(candidate: Candidate) -> Day:
    return Day(candidate.node, candidate.slot, candidate.orders_a_day, candidate.units_a_day)


def _demand(wanted: WantedGoods, alternatives: Sequence[tuple[Alternative, ...]], at: datetime) -> Demand:
    keeps = fresh_until(wanted.min_shelf_days, at)
    lines = tuple(
        DemandLine(
            said.line,
            line.quantity,
            found,
            line.grams,
            frozenset(line.suppliers) if line.suppliers else None,
            keeps,
            wanted.by,
            line.whole,
            sold_as(found),
        )
        for said, line, found in zip(wanted.wanted, wanted.lines, alternatives, strict=True)
    )
    return Demand(lines, wanted.whole_only, wanted.max_splits)


def _coming(
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


def _field(
    candidates: Mapping[str, Candidate], later: Mapping[str, Sender], shares: Sequence[Share], snapshot: Snapshot
) -> Field:
    """Of candidates those that have any share, and of their days those that are bounded."""
    having = [candidates[node] for node in dict.fromkeys([share.node for share in shares]) if node in candidates]
    capacity: dict[str, Rest] = {
        day.node: rest
        for day, rest in snapshot.days.items()
        if day.node in candidates and _day(candidates[day.node]) == day
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


def _of(by_node: Mapping[str, list[Share]], one: _Asked) -> Sequence[Share]:
    """What a read for several has for this one: its goods, at its candidates."""
    mine = [shares for node, shares in by_node.items() if node in one.candidates]
    return [share for shares in mine for share in shares if share.goods in one.goods]
