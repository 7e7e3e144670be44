"""Supply mappings (供货关系): which goods, from which supplier, can satisfy a SKU, when, for whom, in what order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal

SUPPLY: Final = "supply"
"""The register of what can satisfy a SKU: one entry for all mappings of the SKU, under its code."""

SELF: Final = "self"
"""Own goods (自供货)."""

BACKEND: Final = "backend"
"""The supply chain behind supplies (供应链后端供货)."""

SHARED: Final = "shared"
"""Stock that several share (共享库存)."""

MODES: Final = (SELF, BACKEND, SHARED)

GOODS: Final = "goods"
SKU: Final = "sku"
PARTS_OF: Final = (GOODS, SKU)

NONE: Final = "-"
"""The supplier or owner where none is told apart."""

MAX_MAPPINGS: Final = 50
"""Most mappings of one SKU."""

MAX_PARTS: Final = 20
"""Most parts of one kit."""

MAX_BUYERS: Final = 100
MAX_UNITS: Final = 1_000_000
MAX_PRIORITY: Final = 1_000_000
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998


class SupplyContradicts(Refusal):
    """Two mappings of a SKU say different things of the same supply at the same time (`sku`, `mappings`).

    The same parts from the same supplier and owner, for a buyer and a time that both name: leave one out, or end it
    (`until`) where the other begins.
    """

    code = "supply.contradicts"


@dataclass(frozen=True, slots=True)
class Part:
    """`units` of a goods (smallest unit), or of another SKU, in every unit of the SKU."""

    code: str
    units: int = 1
    of: str = GOODS

    def __post_init__(self) -> None:
        identifier(self.code, "code")
        whole(self.units, "units", most=MAX_UNITS)
        if self.of not in PARTS_OF:
            raise InvalidInput(f"of must be one of {', '.join(PARTS_OF)}", field="of", one_of=list(PARTS_OF))


@dataclass(frozen=True, slots=True)
class SupplyMapping:
    """One way to satisfy a SKU: with its parts (several: a kit), a `supplier`'s, lying in stock under `owner` (empty:
    under any that the node lets be used).

    It holds from `since` until just before `until`, for `buyers` (none named: for everybody). Of several, the one with
    the least `priority` number comes first, and every `substitute` (替代) after all that are none. `id` tells them
    apart in what explains a choice.
    """

    id: str
    parts: tuple[Part, ...]
    mode: str = SELF
    supplier: str = NONE
    owner: str = NONE
    priority: int = 0
    substitute: bool = False
    buyers: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        identifier(self.id, "id")
        if not 1 <= len(self.parts) <= MAX_PARTS:
            raise InvalidInput(f"a mapping has 1 to {MAX_PARTS} parts", field="parts", most=MAX_PARTS)
        if len({(part.of, part.code) for part in self.parts}) < len(self.parts):
            raise InvalidInput("a part is given twice: add their units up", field="parts")
        if self.mode not in MODES:
            raise InvalidInput(f"mode must be one of {', '.join(MODES)}", field="mode", one_of=list(MODES))
        identifier(self.supplier, "supplier")
        if self.owner:
            identifier(self.owner, "owner")
        whole(self.priority, "priority", least=0, most=MAX_PRIORITY)
        flag(self.substitute, "substitute")
        if len(self.buyers) > MAX_BUYERS:
            raise InvalidInput(f"a mapping names at most {MAX_BUYERS} buyers", field="buyers", most=MAX_BUYERS)
        for buyer in self.buyers:
            identifier(buyer, "buyers")
        _zoned(self.since, "since")
        _zoned(self.until, "until")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise InvalidInput("since must be before until", field="until")

    def skus(self) -> Iterator[str]:
        """The SKUs among its parts."""
        return (part.code for part in self.parts if part.of == SKU)

    def overlaps(self, other: "SupplyMapping") -> bool:
        """Whether some buyer may be supplied by both at some time."""
        if self.since is not None and other.until is not None and self.since >= other.until:
            return False
        if other.since is not None and self.until is not None and other.since >= self.until:
            return False
        return not self.buyers or not other.buyers or not set(self.buyers).isdisjoint(other.buyers)

    def facts(self) -> dict[str, Any]:
        """What its SKU's register entry keeps of it."""
        return {
            "id": self.id,
            "parts": [{"code": part.code, "units": part.units, "of": part.of} for part in self.parts],
            "mode": self.mode,
            "supplier": self.supplier,
            "owner": self.owner,
            "priority": self.priority,
            "substitute": self.substitute,
            "buyers": list(self.buyers),
            "since": _written(self.since),
            "until": _written(self.until),
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "SupplyMapping":
        """The mapping that an entry keeps."""
        return cls(
            **{
                **facts,
                "parts": tuple(Part(**part) for part in facts["parts"]),
                "buyers": tuple(facts["buyers"]),
                "since": _read(facts["since"]),
                "until": _read(facts["until"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Supply:
    """All that can satisfy a SKU: 0 to 50 mappings. Inactive, it is as if there were none."""

    sku: str
    mappings: tuple[SupplyMapping, ...]
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.sku, "sku")
        flag(self.active, "active")
        if len(self.mappings) > MAX_MAPPINGS:
            raise InvalidInput(f"a SKU has at most {MAX_MAPPINGS} mappings", field="mappings", most=MAX_MAPPINGS)
        if len({each.id for each in self.mappings}) < len(self.mappings):
            raise InvalidInput("an id is given twice", field="mappings")

    @property
    def code(self) -> str:
        return self.sku

    def goods(self) -> set[str]:
        """The goods among the parts of its mappings, effective or not."""
        return {part.code for each in self.mappings for part in each.parts if part.of == GOODS}

    def skus(self) -> frozenset[str]:
        """The SKUs among the parts of its mappings, effective or not."""
        return frozenset(code for each in self.mappings for code in each.skus())

    def check(self) -> None:
        """Raises SupplyContradicts."""
        seen: dict[tuple[str, str, frozenset[tuple[str, str]]], list[SupplyMapping]] = {}
        for each in self.mappings:
            alike = seen.setdefault(
                (each.supplier, each.owner, frozenset((part.of, part.code) for part in each.parts)), []
            )
            for other in alike:
                if each.overlaps(other):
                    raise SupplyContradicts(
                        f"{other.id} and {each.id} of {self.sku} name the same parts, supplier and owner",
                        sku=self.sku,
                        mappings=[other.id, each.id],
                    )
            alike.append(each)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the SKU, which is the entry's key."""
        return {"mappings": [each.facts() for each in self.mappings], "active": self.active}

    @classmethod
    def of(cls, sku: str, facts: Mapping[str, Any]) -> "Supply":
        """What an entry keeps."""
        mappings: Sequence[Mapping[str, Any]] = facts["mappings"]
        return cls(sku, tuple(SupplyMapping.of(each) for each in mappings), facts["active"])


def _zoned(time: datetime | None, name: str) -> None:
    if time is None:
        return
    if time.tzinfo is None or not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise InvalidInput(f"{name} must be a time with its zone, from {FIRST_YEAR} to {LAST_YEAR}", field=name)


def _written(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
