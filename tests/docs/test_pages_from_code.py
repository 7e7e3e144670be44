"""The pages that are read from the code are of the code as it is; and the code says what they need."""

import re
from collections import Counter

import pytest

from application.kernel.unanswered import Unanswered
from bench.write_pages import (
    PAGES,
    ROOT,
    descendants,
    facts_given,
    facts_told,
    kinds,
    paragraphs,
    refusals,
    unanswered,
)
from domain.kernel.refusal import InsufficientBalance, Refusal

ANSWERS = [*refusals(), *unanswered()]
CLASSES = [*descendants(Refusal), *descendants(Unanswered)]

# The published codes. One that is gone or renamed breaks those who compare it: deprecate it in the CHANGELOG first.
PUBLISHED = {
    "account.unknown",
    "address.contradictory",
    "address.unknown",
    "answer.too_large",
    "body.malformed",
    "body.too_deep",
    "body.too_large",
    "body.type",
    "calendar.unknown",
    "capacity.full",
    "capture.unknown",
    "command.unknown",
    "connections.exhausted",
    "count.stale",
    "epcis.correction",
    "epcis.document",
    "epcis.identifier",
    "epcis.incomplete",
    "epcis.malformed",
    "epcis.quantity",
    "epcis.too_large",
    "epcis.unsupported",
    "exchange.target",
    "expected.insufficient",
    "expected.not_arrived",
    "expected.too_little",
    "expected.unknown",
    "feed.gone",
    "goods.exists",
    "goods.inactive",
    "goods.unknown",
    "goods.version",
    "head.malformed",
    "head.too_large",
    "input.invalid",
    "internal.fault",
    "item.ambiguous",
    "item.unknown",
    "key.expired",
    "key.invalid",
    "key.replaced",
    "key.revoked",
    "key.unknown",
    "ledger.balance_too_large",
    "ledger.differs",
    "ledger.movement",
    "ledger.overtaken",
    "mapping.unknown",
    "message.malformed",
    "message.sender",
    "message.unknown",
    "movements.archived",
    "node.exists",
    "node.inactive",
    "node.unknown",
    "node.version",
    "object.damaged",
    "object.exists",
    "object.too_large",
    "object.unknown",
    "outcome.unknown",
    "parked.elsewhere",
    "parked.unknown",
    "policy.conflict",
    "policy.impossible",
    "policy.unknown",
    "promise.exists",
    "promise.expired",
    "promise.moved",
    "promise.short",
    "promise.token",
    "promise.too_large",
    "promise.too_many",
    "promise.too_wide",
    "promise.unknown",
    "promise.unpooled",
    "proposal.decided",
    "proposal.moved",
    "proposal.stale",
    "proposal.unknown",
    "quota.contradicts",
    "quota.dimension",
    "quota.exceeded",
    "quota.exclusive",
    "quota.fixed",
    "quota.moved",
    "quota.unknown",
    "rate.limited",
    "region.tree",
    "region.unknown",
    "request.mismatch",
    "request.too_slow",
    "request_id.missing",
    "reservation.cancelled",
    "reservation.exists",
    "reservation.state",
    "reservation.unknown",
    "reservation.unsourced",
    "route.method",
    "route.unknown",
    "scope.missing",
    "search.kind",
    "search.off",
    "search.unavailable",
    "service.busy",
    "service.stopping",
    "service.too_late",
    "service.unavailable",
    "shipment.insufficient",
    "shipment.receiver",
    "shipment.sender",
    "shipment.too_long",
    "shipment.unknown",
    "signature.invalid",
    "signature.stale",
    "sku.missing",
    "sku.taken",
    "sku.unknown",
    "stock.insufficient",
    "stock.promised",
    "supply.contradicts",
    "supply.cycle",
    "supply.moved",
    "supply.none",
    "supply.too_deep",
    "together.refused",
    "together.too_many",
    "version.not_reached",
    "wms.malformed",
}


@pytest.mark.parametrize("page", PAGES)
def test_the_committed_page_is_current(page: str) -> None:
    committed = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert committed == PAGES[page](), "the code has moved on: make docs"


def test_no_two_share_a_code() -> None:
    assert [code for code, number in Counter(answer.code for answer in ANSWERS).items() if number > 1] == []


def test_published_codes_stay() -> None:
    codes = {answer.code for answer in ANSWERS}
    assert sorted(PUBLISHED - codes) == []
    assert sorted(codes - PUBLISHED) == [], "a new code: publish it here, and never rename it"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_says_what_it_means_what_to_do_and_under_which_code(cls: type) -> None:
    meaning, advice = paragraphs(cls)[:2]
    assert meaning.endswith(".")
    assert not advice.startswith("Facts:"), "the second paragraph says what to do"
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", vars(cls)["code"])


def test_running_short_has_a_code_for_every_kind() -> None:
    codes = [kind.insufficient for kind in kinds()]
    assert "stock.insufficient" in codes
    assert {answer.code for answer in refusals() if answer.type is InsufficientBalance} == set(codes)


def test_facts_are_those_that_calls_give_and_docstrings_name() -> None:
    class Planted(Refusal):
        """Too many (`most`) of `these`.

        Ask for `fewer`.

        Facts: `wanted`, `most`.
        """

    assert facts_told(Planted) == {"most", "wanted"}
    assert {"short", "wanted", "account"} <= facts_given()["InsufficientBalance"]
