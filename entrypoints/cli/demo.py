"""`entrepot demo`: real shopping replayed."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.session import session_of


class Scale(Enum):
    """How much is replayed."""

    WEEKS = "weeks"
    FULL = "full"


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    scale: Annotated[Scale, typer.Option(help="A few weeks, or all that is left of the year.")] = Scale.WEEKS,
    weeks: Annotated[int | None, typer.Option(min=1, max=48, help="How many weeks; by default, 4.")] = None,
    stores: Annotated[int | None, typer.Option(min=1, help="Only the so many busiest stores.")] = None,
    seed: Annotated[int, typer.Option(help="Of what is invented.")] = 1,
    callers: Annotated[int, typer.Option(min=1, max=1_024, help="Callers at once.")] = 64,
    folder: Annotated[Path, typer.Option(help="Where the database is made.")] = Path("var"),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the database there.")] = False,
) -> None:
    """Replay real shopping through the real application, and prove that nothing was sold twice."""
    # The demo brings its own pace and progress; its imports take a while.
    from entrypoints.demo.run import DemoOptions, run_demo

    session = session_of(context)
    options = DemoOptions(weeks, scale is Scale.FULL, stores, seed, callers, keep, session.as_json, folder)
    raise typer.Exit(run_demo(options))
