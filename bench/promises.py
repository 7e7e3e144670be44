"""What a decision costs: lines and nodes growing, candidates and stock handed in as routing and the read would."""

import argparse
import gc
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from rich.table import Table

from application.sourcing.ports import Alternative, Part, Share
from application.sourcing.routing import Candidate
from bench.machine import Steal, console
from bench.promised import promised
from domain.sourcing.demand import Demand, DemandLine, Field
from domain.sourcing.plan import plan
from domain.sourcing.policy import Band, Costs, Policy
from domain.stock.position import position_key

LINES: Final = (1, 5, 20)
NODES: Final = (10, 100, 1_000, 10_000)
COSTS: Final = Costs((Band(1_000, 500, 1), Band(5_000, 900, 2), Band(None, 2_500, 4)), split=300)
POLICIES: Final = tuple(Policy(name, ((name, 1),), COSTS) for name in ("nearest", "fewest_splits", "least_cost"))
NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Asked(NamedTuple):
    demand: Demand
    field: Field


def goods(n: int) -> str:
    return f"goods-{n:05}"


def asked(seed: int, lines: int, nodes: int, holding: float = 0.7) -> Asked:
    """A demand of so many lines (1 to 4 units, 50 to 2,000 g each) before so many nodes, up to 3,000 km away.

    A node holds each goods with the chance `holding`, 0 to 12 units of it, and has costs of its own.
    """
    dice = random.Random(seed * 1_000_003 + lines * 10_007 + nodes)
    wanted = tuple(
        DemandLine(
            f"{n:02}",
            dice.randint(1, 4),
            (Alternative(goods(n), "SELF", "-", None, 1, (Part(goods(n), 1),)),),
            dice.randint(50, 2_000),
        )
        for n in range(lines)
    )
    candidates = []
    shares = []
    for n in range(nodes):
        node, km = f"node-{n:05}", dice.uniform(1, 3_000)
        arrives = NOON + timedelta(hours=24 + km // 40)
        candidates.append(
            Candidate(
                node=node,
                lat=None,
                lng=None,
                distance_km=km,
                priority=dice.randint(1, 5),
                cost_order=dice.randint(100, 400),
                cost_unit=dice.randint(5, 40),
                slot=NOON.date(),
                ship_by=NOON,
                arrives_from=arrives,
                arrives_to=arrives,
                orders_a_day=None,
                units_a_day=None,
                owners=None,
                goods=None,
                pickup=False,
            )
        )
        for line in range(lines):
            if dice.random() < holding:
                key = position_key("-", goods(line), node)
                shares.append(Share(goods(line), node, "-", "-", None, "", dice.randint(0, 12), key))
    return Asked(Demand(wanted), Field(candidates, shares, {}, {}))


def measured(samples: Sequence[Asked], policy: Policy, times: int) -> tuple[float, float, int]:
    """Milliseconds at p50 and p99, and how many of the plans were proven to be the best."""
    spent: list[float] = []
    optimal = 0
    for round_ in range(times):
        for demand, field in samples:
            began = time.perf_counter()
            decision = plan(demand, field, policy)
            spent.append(1_000 * (time.perf_counter() - began))
            optimal += decision.optimal and not round_
    spent.sort()
    return spent[len(spent) // 2], spent[int(len(spent) * 0.99)], optimal


def promises(options: argparse.Namespace, folder: Path) -> None:
    """A table of every size and policy; and one of the whole use case."""
    steal = Steal()
    table = Table(title="a decision in process: candidates and stock at hand")
    for heading in ("lines", "nodes", "policy", "p50 ms", "p99 ms", "proven best"):
        table.add_column(heading, justify="left" if heading == "policy" else "right")
    for nodes in NODES:
        for lines in LINES:
            count = max(5, min(100, 40_000 // (nodes * lines)))
            samples = [asked(options.seed + n, lines, nodes) for n in range(count)]
            gc.collect()
            for policy in POLICIES:
                p50, p99, optimal = measured(samples, policy, max(1, 200 // count) if nodes * lines < 20_000 else 1)
                table.add_row(
                    str(lines), f"{nodes:,}", policy.name, f"{p50:.2f}", f"{p99:.2f}", f"{optimal} of {count}"
                )
    console.print(table)
    console.print(f"seed {options.seed}; CPU steal {steal.percent():.1f} %")
    promised(options, folder)
