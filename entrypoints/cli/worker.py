"""`entrepot worker`: what must happen by itself, in a process of its own, until told to stop."""

import asyncio
import signal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entrypoints.cli.errors import Complaint
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.settings import Settings

IN_PROCESS: Final = "inprocess"


class Role(StrEnum):
    """One kind of work; the settings of the same names say which of them a process does by itself."""

    DEADLINES = "deadlines"
    RELAY = "relay"
    CONSUMERS = "consumers"
    PURGE = "purge"


BROKERED: Final = (Role.RELAY, Role.CONSUMERS)
"""What takes a broker that others reach too."""

Roles = Annotated[
    list[Role] | None,
    typer.Option("--role", help="Do only this; may be given again. By default, all that the settings say."),
]


def add_to(root: typer.Typer) -> None:
    root.command("worker")(worker)


def worker(context: typer.Context, roles: Roles = None) -> None:
    """Fire deadlines, publish events, take commands that come as messages, purge, until Ctrl-C or SIGTERM.

    Several workers on one database share the work.
    """
    from entrypoints.composition.installation import open_installation
    from entrypoints.composition.process import tuned

    settings, notice = _alone(session_of(context).settings(stays=True), roles or ())

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop.set)
        async with open_installation(settings, worker=True):
            doing = ", ".join(role for role in Role if getattr(settings.worker, role))
            typer.echo(f"working on {settings.database.url}: {doing}; Ctrl-C stops", err=True)
            if notice:
                typer.echo(notice, err=True)
            with tuned():
                await stop.wait()

    asyncio.run(run())


def _alone(settings: "Settings", asked: "list[Role] | tuple[()]") -> "tuple[Settings, str]":
    """The settings of a process that does nothing else, with only the roles it has; and what it says of the others.

    Raises Complaint where it can do nothing of what was asked.
    """
    if settings.database.technology == "memory":
        raise Complaint("a worker of its own needs a database that others use too: set ENTREPOT_DATABASE__URL")
    roles = {role for role in Role if (role in asked if asked else getattr(settings.worker, role))}
    notice = ""
    if settings.adapter("broker") == IN_PROCESS and (inside := [role for role in BROKERED if role in roles]):
        # Events told to the consumers of this process, which has none, would count as published; and nobody could
        # send it a command.
        why = (
            f"{' and '.join(inside)} not here: the broker is within the process, where `entrepot serve` runs them; "
            "for a worker of its own set ENTREPOT_BROKER__URL to a broker that both reach"
        )
        if any(role in asked for role in inside):
            raise Complaint(why)
        roles -= set(inside)
        notice = why
    if not roles:
        raise Complaint(notice or "the settings leave nothing to do: name a --role")
    worker = settings.worker.model_copy(update={role.value: role in roles for role in Role})
    return settings.model_copy(update={"worker": worker}), notice
