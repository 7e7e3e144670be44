"""`entrepot goods …`: the register of goods."""

from typing import Annotated

import typer

from application.stock.change_goods import ChangeGoods, GoodsChange
from application.stock.list_goods import ListGoods
from application.stock.register_goods import RegisterGoods
from domain.stock.goods import GOODS, Goods
from entrypoints.cli.registers import list_register, show_entry
from entrypoints.cli.session import session_of

app = typer.Typer(help="Goods: registered before they move.")

Code = Annotated[str, typer.Argument(help="The code of the goods.")]
Name = Annotated[str | None, typer.Option(help="What people call it.")]
Unit = Annotated[str | None, typer.Option(help="What it is counted in: piece, kg, …")]
Version = Annotated[int, typer.Option(help="Only if it is still at this version.", show_default=False)]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="goods")


@app.command()
def register(
    context: typer.Context,
    code: Code,
    name: Name = None,
    unit: Unit = None,
    scale: Annotated[int, typer.Option(help="Decimals: quantities are whole numbers of 10**-scale units.")] = 0,
) -> None:
    """Register a goods; by default it is named after its code and counted in pieces."""
    session_of(context).command(RegisterGoods((Goods(code, name or code, unit or "piece", scale),)))


@app.command()
def change(
    context: typer.Context,
    code: Code,
    name: Name = None,
    unit: Unit = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="May commands name it?")] = None,
    version: Version = 0,
) -> None:
    """Change what is given; the scale is fixed for ever."""
    session_of(context).command(ChangeGoods((GoodsChange(code, name, unit, active, version),)))


@app.command()
def deactivate(context: typer.Context, code: Code, version: Version = 0) -> None:
    """Let no new command name it; what lies there stays counted."""
    session_of(context).command(ChangeGoods((GoodsChange(code, active=False, version=version),)))


@app.command()
def show(context: typer.Context, code: Code) -> None:
    """Show one goods."""
    show_entry(session_of(context), ListGoods(prefix=code, limit=1), GOODS, code)


@app.command("list")
def list_(
    context: typer.Context,
    prefix: Annotated[str, typer.Option(help="Only codes that begin so.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this code.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List goods in the order of their codes."""
    list_register(session_of(context), ListGoods(prefix, after, limit))
