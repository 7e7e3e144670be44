"""`entrepot migrate`: the database brought to this release's schema."""

import typer

from entrypoints.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    app.command("migrate")(migrate)


def migrate(context: typer.Context) -> None:
    """Make the database, or bring it to this release's schema; safe to run again."""
    from entrypoints.composition import maintenance

    session = session_of(context)
    session.show(maintenance.migrate(session.settings()))
