"""The checks by themselves: each law holds on what is right and says exactly what is wrong."""

from collections.abc import Iterable
from typing import Any

import pytest

from domain.kernel.account import AccountKey
from domain.kernel.movement import Balances
from domain.reconciliation.chain import compare_standing, follow
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import NOTHING_SEALED, UNREADABLE, InspectedAccount, Posting, Standing, Told
from domain.reconciliation.links import follow_events
from domain.reconciliation.sealing import SealDigests, Sealer
from domain.reconciliation.totals import OversellAudit, PoolAudit, SetAside, Supply, Transit, TransitAudit
from domain.stock.position import NONE, POSITION, SHIPMENT, Position, shipment_key
from domain.stock.quota import POOL, SHARE, UNPINNED


def posting(version: int, kind: str, quantity: int, *after: int, **rest: Any) -> Posting:
    plain = Posting(
        version,
        kind,
        quantity,
        after + (0,) * (5 - len(after)),
        0,
        version,
        "",
        "-",
        "",
        version,
        "q",
        "C",
        "a",
        "p",
        0,
    )
    return plain._replace(kept=rest.pop("kept", rest.get("command", version)), **rest)


def position(goods: str = "A", node: str = "N1", standing: Standing | None = None) -> InspectedAccount:
    key = Position(goods, node).key
    return InspectedAccount("north", key, str(key), standing, ())


GOOD = (
    posting(1, "RECEIVE", 10, 10),
    posting(2, "RESERVE", 4, 6, 4),
    posting(3, "CONFIRM", 3, 6, 1, 3),
    posting(4, "SHIP", 3, 6, 1),
    posting(5, "SET_FLOOR", 0, 6, 1, floor=2),
    posting(6, "HOLD", 2, 4, 1, 0, 0, 2, floor=2),
)


def walk(postings: Iterable[Posting], *, kept_since: int = 0) -> tuple[Any, list[str]]:
    findings = Findings()
    walked = follow(position(), POSITION, NOTHING_SEALED, postings, findings, kept_since=kept_since)
    return walked, [difference.check for difference in findings.kept]


def test_movements_that_follow_from_one_another_differ_in_nothing() -> None:
    walked, found = walk(GOOD)
    assert found == []
    assert (walked.version, walked.balances, walked.floor) == (6, (4, 1, 0, 0, 2), 2)
    assert (walked.movements, walked.inside) == (6, 7)


WRONG = {
    "movement.version": GOOD[1]._replace(version=4),
    "movement.balances": GOOD[1]._replace(after=(6, 5, 0, 0, 0)),
    "movement.kind": GOOD[1]._replace(kind="GIFT"),
    "movement.quantity": GOOD[1]._replace(quantity=0, after=(10, 0, 0, 0, 0)),
    "movement.floor": GOOD[1]._replace(floor=1),
    "movement.order": GOOD[1]._replace(at=0),
    "movement.request": GOOD[1]._replace(kept=9),
    "movement.negative": GOOD[1]._replace(quantity=11, after=(-1, 11, 0, 0, 0)),
}


@pytest.mark.parametrize("check", WRONG)
def test_one_wrong_movement_is_one_difference(check: str) -> None:
    assert walk((GOOD[0], WRONG[check]))[1] == [check]


def test_more_sold_than_ever_came_in_is_oversold() -> None:
    _, found = walk((GOOD[0], posting(2, "REPORT_SALE", 12, -2)))
    assert found == ["movement.negative", "oversold"]


def test_a_request_id_that_was_purged_is_not_missed() -> None:
    lost = GOOD[1]._replace(kept=None)
    assert walk((GOOD[0], lost), kept_since=2)[1] == ["movement.request"]
    assert walk((GOOD[0], lost), kept_since=3)[1] == []


