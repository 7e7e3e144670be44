"""`entrepot move`: the ledger into another database, while it is written."""

import asyncio
import sys
from typing import Annotated

import typer

from entrypoints.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    app.command()(move)


def move(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The new database, as ENTREPOT_DATABASE__URL would name it.")],
) -> None:
    """Copy the ledger while it is written, close it here, audit both sides, open it there. Killed, it goes on.

    Whoever writes to the old database from then on is told where the ledger is: start everything anew with the new URL.
    """
    from entrypoints.composition.moving import move_ledger

    session = session_of(context)

    def watch(table: str, rows: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{table:<14}{rows:>12,} rows")
            sys.stderr.flush()

    def say(what: str) -> None:
        sys.stderr.write(f"\r{what}\n")

    session.show(asyncio.run(move_ledger(session.settings(), url, watch, say)))
    typer.echo("set ENTREPOT_DATABASE__URL and start everything anew", err=True)
