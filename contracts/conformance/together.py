"""Commands that are committed together, all or none: part of the suite of every ledger."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

import pytest

from application.kernel.call import Call
from application.kernel.command import Command, Part
from application.kernel.group_commit import MOST_TOGETHER, Limits
from application.kernel.ports import CommitUnknown
from application.kernel.unanswered import Busy
from contracts.conformance.commands import Confirm, Receive, RefuseAfterPosting, Release, SetFloor, Ship, hold
from contracts.conformance.ground import Ground, Shop, code
from contracts.conformance.laws import Snapshot
from domain.kernel.movement import Balances
from domain.kernel.refusal import Refusal, TooManyTogether

Asked = tuple[str, Command[Any]]
"""A request id and its command."""

REFUSED: Final = ("refused", RefuseAfterPosting("A"))


async def together(shop: Shop, *asked: Asked) -> Sequence[Any]:
    """What became of commands that are to be done all or none."""

    def call(request: str) -> Call:
        return Call(shop.tenant, "clerk", request, "gateway")

    parts = [Part(call(request), command, getattr(command, "asked", None)) for request, command in asked]
    return await shop.ground.committer.submit_together(call("together"), parts)


def anything(chance: Random) -> Asked:
    """Some command under some request id, of few enough that they meet."""
    goods, reservation = chance.choice("AB"), f"r{chance.randrange(4)}"
    command = chance.choice(
        (
            Receive(goods, chance.randint(1, 9)),
            hold(reservation, goods, chance.randint(1, 4)),
            Confirm(reservation),
            Release(reservation),
            Ship(reservation),
            SetFloor(goods, chance.randint(0, 3)),
        )
    )
    return f"q{chance.randrange(60)}", command


def told(seen: Snapshot) -> object:
    """All that a snapshot says but times, and numbers that are of all tenants, and how it came into batches."""
    return (
        {key: (each.balances, each.floor, each.version) for key, each in seen.accounts.items()},
        {
            key: [(line.kind, line.quantity, line.after, line.subject, line.act.request) for line in journal]
            for key, journal in seen.movements.items()
        },
        {id: (each.status, each.request, each.events, each.deadline) for id, each in seen.reservations.items()},
        {id: each.command for id, each in seen.requests.items()},
        Counter((each.type, each.subject, each.number) for each in seen.events if each.before is None),
    )


class TogetherConformance:
    """All of them take effect, each as a request of its own; or none, and nothing is there to tell of it."""

    async def test_together_each_is_a_request_of_its_own(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            asked: list[Asked] = [("in", Receive("A", 5)), ("hold", hold("r1", "A", 3)), ("pay", Confirm("r1"))]
            became = await together(shop, *asked)
            assert [code(each) for each in became] == ["received", "held", "confirmed"]
            assert await shop.balances("A") == Balances(available=2, allocated=3)
            journal = (await shop.snapshot()).movements.values()
            assert [line.act.request for lines in journal for line in lines] == ["in", "hold", "pay"]
            assert [await shop.submit(command, request) for request, command in asked] == list(became)
            assert await together(shop, *asked) == became
            assert await shop.balances("A") == Balances(available=2, allocated=3)

        await ground.both(story)

    async def test_where_one_is_refused_nothing_was_done(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            before = await shop.snapshot()
            became = await together(shop, ("in", Receive("B", 1)), REFUSED, ("hold", hold("r1", "A", 9)))
            assert [code(each) for each in became] == ["together.refused", "reservation.state", "stock.insufficient"]
            assert await shop.snapshot() == before
            assert (await shop.submit(Receive("A", 2), "in")).units == 2, "its request id is as free as before"

        await ground.both(story)

    async def test_what_was_accepted_before_keeps_its_answer_in_any_company(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            first = await shop.submit(Receive("A", 5), "in")
            assert (await together(shop, ("in", Receive("A", 5)), REFUSED))[0] == first
            other = await together(shop, ("in", Receive("A", 6)), ("more", Receive("A", 1)))
            assert [code(each) for each in other] == ["request.mismatch", "together.refused"]
            twice = await together(shop, ("new", Receive("A", 1)), ("new", Receive("A", 1)), ("in", Receive("A", 5)))
            assert twice[0] == twice[1]
            assert twice[2] == first
            assert await shop.balances("A") == Balances(available=6)

        await ground.both(story)

    async def test_others_of_the_batch_do_not_notice_what_is_undone(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            held, undone, late = await asyncio.gather(
                shop.submit(hold("r1", "A", 3), "hold"),
                together(shop, ("hold", hold("r1", "A", 3)), ("rest", hold("r2", "A", 2)), REFUSED),
                shop.submit(hold("r3", "A", 2), "late"),
            )
            assert [code(each) for each in (held, *undone, late)] == [
                *("held", "held", "together.refused", "reservation.state", "held")
            ]
            assert await shop.balances("A") == Balances(reserved=5)

        await ground.both(story)

    async def test_whatever_is_undone_leaves_everything_as_it_was(self, ground: Ground) -> None:
        """One tenant has commands undone among its others, in the same batches; to the other nobody sends them."""
        chance = Random(20260301)
        one, other = ground.shop("north"), ground.shop("south")
        for _ in range(25):
            first, undone, rest = ([anything(chance) for _ in range(chance.randint(1, most))] for most in (3, 12, 3))
            undone.insert(chance.randint(0, len(undone)), REFUSED)
            amid = [
                *(one.outcome(command, request) for request, command in first),
                together(one, *undone),
                *(one.outcome(command, request) for request, command in rest),
                *(other.outcome(command, request) for request, command in (*first, *rest)),
            ]
            became = (await asyncio.gather(*amid))[len(first)]
            assert any(isinstance(each, Refusal) for each in became)
            assert told(await one.snapshot()) == told(await other.snapshot())
        assert len((await one.snapshot()).requests) > 20

    async def test_no_more_is_taken_together_than_fits_into_a_batch(self, ground: Ground) -> None:
        shop = ground.shop("north")
        for number in (0, MOST_TOGETHER + 1):
            with pytest.raises(TooManyTogether) as refusal:
                await together(shop, *((f"q{n}", Receive("A", 1)) for n in range(number)))
            assert refusal.value.facts["most"] == MOST_TOGETHER
        became = await together(shop, *((f"q{n}", Receive("A", 1)) for n in range(MOST_TOGETHER)))
        assert len(became) == MOST_TOGETHER
        assert await shop.balances("A") == Balances(available=MOST_TOGETHER)

    async def test_what_became_wider_by_being_done_gets_its_answer_again(self, ground: Ground) -> None:
        ground.limits = Limits(accounts=3)
        await ground.restart()
        lost = [CommitUnknown("the line went dead")]

        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.stock("B", 5)
            asked: list[Asked] = [("first", hold("r1", "A", 1)), ("second", hold("r2", "B", 1))]
            ground.faults.after_save = lambda _: lost.pop() if lost else None
            became = await together(shop, *asked)
            assert [code(each) for each in became] == ["held", "held"]
            assert await together(shop, *asked) == became
            assert await shop.balances("A") == await shop.balances("B") == Balances(available=4, reserved=1)

        await story(ground.shop("north"))
        assert lost == []

    async def test_what_turns_out_to_be_too_wide_is_refused_alone(self, ground: Ground) -> None:
        ground.limits = Limits(accounts=3)
        await ground.restart()
        shop = ground.shop("north")
        await shop.stock("A", 9)
        for number in range(4):
            await shop.submit(hold(f"r{number}", "A", 1), f"hold {number}")
        wide, other = await asyncio.gather(
            together(shop, *((f"pay {number}", Confirm(f"r{number}")) for number in range(4))),
            shop.submit(Receive("A", 1), "in"),
            return_exceptions=True,
        )
        assert isinstance(wide, TooManyTogether)
        assert wide.facts["most"] == 3
        assert code(other) == "received"
        assert await shop.balances("A") == Balances(available=6, reserved=4)

    async def test_several_count_in_the_queue_as_many_as_they_are(self, ground: Ground) -> None:
        ground.limits = Limits(queue=8)
        await ground.restart()
        shop, other = ground.shop("north"), ground.shop("south")
        amid = [
            together(shop, *((f"q{number}", Receive("A", 1)) for number in range(5))),
            other.outcome(Receive("A", 1), "another's"),
            shop.outcome(Receive("A", 1), "one more"),
        ]
        became, theirs, late = await asyncio.gather(*amid)
        assert len(became) == 5
        assert isinstance(late, Busy)
        assert code(theirs) == "received"
        assert ground.committer.waiting == 0
