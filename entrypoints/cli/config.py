"""`entrepot config`: the settings in force."""

import typer

from entrypoints.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    app.command("config")(config)


def config(context: typer.Context) -> None:
    """Show every setting in force, where it came from and what it means; secrets are masked."""
    from entrypoints.composition.settings import effective

    session = session_of(context)
    found = effective(session.settings())
    session.show([each.model_dump() for each in found])
