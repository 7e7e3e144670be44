"""`entrepot backup` and `entrepot restore`: the database as one file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.cli.session import session_of

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


KEYS: Final = (
    "keys that were revoked, expired or rotated after the backup are good again: "
    "look at `entrepot key list` of every tenant, and end them anew before anything serves"
)


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(restored)


def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The file to make.")], force: Force = False
) -> None:
    """Copy the last committed state into a file, while everything goes on."""
    from entrypoints.composition import maintenance

    session = session_of(context)
    session.show(maintenance.back_up(session.settings(), file, force=force))


def restore(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The backup.")], force: Force = False
) -> None:
    """Make a backup the database; events begin a new epoch, so that consumers read the state anew."""
    from entrypoints.composition import maintenance

    session = session_of(context)
    session.show(maintenance.restore(session.settings(), file, force=force))
    typer.echo(KEYS, err=True)


def restored(context: typer.Context) -> None:
    """Say that a server's own means restored its database; events begin a new epoch. Before anything runs on it."""
    from entrypoints.composition import maintenance

    session = session_of(context)
    session.show(maintenance.restored(session.settings()))
    typer.echo(KEYS, err=True)
