"""`entrepot search …`: find documents and add them up; rebuild the index, check it against the ledger."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.search.add_up_documents import AddUpDocuments, SumPage
from application.search.check_index import CheckIndex
from application.search.find_documents import DocumentPage, FindDocuments
from application.search.kinds import KINDS
from application.search.ports import Stage
from application.search.rebuild_index import RebuildIndex
from entrypoints.cli.errors import REFUSED
from entrypoints.cli.output import plain
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

NAMES = ", ".join(kind.name for kind in KINDS)

app = typer.Typer(help="Search: find, add up; rebuild the index, check it.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"{NAMES}.")]
Words = Annotated[list[str] | None, typer.Argument(metavar="[WORD]…", help="Words that must all be there.")]
Where = Annotated[
    list[str] | None,
    typer.Option(help="A condition, may be given again: node:N1, code^A-, 'quantity>=10', 'at<2026-03-01T00:00Z'."),
]
After = Annotated[str, typer.Option(help="Go on after this page.")]
Kinds = Annotated[list[str] | None, typer.Argument(metavar="[KIND]…", help=f"{NAMES}; by default, all of them.")]
Page = Annotated[int, typer.Option(min=1, max=10_000, help="Documents at a time.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="search")


@app.command()
def find(
    context: typer.Context,
    kind: Kind,
    words: Words = None,
    where: Where = None,
    sort: Annotated[str, typer.Option(help="A field, or falling: -at.")] = "",
    facet: Annotated[list[str] | None, typer.Option(help="Count the values of a field; may be given again.")] = None,
    after: After = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 50,
) -> None:
    """Find documents of a kind."""
    session = session_of(context)
    said = " ".join(words or ())
    query = FindDocuments(kind, said, tuple(where or ()), sort, tuple(facet or ()), after=after, limit=limit)

    async def ask(installation: "Installation") -> object:
        page: DocumentPage = await installation.ask(session.tenant, query)
        if session.as_json:
            return page
        more = f"more than {page.total}" if page.more_than_total else page.total
        return {
            "as_of": page.as_of,
            "found": more,
            **({"after": page.after} if page.after else {}),
            kind: [{"id": each.id, "at": each.at, **each.fields} for each in page.documents],
            **{f"by_{name}": plain(values) for name, values in page.facets.items()},
        }

    session.answer(ask)


@app.command()
def sums(
    context: typer.Context,
    kind: Kind,
    words: Words = None,
    where: Where = None,
    by: Annotated[list[str] | None, typer.Option(help="A field, or at.hour, at.day, at.month; up to 3.")] = None,
    sum: Annotated[list[str] | None, typer.Option(help="A number to add up; may be given again.")] = None,
    after: After = "",
    limit: Annotated[int, typer.Option(help="At most so many groups, 1 to 1,000.")] = 100,
) -> None:
    """Add documents of a kind up."""
    session = session_of(context)
    said = " ".join(words or ())
    query = AddUpDocuments(kind, said, tuple(where or ()), tuple(by or ()), tuple(sum or ()), after, limit)

    async def ask(installation: "Installation") -> object:
        page: SumPage = await installation.ask(session.tenant, query)
        if session.as_json:
            return page
        groups = [{**each.by, "documents": each.count, **each.sums} for each in page.groups]
        return {"as_of": page.as_of, **({"after": page.after} if page.after else {}), "groups": groups}

    session.answer(ask)


@app.command()
def rebuild(context: typer.Context, kinds: Kinds = None, page: Page = 500) -> None:
    """Rebuild the index from the ledger, while it is asked and written; killed, it goes on where it was."""
    session = session_of(context)
    commands = [RebuildIndex(kind, page) for kind in _all(kinds)]

    async def work(installation: "Installation") -> object:
        return [await installation.searching.rebuild(command, _progress) for command in commands]

    session.show(session.run(work))


@app.command()
def check(
    context: typer.Context,
    kinds: Kinds = None,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what differs.")] = False,
    settle: Annotated[int, typer.Option(help="What changed within so many seconds may be on its way.")] = 30,
    page: Page = 500,
) -> None:
    """Compare the index with the ledger, document by document; exit 1 where they differ and it was not put right."""
    session = session_of(context)
    commands = [CheckIndex(kind, repair, settle, page) for kind in _all(kinds)]

    async def work(installation: "Installation") -> list[Any]:
        return [await installation.searching.check(command, _progress) for command in commands]

    found = session.run(work)
    session.show([{**plain(each), "clean": each.clean} for each in found])
    if not all(each.clean for each in found):
        raise typer.Exit(REFUSED)


def _all(kinds: list[str] | None) -> list[str]:
    return kinds or [kind.name for kind in KINDS]


def _progress(kind: str, stage: Stage, documents: int) -> None:
    """One line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{kind}: {stage.value.replace('_', ' ')}, {documents} documents ")
        sys.stderr.flush()
