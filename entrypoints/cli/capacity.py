"""`entrepot capacity …`: how much nodes can send off on their days, and what of it is left."""

from typing import Annotated, Any

import typer

from application.warehouse.adjust_capacity import AdjustCapacity
from application.warehouse.find_capacity import Capacity, FindCapacity, Taken
from entrypoints.cli.options import Reason
from entrypoints.cli.session import session_of

app = typer.Typer(help="Capacity: how much nodes can send off on their days.")

Nodes = Annotated[list[str], typer.Argument(metavar="NODE…", help="The codes of the nodes.")]
First = Annotated[str, typer.Option("--from", help="The first day, YYYY-MM-DD.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="capacity")


@app.command()
def show(
    context: typer.Context, node: Nodes, first: First, days: Annotated[int, typer.Option(help="How many.")] = 7
) -> None:
    """Show what nodes can send off on their days, and what is left."""
    session = session_of(context)

    async def find(installation: Any) -> object:
        found: Capacity = await installation.ask(session.tenant, FindCapacity(tuple(node), first, days))
        if session.as_json:
            return found
        rows = [
            {"node": each.node, "day": each.day, "worked": each.worked, **_flat("orders", each.orders)}
            | _flat("units", each.units)
            for each in found.days
        ]
        return {"as_of": found.as_of, "source": found.source, "days": rows}

    session.answer(find)


@app.command()
def adjust(context: typer.Context, node: Nodes, first: First, reason: Reason = "") -> None:
    """Bring days that are open to what sites and calendars say now."""
    session_of(context).command(AdjustCapacity(tuple(node), first, reason))


def _flat(counts: str, taken: Taken | None) -> dict[str, object]:
    """What is not bounded is empty."""
    if taken is None:
        return {counts: "", f"{counts}_left": ""}
    return {counts: taken.figure, f"{counts}_left": taken.rest}
