"""What a quota is of, what it may become, and which two cannot stand beside each other."""

import json
from dataclasses import replace

import pytest

from domain.kernel.account import OPENED, Account
from domain.kernel.movement import Balances
from domain.kernel.refusal import InvalidInput
from domain.stock.quota import (
    AT_GOODS,
    AT_ITEM,
    AT_NODE,
    AT_SKU,
    EXCLUSIVE,
    MUTEX,
    SHARED,
    Quota,
    QuotaContradicts,
    QuotaFixed,
    cap_key,
    cap_of,
    consumed,
    contradicted,
    kinds,
    may_become,
    share_key,
)

LEAF = Quota("leaf", "app", MUTEX, AT_NODE, "tea", "quay")
ASIDE = Quota("aside", "app", MUTEX, AT_GOODS, "tea", cap=5)
OF_SKU = Quota("sku", "app", MUTEX, AT_SKU, "tea-1", goods=("tea",), cap=5)
OF_ITEM = Quota("item", "app", SHARED, AT_ITEM, "teas", goods=("tea", "pot"), cap=5)


@pytest.mark.parametrize(
    ("quota", "behind", "pooled", "account"),
    [
        (LEAF, ("tea",), "", None),
        (replace(LEAF, mode=SHARED), ("tea",), "", cap_key("leaf")),
        (ASIDE, ("tea",), "tea", share_key("tea", "aside")),
        (replace(ASIDE, mode=SHARED), ("tea",), "", cap_key("aside")),
        (OF_SKU, ("tea",), "tea", share_key("tea", "sku")),
        (replace(OF_SKU, goods=()), (), "", None),
        (OF_ITEM, ("tea", "pot"), "", cap_key("item")),
    ],
)
def test_where_a_quota_is_counted_and_which_pool_it_takes_from(
    quota: Quota, behind: tuple[str, ...], pooled: str, account: object
) -> None:
    read_again = Quota.of_entry(quota.code, json.loads(json.dumps(quota.facts())))
    assert read_again == quota
    for each in (quota, read_again):
        assert (each.behind, each.pooled, each.account) == (behind, pooled, account)
        assert each.is_leaf is (quota is LEAF)
        assert each.by_line is (quota in (OF_SKU, OF_ITEM) or not behind)


def test_cap_and_activity_change_and_the_goods_behind_what_reserves_nothing() -> None:
    for changed in (replace(ASIDE, cap=9), replace(ASIDE, active=False), replace(ASIDE, mode=EXCLUSIVE)):
        may_become(ASIDE, changed)
    may_become(OF_ITEM, replace(OF_ITEM, goods=("pot",)))
    for known, wanted in (
        (ASIDE, replace(ASIDE, channel="web")),
        (ASIDE, replace(ASIDE, mode=SHARED)),
        (ASIDE, replace(ASIDE, of="pot")),
        (LEAF, replace(LEAF, node="shop")),
        (OF_ITEM, replace(OF_ITEM, dimension=AT_SKU)),
        (OF_SKU, replace(OF_SKU, goods=("pot",))),
    ):
        with pytest.raises(QuotaFixed) as refused:
            may_become(known, wanted)
        assert refused.value.facts == {"quota": known.code, "known": known.facts()}


ALONE = Quota("a", "app", EXCLUSIVE, AT_GOODS, "tea", cap=5)
OTHER = replace(ALONE, code="w", channel="web")
AT_QUAY = Quota("q", "web", EXCLUSIVE, AT_NODE, "tea", "quay")


def test_two_channels_cannot_each_have_the_same_goods_alone() -> None:
    for one, other in (
        (ALONE, OTHER),
        (ALONE, AT_QUAY),
        (AT_QUAY, ALONE),
        (replace(AT_QUAY, channel="app"), AT_QUAY),
        (ALONE, replace(OF_SKU, mode=EXCLUSIVE, channel="web")),
    ):
        with pytest.raises(QuotaContradicts) as refused:
            contradicted(one, [ASIDE, other])
        assert refused.value.facts == {
            "quota": one.code,
            "other": other.code,
            "channels": [one.channel, other.channel],
        }


def test_who_shares_channel_mode_goods_or_place_with_nobody_contradicts_nobody() -> None:
    for one, other in (
        (ALONE, replace(OTHER, channel="".join("app"))),  # equal, and not the same
        (ALONE, replace(OTHER, mode=MUTEX)),
        (replace(ALONE, mode=MUTEX), OTHER),
        (ALONE, replace(OTHER, active=False)),
        (replace(ALONE, active=False), OTHER),
        (ALONE, replace(OTHER, of="pot")),
        (replace(AT_QUAY, node="shop", channel="app"), AT_QUAY),
    ):
        contradicted(one, [other])


def test_what_is_consumed_is_the_cap_and_its_debt_less_what_is_left() -> None:
    account = Account(cap_key("q"), Balances(available=2), facts={OPENED: "7"})
    assert (cap_of(account), consumed(account)) == (7, 5)
    assert (cap_of(Account(cap_key("q"))), consumed(Account(cap_key("q")))) == (0, 0)


def test_a_quota_names_at_most_five_hundred_goods_and_each_is_an_identity() -> None:
    goods = tuple(map(str, range(501)))
    replace(OF_ITEM, goods=goods[:500])
    for wrong in ({"goods": goods}, {"goods": ("",)}, {"of": ""}, {"node": ""}):
        with pytest.raises(InvalidInput):
            replace(OF_ITEM, **wrong)


def test_all_kinds_are_found_by_their_names() -> None:
    assert {name: kind.name for name, kind in kinds().items()} == {
        name: name for name in ("quota", "quota_share", "pool", "unpinned")
    }
