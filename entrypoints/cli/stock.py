"""`entrepot stock …`: what lies at nodes, received, counted, held, written off."""

from typing import Annotated

import typer

from application.stock.accept_return import AcceptReturn, ReturnedLine
from application.stock.count_stock import CountedLine, CountStock
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.report_sale import ReportSale
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.unhold_stock import UnholdStock
from application.stock.write_off_stock import WriteOffStock
from domain.stock.position import NONE
from entrypoints.cli import stock_questions, stock_reservations, stock_shipments
from entrypoints.cli.notation import lines
from entrypoints.cli.options import GivenReason, Lines, Lot, Owner, Reason, Scene
from entrypoints.cli.session import session_of

app = typer.Typer(help="Stock: received, reserved, shipped, counted, asked for.")


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="stock")
    for part in (stock_reservations, stock_shipments, stock_questions):
        part.add_to(app)


def units(written: list[str], owner: str, lot: str) -> tuple[Units, ...]:
    return tuple(Units(each.goods, each.node, each.quantity, owner, lot) for each in lines(written))


def _received(written: list[str], owner: str, lot: str, expires: str) -> tuple[ReceivedLine, ...]:
    return tuple(ReceivedLine(each.goods, each.node, each.quantity, owner, lot, expires) for each in lines(written))


@app.command()
def receive(
    context: typer.Context,
    line: Lines,
    owner: Owner = NONE,
    lot: Lot = NONE,
    expires: Annotated[str, typer.Option(help="The lot's expiry date, YYYY-MM-DD.")] = "",
    scene: Scene = "purchase",
    reason: Reason = "",
) -> None:
    """Receive goods from outside."""
    session_of(context).command(ReceiveStock(_received(line, owner, lot, expires), scene=scene, reason=reason))


@app.command("open")
def open_(
    context: typer.Context,
    line: Lines,
    owner: Owner = NONE,
    lot: Lot = NONE,
    expires: Annotated[str, typer.Option(help="The lot's expiry date, YYYY-MM-DD.")] = "",
    reason: Reason = "",
) -> None:
    """Open positions: the balances that they start with."""
    received = _received(line, owner, lot, expires)
    session_of(context).command(ReceiveStock(received, opening=True, scene="opening", reason=reason))


@app.command()
def hold(context: typer.Context, line: Lines, reason: GivenReason, owner: Owner = NONE, lot: Lot = NONE) -> None:
    """Set available units aside: on hand, but promised to nobody."""
    session_of(context).command(HoldStock(units(line, owner, lot), reason))


@app.command()
def unhold(context: typer.Context, line: Lines, reason: GivenReason, owner: Owner = NONE, lot: Lot = NONE) -> None:
    """Give held units back to what is available."""
    session_of(context).command(UnholdStock(units(line, owner, lot), reason))


@app.command("write-off")
def write_off(context: typer.Context, line: Lines, reason: GivenReason, owner: Owner = NONE, lot: Lot = NONE) -> None:
    """Take held units out of stock for good."""
    session_of(context).command(WriteOffStock(units(line, owner, lot), reason))


@app.command("report-sale")
def report_sale(
    context: typer.Context,
    line: Lines,
    owner: Owner = NONE,
    lot: Lot = NONE,
    scene: Scene = "sale",
    reason: Reason = "",
) -> None:
    """Take units out that were sold over the counter, without a reservation."""
    session_of(context).command(ReportSale(units(line, owner, lot), reason, scene))


@app.command()
def count(
    context: typer.Context,
    line: Annotated[list[str], typer.Argument(metavar="LINE…", help="GOODS=FOUND@NODE: all that lies there.")],
    reason: GivenReason,
    displace: Annotated[
        list[str] | None, typer.Option(help="A reservation that gives up what is missing; may be given again.")
    ] = None,
    owner: Owner = NONE,
    lot: Lot = NONE,
) -> None:
    """Set positions to what was found; refused where what is promised is missing, unless that is displaced."""
    counted = tuple(CountedLine(each.goods, each.node, each.quantity, owner, lot) for each in lines(line))
    session_of(context).command(CountStock(counted, reason, tuple(displace or ())))


@app.command("return")
def return_(
    context: typer.Context,
    line: Annotated[list[str] | None, typer.Argument(metavar="[LINE…]", help="GOODS=INTACT@NODE.")] = None,
    damaged: Annotated[
        list[str] | None, typer.Option(help="GOODS=QUANTITY@NODE that came back broken; may be given again.")
    ] = None,
    order: Annotated[str, typer.Option(help="Your reference to what is returned.")] = "",
    owner: Owner = NONE,
    lot: Lot = NONE,
    reason: Reason = "",
) -> None:
    """Take goods back from someone who keeps no stock: intact ones are available, broken ones held."""
    intact = {(each.goods, each.node): each.quantity for each in lines(line or [])}
    broken = {(each.goods, each.node): each.quantity for each in lines(damaged or [])}
    returned = tuple(
        ReturnedLine(*place, intact.get(place, 0), broken.get(place, 0), owner, lot) for place in intact | broken
    )
    session_of(context).command(AcceptReturn(returned, order, reason))


@app.command()
def safety(context: typer.Context, line: Lines, owner: Owner = NONE, lot: Lot = NONE, reason: Reason = "") -> None:
    """Set safety stocks: what a reserve leaves untouched; 0 takes one away."""
    floors = tuple(SafetyStock(each.goods, each.node, each.quantity, owner, lot) for each in lines(line))
    session_of(context).command(SetSafetyStock(floors, reason))
