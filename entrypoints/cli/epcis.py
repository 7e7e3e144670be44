"""`entrepot epcis …`: events of GS1 EPCIS 2.0 from files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.kernel.call import Call
from application.stock.take_in import TakenIn
from entrypoints.cli.errors import REFUSED, UNANSWERED, Complaint
from entrypoints.cli.objects import fetched
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Events of GS1 EPCIS 2.0: captured from files.")

File = Annotated[Path, typer.Argument(help="The document: JSON or JSON-LD.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="epcis")


@app.command()
def capture(context: typer.Context, file: File) -> None:
    """Take in the events of a document, each on its own. Captured again, a document does nothing twice."""
    session = session_of(context)
    with fetched(session, file) as copy:
        try:
            body = copy.read_bytes()
        except OSError as error:
            raise Complaint(f"cannot read {file}: {error.strerror or error}") from None
        told = session.run(lambda installation: _captured(installation, session, body))
    session.show(told if session.as_json else _for_people(told))
    statuses = {each["status"] for each in told["outcomes"]}
    if statuses != {200}:
        raise typer.Exit(UNANSWERED if any(status >= 500 for status in statuses) else REFUSED)


async def _captured(installation: "Installation", session: Session, body: bytes) -> dict[str, Any]:
    from entrypoints.wire.taken_in import captured  # slow to import, and only wanted now

    document = installation.epcis(body)
    outcomes = await document.take_in(installation.handle, lambda request: Call(session.tenant, session.actor, request))
    return captured(outcomes, "/v1/epcis/capture")


def _for_people(told: dict[str, Any]) -> dict[str, Any]:
    """One line an event."""
    events = []
    for each in told["outcomes"]:
        taken: TakenIn | None = each.get("taken_in")
        did = ", ".join(taken.commands) if taken else f"{each['problem']['code']}: {each['problem']['detail']}"
        events.append({"line": each["line"], "event": each["event"], "about": each["about"], "became": did})
    return {"taken_in": told["taken_in"], "refused": told["refused"], "outcomes": events}
