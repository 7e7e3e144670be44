"""What is asked for: lines with what can stand for each, and who may serve them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from application.sourcing.demand import WantedGoods, fresh_until
from application.sourcing.ports import Alternative
from application.sourcing.routing import Candidate, Routed
from application.sourcing.rules import Rules
from domain.sourcing.demand import BARE, Demand, DemandLine, SoldAs


class Asked(NamedTuple):
    """What the views said of one of those that are planned together."""

    wanted: WantedGoods
    rules: Rules
    alternatives: Sequence[tuple[Alternative, ...]]
    goods: Mapping[str, Collection[SoldAs]]
    routed: Routed
    candidates: Mapping[str, Candidate]


def goods_of_lines(alternatives: Sequence[tuple[Alternative, ...]]) -> Mapping[str, Collection[SoldAs]]:
    """The goods that lines may be served with, each with the names that they are sold as."""
    found: dict[str, dict[SoldAs, None]] = {}
    for line in alternatives:
        name = sold_as(line)
        for each in line:
            for part in each.parts:
                found.setdefault(part.goods, {})[name] = None
    return found


def goods_together(all_goods: Iterable[Mapping[str, Collection[SoldAs]]]) -> Mapping[str, Collection[SoldAs]]:
    """The same of several demands."""
    found: dict[str, dict[SoldAs, None]] = {}
    for goods in all_goods:
        for code, names in goods.items():
            found.setdefault(code, {}).update(dict.fromkeys(names))
    return found


def sold_as(line: Sequence[Alternative]) -> SoldAs:
    """What a line is sold as, whatever stands for it."""
    return SoldAs(line[0].sku, line[0].item) if line else BARE


def demand_of(wanted: WantedGoods, alternatives: Sequence[tuple[Alternative, ...]], at: datetime) -> Demand:
    """As it is planned: each line with what may stand for it."""
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
