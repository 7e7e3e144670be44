"""`entrepot mapping …`: what the names of outside systems mean here."""

from typing import Annotated

import typer

from application.stock.list_mappings import ListMappings
from application.stock.set_mappings import SetMappings
from domain.stock.mapping import KINDS, Mapping
from entrypoints.cli.registers import list_register
from entrypoints.cli.session import session_of

app = typer.Typer(help="Mappings: what the names of outside systems mean here.")

System = Annotated[str, typer.Argument(help="The outside system: gs1, or a name of your own for it.")]
Kind = Annotated[str, typer.Argument(help=f"What is named: {', '.join(KINDS)}.")]
Outside = Annotated[str, typer.Argument(help="What it is called there: gtin:10614141073464, gln:0614141008889 …")]
Inside = Annotated[str, typer.Argument(help="What it is called here; - for a place that is none of ours.")]
Units = Annotated[int, typer.Option(help="How many smallest units of the goods one of theirs is.")]
Uom = Annotated[str, typer.Option(help="In what unit it comes, in their code: KGM; by default, items.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="mapping")


@app.command("set")
def set_(
    context: typer.Context,
    system: System,
    kind: Kind,
    outside: Outside,
    inside: Inside,
    units: Units = 1,
    uom: Uom = "",
) -> None:
    """Say what a name means from now on."""
    session_of(context).command(SetMappings((Mapping(system, kind, outside, inside, units, uom),)))


@app.command()
def forget(context: typer.Context, system: System, kind: Kind, outside: Outside) -> None:
    """Have a name mean nothing any more; what was taken in under it stays."""
    session_of(context).command(SetMappings((Mapping(system, kind, outside, outside, active=False),)))


@app.command("list")
def list_(
    context: typer.Context,
    system: Annotated[str, typer.Option(help="Only this system's.")] = "",
    kind: Annotated[str, typer.Option(help="Only those of goods, nodes or owners; with --system.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this code.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List mappings in the order of their codes."""
    list_register(session_of(context), ListMappings(system, kind, after, limit))
