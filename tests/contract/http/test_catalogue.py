"""What is published of the commands mirrors what the application takes and answers; the catalogue's story holds."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from pydantic import BaseModel, ValidationError

from application.kernel.enter import MAX_ENTRIES
from application.stock import lines, reserve_stock
from application.stock.count_stock import MAX_DISPLACED
from application.stock.exchange_holds import MAX_TARGETS
from application.stock.reserve_stock import ReserveStock, plan_of
from contracts.events.v1 import messages
from contracts.http.v1 import network, parts, supply, tenancy
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from contracts.http.v1.registers import NodeType
from domain.kernel import quantity, reservation
from domain.kernel.refusal import InvalidInput
from domain.sourcing import policy as weighing
from domain.stock import goods, node, position
from domain.supply import item, mapping
from domain.tenancy import policy
from domain.tenancy import settings as policy_settings
from domain.warehouse import calendar, coverage, place, region, relation, site
from entrypoints.wire.classes import CLASSES as USE_CASES
from entrypoints.wire.classes import OWN

FORMS = pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.name)


def command_of(form: CommandForm, body: Mapping[str, Any]) -> Any:
    """The application's command, checked as far as it is before the queue."""
    command = msgspec.convert(
        form.request.model_validate_json(json.dumps(body)), USE_CASES[form.command], from_attributes=True
    )
    checked(command)
    return command


def checked(command: Any) -> None:
    """What a command is checked for before the queue; one that is planned first touches what its plan names."""
    if isinstance(command, ReserveStock):
        plan_of(command.lines)
    elif hasattr(command, "touches"):
        command.touches()


def test_every_command_a_caller_may_send_has_one_form() -> None:
    own = {command.name for command in OWN}
    assert sorted(form.command for form in COMMANDS) == sorted(USE_CASES.keys() - own)


@FORMS
def test_its_name_on_the_wire_is_the_use_cases(form: CommandForm) -> None:
    assert form.name == "".join(f"-{c.lower()}" if c.isupper() else c for c in form.command).strip("-")
    assert form.request.__name__ == form.command
    assert form.reply.__name__ == USE_CASES[form.command].reply.__name__
    assert form.request.__doc__
    assert form.description.endswith(".")
    assert len(set(form.refusals)) == len(form.refusals)


@FORMS
def test_the_request_has_the_fields_of_the_command(form: CommandForm) -> None:
    unlike = list(differences(form.request, USE_CASES[form.command], form.name))
    expected = ["reserve-stock.hold_for: default None, not 0:30:00"] if form.command == "ReserveStock" else []
    assert unlike == expected


@FORMS
def test_the_reply_has_the_fields_of_the_answer(form: CommandForm) -> None:
    assert list(differences(form.reply, USE_CASES[form.command].reply, form.name, defaults=False)) == []


