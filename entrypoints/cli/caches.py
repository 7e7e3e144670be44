"""`entrepot cache …`: what is kept beside the ledger, to be forgotten at any time."""

import asyncio
from typing import TYPE_CHECKING

import typer

from entrypoints.cli.errors import Complaint
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.settings import Settings

app = typer.Typer(help="The cache of what may be promised.")


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="cache")


@app.command()
def clear(context: typer.Context) -> None:
    """Forget everything; it is filled anew as it is asked for."""
    session = session_of(context)
    session.show({"forgotten": asyncio.run(_clear(session.settings()))})


async def _clear(settings: "Settings") -> int:
    """How many entries there were."""
    from application.stock.availability_cache import CacheUnavailable
    from entrypoints.composition.installation import open_root

    if settings.adapter("availability_cache") in ("none", "memory"):
        raise Complaint("there is no cache beside the processes: set ENTREPOT_CACHE__URL to the one they share")
    async with open_root(settings) as root:
        try:
            forgotten: int = await root.availability_cache().clear()
        except CacheUnavailable as error:
            raise Complaint(f"the cache does not answer: {error}") from error
        return forgotten
