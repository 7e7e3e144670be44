"""`entrepot quota …`: what sales channels may sell."""

from typing import Annotated, Any

import typer

from application.stock.carve_stock import CarvedLine, CarveStock, RestoreStock
from application.stock.find_channel_stock import ChannelStock, FindChannelStock
from application.stock.find_quotas import FindQuotas, QuotaPage
from application.stock.set_quotas import SetQuotas
from domain.stock.position import NONE
from domain.stock.quota import DIMENSIONS, MODES, Quota
from entrypoints.cli.notation import goods_quantity
from entrypoints.cli.options import Lot, Owner, Reason
from entrypoints.cli.session import session_of

app = typer.Typer(help="Quotas: what sales channels may sell, and what is set aside for them.")

Code = Annotated[str, typer.Argument(metavar="QUOTA", help="The code of the quota.")]
Carved = Annotated[list[str], typer.Argument(metavar="QUOTA=QUANTITY…", help="Several are one command.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="quota")


@app.command("set")
def set_(
    context: typer.Context,
    quota: Code,
    channel: Annotated[str, typer.Argument(help="The sales channel.")],
    mode: Annotated[str, typer.Argument(help=f"{', '.join(MODES)}.")],
    of: Annotated[str, typer.Argument(help="The goods, SKU or item.")],
    dimension: Annotated[
        str, typer.Option(help=f"What that is: {', '.join(DIMENSIONS)}; with --node, node.")
    ] = "goods",
    node: Annotated[str, typer.Option(help="Only what lies at this node.")] = NONE,
    cap: Annotated[int, typer.Option(help="How much at most; at a node, what is set aside is carved instead.")] = 0,
    closed: Annotated[bool, typer.Option("--closed", help="It binds nobody any more, and its cap is 0.")] = False,
) -> None:
    """Say what a channel may sell, or change the cap."""
    dimension = "node" if node != NONE else dimension
    session_of(context).command(
        SetQuotas((Quota(quota, channel, mode, dimension, of, node, cap=cap, active=not closed),))
    )


@app.command()
def carve(context: typer.Context, line: Carved, owner: Owner = NONE, lot: Lot = NONE, reason: Reason = "") -> None:
    """Set stock at a node aside for the channel of a quota."""
    session_of(context).command(CarveStock(_carved(line, owner, lot), reason))


@app.command()
def restore(context: typer.Context, line: Carved, owner: Owner = NONE, lot: Lot = NONE, reason: Reason = "") -> None:
    """Give what was carved and not sold back to everyone."""
    session_of(context).command(RestoreStock(_carved(line, owner, lot), reason))


@app.command("list")
def list_(
    context: typer.Context,
    goods: Annotated[str, typer.Option(help="Only those that are about this goods.")] = "",
    channel: Annotated[str, typer.Option(help="Only this channel's.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this code.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List quotas, with what is left of them."""
    session = session_of(context)

    async def find(installation: Any) -> object:
        page: QuotaPage = await installation.ask(session.tenant, FindQuotas(goods, channel, after, limit))
        if session.as_json or not page.after:
            return page
        return {"as_of": page.as_of, "quotas": page.quotas, "next_page": f"--after {page.after}"}

    session.answer(find)


@app.command()
def show(
    context: typer.Context,
    goods: Annotated[list[str], typer.Argument(help="The codes of the goods.")],
    channel: Annotated[str, typer.Option(help="The sales channel; by default, none in particular.")] = NONE,
    node: Annotated[list[str] | None, typer.Option(help="Only at this node; may be given again.")] = None,
) -> None:
    """Show what goods can be promised through a channel."""
    session = session_of(context)
    query = FindChannelStock(tuple(goods), tuple(node or ()), channel)

    async def find(installation: Any) -> object:
        found: ChannelStock = await installation.ask(session.tenant, query)
        return found

    session.answer(find)


def _carved(written: list[str], owner: str, lot: str) -> tuple[CarvedLine, ...]:
    return tuple(CarvedLine(code, quantity, owner, lot) for code, quantity in map(goods_quantity, written))
