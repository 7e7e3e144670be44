"""`entrepot ledger …`: the ledger as a whole, shown, audited, closed, purged."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from application.reconciliation.archive_ledger import ArchiveLedger
from application.reconciliation.audit_ledger import AuditLedger, AuditReport
from application.reconciliation.close_ledger import CloseLedger
from domain.kernel.account import BEGINNING
from entrypoints.cli.errors import REFUSED
from entrypoints.cli.output import plain
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

COUNTED: Final = {"shipments": "goods_on_shipments"}
"""What an audit counts, where its own name says too little."""

app = typer.Typer(help="The ledger: shown, closed, archived, audited, purged.")


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="ledger")


@app.command()
def show(context: typer.Context) -> None:
    """Show how far the ledger has come: its size, its last commit, its last seal."""

    async def look(installation: "Installation") -> object:
        state = await installation.audit_source.inspect(lambda ledger: ledger.state())
        told = plain(state)
        seal = told.pop("seal")
        return {**told, "as_of": _moment(state.as_of), "last_seal": seal and _seal(seal)}

    session_of(context).answer(look)


@app.command()
def audit(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="From zero; by default, from the last seal.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Most differences to list; all are counted.")] = 100,
) -> None:
    """Prove that balances, movements, reservations, shipments and events agree; exit 1 where they do not."""
    session = session_of(context)

    async def look(installation: "Installation") -> AuditReport:
        return await installation.audit(AuditLedger(full, most))

    report = session.run(look)
    verdict = "clean" if report.clean else f"{report.found} differences"
    told = {"verdict": verdict, **plain(report), "as_of": _moment(report.as_of)}
    session.show(told if session.as_json else _read(told))
    if not report.clean:
        raise typer.Exit(REFUSED)


@app.command()
def close(context: typer.Context) -> None:
    """Seal everything up to the last commit: audits begin there, and no sealed movement changes unseen."""

    async def seal(installation: "Installation") -> object:
        return _seal(plain(await installation.close(CloseLedger())))

    session_of(context).answer(seal)


@app.command()
def archive(
    context: typer.Context,
    seal: Annotated[int | None, typer.Option(min=1, help="Up to this seal; by default, the last.")] = None,
) -> None:
    """Move the movements of closed periods into files in the store of objects, where full audits read on."""

    async def move(installation: "Installation") -> object:
        return await installation.archive(ArchiveLedger(seal))

    session_of(context).answer(move)


@app.command()
def purge(context: typer.Context) -> None:
    """Delete what was kept long enough: request ids, tombstones, events, messages, entries; drop old promises."""

    async def delete(installation: "Installation") -> object:
        return await installation.purge()

    session_of(context).answer(delete)


def _read(audit: dict[str, Any]) -> dict[str, Any]:
    """The same for people: from where, and what was counted."""
    seal, apart = audit["seal"], ("verdict", "as_of", "seal", "differences", "skipped")
    counted = {COUNTED.get(name, name): number for name, number in audit.items() if name not in apart}
    return {
        "verdict": audit["verdict"],
        "as_of": audit["as_of"],
        "checked": f"from seal {seal}" if seal else "from the beginning",
        **counted,
        "not_checked": audit["skipped"],
        "differences": audit["differences"],
    }


def _seal(seal: dict[str, Any]) -> dict[str, Any]:
    return {**seal, "at": _moment(seal["at"]), "digest": seal["digest"].hex()}


def _moment(micros: int) -> datetime:
    return BEGINNING + timedelta(microseconds=micros)