def differences(model: Any, plain: Any, at: str, *, defaults: bool = True) -> Iterator[str]:
    """Where a published type is not the application's type; with `defaults`, what may be left out, too."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield from _fields_unlike(model, plain, at, defaults)
    elif isinstance(model, type) and hasattr(model, "_fields"):
        yield from _parts_unlike(model, plain, at)
    elif get_origin(model) in (Union, UnionType) and NoneType in get_args(plain):
        yield from differences(_without_none(model), _without_none(plain), at, defaults=defaults)
    elif get_origin(model) is tuple and get_origin(plain) is tuple and get_args(plain)[1:] == (...,):
        yield from differences(get_args(model)[0], get_args(plain)[0], at, defaults=defaults)
    elif hasattr(model, "__metadata__"):
        yield from differences(model.__origin__, plain, at, defaults=defaults)
    elif get_origin(model) is Literal and plain is str:
        pass
    elif model is not plain or model not in (str, int, float, bool, timedelta, datetime):
        yield f"{at}: {model}, not {plain}"


def _fields_unlike(model: type[BaseModel], plain: Any, at: str, defaults: bool) -> Iterator[str]:
    hints = get_type_hints(plain)
    published = {ours.alias or name: ours for name, ours in model.model_fields.items()}
    if not is_dataclass(plain) or list(published) != [field.name for field in fields(plain)]:
        yield f"{at}: {list(published)}, not the fields of {plain}"
        return
    for field in fields(plain):
        ours, where = published[field.name], f"{at}.{field.name}"
        theirs = ... if field.default is MISSING else field.default
        default = ... if ours.is_required() else ours.default
        if defaults and (default != theirs or type(default) is not type(theirs)):
            yield f"{where}: default {default}, not {theirs}"
        yield from differences(ours.annotation, hints[field.name], where, defaults=defaults)


def _parts_unlike(model: Any, plain: Any, at: str) -> Iterator[str]:
    if (model._fields, model._field_defaults) != (plain._fields, plain._field_defaults):
        yield f"{at}: other parts than {plain}"
    hints = get_type_hints(plain)
    for name, hint in get_type_hints(model).items():
        yield from differences(hint, hints[name], f"{at}.{name}")


def _without_none(union: Any) -> Any:
    (only,) = (each for each in get_args(union) if each is not NoneType)
    return only


def test_a_difference_is_found() -> None:
    from contracts.http.v1.stock import CountedLine, ReceivedLine

    unlike = list(differences(CountedLine, USE_CASES["CountStock"], "x"))
    assert unlike
    assert list(differences(ReceivedLine, get_type_hints(USE_CASES["CountStock"])["lines"].__args__[0], "x"))


def test_the_published_bounds_are_the_domains() -> None:
    assert parts.MAX_QUANTITY == quantity.MAX_QUANTITY
    assert parts.MAX_BALANCE == quantity.MAX_BALANCE
    assert parts.MAX_IDENTIFIER == quantity.MAX_IDENTIFIER
    assert messages.MAX_TENANT == quantity.MAX_TENANT
    assert parts.MAX_TEXT == quantity.MAX_TEXT
    assert parts.MAX_LINES == reservation.MAX_LINES == lines.MAX_UNITS == MAX_ENTRIES
    assert parts.MAX_NODES == reserve_stock.MAX_NODES
    assert parts.MAX_TARGETS == MAX_TARGETS
    assert parts.MAX_DISPLACED == MAX_DISPLACED
    assert parts.MAX_SCENE == lines.MAX_SCENE
    assert parts.MAX_NAME == goods.MAX_NAME == node.MAX_NAME
    assert parts.MAX_UNIT == goods.MAX_UNIT
    assert parts.MAX_SCALE == goods.MAX_SCALE
    assert parts.NONE == position.NONE
    assert (parts.SHORTEST_HOLD, parts.LONGEST_HOLD) == (reserve_stock.SHORTEST_HOLD, reserve_stock.LONGEST_HOLD)
    assert get_args(NodeType) == node.TYPES
    assert (supply.MAX_SKUS, parts.MAX_NAME) == (item.MAX_SKUS, item.MAX_NAME)
    for bound in ("MAX_MAPPINGS", "MAX_PARTS", "MAX_BUYERS", "MAX_UNITS", "MAX_PRIORITY", "NONE"):
        assert getattr(supply, bound) == getattr(mapping, bound), bound
    for bound in dir(tenancy):
        if bound.startswith("MAX_") and bound != "MAX_POLICIES":
            assert getattr(tenancy, bound) == getattr(policy_settings, bound), bound
    for bound in ("MAX_WEIGHT", "MAX_BANDS", "MAX_MONEY"):  # what is published can be planned by
        assert getattr(policy_settings, bound) <= getattr(weighing, bound), bound
    assert (tenancy.MAX_POLICIES, get_args(tenancy.Criterion)) == (policy.MAX_POLICIES, policy_settings.CRITERIA)
    for bound in ("MAX_CODES", "MAX_POLYGONS", "MAX_RINGS", "MAX_KM", "MAX_POSTCODE"):
        assert getattr(network, bound) == getattr(coverage, bound), bound
    for bound in ("MAX_BANDS", "MAX_DAYS", "MAX_PRIORITY"):
        assert getattr(network, bound) == getattr(site, bound), bound
    assert (network.MAX_DATES, network.MAX_ZONE) == (calendar.MAX_DATES, calendar.MAX_ZONE)
    assert (network.MAX_LEVEL, network.MAX_SUCCESSORS) == (region.MAX_LEVEL, region.MAX_SUCCESSORS)
    assert (network.MAX_NATION, network.MAX_CORNERS) == (region.MAX_NATION, place.MAX_CORNERS)
    assert (network.MAX_OWNERS, network.MAX_PRIORITY) == (relation.MAX_OWNERS, relation.MAX_PRIORITY)
    assert get_args(network.RelationEnd) == (relation.PARTY, relation.GOODS, relation.NODE)
    assert (get_args(supply.SupplyMode), get_args(supply.PartOf)) == (mapping.MODES, mapping.PARTS_OF)


@FORMS
def test_the_example_becomes_the_command(form: CommandForm) -> None:
    command = command_of(form, form.example)
    assert type(command) is USE_CASES[form.command]
    again = form.request.model_validate(form.example)
    assert again == form.request.model_validate_json(json.dumps(form.example)), "read from JSON and from values alike"
    sent = again.model_dump_json(exclude_unset=True)
    assert form.request.model_validate_json(sent) == again, "what a client writes is what it meant"
    assert json.loads(sent) == form.example


@FORMS
def test_every_example_fails_with_a_field_too_many(form: CommandForm) -> None:
    with pytest.raises(ValidationError):
        form.request.model_validate({**form.example, "tenant": "someone else's"})


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every plain value in a body, with the way to it."""
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path, value


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(body)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


