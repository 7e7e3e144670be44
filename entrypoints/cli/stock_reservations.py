"""`entrepot stock …`: reservations made, confirmed, released, extended."""

from typing import Annotated

import typer

from application.stock.confirm_reservation import ConfirmReservation
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.extend_reservation import ExtendReservation
from application.stock.find_reservation import FindReservation, FindReservationsOfOrder
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.stock.position import NONE
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import PICKS_HELP, duration, goods_at, lines, picks
from entrypoints.cli.options import GivenReason, Id, Lot, Owner, Picks, Scene
from entrypoints.cli.session import session_of


def add_to(stock: typer.Typer) -> None:
    for command in (reserve, confirm, release, deallocate, extend, damage, exchange, reservation):
        stock.command()(command)


def reserve(
    context: typer.Context,
    line: Annotated[
        list[str],
        typer.Argument(metavar="LINE…", help="GOODS=QUANTITY@NODE[,NODE…]: from the first node that has it all."),
    ],
    reservation: Annotated[str, typer.Option("--id", help="Its id; by default, the request's.")] = "",
    order: Annotated[str | None, typer.Option(help="Your reference, to find it by.")] = None,
    hold: Annotated[
        str,
        typer.Option(
            help="For how long: 90s, 30m, 2h, 1d, or forever; by default, ENTREPOT_RESERVATIONS__HOLD_SECONDS."
        ),
    ] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Rather some than nothing.")] = False,
    owner: Owner = NONE,
    lot: Lot = NONE,
    scene: Scene = "sale",
    channel: Annotated[str, typer.Option(help="The sales channel it is sold through.")] = "",
    expected_by: Annotated[str, typer.Option(help="Also of what is expected up to this day, YYYY-MM-DD.")] = "",
    ship_on: Annotated[str, typer.Option(help="Take up this day of the nodes, one a line, YYYY-MM-DD.")] = "",
) -> None:
    """Hold every line for a while, or nothing."""
    session = session_of(context)
    asked = tuple(StockLine(each.goods, each.quantity, each.nodes, "", owner, lot, expected_by) for each in lines(line))
    hold = hold or f"{session.settings().reservations.hold_seconds}s"
    hold_for = None if hold == "forever" else duration(hold)
    session.command(ReserveStock(asked, reservation, order, hold_for, partial, scene, channel, ship_on))


def confirm(context: typer.Context, reservation: Id, pick: Picks = None) -> None:
    """Bind what is held: it was paid."""
    session_of(context).command(ConfirmReservation(reservation, picks(pick)))


def release(context: typer.Context, reservation: Id, pick: Picks = None) -> None:
    """Give back what is held: it was cancelled."""
    session_of(context).command(ReleaseReservation(reservation, picks(pick)))


def deallocate(context: typer.Context, reservation: Id, pick: Picks = None) -> None:
    """Give back what is confirmed: it will not leave after all."""
    session_of(context).command(DeallocateReservation(reservation, picks(pick)))


def extend(
    context: typer.Context,
    reservation: Id,
    hold: Annotated[str, typer.Option(help="From now: 90s, 30m, 2h, 1d.")],
) -> None:
    """Give what is held a new due time."""
    session_of(context).command(ExtendReservation(reservation, duration(hold)))


def damage(
    context: typer.Context,
    reservation: Id,
    pick: Annotated[list[str], typer.Option("--pick", help=PICKS_HELP)],
    reason: GivenReason,
) -> None:
    """Set confirmed units aside that turned out broken: on hand, not shipped."""
    session_of(context).command(DamageReserved(reservation, picks(pick), reason))


def exchange(
    context: typer.Context,
    reservation: Id,
    pick: Annotated[str, typer.Argument(metavar="LINE", help="LINE, LINE=QUANTITY or LINE=QUANTITY@LEG.")],
    to: Annotated[list[str], typer.Option(help="GOODS@NODE to hold it at from now on; once for each goods.")],
    owner: Owner = NONE,
    lot: Lot = NONE,
) -> None:
    """Serve a line from elsewhere without letting go of it."""
    targets = tuple(Target(*goods_at(each), owner, lot) for each in to)
    session_of(context).command(ExchangeHolds(reservation, picks([pick])[0], targets))


def reservation(
    context: typer.Context,
    reservation: Annotated[str, typer.Argument(help="Its id.")] = "",
    order: Annotated[str, typer.Option(help="All that have this order reference.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this id.")] = "",
) -> None:
    """Show a reservation by its id, or those of an order."""
    session = session_of(context)
    if bool(reservation) == bool(order):
        raise Complaint("name one reservation, or one --order")
    query = FindReservation(reservation) if reservation else FindReservationsOfOrder(order, after)
    session.answer(lambda installation: installation.ask(session.tenant, query))
