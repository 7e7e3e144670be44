"""`entrepot policy …`: what holds for which business identity."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.tenancy.explain_policy import ExplainPolicy
from application.tenancy.list_policies import ListPolicies
from entrypoints.cli.errors import Complaint
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Policies: by what a promise is decided, for whom.")


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="policy")


@app.command()
def publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML or JSON: all policies, as the command publish-policies has them.")],
) -> None:
    """Put the policies of a file in the place of all that were published."""
    from pydantic import ValidationError

    from contracts.http.v1.tenancy import PublishPolicies
    from entrypoints.wire.bodies import invalid
    from entrypoints.wire.commands import FORMS, command_of

    session = session_of(context)
    try:
        body = PublishPolicies.model_validate_json(json.dumps(_read(file)))
    except ValidationError as error:
        raise invalid(error) from None
    session.command(command_of(FORMS["publish-policies"], body, session.settings()))


@app.command()
def explain(
    context: typer.Context,
    line: Annotated[str, typer.Option("--line", help="The line of business; by default, any.")] = "",
    scenario: Annotated[str, typer.Option(help="What is done; by default, anything.")] = "",
    policy: Annotated[str, typer.Option(help="A policy, or a criterion, that is named and goes before.")] = "",
) -> None:
    """Show what holds for a business identity, and which policy says so."""
    session = session_of(context)

    async def ask(installation: "Installation") -> object:
        return await installation.ask(session.tenant, ExplainPolicy(line, scenario, policy))

    session.answer(ask)


@app.command("list")
def list_(
    context: typer.Context,
    after: Annotated[str, typer.Option(help="Go on after this name.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 500.")] = 100,
) -> None:
    """List what is published."""
    session = session_of(context)

    async def ask(installation: "Installation") -> object:
        page = await installation.ask(session.tenant, ListPolicies(after, limit))
        rows: dict[str, Any] = {
            "version": page.version,
            "policies": [
                {
                    "name": policy.name,
                    "level": policy.level,
                    "line": policy.business,
                    "scenario": policy.scenario,
                    "settings": policy.settings.facts(),
                }
                for policy in page.policies
            ],
        }
        return {**rows, "after": page.after} if session.as_json or page.after else rows

    session.answer(ask)


def _read(file: Path) -> Any:
    """Raises Complaint for what cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Complaint(f"cannot read {file}: {error.strerror or error}") from None
    except ValueError as error:
        raise Complaint(f"cannot read {file}: {error}") from None
