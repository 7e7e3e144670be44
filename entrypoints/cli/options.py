"""Options that many commands share."""

from typing import Annotated

import typer

from entrypoints.cli.notation import LINES_HELP, PICKS_HELP

Lines = Annotated[list[str], typer.Argument(metavar="LINE…", help=LINES_HELP)]
Owner = Annotated[str, typer.Option(help="Whose stock, where owners are kept apart.")]
Lot = Annotated[str, typer.Option(help="Which lot, where lots are kept apart.")]
Reason = Annotated[str, typer.Option(help="Why; kept with every movement.")]
GivenReason = Annotated[str, typer.Option("--reason", help="Why; kept with every movement.")]
Scene = Annotated[str, typer.Option(help="The business scene, kept with every movement.")]
Id = Annotated[str, typer.Argument(metavar="RESERVATION", help="The id of the reservation.")]
Picks = Annotated[list[str] | None, typer.Option("--pick", help=PICKS_HELP)]
