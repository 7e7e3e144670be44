"""`entrepot key …`: the keys by which callers are known."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.permissions.create_key import CreateKey
from application.permissions.expire_key import ExpireKey
from application.permissions.list_keys import ListKeys
from application.permissions.revoke_key import RevokeKey
from application.permissions.rotate_key import OVERLAP, RotateKey
from domain.permissions.scope import Scope
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import duration
from entrypoints.cli.output import plain, write_json
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from application.permissions.views import KeyMade
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Keys: who may call, for which tenant, and what for. The text of a key is shown once.")

WHEN = "a time such as 2027-01-01T00:00:00Z, or how long: 90d"
DAYS = OVERLAP.days

Id = Annotated[str, typer.Argument(metavar="KEY", help="The id of the key: the twelve characters after ek_.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="key")


@app.command()
def create(
    context: typer.Context,
    principal: Annotated[str, typer.Argument(help="Whose key it is: shown with everything that is done with it.")],
    scope: Annotated[list[Scope], typer.Option(help="What it is for; may be given again. None implies another.")],
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    expires: Annotated[str, typer.Option(help=f"When it ends: {WHEN}. By default, when it is revoked.")] = "",
) -> None:
    """Make a key for the tenant; its text is shown now and never again."""
    command = CreateKey(principal, frozenset(scope), label, _moment(expires) if expires else None)
    session = session_of(context)
    _made(session, session.run(lambda installation: installation.keys.create(session.call(), command)))


@app.command()
def rotate(
    context: typer.Context,
    key: Id,
    overlap: Annotated[str, typer.Option(help="How long both are good: 90s, 30m, 2h, 1d.")] = f"{DAYS}d",
) -> None:
    """Make its successor, under an id of its own; the old one is good for the overlap yet."""
    command = RotateKey(_id(key), duration(overlap))
    session = session_of(context)
    _made(session, session.run(lambda installation: installation.keys.rotate(session.call(), command)))


@app.command()
def revoke(context: typer.Context, key: Id) -> None:
    """Take a key back, for ever. Processes that serve refuse it within ENTREPOT_KEYS__CACHE_SECONDS."""
    command = RevokeKey(_id(key))
    session = session_of(context)
    session.answer(lambda installation: installation.keys.revoke(session.call(), command))


@app.command()
def expire(
    context: typer.Context,
    key: Id,
    at: Annotated[str, typer.Option(help=f"When it ends: {WHEN}. By default, now.")] = "",
) -> None:
    """Say when a key ends; nothing brings back one that has."""
    command = ExpireKey(_id(key), _moment(at) if at else None)
    session = session_of(context)
    session.answer(lambda installation: installation.keys.expire(session.call(), command))


@app.command("list")
def list_(
    context: typer.Context,
    after: Annotated[str, typer.Option(help="Go on after this id.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List the tenant's keys in the order of their ids, good or not."""
    query = ListKeys(after, limit)
    session = session_of(context)

    async def ask(installation: "Installation") -> Any:
        return plain(await installation.keys.list(session.tenant, query))

    session.answer(ask)


def _made(session: Session, made: "KeyMade") -> None:
    """The text alone on its last line: no table breaks it, and a shell takes it with `tail -1`."""
    if session.as_json:
        write_json(made)
        return
    session.show(made.key)
    typer.echo(f"This is the key; it is not kept and cannot be shown again:\n{made.text}")


def _id(text: str) -> str:
    """The id in what was written: with the `ek_` before it, and with the secret too, if that is what one has."""
    found = re.fullmatch(r"(?:ek_)?([a-z2-7]{12})(?:_.*)?", text)
    return found[1] if found else text


def _moment(text: str) -> datetime:
    try:
        if text[4:5] != "-":
            return datetime.now(UTC) + duration(text)
        at = datetime.fromisoformat(text)
    except (Complaint, ValueError, OverflowError):
        raise Complaint(f"cannot read {text!r}: write {WHEN}") from None
    if at.utcoffset() is None:
        raise Complaint(f"{text!r} has no offset: end it with Z for UTC")
    return at.astimezone(UTC)
