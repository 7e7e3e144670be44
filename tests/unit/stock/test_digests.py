"""What a release accepted may be repeated to every later one: the digest of what was asked is the same for ever."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from adapters.encoding import JsonCodec
from application.stock.reserve_stock import ReserveStock, StockLine

PLAIN = ReserveStock((StockLine("sku-1", 2, ("north",)),))
DIGEST = JsonCodec().digest

WRITTEN_BY_THE_FIRST_RELEASE = [
    (PLAIN, "0c3b8bff81b0c41ba723ceeb7bb73652e5fcb4096c2ac29718a48d8a0b439627"),
    (
        ReserveStock(
            (StockLine("sku-1", 2, ("north", "south"), "a", "acme", "lot-7"), StockLine("茶", 1, ("south",))),
            "r-1",
            "o-1",
            timedelta(hours=2, seconds=1),
            True,
            "gift",
        ),
        "d0de6223267e3494257c2488e6651220fb9e43b70eb28128468474805d8b5453",
    ),
    (
        ReserveStock((StockLine("sku-1", 1_000_000_000, ("north",)),), "r-2", None, None),
        "24d0cdf5e25f3148c1e59e70dbd4e4894cf2b2cea1c77e87410d3eae757900a6",
    ),
]


@pytest.mark.parametrize(("asked", "digest"), WRITTEN_BY_THE_FIRST_RELEASE)
def test_a_reserve_that_asks_nothing_new_has_the_digest_of_the_first_release(asked: ReserveStock, digest: str) -> None:
    assert DIGEST(asked).hex() == digest


def test_a_reserve_that_asks_something_new_has_a_digest_of_its_own() -> None:
    (line,) = PLAIN.lines
    asked = [
        PLAIN,
        replace(PLAIN, channel="web"),
        replace(PLAIN, ship_on="2026-03-01"),
        replace(PLAIN, lines=(replace(line, expected_by="2026-03-01"),)),
    ]
    assert len({DIGEST(each) for each in asked}) == len(asked)


def test_a_text_that_reads_like_a_field_added_later_stays_in_the_digest() -> None:
    odd = [
        replace(PLAIN, lines=(StockLine(goods, 2, ("north",)),)) for goods in ("a", 'a,"channel":""', ',"channel":""a')
    ]
    assert len({DIGEST(each) for each in odd}) == len(odd)


def test_what_is_left_out_is_what_the_fields_default_to() -> None:
    defaults = {each.name: each.default for kind in (ReserveStock, StockLine) for each in fields(kind)}
    assert {name: defaults[name] for name in ReserveStock.ADDED_LATER} == dict(ReserveStock.ADDED_LATER)
