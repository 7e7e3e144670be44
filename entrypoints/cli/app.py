"""The commands, put together; and the one place where what they raise is turned into a line and an exit code."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Final, cast

import typer

from entrypoints.cli import (
    backup,
    caches,
    capacity,
    config,
    conformance,
    demo,
    epcis,
    expected,
    exports,
    goods,
    imports,
    item,
    key,
    ledger,
    mapping,
    migrate,
    move,
    node,
    outbox,
    policy,
    promise,
    quota,
    route,
    search,
    serve,
    site,
    snapshot,
    stock,
    supply,
    worker,
)
from entrypoints.cli.distribution import NAME, version
from entrypoints.cli.errors import Complaint, report
from entrypoints.cli.session import Session

VALUED: Final = ("--tenant", "--actor", "--request-id")
FLAGS: Final = ("--json",)
UsageError: Final = cast(type[Exception], typer.BadParameter.__base__)
"""What the parser raises about a line it cannot read; typer does not export its name."""


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The global options first, wherever they stood; what follows `--` is left alone."""
    own: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        each = waiting.pop(0)
        if each == "--":
            rest += [each, *waiting]
            break
        if each in FLAGS or (each.partition("=")[0] in VALUED and "=" in each):
            own.append(each)
        elif each in VALUED and waiting:
            own += [each, waiting.pop(0)]
        else:
            rest.append(each)
    return own + rest


app = typer.Typer(
    name=NAME,
    help="Stock that is counted, held and promised, and never sold twice.",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {version()}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Whose stock.")] = "main",
    actor: Annotated[str, typer.Option(help="Who acts; by default, who is logged in.")] = "",
    request_id: Annotated[str, typer.Option(help="Repeat a request under its id; by default, a new one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, on stdout alone.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """These options may stand anywhere on the line."""
    context.obj = Session(tenant, actor, request_id, as_json)


for part in (
    demo,
    migrate,
    goods,
    node,
    item,
    supply,
    site,
    policy,
    promise,
    quota,
    stock,
    expected,
    capacity,
    ledger,
    outbox,
    route,
    search,
    serve,
    worker,
    imports,
    exports,
    epcis,
    mapping,
    snapshot,
    backup,
    caches,
    move,
    key,
    conformance,
    config,
):
    part.add_to(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    arguments = hoisted(arguments) or ["--help"]
    as_json = "--json" in arguments
    context: typer.Context | Any = None
    try:
        command = _command()
        with command.make_context(NAME, list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except UsageError as error:
        return report(_usage(error), "", as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("stopped\n")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        session = context.obj if context is not None else None
        return report(_explained(error), session.request if session is not None else "", as_json=as_json)
    return 0


@cache
def _command() -> Any:
    command = typer.main.get_command(app)
    _without_types_of_flags(command)
    return command


def _without_types_of_flags(command: Any) -> None:
    """So that the help does not show a <bool> behind an option that takes no value."""
    for option in command.get_params(typer.Context(command)):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    for each in getattr(command, "commands", {}).values():
        _without_types_of_flags(each)


def _usage(error: Any) -> Complaint:
    where = f"; see {error.ctx.command_path} --help" if error.ctx is not None else ""
    return Complaint(f"{error.format_message().rstrip('.')}{where}")


def _explained(error: Exception) -> Exception:
    """What composition says about settings and databases, as a complaint."""
    from entrypoints.composition.maintenance import CannotOpen  # slow to import, and only wanted now
    from entrypoints.composition.settings import BadSettings

    match error:
        case BadSettings():
            return Complaint(str(error), code="settings")
        case _ if isinstance(error, CannotOpen):
            return Complaint(str(error), code="database")
    return error
