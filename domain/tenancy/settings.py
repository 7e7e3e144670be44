"""What a policy may say: named settings, each of which may be left unsaid."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, Final

from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal

CRITERIA: Final = ("priority", "nearest", "most_stock", "fewest_splits", "least_cost", "earliest")
"""What one plan may be better than another by."""

MAX_WEIGHT: Final = 10**6
MAX_BANDS: Final = 20
MAX_GRAMS: Final = 10**9
MAX_MONEY: Final = 10**9
MAX_SPLITS: Final = 100
MAX_SHELF_DAYS: Final = 3_650
MAX_SUPPLIERS: Final = 20
MAX_HOLD: Final = 30 * 86_400
MAX_VALID: Final = 86_400


class PolicyImpossible(Refusal):
    """What a policy says, or several say together, cannot all hold (`policies`, `field`, and `business` and `scenario`
    where it is of those who meet them).

    Change one of them, and publish again; nothing was published.
    """

    code = "policy.impossible"


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a criterion counts beside the others of a mix."""

    criterion: str
    weight: int = 1

    def __post_init__(self) -> None:
        if self.criterion not in CRITERIA:
            raise InvalidInput(
                f"criterion must be one of {', '.join(CRITERIA)}", field="criterion", one_of=list(CRITERIA)
            )
        whole(self.weight, "weight", most=MAX_WEIGHT)


@dataclass(frozen=True, slots=True)
class Freight:
    """A parcel of at most `upto` grams (None: of any weight) costs `base`, and `per_km` for every kilometre."""

    base: int
    per_km: int = 0
    upto: int | None = None

    def __post_init__(self) -> None:
        whole(self.base, "base", least=0, most=MAX_MONEY)
        whole(self.per_km, "per_km", least=0, most=MAX_MONEY)
        if self.upto is not None:
            whole(self.upto, "upto", most=MAX_GRAMS)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be said; None says nothing, and leaves it to what is less specific.

    `mix`: by what a plan is better, the criteria with their weights. `freight` (by rising weight; the last without
    end) and `split_cost` (for each node after the first) are money, of the smallest unit.
    `whole_only`: all of an order from one node, or nothing. `max_splits`: from so many nodes more than one at most.
    `whole_lines`: no line from several nodes. `min_shelf_days`: no lot that expires within so many days.
    `suppliers`: only what these supply (none named: anybody). `substitutes`: what stands in for a SKU will do.
    `expected`: what is only announced will do (pre-order, back-order). `hold_seconds`: how long what is reserved is
    held, `valid_seconds`: how long a promise is good.
    """

    mix: tuple[Weight, ...] | None = None
    freight: tuple[Freight, ...] | None = None
    split_cost: int | None = None
    whole_only: bool | None = None
    max_splits: int | None = None
    whole_lines: bool | None = None
    min_shelf_days: int | None = None
    suppliers: tuple[str, ...] | None = None
    substitutes: bool | None = None
    expected: bool | None = None
    hold_seconds: int | None = None
    valid_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.mix is not None and not 1 <= len(self.mix) <= len(CRITERIA):
            raise InvalidInput(f"a mix has 1 to {len(CRITERIA)} criteria", field="mix", most=len(CRITERIA))
        if self.freight is not None and len(self.freight) > MAX_BANDS:
            raise InvalidInput(f"freight has at most {MAX_BANDS} bands", field="freight", most=MAX_BANDS)
        if self.suppliers is not None and len(self.suppliers) > MAX_SUPPLIERS:
            raise InvalidInput(f"at most {MAX_SUPPLIERS} suppliers", field="suppliers", most=MAX_SUPPLIERS)
        for supplier in self.suppliers or ():
            identifier(supplier, "suppliers")
        for name, least, most in BOUNDS:
            if (number := getattr(self, name)) is not None:
                whole(number, name, least=least, most=most)
        for name in FLAGS:
            if (said := getattr(self, name)) is not None:
                flag(said, name)

    def said(self) -> dict[str, Any]:
        """What is said, by its name."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}

    def check(self, policy: str) -> None:
        """Raises PolicyImpossible for what no policy can say, whatever the others say."""
        criteria = [each.criterion for each in self.mix or ()]
        if len(set(criteria)) < len(criteria):
            raise PolicyImpossible(f"{policy} weighs a criterion twice", policies=[policy], field="mix")
        bands = self.freight or ()
        for before, band in pairwise(bands):
            if before.upto is None or (band.upto is not None and band.upto <= before.upto):
                raise PolicyImpossible(
                    f"{policy}: bands of freight rise, and only the last has no end", policies=[policy], field="freight"
                )
            if band.base < before.base or band.per_km < before.per_km:
                raise PolicyImpossible(
                    f"{policy}: a heavier parcel must not cost less", policies=[policy], field="freight"
                )
        if bands and bands[-1].upto is not None:
            raise PolicyImpossible(f"{policy}: the last band of freight has no end", policies=[policy], field="freight")

    def facts(self) -> dict[str, Any]:
        """What is said, as it is stored."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value is not None
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Settings":
        """The settings that an entry keeps."""
        said = dict(facts)
        if "mix" in said:
            said["mix"] = tuple(Weight(**each) for each in said["mix"])
        if "freight" in said:
            said["freight"] = tuple(Freight(**each) for each in said["freight"])
        if "suppliers" in said:
            said["suppliers"] = tuple(said["suppliers"])
        return cls(**said)


BOUNDS: Final = (
    ("split_cost", 0, MAX_MONEY),
    ("max_splits", 0, MAX_SPLITS),
    ("min_shelf_days", 0, MAX_SHELF_DAYS),
    ("hold_seconds", 1, MAX_HOLD),
    ("valid_seconds", 1, MAX_VALID),
)
FLAGS: Final = ("whole_only", "whole_lines", "substitutes", "expected")
FIELDS: Final = tuple(field.name for field in fields(Settings))
"""The names of all settings, in the order they are explained in."""

DEFAULTS: Final = Settings(
    mix=(Weight("fewest_splits"),),
    freight=(),
    split_cost=0,
    whole_only=False,
    whole_lines=False,
    min_shelf_days=0,
    suppliers=(),
    substitutes=True,
    expected=False,
)
"""What holds where nobody says anything; what is not said even here is the installation's own, or without a limit."""
