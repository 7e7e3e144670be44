"""`entrepot stock …`: what leaves one place for another, arrives, is recalled."""

from typing import Annotated

import typer

from application.stock.freeze_transfer import FreezeTransfer
from application.stock.lines import Units
from application.stock.recall_shipment import RecalledLine, RecallShipment
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.ship_reservation import ShipReservation
from domain.stock.position import NONE
from domain.stock.shipment import Place
from entrypoints.cli.notation import goods_quantity, lines, picks
from entrypoints.cli.options import GivenReason, Id, Lines, Lot, Owner, Picks, Reason
from entrypoints.cli.session import session_of

Shipment = Annotated[str, typer.Argument(metavar="SHIPMENT", help="The id of the shipment.")]
Goods = Annotated[list[str] | None, typer.Option(help="GOODS=QUANTITY; may be given again.")]


def add_to(stock: typer.Typer) -> None:
    for command in (transfer, ship, arrive, recall):
        stock.command()(command)


def transfer(
    context: typer.Context,
    line: Lines,
    reservation: Annotated[str, typer.Option("--id", help="Its id; by default, the request's.")] = "",
    order: Annotated[str | None, typer.Option(help="Your reference, to find it by.")] = None,
    owner: Owner = NONE,
    lot: Lot = NONE,
) -> None:
    """Bind stock that will go to another node; then ship it, or deallocate it to call that off."""
    session = session_of(context)
    bound = tuple(Units(each.goods, each.node, each.quantity, owner, lot) for each in lines(line))
    session.command(FreezeTransfer(reservation or session.request, bound, order))


def ship(
    context: typer.Context,
    reservation: Id,
    pick: Picks = None,
    shipment: Annotated[str, typer.Option(help="The shipment it leaves on, to another node.")] = "",
    to: Annotated[str, typer.Option(help="The node that receives the shipment.")] = "",
    to_owner: Annotated[str, typer.Option(help="Whose stock it will be there.")] = NONE,
) -> None:
    """Let what is confirmed leave: to a customer, or on a shipment to another node."""
    receiver = Place(to, to_owner) if to else None
    session_of(context).command(ShipReservation(reservation, picks(pick), shipment, receiver))


def arrive(
    context: typer.Context,
    shipment: Shipment,
    node: Annotated[str, typer.Argument(help="The node that receives it.")],
    goods: Annotated[list[str] | None, typer.Argument(metavar="[GOODS=QUANTITY…]", help="What arrived whole.")] = None,
    damaged: Goods = None,
    lost: Goods = None,
    over: Goods = None,
    owner: Owner = NONE,
    lot: Lot = NONE,
    reason: Reason = "",
) -> None:
    """Receive a shipment: whole, damaged, lost, over; a reason is required for what was lost or is over."""
    whole, broken, gone, beyond = (dict(map(goods_quantity, each or ())) for each in (goods, damaged, lost, over))
    arrived = tuple(
        ArrivedLine(
            code,
            whole.get(code, 0),
            broken.get(code, 0),
            gone.get(code, 0),
            beyond.get(code, 0),
            lot,
            reason,
        )
        for code in whole | broken | gone | beyond
    )
    session_of(context).command(ReceiveShipment(shipment, node, arrived, owner))


def recall(
    context: typer.Context,
    shipment: Shipment,
    goods: Annotated[list[str], typer.Argument(metavar="GOODS=QUANTITY…", help="What comes back.")],
    reason: GivenReason,
    lot: Lot = NONE,
) -> None:
    """Take back what is in transit."""
    recalled = tuple(RecalledLine(*goods_quantity(each), lot) for each in goods)
    session_of(context).command(RecallShipment(shipment, recalled, reason))
