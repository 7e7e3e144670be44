"""Supply relations (供给关系): who is supplied by whom, and which goods come from where."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput

RELATION: Final = "relation"
"""The register that relations are entered in."""

PARTY: Final = "party"
GOODS: Final = "goods"
NODE: Final = "node"

WAYS: Final = ((PARTY, PARTY), (PARTY, NODE), (GOODS, GOODS), (GOODS, NODE), (NODE, NODE))
"""From what to what a relation may lead; a store is a node."""

MAX_PRIORITY: Final = 10_000
MAX_OWNERS: Final = 50


class End(NamedTuple):
    """One end of a relation: a `kind` (party, goods, node) and its code."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Relation:
    """`from` is supplied by `to`: a party by parties and nodes (party→party→store→node), goods by what stands for them
    and by nodes (goods→goods→node→node), a node by nodes.

    In effect from `since` until before `until`, each with its zone; None is without bound. Priorities add up along a
    way; the smaller goes first. `owners`, of a relation of a party or node with a node: whose stock there it opens;
    empty, anybody's.
    """

    code: str
    from_kind: str
    from_code: str
    to_kind: str
    to_code: str
    priority: int = 0
    owners: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "relation")
        if (self.from_kind, self.to_kind) not in WAYS:
            ways = [f"{one}→{other}" for one, other in WAYS]
            raise InvalidInput(f"a relation leads {', '.join(ways)}", field="to_kind", one_of=ways)
        identifier(self.from_code, "from_code")
        identifier(self.to_code, "to_code")
        if self.start == self.end:
            raise InvalidInput("a relation leads to another", field="to_code")
        whole(self.priority, "priority", least=0, most=MAX_PRIORITY)
        if len(self.owners) > MAX_OWNERS or (self.owners and (self.to_kind != NODE or self.from_kind == GOODS)):
            raise InvalidInput(f"at most {MAX_OWNERS} owners, of a party or node with a node", field="owners")
        for owner in self.owners:
            identifier(owner, "owners")
        for name in ("since", "until"):
            at = getattr(self, name)
            if at is not None and at.tzinfo is None:
                raise InvalidInput(f"{name} is a time with its zone", field=name)
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise InvalidInput("a relation ends after it starts", field="until")
        flag(self.active, "active")

    @property
    def start(self) -> End:
        return End(self.from_kind, self.from_code)

    @property
    def end(self) -> End:
        return End(self.to_kind, self.to_code)

    def in_effect(self, at: datetime) -> bool:
        return self.active and (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        for name in ("since", "until"):
            facts[name] = facts[name] and facts[name].isoformat()
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Relation":
        """The relation that an entry keeps."""
        said = {**facts, "owners": tuple(facts["owners"])}
        for name in ("since", "until"):
            said[name] = said[name] and datetime.fromisoformat(said[name])
        return cls(code, **said)


class Reached(NamedTuple):
    """A node at the end of a way: its priority, and whose stock there may be used (None: anybody's)."""

    priority: int
    owners: frozenset[str] | None


def reached(start: End, relations: Callable[[End], Collection[Relation]], at: datetime) -> dict[str, Reached] | None:
    """The nodes that relations in effect lead to; None where no active relation begins at `start`: it may use all.

    So what ran out, or has yet to begin, closes and does not open. Of several ways to a node the one of the smallest
    priority counts; owners are those of all relations that lead to it from what was reached. `start` is a party or a
    goods; `relations` gives those that begin somewhere.
    """
    if not any(each.active for each in relations(start)):
        return None
    priorities: dict[str, int] = {}
    owners: dict[str, frozenset[str] | None] = {}
    seen: set[End] = set()
    ahead = [(0, start)]
    while ahead:
        priority, here = heappop(ahead)
        if here in seen:
            continue
        seen.add(here)
        if here.kind == NODE:
            priorities[here.code] = priority
        for each in relations(here):
            if not each.in_effect(at):
                continue
            if each.to_kind == NODE:
                before = owners.get(each.to_code, frozenset())
                owners[each.to_code] = before.union(each.owners) if each.owners and before is not None else None
            heappush(ahead, (priority + each.priority, each.end))
    return {code: Reached(priority, owners[code]) for code, priority in priorities.items()}