def test_an_account_must_stand_where_its_movements_lead() -> None:
    walked, _ = walk(GOOD)
    for standing, held, wrong in (
        (Standing(6, (4, 1, 0, 0, 2), 2), (1, 0), []),
        (Standing(7, (4, 1, 0, 0, 2), 2), (1, 0), ["account.version"]),
        (Standing(6, (5, 1, 0, 0, 2), 2), (1, 0), ["account.balances"]),
        (Standing(6, (4, 1, 0, 0, 2), 0), (1, 0), ["account.floor"]),
        (Standing(6, (4, 1, 0, 0, 2), 2), (2, 0), ["account.reserved"]),
        (Standing(6, (4, 1, 0, 0, 2), 2), (1, 1), ["account.allocated"]),
        (None, (1, 0), ["account.missing"]),
    ):
        findings = Findings()
        compare_standing(position(standing=standing), walked, held, findings)
        assert [difference.check for difference in findings.kept] == wrong


# -- seals ------------------------------------------------------------------------------------------------------------


def sealed(*postings: Posting, cuts: tuple[int, ...]) -> list[Any]:
    lines, opening = [], NOTHING_SEALED
    for number, (start, end) in enumerate(zip((0, *cuts), cuts, strict=False), 1):
        sealer = Sealer(opening)
        for each in postings[start:end]:
            sealer.take(position(), each)
        opening = sealer.line(number)
        lines.append(opening)
    return lines


def compared(postings: Iterable[Posting], lines: list[Any]) -> list[str]:
    findings, sealer = Findings(), Sealer(lines=lines)
    for each in postings:
        sealer.take(position(), each)
    sealer.compare(position(), findings)
    return [difference.check for difference in findings.kept]


def test_a_seal_is_made_again_by_the_same_movements_only() -> None:
    lines = sealed(*GOOD, cuts=(2, 5))
    assert compared(GOOD, lines) == []
    for place, change in ((0, {"actor": "nobody"}), (4, {"reason": "x"}), (1, {"at": 1})):
        tampered = [*GOOD[:place], GOOD[place]._replace(**change), *GOOD[place + 1 :]]
        assert compared(tampered, lines) == ["seal.hash"]
    assert compared([*GOOD[:5], GOOD[5]._replace(actor="nobody")], lines) == [], "that one is not sealed yet"
    assert compared(GOOD[:4], lines) == ["seal.version"]
    assert compared((*GOOD[:4], GOOD[4]._replace(after=(7, 1, 0, 0, 0))), lines) == ["seal.balances"]


def test_whether_a_request_id_is_still_kept_is_no_part_of_a_seal() -> None:
    assert compared([each._replace(kept=None) for each in GOOD], sealed(*GOOD, cuts=(6,))) == []


def test_a_digest_depends_on_every_line_their_order_and_the_seal_before() -> None:
    one, other = sealed(*GOOD, cuts=(2,))[0], sealed(*GOOD, cuts=(3,))[0]
    digests = set()
    for lines, before in (((one, other), b""), ((other, one), b""), ((one,), b""), ((one, other), b"x"), ((), b"")):
        made = SealDigests()
        for line in lines:
            made.take(line)
        digests.add(made.digest(1, before))
    assert len(digests) == 5


# -- events -----------------------------------------------------------------------------------------------------------


def told(*steps: tuple[int | None, int], subject: str = "reservation:r", at: int = 10) -> list[Told]:
    return [Told("north", subject, before, number, at) for before, number in steps]


def events(rows: Iterable[Told], *, purged: bool = False, kept_since: int = 0) -> list[str]:
    findings = Findings()
    follow_events(rows, findings, purged=purged, kept_since=kept_since, recorded=("account:", "reservation:"))
    return [difference.check for difference in findings.kept]


def test_events_are_numbered_without_gaps_up_to_what_their_record_knows() -> None:
    assert events(told((None, 3), (0, 1), (1, 2), (2, 3))) == []
    assert events(told((None, 9), (0, 4), (4, 9), subject="account:x")) == []
    assert events(told((None, 3), (0, 1), (2, 3))) == ["event.gap"]
    assert events(told((None, 3), (1, 2), (2, 3))) == ["event.gap"]
    assert events(told((None, 4), (0, 1), (1, 2), (2, 3))) == ["event.last"]
    assert events(told((None, 1))) == ["event.last"]
    assert events(told((None, 2), (0, 1), (0, 1), (1, 2))) == ["event.gap"]
    assert events(told((0, 1))) == ["event.record"]
    assert events(told((0, 1), subject="command:q")) == []
    assert events(told((None, 3), (0, 1), (UNREADABLE, 2), (2, 3))) == ["event.unreadable"]


