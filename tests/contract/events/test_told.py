"""Every type of event that is told is published, with the data it has."""

import ast
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from application.kernel.events import BalancesChanged
from application.stock.withdraw_supply import ExpectedSupplyLate
from application.tenancy.publish_policies import PoliciesTold
from application.warehouse.enter import EntryTold
from contracts.events.v1.catalogue import EVENTS, EventForm
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.quota import Quota
from domain.supply.item import SalesItem
from domain.supply.mapping import Supply
from entrypoints.wire.classes import CLASSES as COMMANDS

ROOT = Path(__file__).parents[3]


def tellers(trees: list[ast.Module]) -> dict[str, int]:
    """Who tells an event, by name, with the place of its type: the kernel's own, and each that is handed an `event`."""
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    arguments = [(each.name, [argument.arg for argument in each.args.args]) for each in functions]
    handed = {name: names.index("event") for name, names in arguments if "event" in names}
    return {"tell": 0, "tell_of": 1, "Event": 0} | handed


def told() -> set[str]:
    """The types named where events are told."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "application").rglob("*.py"))]
    places, types = tellers(trees), set()
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        place = places.get(name)
        if place is not None and len(call.args) > place:
            argument = call.args[place]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                types.add(argument.value)
    return types


def test_every_event_that_is_told_is_published_and_no_other() -> None:
    assert sorted(form.name for form in EVENTS) == sorted(told())


REPLIES: dict[str, Any] = {command.reply.__name__: command.reply for command in COMMANDS.values()}
DATA: dict[str, Any] = {
    **REPLIES,
    "BalancesChanged": BalancesChanged,
    "ExpectedSupplyLate": ExpectedSupplyLate,
    "GoodsTold": Goods,
    "NodeTold": Node,
    "ItemTold": SalesItem,
    "SupplyTold": Supply,
    "PoliciesTold": PoliciesTold,
    "QuotaTold": Quota,
    **{f"{name}Told": EntryTold for name in ("Site", "Calendar", "Region", "Postcode", "Relation")},
}


@pytest.mark.parametrize("form", EVENTS, ids=lambda form: form.name)
def test_its_data_has_the_fields_of_what_is_told(form: EventForm) -> None:
    plain = DATA[form.data.__name__]
    assert is_dataclass(plain)
    assert [field.alias or name for name, field in form.data.model_fields.items()] == [f.name for f in fields(plain)]
    assert form.summary.endswith(".")
