"""`entrepot item …`: sales items and their SKUs."""

from typing import TYPE_CHECKING, Annotated

import typer

from application.supply.list_items import ListItems
from application.supply.set_items import SetItems
from domain.supply.item import SalesItem, Sku, UnknownItem
from entrypoints.cli.registers import list_register, shown
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Sales items: what buyers see and order, with their SKUs.")

Code = Annotated[str, typer.Argument(help="The item's code.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="item")


@app.command("set")
def set_(
    context: typer.Context,
    code: Code,
    sku: Annotated[list[str], typer.Option(help="CODE or CODE=NAME; all that the item has.")],
    retired: Annotated[list[str] | None, typer.Option(help="The same, of what is no longer sold.")] = None,
    name: Annotated[str, typer.Option(help="What people call it; by default, its code.")] = "",
    active: Annotated[bool, typer.Option("--active/--inactive", help="May its SKUs be ordered?")] = True,
) -> None:
    """Say what an item is, all of it; a SKU that it ever had is named too."""
    skus = (*(_sku(text, True) for text in sku), *(_sku(text, False) for text in retired or ()))
    session_of(context).command(SetItems((SalesItem(code, name or code, skus, active),)))


@app.command()
def show(context: typer.Context, code: Code) -> None:
    """Show one item."""
    session = session_of(context)

    async def find(installation: "Installation") -> object:
        page = await installation.ask(session.tenant, ListItems(prefix=code, limit=1))
        if not page.entries or page.entries[0].code != code:
            raise UnknownItem(f"there is no item {code}", codes=[code])
        return shown(page.entries[0])

    session.answer(find)


@app.command("list")
def list_(
    context: typer.Context,
    prefix: Annotated[str, typer.Option(help="Only codes that begin so.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this code.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List items in the order of their codes."""
    list_register(session_of(context), ListItems(prefix, after, limit))


def _sku(text: str, active: bool) -> Sku:
    code, _, name = text.partition("=")
    return Sku(code, name, active)
