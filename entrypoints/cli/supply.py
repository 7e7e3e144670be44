"""`entrepot supply …`: what can satisfy a SKU."""

from typing import TYPE_CHECKING, Annotated

import typer

from application.supply.list_supply import ListSupply
from application.supply.resolve_supply import ResolveSupply
from application.supply.set_supply import SetSupply
from domain.supply.mapping import GOODS, MODES, NONE, SELF, SKU, Part, Supply, SupplyMapping
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import whole
from entrypoints.cli.registers import list_register
from entrypoints.cli.session import Session, session_of
from entrypoints.cli.supply_rows import zoned_time

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Supply: which goods, from whom, can satisfy a SKU, when, for whom.")

OneSku = Annotated[str, typer.Argument(help="The SKU.")]
Id = Annotated[str, typer.Argument(help="What the mapping is called among those of the SKU.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="supply")


@app.command("set")
def set_(
    context: typer.Context,
    sku: OneSku,
    mapping: Id,
    parts: Annotated[list[str], typer.Argument(help="GOODS or GOODS=UNITS; several are a kit.", metavar="PART…")],
    kits: Annotated[bool, typer.Option("--of-skus", help="The parts are SKUs, not goods.")] = False,
    mode: Annotated[str, typer.Option(help=f"{', '.join(MODES)}.")] = SELF,
    supplier: Annotated[str, typer.Option(help="Who supplies it; - for ourselves.")] = NONE,
    owner: Annotated[str, typer.Option(help="Whose stock it is; - for ours, * for anybody's.")] = NONE,
    priority: Annotated[int, typer.Option(help="The least number comes first.")] = 0,
    substitute: Annotated[bool, typer.Option(help="It stands in for the SKU, and comes last.")] = False,
    buyer: Annotated[list[str] | None, typer.Option(help="Only for this buyer; may be given again.")] = None,
    since: Annotated[str, typer.Option(help="From this time on: 2026-03-01T00:00:00Z.")] = "",
    until: Annotated[str, typer.Option(help="Until just before this time.")] = "",
) -> None:
    """Say one mapping of a SKU, in the place of the one called the same; the others stay."""
    made = SupplyMapping(
        mapping,
        tuple(_part(text, SKU if kits else GOODS) for text in parts),
        mode,
        supplier,
        "" if owner == "*" else owner,
        priority,
        substitute,
        tuple(buyer or ()),
        zoned_time(since, "--since"),
        zoned_time(until, "--until"),
    )
    session = session_of(context)
    known = _known(session, sku)
    kept = () if known is None else tuple(each for each in known.mappings if each.id != mapping)
    session.command(SetSupply((Supply(sku, (*kept, made), known is None or known.active),)))


@app.command()
def drop(context: typer.Context, sku: OneSku, mapping: Id) -> None:
    """Take one mapping of a SKU away."""
    session = session_of(context)
    known = _known(session, sku)
    if known is None or mapping not in {each.id for each in known.mappings}:
        raise Complaint(f"{sku} has no mapping {mapping}")
    kept = tuple(each for each in known.mappings if each.id != mapping)
    session.command(SetSupply((Supply(sku, kept, known.active),)))


@app.command()
def resolve(
    context: typer.Context,
    sku: OneSku,
    buyer: Annotated[str, typer.Option(help="For this buyer; by default, nobody in particular.")] = "",
    at: Annotated[str, typer.Option(help="At this time; by default, now.")] = "",
) -> None:
    """Show what can stand for a SKU, the preferred first, and why the rest cannot."""
    session = session_of(context)
    query = ResolveSupply(sku, buyer, zoned_time(at, "--at"))

    async def ask(installation: "Installation") -> object:
        return await installation.ask(session.tenant, query)

    session.answer(ask)


@app.command("list")
def list_(
    context: typer.Context,
    prefix: Annotated[str, typer.Option(help="Only SKUs that begin so.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this SKU.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List what can satisfy SKUs, in the order of their codes."""
    list_register(session_of(context), ListSupply(prefix, after, limit))


def _known(session: Session, sku: str) -> Supply | None:
    """What is said of a SKU until now."""

    async def find(installation: "Installation") -> Supply | None:
        page = await installation.ask(session.tenant, ListSupply(prefix=sku, limit=1))
        if not page.entries or page.entries[0].code != sku:
            return None
        return Supply.of(sku, page.entries[0].facts)

    return session.run(find)


def _part(text: str, of: str) -> Part:
    code, equals, units = text.rpartition("=")
    return Part(code, whole(units, text), of) if equals else Part(text, of=of)
