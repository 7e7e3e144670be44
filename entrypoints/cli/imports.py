"""`entrepot import …`: goods, nodes and opening stock from files; good rows are kept, bad ones told apart."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from application.kernel.call import Call
from application.kernel.unanswered import Busy
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.kernel.refusal import Refusal
from domain.stock.goods import Goods
from domain.stock.node import TYPES, Node
from domain.stock.position import NONE
from entrypoints.cli.errors import REFUSED, Complaint
from entrypoints.cli.files import FORMATS, Row, Source, check_columns, format_of, reading, writing
from entrypoints.cli.geojson import geojson_source
from entrypoints.cli.ids import time_ordered_id
from entrypoints.cli.network_rows import (
    CALENDAR_COLUMNS,
    POSTCODE_COLUMNS,
    REGION_COLUMNS,
    RELATION_COLUMNS,
    SITE_COLUMNS,
    calendar_of,
    postcode_of,
    region_of,
    relation_of,
    site_of,
)
from entrypoints.cli.notation import truth, whole
from entrypoints.cli.objects import fetched, object_in
from entrypoints.cli.output import to_json
from entrypoints.cli.session import Session, session_of
from entrypoints.cli.supply_rows import ITEM_COLUMNS, SUPPLY_COLUMNS, item_of, supply_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

WINDOW: Final = 256
"""Rows under way at once, at most."""

GEOJSON: Final = "geojson"

REJECT: Final = ("reject_line", "reject_code", "reject_message")

app = typer.Typer(
    help="Import CSV and Parquet. A file imported again, cut off or mended, goes on: rows taken are not taken twice."
)

File = Annotated[Path, typer.Argument(help="The file, or objects:NAME for an object: CSV with a header, or Parquet.")]
Rejects = Annotated[
    Path | None, typer.Option(help="Where bad rows go, with line and reason; by default, FILE.rejects.csv.")
]
Format = Annotated[str, typer.Option("--format", help="csv or parquet; by default, as the file's name says.")]

Cells = Mapping[str, str]


def _goods(cells: Cells) -> object:
    scale = whole(cells.get("scale") or "0", "scale")
    goods = Goods(
        cells["code"], cells.get("name") or cells["code"], cells.get("unit") or "piece", scale, _active(cells)
    )
    return RegisterGoods((goods,))


def _node(cells: Cells) -> object:
    return RegisterNode(
        (Node(cells["code"], cells.get("name") or cells["code"], cells.get("type") or TYPES[0], _active(cells)),)
    )


def _opening(cells: Cells) -> object:
    line = ReceivedLine(
        cells["goods"],
        cells["node"],
        whole(cells["quantity"], "quantity"),
        cells.get("owner") or NONE,
        cells.get("lot") or NONE,
        cells.get("expires") or "",
    )
    return ReceiveStock((line,), opening=True, scene="opening", reason="import")


def _active(cells: Cells) -> bool:
    return truth(cells.get("active") or "true", "active")


def _only(command: Callable[[Cells], object]) -> Callable[[Sequence[Cells]], object]:
    """The command of a single row."""
    return lambda rows: command(rows[0])


class Shape(NamedTuple):
    """What a file of one kind holds: its columns, those of numbers, and the command that a row becomes.

    With `key`, rows that stand together and have the same in that column become one command, which says all there is
    to say of it: each run says it anew, and what is known already changes nothing.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    numbers: tuple[str, ...]
    command: Callable[[Sequence[Cells]], object]
    key: str = ""


SHAPES: Final = {
    "goods": Shape(("code",), ("name", "unit", "scale", "active"), ("scale",), _only(_goods)),
    "nodes": Shape(("code",), ("name", "type", "active"), (), _only(_node)),
    "opening": Shape(("goods", "node", "quantity"), ("owner", "lot", "expires"), ("quantity",), _only(_opening)),
    "items": Shape(*ITEM_COLUMNS, (), item_of, "item"),
    "supply": Shape(*SUPPLY_COLUMNS, ("units", "priority"), supply_of, "sku"),
    "sites": Shape(*SITE_COLUMNS, (), site_of, "code"),
    "calendars": Shape(*CALENDAR_COLUMNS, (), calendar_of, "code"),
    "regions": Shape(*REGION_COLUMNS, (), region_of, "code"),
    "postcodes": Shape(*POSTCODE_COLUMNS, (), postcode_of, "code"),
    "relations": Shape(*RELATION_COLUMNS, (), relation_of, "code"),
}


