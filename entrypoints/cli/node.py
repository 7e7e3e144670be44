"""`entrepot node …`: the register of nodes."""

from typing import Annotated

import typer

from application.stock.change_node import ChangeNode, NodeChange
from application.stock.list_nodes import ListNodes
from application.stock.register_node import RegisterNode
from domain.stock.node import NODE, TYPES, Node
from entrypoints.cli.registers import list_register, show_entry
from entrypoints.cli.session import session_of

app = typer.Typer(help="Nodes: the places that hold stock.")

Code = Annotated[str, typer.Argument(help="The code of the node.")]
Name = Annotated[str | None, typer.Option(help="What people call it.")]
Type = Annotated[str | None, typer.Option("--type", help=f"What it is: {', '.join(TYPES)}.")]
Version = Annotated[int, typer.Option(help="Only if it is still at this version.", show_default=False)]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="node")


@app.command()
def register(context: typer.Context, code: Code, name: Name = None, type: Type = None) -> None:
    """Register a node; by default it is a warehouse, named after its code."""
    session_of(context).command(RegisterNode((Node(code, name or code, type or TYPES[0]),)))


@app.command()
def change(
    context: typer.Context,
    code: Code,
    name: Name = None,
    type: Type = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="May commands name it?")] = None,
    version: Version = 0,
) -> None:
    """Change what is given."""
    session_of(context).command(ChangeNode((NodeChange(code, name, type, active, version),)))


@app.command()
def deactivate(context: typer.Context, code: Code, version: Version = 0) -> None:
    """Let no new command name it; what lies there stays counted."""
    session_of(context).command(ChangeNode((NodeChange(code, active=False, version=version),)))


@app.command()
def show(context: typer.Context, code: Code) -> None:
    """Show one node."""
    show_entry(session_of(context), ListNodes(prefix=code, limit=1), NODE, code)


@app.command("list")
def list_(
    context: typer.Context,
    prefix: Annotated[str, typer.Option(help="Only codes that begin so.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this code.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List nodes in the order of their codes."""
    list_register(session_of(context), ListNodes(prefix, after, limit))