def full(form: CommandForm) -> dict[str, Any]:
    """The example with everything that may be left out said."""
    said: dict[str, Any] = json.loads(form.request.model_validate(form.example).model_dump_json(exclude_none=True))
    return said


TOGETHER = {
    ("make-promise", "sku", ""),  # a line names exactly one
    ("make-promise", "goods", ""),
    ("reserve-wanted", "item", ""),
    ("reserve-pooled", "goods", ""),
    ("ship-reservation", "shipment", ""),
    ("receive-shipment", "reason", ""),
}
"""What depends on another field, which a schema of one field cannot say: decided behind the border."""

TOO = {
    str: ("x" * 600, "a\x00b", "\x00", "a\x1fb", ""),
    int: (-1, 0, 2**53 + 1, 10**9 + 1, True, 1.5, "1"),
    bool: (0, 1, "true", None),
    float: (-200.5, 100_000.0, True, "1"),
}


@FORMS
def test_a_value_is_refused_at_the_border_whenever_the_domain_refuses_it(form: CommandForm) -> None:
    """The published bounds are neither wider nor narrower than the domain's, for one value at a time."""
    body = full(form)
    for path, value in leaves(body):
        if path[-1] in ("hold_for", "expires", "at", "since", "until") or "polygons" in path:  # a ring must close
            continue
        for planted in TOO[type(value)]:
            if (form.name, path[-1], planted) in TOGETHER:
                continue
            changed = with_value(body, path, planted)
            assert _published(form, changed) == _accepted(form, changed), (path, str(planted)[:20])


def _published(form: CommandForm, body: Any) -> bool:
    try:
        form.request.model_validate_json(json.dumps(body))
    except ValidationError:
        return False
    return True


def _accepted(form: CommandForm, body: Any) -> bool:
    """Whether the application takes it, asked without the published model in between."""

    def plain(value: Any, hint: Any) -> Any:
        if get_origin(hint) in (Union, UnionType):
            return None if value is None else plain(value, _without_none(hint))
        if get_origin(hint) is tuple:
            return tuple(plain(each, get_args(hint)[0]) for each in value)
        if is_dataclass(hint) or hasattr(hint, "_fields"):
            hints = get_type_hints(hint)
            made: Any = hint
            return made(**{name: plain(each, hints[name]) for name, each in value.items()})
        return msgspec.convert(value, hint) if hint in (timedelta, datetime) else value

    try:
        command = plain(body, USE_CASES[form.command])
        checked(command)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("text", ["PT1S", "PT30M", "PT1H30M", "P1DT12H", "P30D", "PT2592000S", "PT1.5S"])
def test_durations_are_iso_8601(text: str) -> None:
    form = next(form for form in COMMANDS if form.name == "extend-reservation")
    assert _published(form, {"reservation": "r", "hold_for": text})
    command_of(form, {"reservation": "r", "hold_for": text})


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "PT0S", "PT0.5S", "P31D", "P1W", "P1M", "P1Y", "-PT5M", "00:30:00", "30", 30, None, "PT٣M"]
)
def test_other_durations_are_refused(text: Any) -> None:
    form = next(form for form in COMMANDS if form.name == "extend-reservation")
    assert not _published(form, {"reservation": "r", "hold_for": text})


@pytest.mark.parametrize("day", ["2026-4-1", "20260401", "2026-04-01T00:00", "tomorrow", "٢٠٢٦-٠٤-٠١"])
def test_days_are_written_in_full(day: str) -> None:
    form = next(form for form in COMMANDS if form.name == "receive-stock")
    line = {"goods": "g", "node": "n", "quantity": 1}
    assert _published(form, {"lines": [{**line, "expires": "2026-04-01"}]})
    assert not _published(form, {"lines": [{**line, "expires": day}]})


@FORMS
def test_lists_are_as_long_as_the_application_takes(form: CommandForm) -> None:
    body = full(form)
    for name, value in body.items():
        if not isinstance(value, list) or not value:
            continue
        most = 501 if name != "to" else 51
        for count in (0, most - 1, most):
            items = [_numbered(value[0], number) for number in range(count)]
            changed = {**body, name: items}
            assert _published(form, changed) == _accepted(form, changed), (name, count)


def _numbered(item: Any, number: int) -> Any:
    """The item as another: under another code, goods or line."""
    if isinstance(item, str):
        return f"{item}{number}"
    name = next(key for key in ("code", "line", "goods", "outside", "sku", "prefix", "name", "quota") if key in item)
    return {**item, name: f"X{number}"}
