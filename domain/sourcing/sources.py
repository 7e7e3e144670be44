"""From names to numbers: what may serve which line, as the problem that a search solves.

Numbers are given in an order that does not depend on how things were handed in: lines by their ids, candidates by
distance, then by node, alternatives by priority, then by their own names. They settle every tie.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from math import prod
from typing import Final

from domain.sourcing.demand import Alternative, Candidate, Demand, DemandLine, Field, Part, Rest, Share
from domain.sourcing.policy import Policy, Terms, metres
from domain.sourcing.problem import Draw, Mode, Problem, Source

MAX_COMBINATIONS: Final = 64
"""Ways to combine the lots of a kit's parts at one node, where they are wanted by several: the first so many."""

UNBOUNDED: Final = 2**62

Held = Mapping[str, Mapping[str, Sequence[Share]]]
"""What there is, by goods and node, first expiry first."""


Supply = tuple[DemandLine, Candidate, Alternative, tuple[Sequence[Share], ...]]
"""What stands behind a source: the shares of each part, in the order they are used."""


def rank(alternative: Alternative) -> tuple[object, ...]:
    """The order of alternatives, the preferred first."""
    parts = tuple((part.goods, part.units) for part in alternative.parts)
    return (
        alternative.substitute,
        alternative.priority,
        alternative.sku,
        alternative.supplier,
        alternative.owner or "",
        parts,
    )


def expiry(share: Share) -> date:
    return share.expires or date.max


def held(field: Field) -> Held:
    """The shares that hold anything, first expiry first; of one lot in the order they came in."""
    found: dict[str, dict[str, list[Share]]] = {}
    for share in field.shares:
        if share.available > 0:
            nodes = found.get(share.goods)
            if nodes is None:
                nodes = found[share.goods] = {}
            shares = nodes.get(share.node)
            if shares is None:
                nodes[share.node] = [share]
            else:
                shares.append(share)
    for nodes in found.values():
        for shares in nodes.values():
            if len(shares) > 1:
                shares.sort(key=lambda share: (expiry(share), share.lot, share.owner))
    return found


def lets(candidate: Candidate, alternative: Alternative) -> bool:
    """Whether the relations that brought the candidate in let it give these goods of this owner at all."""
    if candidate.goods is not None and any(part.goods not in candidate.goods for part in alternative.parts):
        return False
    return alternative.owner is None or candidate.owners is None or alternative.owner in candidate.owners


def usable(shares: Sequence[Share], line: DemandLine, candidate: Candidate, owner: str | None) -> Sequence[Share]:
    """Of one goods' shares at the candidate those that owner, relation, shelf life and the line's names leave."""
    owners, until = candidate.owners, line.keeps_until
    named = bool(shares) and shares[0].sold_as is not None
    if owner is None and owners is None and until is None and not named:
        return shares
    return [
        share
        for share in shares
        if (owner is None or share.owner == owner)
        and (owners is None or share.owner in owners)
        and (until is None or share.expires is None or share.expires >= until)
        and (share.sold_as is None or line.sold_as in share.sold_as)
    ]


