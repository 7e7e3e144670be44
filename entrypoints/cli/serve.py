"""`entrepot serve`: HTTP, with the worker inside."""

import socket
import sys
from errno import EACCES, EADDRINUSE
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.errors import Complaint
from entrypoints.cli.output import write_json
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.settings import Settings


def add_to(root: typer.Typer) -> None:
    root.command("serve")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default, the setting.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; by default, the setting.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve on the one address.")] = 1,
    first_key: Annotated[bool, typer.Option(help="Make a key if the tenant has none, and show it.")] = True,
    inherited: Annotated[int | None, typer.Option("--socket", hidden=True)] = None,
    peers: Annotated[str, typer.Option("--peers", hidden=True)] = "",
    shared: Annotated[int | None, typer.Option("--sessions", hidden=True)] = None,
) -> None:
    """Serve HTTP until Ctrl-C or SIGTERM, the worker inside. A new database is made, and a key, shown this once."""
    from entrypoints.http.console.sessions import Sessions
    from entrypoints.http.serve import CannotServe, Crew, prepare, run
    from entrypoints.http.serve import serve as serve_here
    from entrypoints.http.server import enough_files, listen
    from entrypoints.metrics.peers import peers_of

    session = session_of(context)
    settings = _settings(session, host, port)
    if inherited is not None:
        sessions = None if shared is None else Sessions.inherited(shared)
        if sessions is not None:
            settings = _with_a_secret(settings, sessions.secret("promises"))
        with socket.socket(fileno=inherited) as listening:
            run(serve_here(settings, listening, None, lambda _: None, peers_of(peers), sessions))
        return
    tenant = session.tenant if first_key else None
    if workers > 1 and settings.database.technology == "memory":
        raise Complaint("several processes need a database that they share: set ENTREPOT_DATABASE__URL")
    _make_new_database(settings)
    enough_files(settings.http.connections)
    try:
        listening = listen(settings.http)
    except OSError as error:
        where = f"{settings.http.host}:{settings.http.port}"
        other = "--port" if error.errno in (EADDRINUSE, EACCES) else "--host"
        raise Complaint(f"cannot listen on {where}: {error.strerror}; {other} takes another") from None
    with listening:
        address = _address(listening)

        def announce(key: str | None) -> None:
            _announce(session, address, key)

        if workers == 1:
            run(serve_here(settings, listening, tenant, announce))
            return
        made: list[str | None] = []

        async def once() -> None:
            made.append(await prepare(settings, tenant))

        run(once())
        announce(made[0])
        sessions = Sessions.new()
        files = (listening.fileno(), sessions.fileno())
        command = [sys.executable, "-m", "entrypoints.cli.main", "--tenant", session.tenant, "serve"]
        crew = Crew(
            [*command, "--socket", str(files[0]), "--sessions", str(files[1])],
            workers,
            files,
            settings.http.linger_seconds + settings.http.stop_seconds,
        )
        try:
            crew.run()
        except CannotServe as error:
            raise Complaint(str(error), code="serve.failed") from None


def _settings(session: Session, host: str | None, port: int | None) -> "Settings":
    settings = session.settings(stays=True)
    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"http": settings.http.model_copy(update=given)})


def _with_a_secret(settings: "Settings", secret: str) -> "Settings":
    """What tokens of promises are signed with, where nobody set it: each process of these takes the others'."""
    from pydantic import SecretStr

    if settings.promises.secret.get_secret_value():
        return settings
    promises = settings.promises.model_copy(update={"secret": SecretStr(secret)})
    return settings.model_copy(update={"promises": promises})


def _make_new_database(settings: "Settings") -> None:
    """A database that is not there yet is made; one that is there is only brought forward by `entrepot migrate`."""
    from entrypoints.composition.maintenance import is_new, migrate

    if is_new(settings):
        migrate(settings)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(session: Session, address: str, key: str | None) -> None:
    if session.as_json:
        write_json({"address": address, "tenant": session.tenant, "key": key})
        sys.stdout.flush()
        return
    said = [f"serving {address}; Ctrl-C stops", f"the interface: {address}/docs"]
    if key is not None:
        said += [
            f"a key for the tenant {session.tenant}, made now and never shown again:",
            f"  {key}",
            "try it:",
            f"  curl -sS {address}/v1/commands/register-goods -H 'Authorization: Bearer {key}' \\",
            "    -H 'Idempotency-Key: first' -H 'Content-Type: application/json' \\",
            """    -d '{"goods": [{"code": "coffee-1kg", "name": "Coffee, 1 kg", "unit": "bag"}]}'""",
        ]
    typer.echo("\n".join(said))
