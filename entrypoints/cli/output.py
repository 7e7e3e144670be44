"""Showing answers: tables for people, one JSON object for machines, on stdout only."""

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

RECORDS_SHOWN: Final = 1_000
PIPED_WIDTH: Final = 200
GAP: Final = 2
UNBROKEN: Final = 20
NARROWEST: Final = 16


def to_json(value: object) -> str:
    """One line of JSON for any plain value: dataclasses, named tuples (as objects), texts, numbers, times.

    Bytes of a file that are no UTF-8 are shown as they would be typed: what is wrong with a file can be said of it.
    """
    told = plain(value)
    try:
        return msgspec.json.encode(told).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(told)).decode()


def _encodable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_encodable(name): _encodable(each) for name, each in value.items()}
        case list():
            return [_encodable(each) for each in value]
    return value


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
    console = _console(None if sys.stdout.isatty() else PIPED_WIDTH)
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
    if not any(tables.values()):
        single |= dict.fromkeys(tables, "none")
    if single:
        console.print(_grid({name: _text(each) for name, each in single.items()}))
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
    names = [name for name in rows[0] if any(row.get(name) not in (None, "", "-", {}, []) for row in shown)]
    columns = {name: [_text(row.get(name)) for row in shown] for name in names}
    if _width([_wanted(name, cells) for name, cells in columns.items()]) > console.width:
        alike = {name: cells[0] for name, cells in columns.items() if len(set(cells)) == 1}
        if 0 < len(alike) < len(columns):
            console.print(_grid(alike))
            columns = {name: cells for name, cells in columns.items() if name not in alike}
        elif alike and _width(_fitted(columns, console.width)) > console.width:  # a single row, which needs no table
            console.print(title)
            console.print(_grid(alike))
            return
    widths = _fitted(columns, console.width)
    table = Table(
        title=title or None, box=box.SIMPLE, title_justify="left", show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name, width in zip(columns, widths, strict=True):
        numeric = all(isinstance(row.get(name), int | float) for row in shown)
        table.add_column(_title(name), justify="right" if numeric else "left", overflow="fold", width=width)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    # Where even the narrowest table has no room, the terminal breaks its lines: a cell is not broken in the middle.
    _console(max(console.width, _width(widths))).print(table)
    if len(rows) > len(shown):
        console.print(f"… and {len(rows) - len(shown)} more: --json shows all")


def _console(width: int | None) -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def _grid(values: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, each in values.items():
        grid.add_row(_title(name), each or "-")
    return grid


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(0, len(widths) - 1)


def _wanted(name: str, cells: Iterable[str]) -> int:
    return max(len(_title(name)), *(cell_len(each) for each in cells))


def _fitted(columns: Mapping[str, Sequence[str]], room: int) -> list[int]:
    """A width for each column: headings break between words, and cells longer than a time give way, until all fits."""
    widths = [_wanted(name, cells) for name, cells in columns.items()]
    least: list[int] = []
    for number, (name, cells) in enumerate(columns.items()):
        longest = max(cell_len(each) for each in cells)
        kept = longest if number == 0 or longest <= UNBROKEN else NARROWEST
        least.append(max(kept, *(len(word) for word in _title(name).split())))
    while _width(widths) > room:
        spare = [width - below for width, below in zip(widths, least, strict=True)]
        if not any(spare):
            break
        widths[spare.index(max(spare))] -= 1
    return widths


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
            if value.timestamp() == 0:  # the ledger's time before its first commit
                return "-"
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case Mapping():
            return " ".join(
                f"{name}=({_text(each)})" if isinstance(each, Mapping | list) else f"{name}={_text(each)}"
                for name, each in value.items()
                if each != "-"
            )
        case str():
            return str(_encodable(value))
        case Iterable():
            return ", ".join(_text(each) for each in value)
    return str(value)
