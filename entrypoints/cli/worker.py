"""`entrepot worker`: fire deadlines, publish events, purge, until told to stop."""

import asyncio
import signal
from typing import TYPE_CHECKING, Final

import typer

from entrypoints.cli.errors import Complaint
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.settings import Settings

IN_PROCESS: Final = "inprocess"


def add_to(root: typer.Typer) -> None:
    root.command("worker")(worker)


def worker(context: typer.Context) -> None:
    """Run the worker's jobs on the configured database until Ctrl-C or SIGTERM: deadlines, events, purging."""
    from entrypoints.composition.installation import open_installation

    settings = _alone(session_of(context).settings())

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop.set)
        async with open_installation(settings, worker=True):
            typer.echo(f"working on {settings.database.url}; Ctrl-C stops", err=True)
            await stop.wait()

    asyncio.run(run())


def _alone(settings: "Settings") -> "Settings":
    """The settings of a process that does nothing else: what only makes sense beside callers is off, or refused."""
    if settings.database.path is None:
        raise Complaint("a worker of its own needs a database that others use too: set ENTREPOT_DATABASE__URL")
    if settings.adapter("broker") != IN_PROCESS:
        return settings
    # Events told to the consumers of this process, which has none, would count as published.
    return settings.model_copy(update={"worker": settings.worker.model_copy(update={"relay": False})})
