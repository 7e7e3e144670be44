"""Accounts: anything that is counted and held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.kernel.movement import EMPTY, OUTSIDE, SET_FLOOR, Balances, Bucket, MovementKind
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InsufficientBalance, InvalidInput, MovementNotAllowed

MAX_DIMENSIONS: Final = 6
NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

OPENED: Final = "opened"
"""The fact that says with how much a plan opened an account; a kind that lets more in or out keeps it true."""


@dataclass(frozen=True, eq=False)
class AccountKind:
    """A kind of account, declared as data by the context that owns it.

    `name` is stored with every account; `dimensions` (one to six) name the parts of its key; `movements` are all that
    may be posted on it; `insufficient` is the refusal code when it runs short; `view` names the database view that
    shows its accounts by their dimensions.
    """

    name: str
    dimensions: tuple[str, ...]
    movements: frozenset[MovementKind]
    insufficient: str
    view: str
    allowed: Mapping[str, MovementKind] = field(init=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.dimensions) <= MAX_DIMENSIONS:
            raise ValueError(f"{self.name}: a kind has one to {MAX_DIMENSIONS} dimensions")
        named: dict[str, MovementKind] = {}
        for movement in self.movements:
            if named.setdefault(movement.name, movement) is not movement:
                raise ValueError(f"{self.name}: {movement.name} is declared twice")
        object.__setattr__(self, "allowed", MappingProxyType(named))

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The buckets that its movements use, in order."""
        used = {b for m in self.movements for b in (m.source, m.target)} - {OUTSIDE}
        return tuple(sorted(used))

    def key(self, *values: str) -> "AccountKey":
        """The key of one account of this kind. Raises InvalidInput when a value cannot be an identity."""
        if len(values) != len(self.dimensions):
            raise ValueError(f"{self.name} has the dimensions {self.dimensions}")
        for value, name in zip(values, self.dimensions, strict=True):
            identifier(value, name)
        return AccountKey(self, values)

    def __repr__(self) -> str:
        return f"AccountKind({self.name})"


class AccountKey(NamedTuple):
    """Which account: its kind and the values of the kind's dimensions. Unique within a tenant."""

    kind: AccountKind
    values: tuple[str, ...]

    def named(self) -> dict[str, str]:
        return dict(zip(self.kind.dimensions, self.values, strict=True))

    def __str__(self) -> str:
        return f"{self.kind.name}:{key_text(self.values)}"


def key_text(values: Iterable[str]) -> str:
    """The values of a key as one text, different for different values: `/` and `\\` within them are escaped."""
    return "/".join(v.replace("\\", "\\\\").replace("/", "\\/") if "/" in v or "\\" in v else v for v in values)


@dataclass(slots=True)
class Account:
    """Something counted and held. It never owes a unit it does not have.

    Whole numbers of the smallest unit. They move between buckets; none appears or vanishes except from or to OUTSIDE.
    `version` counts the postings; at 0 the account is not yet a fact. `floor` (安全库存) is what a reserve for sale
    leaves untouched. `debt` is what a lowered cap still has to take back. `facts` belong to the kind.
    """

    key: AccountKey
    balances: Balances = EMPTY
    version: int = 0
    floor: int = 0
    debt: int = 0
    changed_at: datetime = BEGINNING
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)

    @property
    def grantable(self) -> int:
        """What may be promised: available less the floor."""
        free = self.balances.available - self.floor
        return free if free > 0 else 0

    def post(self, movement: MovementKind, quantity: int, at: datetime) -> "Account":
        """The account after one movement.

        Raises InsufficientBalance (with the kind's code) when the source bucket is short, MovementNotAllowed when the
        kind does not declare the movement.
        """
        kind, balances = self.key.kind, self.balances
        if movement not in kind.movements:
            raise MovementNotAllowed(f"{kind.name} does not allow {movement.name}", account=str(self.key))
        if quantity < 0:
            raise InvalidInput(f"a movement of {quantity}", field="quantity", least=0)
        source = movement.source
        if source is not OUTSIDE and balances[source] < quantity:
            raise InsufficientBalance(
                f"{self.key} has {balances[source]} {source.name.lower()}, {quantity} wanted",
                code=kind.insufficient,
                account=self.key.named(),
                bucket=source.name.lower(),
                wanted=quantity,
                held=balances[source],
            )
        after = balances.moved(source, movement.target, quantity)
        return Account(self.key, after, self.version + 1, self.floor, self.debt, at, self.facts)

    def with_floor(self, floor: int, at: datetime) -> "Account":
        """The account after SET_FLOOR: a movement of quantity 0, so that version and history follow."""
        return replace(self.post(SET_FLOOR, 0, at), floor=floor)

    def with_facts(self, facts: Mapping[str, str]) -> "Account":
        """The account with these facts added; they are written with the next posting."""
        return replace(self, facts=MappingProxyType({**self.facts, **facts}))
