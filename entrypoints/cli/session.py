"""One run of the command line: who asks, for which tenant, and how the answer is shown."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from application.kernel.call import Call
from entrypoints.cli.ids import time_ordered_id
from entrypoints.cli.output import fields_of, show, write_json

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation
    from entrypoints.composition.settings import Settings

T = TypeVar("T")


@dataclass(slots=True)
class Session:
    """The global options. `request` is made when the caller brings none."""

    tenant: str = "main"
    actor: str = ""
    request: str = ""
    as_json: bool = False

    def __post_init__(self) -> None:
        self.actor = self.actor or _user()
        self.request = self.request or time_ordered_id()

    def call(self) -> Call:
        return Call(self.tenant, self.actor, self.request)

    def settings(self, *, stays: bool = False) -> "Settings":
        """The settings in force, logging set up by them. Raises BadSettings.

        Where no level is set, only a process that stays logs: of one command, what went wrong is said on one line.
        """
        from entrypoints.composition.logs import set_up_logging
        from entrypoints.composition.settings import load_settings

        settings = load_settings()
        silent = not stays and "level" not in settings.log.model_fields_set
        set_up_logging(settings.log.model_copy(update={"level": "critical"}) if silent else settings.log)
        return settings

    @asynccontextmanager
    async def installation(self) -> "AsyncIterator[Installation]":
        """The configured installation, open; its worker is not run for the length of one command."""
        from entrypoints.composition.installation import open_installation

        async with open_installation(self.settings(), worker=False) as installation:
            yield installation

    def run(self, work: "Callable[[Installation], Awaitable[T]]") -> T:
        """Open the installation, do this, close it."""

        async def within() -> T:
            async with self.installation() as installation:
                return await work(installation)

        return asyncio.run(within())

    def command(self, command: Any) -> None:
        """Have a command handled; show its reply and the request id under which a repeat gets the same."""
        call = self.call()

        async def handle(installation: "Installation") -> Any:
            return await installation.handle(call, command)

        reply = self.run(handle)
        if self.as_json:
            write_json({"request_id": self.request, "reply": reply})
        else:
            show({"request": self.request, **(fields_of(reply) or {"reply": reply})})

    def answer(self, work: "Callable[[Installation], Awaitable[object]]") -> None:
        """Ask and show what comes."""
        self.show(self.run(work))

    def show(self, value: object) -> None:
        (write_json if self.as_json else show)(value)


def session_of(context: typer.Context) -> Session:
    """The session that the root command made."""
    found: Session = context.find_root().obj
    return found


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"
