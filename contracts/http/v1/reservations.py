"""What commands on reservations are asked with."""

from typing import Annotated

from pydantic import Field

from contracts.http.v1.parts import (
    MAX_LINES,
    MAX_NODES,
    MAX_TARGETS,
    NONE,
    Body,
    Date,
    Flag,
    HoldFor,
    Identifier,
    OptionalIdentifier,
    Pick,
    Place,
    Quantity,
    RequiredReason,
    Scene,
    Units,
)

Picks = Annotated[tuple[Pick, ...], Field(max_length=MAX_LINES)]
RequiredPicks = Annotated[tuple[Pick, ...], Field(min_length=1, max_length=MAX_LINES)]


class StockLine(Body):
    """`quantity` of a goods from the first of `nodes` that has it all; else from them in turn.

    `line` names the line within its reservation; left out, it is its number, counted from 1. With `expected_by`, it may
    also be held on what is expected at the nodes up to that day, the earliest first.
    """

    goods: Identifier
    quantity: Quantity
    nodes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_NODES)]
    line: OptionalIdentifier = ""
    owner: Identifier = NONE
    lot: Identifier = NONE
    expected_by: Date = ""


class ReserveStock(Body):
    """Hold every line for `hold_for`, or nothing (or, if `partial`, what there is).

    `reservation` is unique within the tenant; left out, it is the request id. `order` is your own reference, to find
    the reservation by. `hold_for` left out is the installation's setting. `channel` is the sales channel it is sold
    through: its quotas are used and counted. With `ship_on`, it takes up that day of its nodes, of which each line
    names one.
    """

    lines: Annotated[tuple[StockLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    reservation: OptionalIdentifier = ""
    order: Identifier | None = None
    hold_for: HoldFor | None = None
    partial: Flag = False
    scene: Scene = "sale"
    channel: OptionalIdentifier = ""
    ship_on: Date = ""


class ConfirmReservation(Body):
    """Bind what is held: all of it, or the parts picked."""

    reservation: Identifier
    picks: Picks = ()


class ReleaseReservation(Body):
    """Give back what is held: all of it, or the parts picked."""

    reservation: Identifier
    picks: Picks = ()


class DeallocateReservation(Body):
    """Give back what is confirmed: all of it, or the parts picked."""

    reservation: Identifier
    picks: Picks = ()


class ExtendReservation(Body):
    """Hold what is still held for `hold_for` from now."""

    reservation: Identifier
    hold_for: HoldFor


class Target(Body):
    """Where a goods of the line shall be held from now on."""

    goods: Identifier
    node: Identifier
    owner: Identifier = NONE
    lot: Identifier = NONE
    channel: Identifier = NONE


class ExchangeHolds(Body):
    """Hold what is picked of a line elsewhere: `to` names one position for each goods that the line holds."""

    reservation: Identifier
    pick: Pick
    to: Annotated[tuple[Target, ...], Field(min_length=1, max_length=MAX_TARGETS)]


class ShipReservation(Body):
    """Ship what is confirmed: all of it, or the parts picked; with `shipment` and `receiver`, to another stock."""

    reservation: Identifier
    picks: Picks = ()
    shipment: OptionalIdentifier = ""
    receiver: Place | None = None


class DamageReserved(Body):
    """Set confirmed units of a reservation aside because they are broken."""

    reservation: Identifier
    picks: RequiredPicks
    reason: RequiredReason


class FreezeTransfer(Body):
    """Reserve and confirm stock that will go to another node; its lines are numbered from "1"."""

    reservation: Identifier
    lines: Annotated[tuple[Units, ...], Field(min_length=1, max_length=MAX_LINES)]
    order: Identifier | None = None
