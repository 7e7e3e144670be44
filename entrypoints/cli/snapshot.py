"""`entrepot snapshot …`: what another system says lies somewhere, as differences to be approved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from application.kernel.call import Call
from application.stock.approve_counts import ApproveCounts
from application.stock.count_stock import CountedLine
from application.stock.lines import MAX_UNITS
from application.stock.list_mappings import FindMeanings, Name
from application.stock.list_proposals import ListProposals
from application.stock.propose_counts import CountsProposed, ProposeCounts
from application.stock.reject_counts import RejectCounts
from domain.kernel.account import AccountKey
from domain.kernel.refusal import Refusal
from domain.stock.mapping import ELSEWHERE, GOODS, NODE, OWNER, MappingUnknown
from domain.stock.mapping import Mapping as Meaning
from domain.stock.position import NONE
from domain.stock.proposal import STATUSES
from entrypoints.cli.errors import REFUSED, Complaint
from entrypoints.cli.files import Row, format_of, reading, writing
from entrypoints.cli.notation import whole
from entrypoints.cli.objects import fetched, object_in
from entrypoints.cli.options import GivenReason
from entrypoints.cli.registers import list_register
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

REQUIRED: Final = ("goods", "node", "counted")
OPTIONAL: Final = ("owner", "lot")
REJECT: Final = ("reject_line", "reject_code", "reject_message")
KINDS_OF_FAULT: Final = 4
"""How often a batch is tried without the rows that were at fault: unknown and inactive goods, then nodes."""

Cells = Mapping[str, str]
Meanings = Mapping[Name, Meaning]

app = typer.Typer(help="Snapshots of other systems: compared with the ledger, approved or rejected.")

Proposals = Annotated[list[str], typer.Argument(metavar="PROPOSAL…", help="Their ids, as the list shows them.")]


@dataclass(slots=True)
class Compared:
    """What became of a snapshot: rows that agree with the ledger, rows that differ, rows that could not be read."""

    snapshot: str
    rows: int = 0
    same: int = 0
    different: int = 0
    rejected: int = 0
    rejects: str = ""


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="snapshot")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header, or Parquet: goods, node, counted [owner] [lot].")],
    snapshot: Annotated[str, typer.Option("--id", help="What the snapshot is called; the same when it comes again.")],
    at: Annotated[str, typer.Option(help="When it was taken, with its zone: 2026-03-01T22:00:00Z.")],
    system: Annotated[str, typer.Option(help="Whose names it uses, as mapped; by default, ours.")] = "",
    rejects: Annotated[Path | None, typer.Option(help="Where bad rows go; by default, FILE.rejects.csv.")] = None,
    format: Annotated[str, typer.Option("--format", help="csv or parquet; by default, as the file's name says.")] = "",
) -> None:
    """Compare a snapshot with the ledger as it was then, and propose the differences. Nothing is counted yet."""
    session, taken = session_of(context), _time(at)
    rejects = rejects or (Path() if object_in(file) else file.parent) / f"{file.name}.rejects.csv"
    if file.exists() and rejects.exists() and file.samefile(rejects):
        raise Complaint(f"--rejects {rejects} is the file to import, and would be replaced: name another")
    with fetched(session, file) as copy, reading(copy, format_of(file, format)) as source:
        missing = [name for name in REQUIRED if name not in source.columns]
        unknown = [name for name in source.columns if name not in (*REQUIRED, *OPTIONAL, *REJECT)]
        if missing or unknown:
            known = ", ".join((*REQUIRED, *(f"[{name}]" for name in OPTIONAL)))
            raise Complaint(f"{file}: its columns are {known}, not {', '.join(source.columns)}")
        columns = [name for name in source.columns if name not in REJECT]

        async def compare(installation: "Installation") -> Compared:
            with writing(rejects, "csv", dict.fromkeys((*REJECT, *columns), str)) as reject:
                done = Compared(snapshot)
                batches = _Batches(installation, session, snapshot, taken, system)
                while rows := list(islice(source.rows, MAX_UNITS)):
                    faults = await batches.propose(rows)
                    done.rows += len(rows)
                    done.rejected += len(faults)
                    reject([_rejected(row, faults[row.line], columns) for row in rows if row.line in faults])
                done.same, done.different = batches.same, batches.different
                done.rejects = str(rejects) if done.rejected else ""
                return done

        done = session.run(compare)
    if not done.rejected:
        rejects.unlink(missing_ok=True)
    session.show(done)
    if done.rejected:
        raise typer.Exit(REFUSED)


@app.command("list")
def list_(
    context: typer.Context,
    snapshot: Annotated[str, typer.Option("--id", help="Only this snapshot's.")] = "",
    status: Annotated[str, typer.Option(help=f"Only these: {', '.join(STATUSES)}.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this id.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List the differences that were proposed."""
    list_register(session_of(context), ListProposals(snapshot, status, after, limit))