@dataclass(slots=True)
class Imported:
    """What became of a file: `repeated` rows were taken by an earlier run already."""

    file: str
    rows: int = 0
    taken: int = 0
    repeated: int = 0
    rejected: int = 0
    rejects: str = ""


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="import")


@app.command()
def goods(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Register goods: columns code, and name, unit, scale, active where wanted."""
    _import(session_of(context), "goods", file, rejects, format)


@app.command()
def nodes(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Register nodes: columns code, and name, type, active where wanted."""
    _import(session_of(context), "nodes", file, rejects, format)


@app.command()
def opening(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Open stock: columns goods, node, quantity (smallest unit), and owner, lot, expires where wanted."""
    _import(session_of(context), "opening", file, rejects, format)


@app.command()
def items(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set sales items: columns item, sku (a row a SKU, an item's together), and name, sku_name, active, sku_active."""
    _import(session_of(context), "items", file, rejects, format)


@app.command()
def supply(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set supply: columns sku, mapping, part (a row a part, a SKU's together), and units, of, mode, supplier, owner
    (* for any), priority, substitute, buyers (with spaces between), since, until.
    """
    _import(session_of(context), "supply", file, rejects, format)


@app.command()
def sites(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set sites: a row a node, or GeoJSON with its point and polygons; columns code, and what is said of it."""
    _import(session_of(context), "sites", file, rejects, format)


@app.command()
def calendars(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set calendars: columns code, zone, week, and leaves, workday_until, and date, kind (holiday or workday): a row a
    date, a calendar's together.
    """
    _import(session_of(context), "calendars", file, rejects, format)


@app.command()
def regions(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set regions, parents first: columns code, name, nation, level, and parent, lat, lng, successors where wanted."""
    _import(session_of(context), "regions", file, rejects, format)


@app.command()
def postcodes(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set places of postcodes: columns code (US/90210), and region, lat, lng where wanted."""
    _import(session_of(context), "postcodes", file, rejects, format)


@app.command()
def relations(context: typer.Context, file: File, rejects: Rejects = None, format: Format = "") -> None:
    """Set supply relations: columns code, from_kind, from_code, to_kind, to_code, and priority, owners (with spaces
    between), since, until, active.
    """
    _import(session_of(context), "relations", file, rejects, format)


def _opened(file: Path, copy: Path, format: str, what: str) -> AbstractContextManager[Source]:
    """Only sites have a geometry."""
    found = format_of(file, format, (*FORMATS, GEOJSON) if what == "sites" else FORMATS)
    return nullcontext(geojson_source(copy)) if found == GEOJSON else reading(copy, found)


def _import(session: Session, what: str, file: Path, rejects: Path | None, format: str) -> None:
    rejects = rejects or (Path() if object_in(file) else file.parent) / f"{file.name}.rejects.csv"
    if file.exists() and rejects.exists() and file.samefile(rejects):
        raise Complaint(f"--rejects {rejects} is the file to import, and would be replaced: name another")
    shape = SHAPES[what]
    with fetched(session, file) as copy, _opened(file, copy, format, what) as source:
        check_columns(file, source.columns, shape.required, shape.optional, REJECT)

        async def take(installation: "Installation") -> Imported:
            return await _take(installation, session, _Ids(what, file.name, shape), shape, source, file, rejects)

        done = session.run(take)
    if not done.rejected:
        rejects.unlink(missing_ok=True)
    session.show(done)
    if done.rejected:
        raise typer.Exit(REFUSED)


class _Asked(NamedTuple):
    """The command of a row, and the id it is asked under."""

    request: str
    command: Any


class _Fault(NamedTuple):
    """Why a row is rejected."""

    code: str
    message: str


class _Ids:
    """Request ids of rows: of the file's name, what a row says, and which of the rows that say the same it is.

    So a file may be imported again, cut off or mended in the meantime: what was taken is repeated, and moves nothing.
    """

    def __init__(self, what: str, file: str, shape: Shape) -> None:
        self._prefix = f"import:{what}:{time_ordered_id() if shape.key else _digest(file)}"
        self._numbers = shape.numbers
        self._seen: Counter[str] = Counter()

    def of(self, rows: Sequence[Row]) -> str:
        """For rows that make a command. Empty cells say nothing, and 07 is 7 where a number is written."""
        cells = rows[0].cells
        told = {name: text for name, text in cells.items() if text and name not in REJECT}
        numbers = {name: whole(told[name], name) for name in self._numbers if name in told}
        says = _digest(sorted((told | numbers).items()))
        self._seen[says] += 1
        return f"{self._prefix}:{says}:{self._seen[says]}"


def _digest(value: object) -> str:
    return hashlib.sha256(to_json(value).encode()).hexdigest()[:24]


async def _take(
    installation: "Installation",
    session: Session,
    ids: _Ids,
    shape: Shape,
    source: Source,
    file: Path,
    rejects: Path,
) -> Imported:
    done = Imported(str(file))
    columns = [name for name in source.columns if name not in REJECT]
    window = max(1, min(WINDOW, installation.settings.committer.queue // 2))
    before = installation.committer.counts.repeated
    with (
        _progress(file, source) as advance,
        writing(rejects, "csv", dict.fromkeys((*REJECT, *columns), str)) as reject,
    ):
        groups = _together(source.rows, shape.key)
        while together := list(islice(groups, window)):
            asked = [_asked(rows, shape, ids) for rows in together]  # in their order, which equal ones are told by
            faults = await asyncio.gather(*(_take_row(installation, session, each) for each in asked))
            bad = [
                {"reject_line": str(row.line), "reject_code": fault.code, "reject_message": fault.message}
                | {name: row.cells.get(name, "") for name in columns}
                for rows, fault in zip(together, faults, strict=True)
                if fault is not None
                for row in rows
            ]
            reject(bad)
            done.rows += sum(map(len, together))
            done.rejected += len(bad)
            advance()
    done.repeated = installation.committer.counts.repeated - before
    done.taken = done.rows - done.rejected - done.repeated
    done.rejects = str(rejects) if done.rejected else ""
    return done


def _together(rows: Iterator[Row], key: str) -> Iterator[list[Row]]:
    """Each row by itself, or those that stand together with the same key."""
    if not key:
        return ([row] for row in rows)
    return _by_key(rows, key)


def _by_key(rows: Iterator[Row], key: str) -> Iterator[list[Row]]:
    seen: set[str] = set()
    for code, same in groupby(rows, lambda row: row.cells.get(key, "")):
        together = list(same)
        if code in seen and code:  # a later command would take back what the earlier one said
            together = [row._replace(fault=f"other rows of {code} stand further up: sort the file") for row in together]
        seen.add(code)
        yield together


def _asked(rows: Sequence[Row], shape: Shape, ids: _Ids) -> _Asked | _Fault:
    """What rows ask for, or what is wrong with them: one that is bad has all rejected that belong together."""
    for row in rows:
        if row.fault:
            return _Fault("row.malformed", row.fault if len(rows) == 1 else f"line {row.line}: {row.fault}")
    try:
        command = shape.command([row.cells for row in rows])
    except Refusal as refusal:
        return _Fault(refusal.own_code, refusal.message)
    except Complaint as complaint:
        return _Fault("row.invalid", str(complaint))
    return _Asked(ids.of(rows), command)


async def _take_row(installation: "Installation", session: Session, asked: _Asked | _Fault) -> _Fault | None:
    """None where the row was taken; else what it is rejected with. Raises Unanswered."""
    if isinstance(asked, _Fault):
        return asked
    try:
        call = Call(session.tenant, session.actor, asked.request)
        while True:
            try:
                await installation.handle(call, asked.command)
                return None
            except Busy as busy:
                await asyncio.sleep(busy.retry_after)
    except Refusal as refusal:
        return _Fault(refusal.own_code, refusal.message)


@contextmanager
def _progress(file: Path, source: Source) -> Iterator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(file.name, total=source.total)
        yield lambda: progress.update(task, completed=source.done())
