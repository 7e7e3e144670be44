"""What policies are published with, and what questions on them are answered with."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict

from contracts.http.v1.parts import Answer, Body, Flag, Identifier, OptionalIdentifier
from contracts.http.v1.queries import Page

MAX_POLICIES: Final = 200
MAX_WEIGHT: Final = 10**6
MAX_BANDS: Final = 20
MAX_GRAMS: Final = 10**9
MAX_MONEY: Final = 10**9
MAX_SPLITS: Final = 100
MAX_SHELF_DAYS: Final = 3_650
MAX_SUPPLIERS: Final = 20
MAX_HOLD: Final = 30 * 86_400
MAX_VALID: Final = 86_400

Criterion = Literal["priority", "nearest", "most_stock", "fewest_splits", "least_cost", "earliest"]
MixWeight = Annotated[int, Strict(), Field(ge=1, le=MAX_WEIGHT)]
Money = Annotated[int, Strict(), Field(ge=0, le=MAX_MONEY)]
Grams = Annotated[int, Strict(), Field(ge=1, le=MAX_GRAMS)]
Splits = Annotated[int, Strict(), Field(ge=0, le=MAX_SPLITS)]
ShelfDays = Annotated[int, Strict(), Field(ge=0, le=MAX_SHELF_DAYS)]
HoldSeconds = Annotated[int, Strict(), Field(ge=1, le=MAX_HOLD)]
ValidSeconds = Annotated[int, Strict(), Field(ge=1, le=MAX_VALID)]


class Weight(Body):
    """How much a criterion counts beside the others of a mix."""

    criterion: Criterion
    weight: MixWeight = 1


class Freight(Body):
    """A parcel of at most `upto` grams (null: of any weight) costs `base`, and `per_km` for every kilometre."""

    base: Money
    per_km: Money = 0
    upto: Grams | None = None


class PolicySettings(Body):
    """Everything that a policy can say; what is null or left out is left to less specific ones.

    `mix`: by what a plan is better. `freight` (by rising weight; the last without end) and `split_cost` (for each node
    after the first) are money, of the smallest unit. `whole_only`: all of an order from one node, or nothing.
    `max_splits`: from so many nodes more than one at most. `whole_lines`: no line from several nodes.
    `min_shelf_days`: no lot that expires within so many days. `suppliers`: only what these supply (none named:
    anybody). `substitutes`: what stands in for a SKU will do. `expected`: what is only announced will do.
    `hold_seconds`: how long what is reserved is held, `valid_seconds`: how long a promise is good.
    """

    mix: Annotated[tuple[Weight, ...], Field(min_length=1, max_length=6)] | None = None
    freight: Annotated[tuple[Freight, ...], Field(max_length=MAX_BANDS)] | None = None
    split_cost: Money | None = None
    whole_only: Flag | None = None
    max_splits: Splits | None = None
    whole_lines: Flag | None = None
    min_shelf_days: ShelfDays | None = None
    suppliers: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SUPPLIERS)] | None = None
    substitutes: Flag | None = None
    expected: Flag | None = None
    hold_seconds: HoldSeconds | None = None
    valid_seconds: ValidSeconds | None = None


class PublishedPolicy(Body):
    """Settings for everybody, or for those of one `business` line, of one `scenario`, or of both.

    With `only_named` it holds for nobody but who names it.
    """

    name: Identifier
    settings: PolicySettings
    business: OptionalIdentifier = ""
    scenario: OptionalIdentifier = ""
    only_named: Flag = False


class PublishPolicies(Body):
    """Say what holds for whom."""

    policies: Annotated[tuple[PublishedPolicy, ...], Field(max_length=MAX_POLICIES)]


# -- answers ----------------------------------------------------------------------------------------------------------


class WeightTold(Answer):
    """A criterion of a mix."""

    criterion: Criterion
    weight: int


class FreightTold(Answer):
    """A band of freight."""

    base: int
    per_km: int
    upto: int | None


class SettingsTold(Answer):
    """What a policy says; null where it says nothing."""

    mix: tuple[WeightTold, ...] | None
    freight: tuple[FreightTold, ...] | None
    split_cost: int | None
    whole_only: bool | None
    max_splits: int | None
    whole_lines: bool | None
    min_shelf_days: int | None
    suppliers: tuple[str, ...] | None
    substitutes: bool | None
    expected: bool | None
    hold_seconds: int | None
    valid_seconds: int | None


class PolicyTold(Answer):
    """A policy as it is published."""

    name: str
    settings: SettingsTold
    business: str
    scenario: str
    only_named: bool


class PolicyPage(Page[PolicyTold]):
    """Policies that are published, in the order of their names; `version` counts the publications."""

    version: int


class RuleExplained(Answer):
    """One setting as it holds (null: without a limit, or the installation's own), the policy that says so (empty:
    nobody does) and the level it says it at.
    """

    field: str
    value: Any
    policy: str
    level: Literal["default", "tenant", "line", "scenario", "line and scenario", "named"]


class PolicyExplained(Answer):
    """Everything that holds for an identity; `policy` names whose measure decides, `version` the publication."""

    business: str
    scenario: str
    policy: str
    version: int
    rules: tuple[RuleExplained, ...]
