"""What requests and answers are made of: bounded values, and the parts that several of them share.

The bounds are published here on their own and equal those of the domain, which a test proves value by value.
"""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

MAX_QUANTITY: Final = 10**9
MAX_BALANCE: Final = 2**53
MAX_IDENTIFIER: Final = 128
MAX_TEXT: Final = 512
MAX_LINES: Final = 500
MAX_NODES: Final = 50
MAX_TARGETS: Final = 50
MAX_DISPLACED: Final = 100
MAX_SCENE: Final = 32
MAX_NAME: Final = 200
MAX_UNIT: Final = 16
MAX_SCALE: Final = 6
MAX_SYSTEM: Final = 32
MAX_OUTSIDE: Final = 80
MAX_UOM: Final = 8
MAX_SNAPSHOT: Final = 100
SHORTEST_HOLD: Final = timedelta(seconds=1)
LONGEST_HOLD: Final = timedelta(days=30)
NONE: Final = "-"
"""The owner, lot or channel of stock that is not kept by owner, lot or channel."""

_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]+$"
_NO_CONTROLS_OR_EMPTY: Final = r"^[^\x00-\x1f\x7f]*$"

Identifier = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_IDENTIFIER, pattern=_NO_CONTROLS)]
"""An identity: any characters but controls, compared byte by byte; nothing is trimmed, folded or normalised."""

OptionalIdentifier = Annotated[
    str, Strict(), StringConstraints(max_length=MAX_IDENTIFIER, pattern=_NO_CONTROLS_OR_EMPTY)
]
"""An identity, or empty for none."""

Subject = Annotated[str, Strict(), StringConstraints(max_length=MAX_IDENTIFIER, pattern=r"^[^\x00]*$")]
"""What movements are posted for, in the caller's words; empty for nothing in particular."""

Scene = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_SCENE, pattern=_NO_CONTROLS)]
"""What kind of business it is, in a word of the caller's: sale, purchase, return, …"""

Reason = Annotated[str, Strict(), StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]
"""Why, for people to read; may be empty."""

RequiredReason = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=_NO_CONTROLS)]
"""Why, for people to read: required where it cannot be explained from the outside."""

Name = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_NAME, pattern=_NO_CONTROLS)]
UnitName = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_UNIT, pattern=_NO_CONTROLS)]

Date = Annotated[str, Strict(), StringConstraints(max_length=10, pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
"""A day of the calendar, YYYY-MM-DD, or empty for none."""

Day = Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
"""A day of the calendar, YYYY-MM-DD."""

Quantity = Annotated[int, Strict(), Field(ge=1, le=MAX_QUANTITY)]
"""Units of a movement, in the smallest unit of the goods."""

QuantityOrNone = Annotated[int, Strict(), Field(ge=0, le=MAX_QUANTITY)]
"""Units of a movement, or 0 for none."""

Counted = Annotated[int, Strict(), Field(ge=0, le=MAX_BALANCE)]
"""A whole balance, in the smallest unit of the goods."""

Leg = Annotated[int, Strict(), Field(ge=0, le=MAX_QUANTITY)]
"""Which leg of a line, counted from 0."""

ExpectedVersion = Annotated[int, Strict(), Field(ge=0, le=MAX_QUANTITY)]
"""The version that a change is made to, or 0 for any."""

SystemName = Annotated[
    str, Strict(), StringConstraints(min_length=1, max_length=MAX_SYSTEM, pattern=r"^[a-z0-9][a-z0-9._-]*$")
]
"""An outside system: `gs1` for the keys of GS1, else a name of your own for it."""

OutsideName = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_OUTSIDE, pattern=_NO_CONTROLS)]
"""What an outside system calls something: `gtin:…` and `gln:…` for keys of GS1."""

UnitOfMeasure = Annotated[str, Strict(), StringConstraints(max_length=MAX_UOM, pattern=_NO_CONTROLS_OR_EMPTY)]
"""In what unit an outside system counts, in its own code (`KGM`); empty for items."""

MappingUnits = Annotated[int, Strict(), Field(ge=1, le=MAX_QUANTITY)]
"""How many smallest units of the goods one of the outside's is."""

SnapshotId = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=MAX_SNAPSHOT, pattern=_NO_CONTROLS)]
"""A snapshot of another system's stock, the same however often it is sent."""

_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{5,15}([Zz]|[+-][0-9]{2}:[0-9]{2})"


def _with_a_zone(value: object) -> object:
    """A bare number would be taken for a time, and a time without a zone for one somewhere."""
    if isinstance(value, datetime) or (isinstance(value, str) and re.fullmatch(_TIME, value)):
        return value
    raise ValueError("a time is written with its zone: 2026-03-01T12:00:00Z")


PointInTime = Annotated[
    datetime, BeforeValidator(_with_a_zone), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time with its zone."""

Scale = Annotated[int, Strict(), Field(ge=0, le=MAX_SCALE)]
Flag = Annotated[bool, Strict()]

_DURATION: Final = r"^P(?!$)([0-9]{1,3}D)?(T(?=[0-9])([0-9]{1,4}H)?([0-9]{1,6}M)?([0-9]{1,8}(\.[0-9]{1,6})?S)?)?$"


def _iso_8601(value: object) -> object:
    """Texts of another form, which the parser would take as well, are not part of the interface."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and re.fullmatch(_DURATION, value):
        return value
    raise ValueError("a duration is written like PT30M, PT1H30M or P1DT12H")


HoldFor = Annotated[
    timedelta,
    BeforeValidator(_iso_8601),
    Field(ge=SHORTEST_HOLD, le=LONGEST_HOLD),
    WithJsonSchema(
        {
            "type": "string",
            "format": "duration",
            "pattern": _DURATION,
            "description": "ISO 8601, from 1 second (`PT1S`) to 30 days (`P30D`), in days, hours, minutes and seconds.",
            "examples": ["PT30M"],
        }
    ),
]
"""How long something is held."""


class Body(BaseModel):
    """What a caller sends. A field that is not known is refused, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What a caller gets. Later minor versions may add fields: a client passes over those it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True, serialize_by_alias=True)


class Units(Body):
    """`quantity` of a goods at a node; owner and lot where those are kept apart."""

    goods: Identifier
    node: Identifier
    quantity: Quantity
    owner: Identifier = NONE
    lot: Identifier = NONE


class Place(Body):
    """Where a party keeps stock: a node, and whose stock it is there."""

    node: Identifier
    owner: Identifier = NONE


class _Wire:
    class Pick(Body):
        """A part of a reservation: a line, how many of its units (null: all there are), which leg (null: in order)."""

        line: Identifier
        quantity: Quantity | None = None
        leg: Leg | None = None


class Pick(NamedTuple):
    """A part of a reservation: a line, how many of its units (None: all there are), and which leg (None: in order).

    An object on the wire, and a tuple here, as it is in the application.
    """

    line: str
    quantity: int | None = None
    leg: int | None = None

    def _said(self) -> dict[str, str | int]:
        return {name: part for name, part in self._asdict().items() if part is not None}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda body: cls(body.line, body.quantity, body.leg),
            core_schema.no_info_before_validator_function(
                lambda value: value._asdict() if isinstance(value, cls) else value, handler.generate_schema(_Wire.Pick)
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(cls._said),
        )
