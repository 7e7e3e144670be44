"""Replay promises: what another policy would have chosen from the very same stock, and how that differs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from application.kernel.register_pages import tenant_of
from application.sourcing.demand import fresh_until
from application.sourcing.expected import LATER
from application.sourcing.kept import Keeping, KeptPromise, field_of
from application.sourcing.ports import Alternative
from application.sourcing.rules import FindsRules, Rules
from domain.kernel.account import AccountKind
from domain.kernel.quantity import identifier, whole
from domain.sourcing.demand import Decision, Demand
from domain.sourcing.plan import plan

MAX_REPLAYED: Final = 100
"""Most kept promises that one question looks at."""


@dataclass(frozen=True, slots=True)
class ReplayPromises:
    """What `policy` makes of kept promises: those beyond the id `after`, at most `limit` (1 to 100) of them."""

    policy: str
    after: str = ""
    limit: int = 50

    def __post_init__(self) -> None:
        identifier(self.policy, "policy")
        if self.after:
            identifier(self.after, "after")
        whole(self.limit, "limit", most=MAX_REPLAYED)


@dataclass(frozen=True, slots=True)
class Came:
    """What a choice comes to: parcels beyond the first, money, metres, and units that nothing could serve."""

    splits: int
    cost: int
    distance_m: int
    short: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """One promise: by its own policy, by the other, and the nodes that this one would have sent from."""

    promise: str
    policy: str
    before: Came
    after: Came
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromisesReplayed:
    """One page: each promise, the sums of both policies over all of them, and how many had no snapshot to replay.

    `after` is what to ask for the next page with; empty after the last.
    """

    policy: str
    items: tuple[Replayed, ...]
    before_all: Came
    after_all: Came
    left_out: int
    after: str


class ReplayPromisesHandler:
    """Chooses again from each snapshot; nothing is read but the promises, and nothing written."""

    def __init__(self, keeping: Keeping, rules: FindsRules, kinds: Mapping[str, AccountKind]) -> None:
        self._keeping = keeping
        self._rules = rules
        self._kinds = kinds

    async def __call__(self, tenant: str, query: ReplayPromises) -> PromisesReplayed:
        """Raises PolicyUnknown, StoreError."""
        rules = await self._rules.rules(tenant_of(tenant), query.policy, "", "")
        found = await self._keeping.page(tenant, query.after, query.limit + 1)
        shown = found[: query.limit]
        kept = [(id, each) for id, each in shown if each is not None]
        items = []
        for id, each in kept:
            # Each is searched to the end of its budget: in a thread, so that nobody else waits.
            items.append(await asyncio.to_thread(self._replayed, id, each, rules))
        done = tuple(each for each in items if each is not None)
        return PromisesReplayed(
            rules.policy.name,
            done,
            _sum([each.before for each in done]),
            _sum([each.after for each in done]),
            len(items) - len(done),
            shown[-1][0] if len(found) > query.limit else "",
        )

    def _replayed(self, id: str, kept: KeptPromise, rules: Rules) -> Replayed | None:
        if kept.snapshot is None:
            return None
        demand, field = field_of(kept.snapshot, self._kinds)
        decision = plan(_within(demand, rules, kept.snapshot.at), field, rules.policy)
        promise = kept.promise
        short = sum(each.wanted - each.promised for each in promise.short)
        before = Came(promise.splits, promise.cost, promise.distance_m, short)
        nodes = tuple(dict.fromkeys(each.node.partition(LATER)[0] for each in decision.parcels))
        return Replayed(id, promise.policy, before, _came(decision), nodes)


def _within(demand: Demand, rules: Rules, at: datetime) -> Demand:
    """The demand within what else the policy says, as of when it was asked for."""
    fresh = fresh_until(rules.min_shelf_days, at)
    limits = [most for most in (demand.max_splits, rules.max_splits) if most is not None]
    ways = rules.among(
        [tuple(each for each in line.alternatives if isinstance(each, Alternative)) for line in demand.lines]
    )
    lines = tuple(
        replace(
            line,
            alternatives=found,
            whole=line.whole or rules.whole_lines,
            keeps_until=fresh if line.keeps_until is None else max(line.keeps_until, fresh),
        )
        for line, found in zip(demand.lines, ways, strict=True)
    )
    return Demand(lines, demand.whole_only or rules.whole_only, min(limits, default=None))


def _came(decision: Decision) -> Came:
    return Came(decision.splits, decision.cost, decision.metres, sum(decision.short.values()))


def _sum(all: list[Came]) -> Came:
    return Came(
        sum(each.splits for each in all),
        sum(each.cost for each in all),
        sum(each.distance_m for each in all),
        sum(each.short for each in all),
    )
