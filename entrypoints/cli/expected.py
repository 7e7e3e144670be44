"""`entrepot expected …`: receipts announced for a day, promised before they are here, and turned into stock."""

from typing import Annotated, Any

import typer

from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected
from application.stock.find_expected import ExpectedSupply, FindExpected, FindReceiptPromises, ReceiptPromises
from application.stock.move_supply import MoveSupply
from application.stock.withdraw_supply import WithdrawSupply
from domain.stock.position import NONE
from entrypoints.cli.notation import goods_at, lines
from entrypoints.cli.options import GivenReason, Lines, Lot, Owner, Reason, Scene
from entrypoints.cli.session import session_of

app = typer.Typer(help="Expected supply: announced, promised, moved, withdrawn, arrived.")

Receipt = Annotated[str, typer.Argument(metavar="GOODS@NODE", help="What is expected, and where.")]
On = Annotated[str, typer.Option(help="The day that it is expected on, YYYY-MM-DD.")]
Quantity = Annotated[int | None, typer.Option(help="Only so much of it, in the smallest unit.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="expected")


@app.command()
def announce(
    context: typer.Context, line: Lines, on: On, owner: Owner = NONE, scene: Scene = "purchase", reason: Reason = ""
) -> None:
    """Say what will come on a day; it may be promised from now on."""
    asked = tuple(AnnouncedLine(each.goods, each.node, on, each.quantity, owner) for each in lines(line))
    session_of(context).command(AnnounceSupply(asked, reason, scene))


@app.command()
def withdraw(
    context: typer.Context,
    receipt: Receipt,
    on: On,
    reason: GivenReason,
    quantity: Quantity = None,
    owner: Owner = NONE,
) -> None:
    """Say what will not come, and see whose promises that breaks."""
    goods, node = goods_at(receipt)
    session_of(context).command(WithdrawSupply(goods, node, on, reason, quantity, owner))


@app.command()
def move(
    context: typer.Context,
    receipt: Receipt,
    on: On,
    to: Annotated[str, typer.Option(help="The day that it comes on instead, YYYY-MM-DD.")],
    reason: GivenReason,
    quantity: Quantity = None,
    owner: Owner = NONE,
) -> None:
    """Say what comes on another day: promises move along, and who was promised it for an earlier one is named."""
    goods, node = goods_at(receipt)
    session_of(context).command(MoveSupply(goods, node, on, to, reason, quantity, owner))


@app.command()
def arrive(
    context: typer.Context,
    receipt: Receipt,
    on: On,
    quantity: Annotated[int, typer.Option(help="How much is here, in the smallest unit.")],
    owner: Owner = NONE,
    lot: Lot = NONE,
    expires: Annotated[str, typer.Option(help="The lot's expiry date, YYYY-MM-DD.")] = "",
    scene: Scene = "purchase",
    reason: Reason = "",
) -> None:
    """Receive what was expected: who waits for it holds the stock; `left` is for another command."""
    goods, node = goods_at(receipt)
    session_of(context).command(ArriveExpected(goods, node, on, quantity, owner, lot, expires, scene, reason))


@app.command()
def show(
    context: typer.Context,
    goods: Annotated[list[str], typer.Argument(help="The codes of the goods.")],
    node: Annotated[list[str] | None, typer.Option(help="Only at this node; may be given again.")] = None,
) -> None:
    """Show what is expected of goods, and what of it is promised."""
    session = session_of(context)

    async def find(installation: Any) -> object:
        found: ExpectedSupply = await installation.ask(session.tenant, FindExpected(tuple(goods), tuple(node or ())))
        return found

    session.answer(find)


@app.command()
def promises(
    context: typer.Context,
    receipt: Receipt,
    on: On,
    owner: Owner = NONE,
    limit: Annotated[int, typer.Option(help="Most reservations.")] = 100,
) -> None:
    """Show who was promised a receipt, in the order they were made, and what they lack."""
    session = session_of(context)
    goods, node = goods_at(receipt)

    async def find(installation: Any) -> object:
        query = FindReceiptPromises(goods, node, on, owner, limit)
        found: ReceiptPromises = await installation.ask(session.tenant, query)
        return found

    session.answer(find)