@app.command()
def approve(context: typer.Context, proposal: Proposals, reason: GivenReason) -> None:
    """Count the differences, on top of what moved since the snapshot: all of these, or none."""
    session_of(context).command(ApproveCounts(tuple(proposal), reason))


@app.command()
def reject(context: typer.Context, proposal: Proposals, reason: GivenReason) -> None:
    """Leave the ledger as it is: for all of these, or none."""
    session_of(context).command(RejectCounts(tuple(proposal), reason))


class _Batches:
    """Rows become proposals, many at a time; what is wrong with a row is said of it alone."""

    def __init__(
        self, installation: "Installation", session: Session, snapshot: str, at: datetime, system: str
    ) -> None:
        self._installation = installation
        self._session = session
        self._snapshot = snapshot
        self._at = at
        self._system = system
        self._seen: set[AccountKey] = set()
        self._number = 0
        self.same = self.different = 0

    async def propose(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The rows at fault: code and message by line. Raises Unanswered, and what is refused of the whole."""
        meanings: Meanings = {}
        if self._system:
            names = tuple(dict.fromkeys(name for row in rows for name in _names(row.cells)))
            meanings = await self._installation.ask(self._session.tenant, FindMeanings(self._system, names))
        faults: dict[int, tuple[str, str]] = {}
        lines: dict[int, CountedLine] = {}
        for row in rows:
            try:
                if row.fault:
                    raise Complaint(row.fault, code="row.malformed")
                line = line_of(row.cells, self._system, meanings)
                if line.key in self._seen:
                    raise Complaint("the position is in the snapshot twice", code="row.invalid")
                self._seen.add(line.key)
                lines[row.line] = line
            except Refusal as refusal:
                faults[row.line] = (refusal.own_code, refusal.message)
            except Complaint as complaint:
                faults[row.line] = (complaint.code.replace("usage", "row.invalid"), str(complaint))
        await self._compare(lines, faults)
        return faults

    async def _compare(self, lines: dict[int, CountedLine], faults: dict[int, tuple[str, str]]) -> None:
        for _ in range(KINDS_OF_FAULT + 1):
            if not lines:
                return
            self._number += 1
            call = Call(self._session.tenant, self._session.actor, f"{self._session.request}:{self._number}")
            try:
                command: Any = ProposeCounts(self._snapshot, self._at, tuple(lines.values()))
                told: CountsProposed = await self._installation.handle(call, command)
            except Refusal as refusal:
                codes: Any = refusal.facts.get("codes", ())
                bad = [line for line, each in lines.items() if each.goods in codes or each.node in codes]
                if not bad:
                    raise
                for line in bad:
                    del lines[line]
                    faults[line] = (refusal.own_code, refusal.message)
                continue
            self.same += told.same
            self.different += len(told.proposals)
            return


def line_of(cells: Cells, system: str, meanings: Meanings) -> CountedLine:
    """What a row says, in our words. Raises MappingUnknown, InvalidInput, Complaint."""
    counted = whole(cells["counted"], "counted")
    goods, node, owner = cells["goods"], cells["node"], cells.get("owner") or NONE
    if system:
        unknown = [name for name in _names(cells) if name not in meanings]
        if unknown:
            names = [{"system": system, **name._asdict()} for name in unknown]
            said = ", ".join(f"{name.kind} {name.outside}" for name in unknown)
            raise MappingUnknown(f"nobody said what these mean: {said}", names=names)
        counted *= meanings[Name(GOODS, goods)].units
        goods, node = meanings[Name(GOODS, goods)].inside, meanings[Name(NODE, node)].inside
        owner = owner if owner == NONE else meanings[Name(OWNER, owner)].inside
        if node == ELSEWHERE:
            raise Complaint(f"{cells['node']} is none of our places", code="row.invalid")
    return CountedLine(goods, node, counted, owner, cells.get("lot") or NONE)


def _names(cells: Cells) -> Iterator[Name]:
    for kind in (GOODS, NODE, OWNER):
        if said := cells.get(kind, ""):
            yield Name(kind, said)


def _rejected(row: Row, fault: tuple[str, str], columns: Sequence[str]) -> dict[str, str]:
    code, message = fault
    told = {"reject_line": str(row.line), "reject_code": code, "reject_message": message}
    return told | {name: row.cells.get(name, "") for name in columns}


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Complaint(f"--at {text!r} is no time: write 2026-03-01T22:00:00Z") from None
    if at.tzinfo is None:
        raise Complaint(f"--at {text!r} needs its zone: write 2026-03-01T22:00:00Z")
    return at
