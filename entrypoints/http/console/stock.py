"""The stock page: goods by prefix, their nodes and positions, with every figure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from application.kernel.register_pages import Registered, RegisterPage
from application.stock.availability import Amounts, AnswerTooLarge, Availability, Detail, GoodsStock, NodeStock
from application.stock.find_availability import FindAvailability
from application.stock.list_goods import ListGoods
from application.stock.list_nodes import ListNodes
from domain.stock.position import NONE
from entrypoints.http.console.view import Asked, address, anchor

GOODS: Final = 20
"""Goods on a page."""

NODES: Final = 50
"""Rows that are shown of one goods; more nodes than that are asked for one at a time."""

SUGGESTED: Final = 100

COLUMNS: Final = tuple((each.name, each.name.replace("_", " ")) for each in fields(Amounts))
BUCKETS: Final = tuple(name for name, _ in COLUMNS if name != "promisable")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number in a row; `label` names it where there is no column head."""

    name: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """A goods at a node, or one of several positions there. `title` says all of it, for whoever hears of a change."""

    id: str
    level: str
    name: str
    title: str
    ledger: str
    note: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the bar that shows where units are, in thousandths."""

    bucket: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Block:
    """A goods: its total and the rows under it."""

    row: Row
    bar: tuple[Slice, ...]
    rows: tuple[Row, ...]
    left_out: int
    known: bool


async def stock(asked: Asked) -> dict[str, Any]:
    """`goods`: the beginning of codes; `node`: one node's; `after`: the next page."""
    prefix, node = asked.get("goods"), asked.get("node")
    page: RegisterPage = await asked.house.ask(asked.tenant, ListGoods(prefix, asked.get("after"), GOODS))
    codes = tuple(entry.code for entry in page.entries)
    detail, found = Detail.POSITION, None
    if codes:
        detail, found = await _availability(asked, codes, (node,) if node else ())
    suggested: RegisterPage = await asked.house.ask(asked.tenant, ListNodes(limit=SUGGESTED))
    return {
        "title": "Stock",
        "prefix": prefix,
        "node": node,
        "nodes": [entry.code for entry in suggested.entries],
        "columns": COLUMNS,
        "buckets": BUCKETS,
        "totals_only": detail is Detail.TOTAL,
        "blocks": [_block(each, _said(entry)) for each, entry in zip(found.goods, page.entries, strict=True)]
        if found
        else [],
        "first": address("/stock", goods=prefix, node=node) if asked.get("after") else "",
        "next": address("/stock", goods=prefix, node=node, after=page.after) if page.after else "",
    }


async def _availability(asked: Asked, codes: tuple[str, ...], nodes: tuple[str, ...]) -> tuple[Detail, Availability]:
    """As far broken down as one answer may be."""
    found: Availability
    try:
        found = await asked.house.ask(asked.tenant, FindAvailability(codes, nodes, Detail.POSITION))
    except AnswerTooLarge:
        found = await asked.house.ask(asked.tenant, FindAvailability(codes, nodes, Detail.TOTAL))
        return Detail.TOTAL, found
    return Detail.POSITION, found


def _said(entry: Registered) -> str:
    """What the register says of the goods, for people."""
    facts = entry.facts
    name, scale = str(facts.get("name") or ""), int(facts.get("scale", 0))
    unit = f"in units of {10**-scale:.{scale}f} {facts.get('unit')}" if scale else ""
    return ", ".join(filter(None, (name, unit, "" if facts.get("active", True) else "not active")))


def _block(goods: GoodsStock, said: str) -> Block:
    rows = [row for node in goods.nodes for row in _rows(goods.goods, node)]
    total = Row(anchor(goods.goods), "goods", goods.goods, goods.goods, "", said, _figures(goods.amounts))
    return Block(total, _bar(goods.amounts), tuple(rows[:NODES]), max(0, len(rows) - NODES), bool(goods.nodes))


def _rows(goods: str, node: NodeStock) -> Iterator[Row]:
    """One row a node, and where its stock is kept apart by owner, lot or channel, one for each part too."""
    several = len(node.positions) > 1
    for position in () if several else node.positions:
        yield _row(goods, node.node, "node", position)
    if several:
        id, title = anchor(goods, node.node), f"{goods} at {node.node}"
        ledger = address("/ledger", goods=goods, node=node.node)
        yield Row(id, "node", node.node, title, ledger, "", _figures(node.amounts))
        for position in node.positions:
            yield _row(goods, node.node, "position", position)


def _row(goods: str, node: str, level: str, position: Any) -> Row:
    kept = {"owner": position.owner, "lot": position.lot, "channel": position.channel}
    apart = ", ".join(f"{name} {value}" for name, value in kept.items() if value != NONE)
    floor = f"safety stock {position.floor:,}" if position.floor else ""
    name = node if level == "node" else apart or "kept together"
    notes = (apart if level == "node" else "", floor)
    return Row(
        anchor(goods, node, *kept.values()),
        level,
        name,
        f"{goods} at {node}" + (f", {apart}" if apart else ""),
        address("/ledger", goods=goods, node=node, **kept),
        ", ".join(filter(None, notes)),
        _figures(position.amounts),
    )


def _figures(amounts: Amounts) -> tuple[Figure, ...]:
    return tuple(Figure(name, label, getattr(amounts, name)) for name, label in COLUMNS)


def _bar(amounts: Amounts) -> tuple[Slice, ...]:
    """Where the units are, each bucket by its share; what is there at all can be seen."""
    numbers = {name: getattr(amounts, name) for name in BUCKETS}
    total = sum(numbers.values())
    slices, start = [], 0
    for name, number in numbers.items():
        if number:
            width = min(1_000 - start, max(8, round(1_000 * number / total)))
            slices.append(Slice(name, start, width))
            start += width
    return tuple(slices)
