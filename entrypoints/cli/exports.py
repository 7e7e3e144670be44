"""`entrepot export …`: goods, nodes, stock and movements, streamed page by page into a file or to stdout."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from application.stock.availability import AnswerTooLarge, Availability, Detail
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements
from application.stock.list_goods import ListGoods
from application.stock.list_nodes import ListNodes
from application.stock.queries import MovementsArchived, OfAccount
from domain.stock.position import Position
from entrypoints.cli.files import FORMATS, format_of, writing
from entrypoints.cli.objects import beside, keep
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

PAGE: Final = 500
GOODS_AT_ONCE: Final = 100

Records = list[dict[str, Any]]
Columns = Mapping[str, type]

GOODS: Final[Columns] = {"code": str, "name": str, "unit": str, "scale": int, "active": bool}
NODES: Final[Columns] = {"code": str, "name": str, "type": str, "active": bool}
POSITION: Final[Columns] = {"goods": str, "node": str, "owner": str, "lot": str, "channel": str}
BUCKETS: Final[Columns] = dict.fromkeys(("available", "reserved", "allocated", "in_transit", "held"), int)
STOCK: Final[Columns] = {**POSITION, "promisable": int, **BUCKETS, "floor": int, "version": int}
MOVEMENTS: Final[Columns] = {
    **POSITION,
    "version": int,
    **dict.fromkeys(("movement", "source", "target"), str),
    "quantity": int,
    **BUCKETS,
    "floor": int,
    **dict.fromkeys(("subject", "scene", "reason", "at", "request", "command", "actor", "principal"), str),
}

app = typer.Typer(help="Export to CSV, Parquet or JSON lines.")

To = Annotated[Path | None, typer.Argument(help="The file, or objects:NAME for an object; by default, stdout.")]
Format = Annotated[
    str, typer.Option("--format", help=f"{', '.join(FORMATS)}; by default, as the file's name says, or csv.")
]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="export")


@app.command()
def goods(context: typer.Context, file: To = None, format: Format = "") -> None:
    """Export the goods, as they can be imported."""
    session = session_of(context)
    _export(session, file, format, GOODS, lambda installation: _register(installation, session.tenant, ListGoods))


@app.command()
def nodes(context: typer.Context, file: To = None, format: Format = "") -> None:
    """Export the nodes, as they can be imported."""
    session = session_of(context)
    _export(session, file, format, NODES, lambda installation: _register(installation, session.tenant, ListNodes))


@app.command()
def stock(context: typer.Context, file: To = None, format: Format = "") -> None:
    """Export every position with its balances. Each page is one state of the ledger; later pages may be later."""
    session = session_of(context)
    _export(session, file, format, STOCK, lambda installation: _stock(installation, session.tenant))


@app.command()
def movements(context: typer.Context, file: To = None, format: Format = "") -> None:
    """Export every position's movements, by version: those that are in the ledger. Others are in its archive."""
    session = session_of(context)
    _export(session, file, format, MOVEMENTS, lambda installation: _movements(installation, session.tenant))


def _export(session: Session, file: Path | None, format: str, columns: Columns, pages: Any) -> None:
    chosen = format or ("csv" if file is None else format_of(file))

    async def stream(installation: "Installation") -> int:
        count = 0
        with beside(file) as path:
            with writing(path, chosen if file is None else format_of(file, chosen), columns) as write:
                async for page in pages(installation):
                    write(page)
                    count += len(page)
            await keep(installation, file, path)
        return count

    count = session.run(stream)
    if file is not None:
        session.show({"file": str(file), "records": count})


async def _register(
    installation: "Installation", tenant: str, query: type[ListGoods] | type[ListNodes]
) -> AsyncIterator[Records]:
    after = ""
    while True:
        page = await installation.ask(tenant, query(after=after, limit=PAGE))
        yield [{"code": entry.code, **entry.facts} for entry in page.entries]
        after = page.after
        if not after:
            return


async def _stock(installation: "Installation", tenant: str) -> AsyncIterator[Records]:
    async for page in _register(installation, tenant, ListGoods):
        codes = [record["code"] for record in page]
        for start in range(0, len(codes), GOODS_AT_ONCE):
            async for records in _positions(installation, tenant, codes[start : start + GOODS_AT_ONCE]):
                yield records


async def _positions(installation: "Installation", tenant: str, codes: Sequence[str]) -> AsyncIterator[Records]:
    """The positions of these goods; of half of them at a time, where that is too much for one answer."""
    try:
        found: Availability = await installation.ask(tenant, FindAvailability(tuple(codes), (), Detail.POSITION))
    except AnswerTooLarge:
        if len(codes) == 1:
            raise
        half = len(codes) // 2
        for part in (codes[:half], codes[half:]):
            async for records in _positions(installation, tenant, part):
                yield records
        return
    yield [
        {
            "goods": goods.goods,
            "node": node.node,
            "owner": position.owner,
            "lot": position.lot,
            "channel": position.channel,
            "promisable": position.amounts.promisable,
            **{name: getattr(position.amounts, name) for name in BUCKETS},
            "floor": position.floor,
            "version": position.version,
        }
        for goods in found.goods
        for node in goods.nodes
        for position in node.positions
    ]


async def _movements(installation: "Installation", tenant: str) -> AsyncIterator[Records]:
    async for positions in _stock(installation, tenant):
        for position in positions:
            place = {name: position[name] for name in POSITION}
            after, account = "", OfAccount(Position(**place).key)
            while True:
                try:
                    page = await installation.ask(tenant, FindMovements(account, after, PAGE))
                except MovementsArchived as archived:
                    after = str(archived.facts["after"])
                    continue
                yield [
                    place
                    | {name: getattr(each, name) for name in MOVEMENTS if name not in POSITION}
                    | {"at": each.at.isoformat().replace("+00:00", "Z")}
                    for each in page.movements
                ]
                after = page.after
                if not after:
                    break
