"""`entrepot snapshot …`: what another system says lies somewhere, as differences to be approved."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.mapping import ELSEWHERE, GOODS, MAX_OUTSIDE, NODE, OWNER, MappingUnknown
from domain.stock.mapping import Mapping as Meaning
from domain.stock.position import NONE, Position
from domain.stock.proposal import STATUSES
from entrypoints.cli.errors import REFUSED, Complaint
from entrypoints.cli.files import Row, check_columns, format_of, reading, writing
from entrypoints.cli.notation import whole
from entrypoints.cli.objects import fetched, object_in
from entrypoints.cli.options import GivenReason
from entrypoints.cli.registers import list_register
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

REQUIRED: Final = ("goods", "node", "counted")
PLACE: Final = ("goods", "node")
OPTIONAL: Final = ("owner", "lot")
REJECT: Final = ("reject_line", "reject_code", "reject_message")
KINDS_OF_FAULT: Final = 4
"""How often a batch is tried without the rows that were at fault: unknown and inactive goods, then nodes."""

MAX_ROWS: Final = 200_000
"""Of one file: the positions of all are kept until the last row was read, for it may be of the first position."""
SPLIT: Final = "split it, and leave the rows of one goods together"
MOST_SAID: Final = 500
"""Characters kept of what is wrong with a row: it may tell a cell of a megabyte."""

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
    with fetched(session, file) as copy:
        if copy.is_fifo():
            raise Complaint(f"{file} is read twice: write it to a file first")
        kind = format_of(file, format)

        async def compare(installation: "Installation") -> Compared:
            with reading(copy, kind) as source:
                check_columns(file, source.columns, REQUIRED, OPTIONAL, REJECT)
                columns = [name for name in source.columns if name not in REJECT]
                with writing(rejects, "csv", dict.fromkeys((*REJECT, *columns), str)) as reject:
                    tallies = _Tallies(installation, session, snapshot, taken, system)
                    done = Compared(snapshot)
                    while rows := list(islice(source.rows, MAX_UNITS)):
                        done.rows += len(rows)
                        if done.rows > MAX_ROWS:
                            raise Complaint(f"{file} has more than {MAX_ROWS} rows: {SPLIT}")
                        await tallies.add(rows)
                    await tallies.compare()
                    with reading(copy, kind) as again:
                        for row in again.rows if tallies.faults else ():
                            if row.line in tallies.faults:
                                reject([_rejected(row, tallies.faults[row.line], columns)])
            done.same, done.different, done.rejected = tallies.same, tallies.different, len(tallies.faults)
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


@dataclass(slots=True)
class _Tally:
    """What all rows of one position say together, and why nothing is proposed of it, if so."""

    counted: int = 0
    lines: list[int] = field(default_factory=list)
    fault: tuple[str, str] | None = None


class _Tallies:
    """Rows added up by position, for several names may mean one goods; then compared, many positions at a time.

    What is wrong with a row is said of it alone, unless its position would be proposed without it: then of all of them.
    """

    def __init__(
        self, installation: "Installation", session: Session, snapshot: str, at: datetime, system: str
    ) -> None:
        self._installation = installation
        self._session = session
        self._snapshot = snapshot
        self._at = at
        self._system = system
        self._tallies: dict[Position, _Tally] = {}
        self._named: set[tuple[str, ...]] = set()
        self._number = 0
        self.faults: dict[int, tuple[str, str]] = {}
        self.same = self.different = 0

    async def add(self, rows: Sequence[Row]) -> None:
        """Raises Unanswered, and what is refused of the whole."""
        meanings: Meanings = {}
        if self._system:
            names = tuple(dict.fromkeys(name for row in rows for name in _names(row.cells)))
            meanings = await self._installation.ask(self._session.tenant, FindMeanings(self._system, names))
        for row in rows:
            try:
                if row.fault:
                    raise Complaint(row.fault, code="row.malformed")
                self._add(row, meanings)
            except (Refusal, Complaint) as wrong:
                self.faults[row.line] = _fault(wrong)

    def _add(self, row: Row, meanings: Meanings) -> None:
        try:
            line = line_of(row.cells, self._system, meanings)
        except (Refusal, Complaint):
            with suppress(Refusal, Complaint):
                tally = self._of(place_of(row.cells, self._system, meanings)[0])
                tally.fault = tally.fault or ("row.invalid", "another row of the position cannot be read")
            raise
        tally = self._of(Position.of(line.key))
        tally.lines.append(row.line)
        tally.counted += line.counted
        name = tuple(row.cells.get(column) or NONE for column in (*PLACE, *OPTIONAL))
        if name in self._named:
            # Two bins, or one that was written twice? Their sum may be as wrong as either.
            tally.fault = ("row.invalid", "the position is in the snapshot twice, under the same names")
        self._named.add(name)

    def _of(self, position: Position) -> _Tally:
        return self._tallies.setdefault(position, _Tally())

    async def compare(self) -> None:
        """Raises Unanswered, and what is refused of the whole."""
        tallies = iter(self._tallies.items())
        while some := list(islice(tallies, MAX_UNITS)):
            lines = {}
            for position, tally in some:
                try:
                    if not tally.fault and tally.lines:
                        goods, node, owner, lot, _ = position
                        lines[position] = CountedLine(goods, node, tally.counted, owner, lot)
                except InvalidInput as wrong:
                    tally.fault = _fault(wrong)
            await self._propose(lines)
            self.faults |= {line: tally.fault for _, tally in some if tally.fault for line in tally.lines}

    async def _propose(self, lines: dict[Position, CountedLine]) -> None:
        for _ in range(KINDS_OF_FAULT + 1):
            if not lines:
                return
            self._number += 1
            call = Call(self._session.tenant, self._session.actor, f"{self._session.request}:{self._number}")
            try:
                command: Any = ProposeCounts(self._snapshot, self._at, tuple(lines.values()))
                told: CountsProposed = await self._installation.handle(call, command)
            except Refusal as refusal:
                # A code may be a goods' and another a node's: what is refused says which of them it means.
                codes: Any = refusal.facts.get("codes", ())
                of_goods = refusal.own_code.startswith("goods.")
                bad = [each for each in lines if (each.goods if of_goods else each.node) in codes]
                if not bad:
                    raise
                for position in bad:
                    del lines[position]
                    self._tallies[position].fault = _fault(refusal)
                continue
            self.same += told.same
            self.different += len(told.proposals)
            return


def line_of(cells: Cells, system: str, meanings: Meanings) -> CountedLine:
    """What a row says, in our words. Raises MappingUnknown, InvalidInput, Complaint."""
    counted = whole(cells["counted"], "counted")
    position, units = place_of(cells, system, meanings)
    return CountedLine(position.goods, position.node, counted * units, position.owner, position.lot)


def place_of(cells: Cells, system: str, meanings: Meanings) -> tuple[Position, int]:
    """The position that a row is about, and how many units one of its goods is. Raises like line_of."""
    goods, node, owner, units = cells["goods"], cells["node"], cells.get("owner") or NONE, 1
    if system:
        for name in (Name(GOODS, goods), Name(NODE, node), Name(OWNER, owner)):
            identifier(name.outside, name.kind, most=MAX_OUTSIDE)
        unknown = [name for name in _names(cells) if name not in meanings]
        if unknown:
            names = [{"system": system, **name._asdict()} for name in unknown]
            said = ", ".join(f"{name.kind} {name.outside}" for name in unknown)
            raise MappingUnknown(f"nobody said what these mean: {said}", names=names)
        units = meanings[Name(GOODS, goods)].units
        goods, node = meanings[Name(GOODS, goods)].inside, meanings[Name(NODE, node)].inside
        owner = owner if owner == NONE else meanings[Name(OWNER, owner)].inside
        if node == ELSEWHERE:
            raise Complaint(f"{cells['node']} is none of our places", code="row.invalid")
    return Position(goods, node, owner, cells.get("lot") or NONE), units


def _fault(wrong: Refusal | Complaint) -> tuple[str, str]:
    if isinstance(wrong, Refusal):
        return wrong.own_code, wrong.message[:MOST_SAID]
    return wrong.code.replace("usage", "row.invalid"), str(wrong)[:MOST_SAID]


def _names(cells: Cells) -> Iterator[Name]:
    for kind in (GOODS, NODE, OWNER):
        said = cells.get(kind, "")
        if said and (kind, said) != (OWNER, NONE):
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
