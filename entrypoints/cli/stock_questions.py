"""`entrepot stock …`: what can be promised, what moved, what was."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from application.stock.availability import Availability, Detail
from application.stock.balance_at import BalanceAt
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements, MovementFound, MovementPage
from application.stock.queries import OfAccount, OfCommand, OfReservation, OfShipment, Subject
from domain.stock.position import NONE, Position
from entrypoints.cli.errors import Complaint
from entrypoints.cli.options import Lot, Owner
from entrypoints.cli.registers import one_page
from entrypoints.cli.session import session_of


def add_to(stock: typer.Typer) -> None:
    for command in (show, movements, balance_at):
        stock.command()(command)


def show(
    context: typer.Context,
    goods: Annotated[list[str], typer.Argument(help="The codes of the goods.")],
    node: Annotated[list[str] | None, typer.Option(help="Only at this node; may be given again.")] = None,
    detail: Annotated[Detail, typer.Option(help="How far it is broken down.")] = Detail.NODE,
) -> None:
    """Show what can be promised of goods, as of the last commit."""
    session = session_of(context)
    query = FindAvailability(tuple(goods), tuple(node or ()), detail)

    async def find(installation: Any) -> object:
        found: Availability = await installation.ask(session.tenant, query)
        if session.as_json:
            return found
        return {"as_of": found.as_of, "source": found.source, "stock": list(_rows(found, detail))}

    session.answer(find)


def _rows(found: Availability, detail: Detail) -> Iterator[dict[str, object]]:
    """The answer as a flat table: one line a goods, a node or a position."""
    for goods in found.goods:
        if detail is Detail.TOTAL or not goods.nodes:
            # A mistyped code, or goods that were never received, must not look like goods that are sold out.
            yield {"goods": goods.goods, "node": "" if goods.nodes else "none", **_amounts(goods.amounts)}
        for at in goods.nodes:
            if detail is Detail.NODE:
                yield {"goods": goods.goods, "node": at.node, **_amounts(at.amounts)}
            for position in at.positions:
                yield {
                    "goods": goods.goods,
                    "node": at.node,
                    "owner": position.owner,
                    "lot": position.lot,
                    "channel": position.channel,
                    **_amounts(position.amounts),
                    "floor": position.floor,
                    "version": position.version,
                }


def _amounts(amounts: Any) -> dict[str, int]:
    return {name: getattr(amounts, name) for name in amounts.__slots__}


def movements(
    context: typer.Context,
    goods: Annotated[str, typer.Option(help="Of one position: its goods (with --node).")] = "",
    node: Annotated[str, typer.Option(help="Of one position: its node (with --goods).")] = "",
    owner: Owner = NONE,
    lot: Lot = NONE,
    request: Annotated[str, typer.Option(help="Of the command accepted under this request id.")] = "",
    reservation: Annotated[str, typer.Option(help="Of a reservation.")] = "",
    shipment: Annotated[str, typer.Option(help="Of a shipment, on both sides.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this page.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """Show movements: of a position, a request, a reservation or a shipment."""
    session = session_of(context)
    named: list[Subject] = []
    if goods or node:
        named.append(OfAccount(Position(goods, node, owner, lot).key))
    if request:
        named.append(OfCommand(request))
    if reservation:
        named.append(OfReservation(reservation))
    if shipment:
        named.append(OfShipment(shipment))
    if len(named) != 1:
        raise Complaint("name one thing: --goods and --node, --request, --reservation or --shipment")
    query = FindMovements(named[0], after, limit)

    async def find(installation: Any) -> object:
        page: MovementPage = await installation.ask(session.tenant, query)
        if session.as_json:
            return page
        return one_page(session, page, {"movements": [_movement(each) for each in page.movements]})

    session.answer(find)


def _movement(found: MovementFound) -> dict[str, object]:
    """What fits a line of a table; all of it is in the JSON."""
    place = "/".join(value for value in found.account.values() if value != NONE)
    moved = ("version", "movement", "quantity", "available", "reserved", "allocated", "in_transit", "held")
    why = ("subject", "scene", "reason", "actor")
    return {
        "at": found.at,
        "account": f"{found.kind}:{place}",
        **{name: getattr(found, name) for name in (*moved, *why)},
    }


def balance_at(
    context: typer.Context,
    goods: Annotated[str, typer.Argument(help="The goods.")],
    node: Annotated[str, typer.Argument(help="The node.")],
    at: Annotated[str, typer.Argument(help="A version of the position, or a time: 2026-11-22T08:00:00Z.")],
    owner: Owner = NONE,
    lot: Lot = NONE,
) -> None:
    """Show what a position held in the past."""
    session = session_of(context)
    query = BalanceAt(Position(goods, node, owner, lot).key, _version_or_time(at))
    session.answer(lambda installation: installation.ask(session.tenant, query))


def _version_or_time(text: str) -> int | datetime:
    if re.fullmatch("[0-9]{1,16}", text):
        return int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Complaint(f"cannot read {text!r}: give a version, or a time as 2026-11-22T08:00:00Z") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
