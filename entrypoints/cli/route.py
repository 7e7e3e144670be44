"""`entrepot route …`: which nodes may serve an address, and why the others may not."""

from typing import TYPE_CHECKING, Annotated

import typer

from application.warehouse.resolve_address import ResolveAddress
from application.warehouse.route_address import RouteAddress
from domain.warehouse.address import Address
from entrypoints.cli.session import session_of
from entrypoints.cli.supply_rows import zoned_time
from entrypoints.wire.routes import place_told, route_told

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Routing: which nodes may serve an address, and why the others may not.")

Nation = Annotated[str, typer.Option(help="The code of a nation.")]
Region = Annotated[str, typer.Option(help="The code of a region, retired ones too.")]
Postcode = Annotated[str, typer.Option(help="A postcode, with a nation or region.")]
Lat = Annotated[float | None, typer.Option(help="Degrees to the north.")]
Lng = Annotated[float | None, typer.Option(help="Degrees to the east.")]
Pickup = Annotated[str, typer.Option(help="The node where it is fetched; nothing else comes with it.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="route")


@app.command()
def place(
    context: typer.Context,
    nation: Nation = "",
    region: Region = "",
    postcode: Postcode = "",
    lat: Lat = None,
    lng: Lng = None,
    pickup: Pickup = "",
) -> None:
    """Say where an address is, and how that was found."""
    session = session_of(context)
    query = ResolveAddress(Address(nation, region, postcode, lat, lng, pickup))

    async def ask(installation: "Installation") -> object:
        return place_told(await installation.ask(session.tenant, query))

    session.answer(ask)


@app.command()
def address(
    context: typer.Context,
    nation: Nation = "",
    region: Region = "",
    postcode: Postcode = "",
    lat: Lat = None,
    lng: Lng = None,
    pickup: Pickup = "",
    buyer: Annotated[str, typer.Option(help="The party that orders.")] = "",
    goods: Annotated[list[str] | None, typer.Option(help="What is ordered; may be given again.")] = None,
    at: Annotated[str, typer.Option(help="When it is ordered; by default, now.")] = "",
    explain: Annotated[int, typer.Option(help="Show so many of those rejected, at most 1,000.")] = 0,
    after: Annotated[str, typer.Option(help="Go on with those rejected after this node.")] = "",
) -> None:
    """List the nodes that may serve an address, and count those that each rule rejected."""
    session = session_of(context)
    query = RouteAddress(
        Address(nation, region, postcode, lat, lng, pickup),
        buyer,
        tuple(goods or ()),
        zoned_time(at, "--at"),
        explain,
        after,
    )

    async def ask(installation: "Installation") -> object:
        return route_told(await installation.ask(session.tenant, query))

    session.answer(ask)
