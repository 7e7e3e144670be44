"""Showing answers: tables for people, one JSON object for machines, on stdout only."""

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

RECORDS_SHOWN: Final = 1_000
PIPED_WIDTH: Final = 200


def to_json(value: object) -> str:
    """One line of JSON for any plain value: dataclasses, named tuples (as objects), texts, numbers, times."""
    return msgspec.json.encode(plain(value)).decode()


def plain(value: object) -> Any:
    """The value in mappings, lists, texts, numbers: records become mappings by the names of their fields."""
    fields = fields_of(value)
    if fields is not None:
        return {name: plain(each) for name, each in fields.items()}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return value


def fields_of(value: object) -> dict[str, Any] | None:
    """The fields of a record; None for what is not one."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    return None


def write_json(value: object) -> None:
    sys.stdout.write(to_json(value) + "\n")


def show(value: object) -> None:
    """A record as its single values, then a table for each of its lists; a list of records as a table."""
    console = Console(
        file=sys.stdout, highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH
    )
    value = plain(value)
    if isinstance(value, Mapping):
        _record(console, value)
    elif isinstance(value, list):
        _table(console, value, "")
    else:
        console.print(_text(value))


def _record(console: Console, record: Mapping[str, Any]) -> None:
    tables = {name: each for name, each in record.items() if _is_table(each)}
    single = {name: each for name, each in record.items() if name not in tables}
    if single:
        grid = Table.grid(padding=(0, 2))
        for name, each in single.items():
            grid.add_row(_title(name), _text(each))
        console.print(grid)
    for name, each in tables.items():
        if each:
            _table(console, each, _title(name))


def _table(console: Console, rows: Sequence[Any], title: str) -> None:
    if not rows:
        console.print("none")
        return
    if not isinstance(rows[0], Mapping):
        for each in rows:
            console.print(_text(each))
        return
    shown = rows[:RECORDS_SHOWN]
    columns = [name for name in rows[0] if any(row.get(name) not in (None, "", "-", {}, []) for row in shown)]
    table = Table(title=title or None, box=box.SIMPLE, title_justify="left", show_edge=False)
    for name in columns:
        numeric = all(isinstance(row.get(name), int | float) for row in shown)
        table.add_column(
            _title(name), justify="right" if numeric else "left", overflow="fold", no_wrap=name == columns[0]
        )
    for row in shown:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console.print(table)
    if len(rows) > len(shown):
        console.print(f"… and {len(rows) - len(shown)} more: --json shows all")


def _is_table(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _title(name: str) -> str:
    return name.replace("_", " ")


def _text(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case Mapping():
            return " ".join(f"{name}={_text(each)}" for name, each in value.items())
        case str():
            return value
        case Iterable():
            return ", ".join(_text(each) for each in value)
    return str(value)