def test_what_was_purged_is_not_missed_and_what_was_not_is() -> None:
    assert events(told((None, 3), (1, 2), (2, 3)), purged=True) == []
    assert events(told((None, 3)), purged=True) == []
    assert events(told((None, 3), (0, 1), (2, 3)), purged=True) == ["event.gap"]
    assert events(told((None, 3), (1, 2)), purged=True) == ["event.last"]
    assert events(told((0, 1)), kept_since=11) == []


# -- laws over many accounts ------------------------------------------------------------------------------------------


def test_goods_are_there_as_often_as_they_came_in_and_did_not_leave() -> None:
    findings = Findings()
    audit = OversellAudit(Supply(POSITION, "goods"), findings)
    for node, there in (("N1", 7), ("N2", 8)):
        account = position(node=node, standing=Standing(6, (there, 0, 0, 0, 0), 0))
        assert account.key is not None
        audit.take(account, account.key, walk(GOOD)[0])
    assert audit.compare() == 1
    assert [(d.check, d.expected, d.found) for d in findings.kept] == [("oversell.total", "14", "15")]


def pool_found(has: int, *there: tuple[AccountKey, Balances]) -> list[tuple[str, str]]:
    """What is found of a pool that has so much, where these stand beside it."""
    findings = Findings()
    audit = PoolAudit(SetAside(POOL, POSITION, ("channel", NONE), SHARE, UNPINNED, "goods"), findings)
    for key, balances in ((POOL.key("A"), Balances(has)), *there):
        audit.take(InspectedAccount("north", key, str(key), Standing(1, tuple(balances), 0), ()), key)
    audit.compare()
    return [(difference.expected, difference.found) for difference in findings.kept]


def test_a_pool_has_no_more_than_lies_on_plain_positions_and_is_set_aside_for_nobody() -> None:
    there = (
        (Position("A", "N1").key, Balances(10, 3, 2)),
        (Position("A", "N2").key, Balances(5)),
        (Position("A", "N1", channel="app").key, Balances(90)),
        (Position("B", "N1").key, Balances(90)),
        (SHARE.key("A", "web"), Balances(4, 2)),
        (UNPINNED.key("A"), Balances(900, 2, 1)),
    )
    assert pool_found(8, *there) == []
    assert pool_found(7, *there) == []  # a position that is not counted yet
    assert pool_found(9, *there) == [("at most 8", "9")]
    assert pool_found(1) == [("at most 0", "1")]


def transit(*moved: tuple[bool, str, int, int]) -> list[str]:
    """Movements on the shipment (True) or the position (False): kind, quantity, command."""
    findings = Findings()
    audit = TransitAudit(Transit(SHIPMENT, POSITION, ("goods", "lot")), findings)
    for carries, kind, quantity, command in moved:
        key = shipment_key("s", "A") if carries else Position("A", "N1").key
        audit.watch(InspectedAccount("north", key, str(key), None, ()), posting(1, kind, quantity, command=command))
    audit.compare()
    return [difference.found for difference in findings.kept]


def test_both_sides_of_a_shipment_change_by_the_same_commands() -> None:
    sent = ((True, "DISPATCHED", 5, 1), (False, "DISPATCHED", 5, 1))
    assert transit(*sent, (True, "ARRIVE", 3, 2), (False, "ARRIVE", 3, 2), (False, "OVER_ARRIVE", 9, 2)) == []
    assert transit((False, "DISPATCHED", 2, 1), (False, "ARRIVE", 2, 1)) == [], "a return of one who keeps no stock"
    assert transit(*sent, (True, "ARRIVE", 3, 2), (False, "ARRIVE", 2, 2)) == ["3 in transit to receivers"]
    assert transit(*sent, (True, "ARRIVE", 3, 2), (False, "ARRIVE", 3, 3)) == [
        "2 in transit to receivers, by other commands"
    ]
