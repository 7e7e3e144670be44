"""Tokens of promises: what comes back is what went out, and nothing that was not made here comes back at all."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.encoding import JsonCodec
from application.kernel.call import Call
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.offer import MAX_TOKEN, WORDS, Offer, OfferedDay, OfferedHold, OfferedLine, Tokens, is_token
from application.sourcing.refusals import PromiseExpired, PromiseToken
from domain.kernel.account import AccountKind
from domain.kernel.refusal import InvalidInput
from domain.stock.position import POSITION
from domain.stock.quota import CAP
from entrypoints.composition.promising import Signer

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS: Final[Mapping[str, AccountKind]] = {kind.name: kind for kind in (POSITION, CAP)}
WANTED: Final = WantedGoods((DemandLine(3, "tea"), DemandLine(1, goods="pot")), DeliverTo(lat=53.55, lng=10.0))


def tokens(secret: bytes = b"a secret") -> Tokens:
    return Tokens(Signer(secret), JsonCodec())


def offer(*lines: OfferedLine, by: str = "web", until: datetime = NOON) -> Offer:
    held = OfferedHold("stock", ("-", "tea", "harbour", "-", "-"), 1)
    made = lines or (OfferedLine("1", "1", 3, ((held, OfferedHold("quota", ("web-tea",), 1)),)),)
    days = tuple(OfferedDay(line.line, "harbour", NOON.date(), 1) for line in made)
    return Offer("acme", by, until, WANTED, ("hill",), timedelta(hours=1), made, days)


def test_what_comes_back_is_what_went_out() -> None:
    made = offer()
    read = tokens().read(tokens().write(made))
    assert read == made
    plan = read.plan(KINDS)
    (line,) = plan.lines
    assert [(str(hold.account), hold.units) for hold in line.ways[0]] == [
        ("stock:-/tea/harbour/-/-", 1),
        ("quota:web-tea", 1),
    ]
    assert not plan.groups  # of days no more is said than which they are
    assert read.days == (OfferedDay("1", "harbour", NOON.date(), 1),)


@given(st.integers(min_value=0), st.characters(codec="utf-8"))
def test_a_token_that_was_changed_anywhere_is_refused(place: int, other: str) -> None:
    token = tokens().write(offer())
    place %= len(token)
    spoilt = token[:place] + other + token[place + 1 :]
    if spoilt != token:
        try:
            read = tokens().read(spoilt)
        except PromiseToken:
            return
        # The last character of Base64 has bits that say nothing.
        assert read == offer()


@given(st.text(max_size=300))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(PromiseToken):
        tokens().read(text)


def test_a_token_that_another_release_signed_is_refused() -> None:
    signer = Signer(b"a secret")
    said = urlsafe_b64encode(compress(b'{"tenant":"acme","legs":[]}', 6)).rstrip(b"=")
    token = said + b"." + urlsafe_b64encode(signer.sign(WORDS + said)).rstrip(b"=")
    with pytest.raises(PromiseToken):
        tokens().read(token.decode())


def test_another_secret_is_another_installation() -> None:
    with pytest.raises(PromiseToken):
        tokens(b"another").read(tokens().write(offer()))


def test_what_is_too_much_for_a_token_has_none() -> None:
    names = [f"{number:032x}-{number * 7_919_999:032x}" for number in range(400)]
    lines = tuple(
        OfferedLine(name, name, 1, ((OfferedHold("stock", ("-", name[::-1], name, "-", "-"), 1),),)) for name in names
    )
    assert tokens().write(offer(*lines)) == ""
    assert 128 < len(tokens().write(offer())) <= MAX_TOKEN
    assert is_token(tokens().write(offer()))
    assert not is_token("x" * 128)


def test_it_is_for_whom_it_was_made_until_its_time() -> None:
    made = offer()
    made.to(Call("acme", "shop", "r", "web"))
    for call in (Call("acme", "web", "r", "other"), Call("other", "web", "r", "web"), Call("acme", "other", "r")):
        with pytest.raises(PromiseToken):
            made.to(call)
    made.at(NOON - timedelta(seconds=1))
    with pytest.raises(PromiseExpired):
        made.at(NOON)


def test_a_kind_that_is_gone_is_said() -> None:
    with pytest.raises(PromiseToken, match="quota"):
        offer().plan({"stock": POSITION})


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": 0, "sku": "tea"},
        {"quantity": 1},
        {"quantity": 1, "sku": "tea", "goods": "tea"},
        {"quantity": 1, "sku": "tea", "line": "x" * 101},
        {"quantity": 1, "sku": "tea", "suppliers": tuple("abcdefghijklmnopqrstu")},
    ],
)
def test_a_line_that_could_be_nobodys_is_refused(line: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        DemandLine(**line)  # type: ignore[arg-type]


def test_what_is_wanted_is_bounded() -> None:
    tea = DemandLine(1, "tea")
    for bad in (
        lambda: WantedGoods(()),
        lambda: WantedGoods((tea,) * 101),
        lambda: WantedGoods((DemandLine(1, "tea", line="2"), tea)),
        lambda: WantedGoods((tea,), max_splits=101),
        lambda: WantedGoods((tea,), by=datetime(2026, 3, 1)),  # noqa: DTZ001 - no zone is what is refused
        lambda: DeliverTo(lat=1.0),
        lambda: DeliverTo(lat=91.0, lng=0.0),
    ):
        with pytest.raises(InvalidInput):
            bad()
