"""Laws of the ledger under random commands, with nothing but the ledger itself."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.account import AccountKey
from domain.kernel.exchanging import exchange, regroup
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import GroupHold, Hold, Pick, Plan, PlannedLine, Stage
from domain.stock.position import RECEIVE
from tests.builders import NOON, account, begin, key, ledger

GOODS = "ABC"
KEYS = [key(goods) for goods in GOODS]
IDS = ("r1", "r2", "r3")

holds = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 3)), min_size=1, max_size=3, unique_by=lambda h: h[0])
ways = st.lists(holds.map(lambda each: tuple(Hold(*hold) for hold in each)), min_size=1, max_size=3).map(tuple)
quantities = st.integers(1, 8)
groups = st.lists(
    st.tuples(st.sampled_from(KEYS), st.integers(1, 3), st.lists(st.sampled_from("012"), min_size=1, unique=True)),
    max_size=2,
)
picks = st.lists(
    st.builds(Pick, st.sampled_from("012"), st.none() | quantities, st.none() | st.integers(0, 2)), max_size=2
)
commands = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(KEYS), quantities),
    st.tuples(st.just("floor"), st.sampled_from(KEYS), st.integers(0, 5)),
    st.tuples(
        st.just("reserve"),
        st.sampled_from(IDS),
        st.lists(st.tuples(quantities, ways), min_size=1, max_size=3),
        groups,
        st.booleans(),
    ),
    st.tuples(st.sampled_from(("confirm", "release", "ship", "deallocate", "damage")), st.sampled_from(IDS), picks),
    st.tuples(st.just("expire"), st.sampled_from(IDS)),
    st.tuples(
        st.just("exchange"),
        st.sampled_from(IDS),
        st.builds(Pick, st.sampled_from("012"), st.none() | quantities),
        holds,
    ),
    st.tuples(
        st.just("regroup"),
        st.sampled_from(IDS),
        st.sampled_from("012"),
        st.frozensets(st.sampled_from(("0", "1", *map(str, KEYS)))),
        st.none() | st.tuples(st.sampled_from(KEYS), st.integers(1, 3)),
    ),
)


def do(on: Ledger, command: tuple[Any, ...]) -> None:
    match command:
        case ("receive", of, quantity):
            on.post(of, RECEIVE, quantity)
        case ("floor", of, floor):
            on.set_floor(of, floor)
        case ("reserve", id, lines, grouped, partial):
            there = {str(i) for i in range(len(lines))}
            wanted = Plan(
                tuple(PlannedLine(str(i), quantity, ways) for i, (quantity, ways) in enumerate(lines)),
                tuple(
                    GroupHold(str(i), of, quantity, tuple(sorted(there & set(names))))
                    for i, (of, quantity, names) in enumerate(grouped)
                ),
            )
            reserve(on, id, wanted, partial=partial)
        case ("expire", id):
            on.expire(id, 1, 0)
        case ("exchange", id, pick, to):
            exchange(on, id, pick, tuple(Hold(*hold) for hold in to))
        case ("regroup", id, line, leave, join):
            regroup(on, id, line, leave, None if join is None else GroupHold(str(join[0]), join[0], join[1], (line,)))
        case ("damage", id, picked):
            on.damage(id, picked, reason="wet")
        case (verb, id, picked):
            getattr(on, verb)(id, picked)


def reserve(on: Ledger, id: str, wanted: Plan, *, partial: bool) -> None:
    before = {of: on.account(of) for of in KEYS}
    made = on.reserve(id, wanted, until=NOON, partial=partial)
    for planned, line in zip(wanted.lines, made.lines, strict=True):
        assert (line.asked, line.id) == (planned.quantity, planned.line)
        assert line.granted <= line.asked
        assert partial or line.granted == line.asked
        assert all(leg.holds in planned.ways and leg.granted > 0 for leg in line.legs)
        first = next((way for way in planned.ways if way in [leg.holds for leg in line.legs]), None)
        assert line.granted == 0 or line.legs[0].holds == first
        if len(line.legs) > 1:
            assert len(planned.ways) > 1
    assert made.at(Stage.HELD) > 0
    for group in made.groups:
        granted = any(line.granted for line in made.lines if line.id in group.lines)
        assert (group.stage is Stage.HELD) == granted
    for of, was in before.items():
        taken = was.balances.available - on.account(of).balances.available
        assert 0 <= taken <= was.grantable  # the floor was left, whatever shares the account


def check(on: Ledger) -> None:
    held: Counter[AccountKey] = Counter()
    confirmed: Counter[AccountKey] = Counter()
    for reservation in on.accepted.reservations.values():
        for of in KEYS:
            reserved, allocated = reservation.holding(of)
            held[of] += reserved
            confirmed[of] += allocated
        assert all(min(leg.counts) >= 0 for line in reservation.lines for leg in line.legs)
    for of in KEYS:
        balances = on.account(of).balances
        assert min(balances) >= 0
        assert (balances.reserved, balances.allocated) == (held[of], confirmed[of])


@settings(max_examples=300, deadline=None)
@given(st.lists(commands, max_size=25))
def test_what_reservations_hold_is_what_accounts_have_reserved(history: list[tuple[Any, ...]]) -> None:
    on = ledger(*(account(goods, available=6) for goods in GOODS), absent=IDS, begun=False)
    for number, command in enumerate(history, 1):
        begin(on, number, f"q{number}")
        before = {of: on.account(of) for of in KEYS}
        try:
            do(on, command)
            on.accept()
        except Refusal:
            on.discard()
            assert {of: on.account(of) for of in KEYS} == before
        check(on)
    versions = Counter(movement.account for movement in on.accepted.movements)
    assert all(on.account(of).version == 1 + versions[of] for of in KEYS)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(quantities, ways), min_size=1, max_size=3), groups)
def test_whatever_was_reserved_can_be_given_back_whole(lines: list[Any], grouped: list[Any]) -> None:
    on = ledger(*(account(goods, available=20) for goods in GOODS), absent=IDS)
    before = {of: on.account(of).balances for of in KEYS}
    try:
        do(on, ("reserve", "r1", lines, grouped, True))
    except Refusal:
        return
    on.release("r1")
    assert {of: on.account(of).balances for of in KEYS} == before
