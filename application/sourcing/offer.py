"""What a promise would hold, packed so that it can be handed out and back: in a token, or in a kept promise."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zlib import DEFLATED, compressobj, decompress

from application.kernel.call import Call
from application.kernel.ports import Codec
from application.sourcing.chosen import Chosen
from application.sourcing.demand import WantedGoods
from application.sourcing.ports import Signs
from application.sourcing.refusals import PromiseExpired, PromiseToken
from application.sourcing.told import LegLine, held_by
from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.reservation import Hold, Plan, PlannedLine
from domain.sourcing.sources import pieces

MAX_TOKEN: Final = 8_192
"""Longest token there is, in characters. A promise of more parts must be kept to be reserved."""

WORDS: Final = b"promise."
"""What is signed begins so: no signature of something else stands for one of a promise."""


class OfferedHold(NamedTuple):
    kind: str
    values: tuple[str, ...]
    units: int


class OfferedLine(NamedTuple):
    """`of` is the line of the demand that it is a part of."""

    line: str
    of: str
    quantity: int
    ways: tuple[tuple[OfferedHold, ...], ...]


class OfferedDay(NamedTuple):
    """A line leaves `node` on `day`, and `units` of goods are in each unit of it."""

    line: str
    node: str
    day: date
    units: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What is held if it is taken up, and what it was made for, so that another can be made when it has moved.

    `by` is who was authenticated when it was asked for; `passed_over` the nodes that were left out; `hold_for` is how
    long its policy has it held (None: it does not say). `days` say when its lines leave: what these days take is said
    when it is taken up, for their figures may have changed.
    """

    tenant: str
    by: str
    until: datetime
    wanted: WantedGoods
    passed_over: tuple[str, ...]
    hold_for: timedelta | None
    lines: tuple[OfferedLine, ...]
    days: tuple[OfferedDay, ...]

    def plan(self, kinds: Mapping[str, AccountKind]) -> Plan:
        """As the ledger takes it, without days. Raises PromiseToken where a kind of account is no longer there."""
        try:
            return Plan(
                tuple(
                    PlannedLine(line, quantity, tuple(tuple(_hold(kinds, each) for each in way) for way in ways))
                    for line, _, quantity, ways in self.lines
                )
            )
        except KeyError as error:
            raise PromiseToken(f"the promise holds a kind of account that is not known: {error}") from None

    def at(self, now: datetime) -> None:
        """Raises PromiseExpired when its time is over."""
        if now >= self.until:
            raise PromiseExpired("the promise was good until its time", valid_until=self.until.isoformat())

    def to(self, call: Call) -> None:
        """Raises PromiseToken when it was made to another."""
        if (self.tenant, self.by) != (call.tenant, asker(call)):
            raise PromiseToken("the promise was made to somebody else")


def asker(call: Call) -> str:
    """Whom a token is bound to: who was authenticated, or else who acts."""
    return call.principal or call.actor


def offered(call: Call, until: datetime, chosen: Chosen, legs: Sequence[LegLine]) -> Offer | None:
    """The offer of a choice, whose legs these are: what it holds without days. None where it holds nothing."""
    plan = held_by(legs)
    if plan is None:
        return None
    lines = tuple(
        OfferedLine(
            line,
            leg.line,
            quantity,
            tuple(tuple(OfferedHold(key.kind.name, key.values, units) for key, units in way) for way in ways),
        )
        for (line, quantity, ways), (_, leg, _) in zip(plan.lines, legs, strict=True)
    )
    days = tuple(OfferedDay(id, sender.node, sender.day.day, pieces(leg.alternative.parts)) for id, leg, sender in legs)
    return Offer(call.tenant, asker(call), until, chosen.wanted, chosen.passed_over, chosen.rules.hold_for, lines, days)


class Tokens:
    """Makes and reads tokens: `<offer>.<signature>`, both in URL-safe Base64, the offer compressed."""

    def __init__(self, signs: Signs, codec: Codec) -> None:
        self._signs = signs
        self._codec = codec

    def write(self, offer: Offer) -> str:
        """The token; empty where it would be too long."""
        said = urlsafe_b64encode(_packed(self._codec.encode(offer))).rstrip(b"=")
        token = said + b"." + urlsafe_b64encode(self._signs.sign(WORDS + said)).rstrip(b"=")
        return token.decode() if len(token) <= MAX_TOKEN else ""

    def read(self, token: str) -> Offer:
        """The offer. Raises PromiseToken for what was not made here."""
        said, dot, signature = token.partition(".")
        try:
            if not dot or len(token) > MAX_TOKEN or not self._signs.signed(WORDS + said.encode(), _bytes(signature)):
                raise PromiseToken("this is no token of a promise, or it was made before the secret changed")
            offer: Offer = self._codec.decode(decompress(_bytes(said)), Offer)
        except ValueError:  # no text, no Base64; or signed by another release, which said other things in it
            raise PromiseToken("this is no token of a promise, or it is of another release") from None
        return offer


def is_token(promise: str) -> bool:
    """Whether it may be a token: ids of kept promises are shorter than any."""
    return len(promise) > 128


def _packed(said: bytes) -> bytes:
    """Compressed with as little memory as so few bytes need: laying out more takes longer than to compress them."""
    packing = compressobj(6, DEFLATED, 13, 4)
    return packing.compress(said) + packing.flush()


def _bytes(said: str) -> bytes:
    return urlsafe_b64decode(said.encode("ascii") + b"=" * (-len(said) % 4))


def _hold(kinds: Mapping[str, AccountKind], offered: OfferedHold) -> Hold:
    return Hold(_key(kinds, offered), offered.units)


def _key(kinds: Mapping[str, AccountKind], offered: OfferedHold) -> AccountKey:
    return kinds[offered.kind].key(*offered.values)