def pieces(parts: Sequence[Part]) -> int:
    """How many units of goods one unit of the line is."""
    return sum(part.units for part in parts)


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem and what its numbers mean: candidates by number, and what stands behind each source.

    `split` is what each node's charge holds for its being one more. `cut`: not every way to combine lots is in it, so
    that what is best of it may not be best of all.
    """

    problem: Problem
    split: int
    lines: tuple[DemandLine, ...]
    candidates: tuple[Candidate, ...]
    supplies: list[Supply]
    held: Held
    substitutes: bool
    cut: bool


class Posing:
    """One demand before one field under one policy, on its way to numbers. `substitutes`: whether they count, too."""

    def __init__(self, demand: Demand, field: Field, policy: Policy, held_: Held, *, substitutes: bool) -> None:
        self.demand, self.field, self.substitutes = demand, field, substitutes
        self.lines = tuple(sorted(demand.lines, key=lambda line: line.id))
        # Who holds nothing of what is wanted is nobody that any measure is taken by.
        holding = {node for nodes in held_.values() for node in nodes}
        ranked = sorted([(metres(each), each.node, each) for each in field.candidates if each.node in holding])
        self.candidates = tuple([each for _, _, each in ranked])
        self.far = [far for far, _, _ in ranked]
        self.held = held_
        self.terms = policy.terms(self.candidates, self.far)
        self.ways = [
            [each for each in sorted(line.alternatives, key=rank) if self.admits(line, each)] for line in self.lines
        ]
        most = sum(
            line.quantity * max((pieces(way.parts) for way in ways), default=0)
            for line, ways in zip(self.lines, self.ways, strict=True)
        )
        self.limits: list[int] = []
        self.numbers: dict[object, int] = {}
        # Caps that nothing of this demand can pass; one that is not known has nothing left.
        self.loose = {cap for cap, rest in field.rest.items() if rest >= most}
        self.narrow = {
            node: rest.units for node, rest in field.capacity.items() if rest.units is not None and rest.units < most
        }
        wanted = Counter(part.goods for ways in self.ways for way in ways for part in way.parts)
        self.contested = {goods for goods, times in wanted.items() if times > 1}
        self.open = [
            (n, each.node, each, each.owners is None and each.goods is None)
            for n, each in enumerate(self.candidates)
            if each.node not in field.capacity or sends(field.capacity[each.node])
        ]
        self.sources: list[Source] = []
        self.supplies: list[Supply] = []
        self.cut = False
        self.policy = policy

    def admits(self, line: DemandLine, way: Alternative) -> bool:
        """Whether the line's own restrictions let the alternative stand for it."""
        if way.substitute and not self.substitutes:
            return False
        return line.suppliers is None or way.supplier in line.suppliers

    def limit(self, key: object, amount: int) -> int:
        """The number of a common limit."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.limits)
            self.limits.append(amount)
        return number

    def posed(self) -> Posed:
        for number, (line, ways) in enumerate(zip(self.lines, self.ways, strict=True)):
            for way in ways:
                self.offer(number, line, way)
        if self.demand.whole_only:
            self.leave_whole()
        if self.terms.stock:
            self.count_stock()
        problem = Problem(
            tuple(line.quantity for line in self.lines),
            tuple(line.grams for line in self.lines),
            tuple(line.whole for line in self.lines),
            tuple(self.sources),
            self.modes(),
            tuple(self.limits),
            self.demand.max_nodes,
            self.policy.nodes_first,
        )
        return Posed(
            problem, self.terms.split, self.lines, self.candidates, self.supplies, self.held, self.substitutes, self.cut
        )

    def offer(self, number: int, line: DemandLine, way: Alternative) -> None:
        """Every source of one line by one alternative."""
        unit, priority = self.terms.unit, self.terms.alternative * way.priority
        goods, by, narrow = [self.held.get(part.goods, {}) for part in way.parts], line.by, self.narrow
        first, single, until = goods[0], len(goods) == 1, line.keeps_until
        simple = single and way.parts[0].units == 1 and way.parts[0].goods not in self.contested
        simple = simple and not self.field.shared
        easy = by is None and way.owner is None
        make, sources, supplies = tuple.__new__, self.sources, self.supplies
        for node, code, candidate, plain in self.open:
            lying = first.get(code)
            if lying is None or (by is not None and candidate.arrives_to > by):
                continue
            if (
                simple
                and easy
                and plain
                and len(lying) == 1
                and not lying[0].caps
                and not lying[0].by_line
                and (until is None or lying[0].expires is None or lying[0].expires >= until)
                and lying[0].sold_as is None
                and code not in narrow
            ):
                # Nearly every source of nearly every demand: made without a call in Python.
                sources.append(make(Source, (number, node, unit[node] + priority, lying[0].available, ())))
                supplies.append((line, candidate, way, (lying,)))
                continue
            shares: tuple[Sequence[Share], ...] = (lying,)
            if not (easy and until is None and plain and single and lying[0].sold_as is None):
                found = [nodes.get(code, ()) for nodes in goods]
                if not lets(candidate, way):
                    continue
                shares = tuple([usable(each, line, candidate, way.owner) for each in found])
                if not all(shares):
                    continue
            cost = unit[node] + priority
            for kept, most, draws in self.split(shares, way.parts, code):
                if most:
                    sources.append(Source(number, node, cost, most, draws))
                    supplies.append((line, candidate, way, kept))

    def split(
        self, shares: tuple[Sequence[Share], ...], parts: Sequence[Part], node: str
    ) -> Iterator[tuple[tuple[Sequence[Share], ...], int, tuple[Draw, ...]]]:
        """The sources of a line at a node: one over all shares where nothing else wants them, else one for each."""
        day: tuple[Draw, ...] = ()
        if node in self.narrow:
            day = (Draw(self.limit(node, self.narrow[node]), pieces(parts)),)
        every = [share for each in shares for share in each]
        alone = (
            not any(part.goods in self.contested for part in parts)
            and all(cap in self.loose for share in every for cap in (*share.caps, *share.by_line))
            and len({share.account for share in every}) == len(every)
            and not (self.field.shared and any(share.account in self.field.shared for share in every))
        )
        if alone:
            amounts = [
                sum(share.available // part.units for share in each) for each, part in zip(shares, parts, strict=True)
            ]
            yield shares, min(amounts, default=0), day
            return
        giving = [
            [share for share in each if share.available >= part.units] for each, part in zip(shares, parts, strict=True)
        ]
        self.cut = self.cut or prod(map(len, giving)) > MAX_COMBINATIONS
        for chosen in islice(product(*giving), MAX_COMBINATIONS):
            drawn: dict[int, int] = {draw.limit: draw.units for draw in day}
            most = UNBOUNDED
            for share, part in zip(chosen, parts, strict=True):
                most = min(most, share.available // part.units)
                keys = [(share.account, share.available)]
                keys += [(cap, self.field.rest.get(cap, 0)) for cap in share.caps if cap not in self.loose]
                for key, rest in keys:
                    number = self.limit(key, rest)
                    drawn[number] = drawn.get(number, 0) + part.units
                for cap in share.by_line:
                    if cap not in self.loose:
                        drawn[self.limit(cap, self.field.rest.get(cap, 0))] = 1
            yield tuple((share,) for share in chosen), most, tuple(Draw(*each) for each in sorted(drawn.items()))

    def leave_whole(self) -> None:
        """Leave only nodes that could give all of every line."""
        have = given(self.sources, len(self.lines))
        able = {
            node
            for node in range(len(self.candidates))
            if all(units.get(node, 0) >= line.quantity for units, line in zip(have, self.lines, strict=True))
        }
        kept = [n for n, source in enumerate(self.sources) if source.node in able]
        self.sources = [self.sources[n] for n in kept]
        self.supplies = [self.supplies[n] for n in kept]

    def count_stock(self) -> None:
        """Have each unit count what its source lacks to the fullest of its line."""
        fullest = [0] * len(self.lines)
        for source in self.sources:
            fullest[source.line] = max(fullest[source.line], source.most)
        self.sources = [
            source._replace(cost=source.cost + self.terms.stock * (fullest[source.line] - source.most))
            for source in self.sources
        ]

    def modes(self) -> tuple[tuple[Mode, ...], ...]:
        """What each candidate's parcel is charged, up to the weight of the whole demand."""
        terms: Terms = self.terms
        split = terms.split
        if not terms.freight or not self.policy.costs.freight:
            one = {fixed: (Mode(None, fixed + split),) for fixed in set(terms.fixed)}
            return tuple([one[fixed] for fixed in terms.fixed])
        grams = sum(line.quantity * line.grams for line in self.lines)
        bands = []
        for band in self.policy.costs.freight:
            bands.append(band)
            if band.upto is None or band.upto >= grams:
                break
        last = len(bands) - 1
        times = terms.freight
        make = tuple.__new__
        priced = [(None if n == last else upto, base, per_km) for n, (upto, base, per_km) in enumerate(bands)]
        return tuple(
            [
                tuple(
                    [
                        make(Mode, (upto, sure + times * (base - (-per_km * far // 1000))))
                        for upto, base, per_km in priced
                    ]
                )
                for sure, far in zip([fixed + split for fixed in terms.fixed], self.far, strict=True)
            ]
        )


def sends(rest: Rest | None) -> bool:
    """Whether the day still takes an order."""
    return rest is None or ((rest.orders is None or rest.orders > 0) and (rest.units is None or rest.units > 0))


def given(sources: Sequence[Source], lines: int) -> list[dict[int, int]]:
    """How many units of each line each node has."""
    have: list[dict[int, int]] = [{} for _ in range(lines)]
    for source in sources:
        units = have[source.line]
        units[source.node] = units.get(source.node, 0) + source.most
    return have
