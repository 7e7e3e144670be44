"""The suite that every ledger adapter inherits.

    class TestMine(LedgerConformance):
        async def open_ledger(self, folder, kinds, reach=pass_by):
            return MyInstallation(...)

Every story is told by two tenants at once that use the same ids, and after every story all laws are checked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from application.kernel.call import Call
from application.kernel.group_commit import Limits
from application.kernel.ports import (
    FAILPOINTS,
    Changes,
    CommitUnknown,
    Contention,
    Reach,
    StoreError,
    StoreUnavailable,
    pass_by,
)
from application.kernel.unanswered import Unanswered
from contracts.conformance.commands import (
    Confirm,
    Damage,
    Deallocate,
    Done,
    Exchange,
    Expire,
    Explode,
    Extend,
    Receive,
    RefuseAfterPosting,
    Release,
    Reserve,
    SetFloor,
    Ship,
    hold,
    position,
    wish,
)
from contracts.conformance.faults import no_fault
from contracts.conformance.ground import Ground, Installation, Shop, code, ground_on
from contracts.conformance.together import TogetherConformance
from domain.kernel.account import AccountKind
from domain.kernel.movement import Balances
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Pick
from domain.stock.position import kinds as stock_kinds

LOOKALIKES: Final = ("sku", "SKU", "sku ", " sku", "é", "e\u0301", "ﬁ", "fi", "sku/1", "sku\\/1", "sku\\", "%", "_")
"""Ids that some databases hold to be equal, and that are different here."""


class LedgerConformance(TogetherConformance):
    """A ledger keeps its laws, whoever asks what, in which order, and whatever fails."""

    kinds: Mapping[str, AccountKind] = stock_kinds()

    async def open_ledger(self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by) -> Installation:
        """An empty ledger in a folder of its own; `reach` is called at every failpoint."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def ground(self, tmp_path: Path) -> AsyncIterator[Ground]:
        async with ground_on(await self.open_ledger(tmp_path, self.kinds)) as ground:
            yield ground

    # -- never a unit twice -------------------------------------------------------------------------------------------

    async def test_thirty_seven_units_serve_exactly_thirty_seven_of_two_hundred_buyers(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 37)
            outcomes = await shop.at_once((f"r{i}", hold(f"r{i}")) for i in range(200))
            assert Counter(map(code, outcomes)) == {"held": 37, "stock.insufficient": 163}
            assert await shop.balances("A") == Balances(reserved=37)

        await ground.both(story)

    async def test_two_lines_on_the_same_goods_are_counted_together(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            both = Reserve("r1", (wish("A", 3, line="1"), wish("A", 3, line="2")))
            assert code(await shop.outcome(both, "r1")) == "stock.insufficient"
            await shop.submit(Receive("A", 1), "one more")
            assert (await shop.submit(both, "r1")).units == 6
            assert await shop.balances("A") == Balances(reserved=6)

        await ground.both(story)

    async def test_a_reserve_holds_every_line_or_none(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.stock("B", 1)
            refused = await shop.outcome(Reserve("r1", (wish("A", 2, line="a"), wish("B", 2, line="b"))), "r1")
            assert isinstance(refused, Refusal)
            assert refused.facts["short"] == [
                {"line": "b", "wanted": 2, "grantable": 1, "account": position("B").named()}
            ]
            assert await shop.balances("A") == Balances(available=5)
            assert "r1" not in (await shop.snapshot()).reservations

        await ground.both(story)

    async def test_a_partial_reserve_holds_what_there_is_but_not_nothing(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.stock("A", 2, "N2")
            lines = (wish("A", 9, "N1", "N2", line="a"), wish("B", 1, line="b"))
            assert (await shop.submit(Reserve("r1", lines, partial=True), "r1")).units == 7
            assert code(await shop.outcome(Reserve("r2", lines, partial=True), "r2")) == "stock.insufficient"
            kept = await shop.reservation("r1")
            assert [(line.id, line.asked, line.granted) for line in kept.lines] == [("a", 9, 7), ("b", 1, 0)]

        await ground.both(story)

    async def test_a_floor_is_left_untouched_by_reserves(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 10)
            await shop.submit(SetFloor("A", 8), "floor")
            outcomes = await shop.at_once((f"r{i}", hold(f"r{i}")) for i in range(5))
            assert Counter(map(code, outcomes)) == {"held": 2, "stock.insufficient": 3}
            assert (await shop.snapshot()).accounts[position("A")].floor == 8

        await ground.both(story)

    # -- the same request, the same answer ----------------------------------------------------------------------------

    async def test_a_repeat_gets_the_same_answer_and_moves_nothing(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            first = await shop.submit(hold("r1", quantity=3), "r1")
            await shop.submit(hold("r2", quantity=2), "r2")
            assert await shop.submit(hold("r1", quantity=3), "r1") == first
            assert await shop.balances("A") == Balances(reserved=5)

        await ground.both(story)
        await ground.restart()

        async def later(shop: Shop) -> None:
            again = await shop.submit(hold("r1", quantity=3), "r1")
            kept = await shop.reservation("r1")
            assert again == Done("r1", "held", 3, (2,), kept.due)

        await ground.both(later)

    async def test_the_same_id_with_another_content_or_command_is_refused(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.submit(hold("r1"), "r1")
            assert code(await shop.outcome(hold("r1", quantity=2), "r1")) == "request.mismatch"
            assert code(await shop.outcome(Confirm("r1"), "r1")) == "request.mismatch"
            twins = await shop.at_once([("t", hold("t1")), ("t", hold("t2"))])
            assert list(map(code, twins)) == ["held", "request.mismatch"]
            assert await shop.balances("A") == Balances(available=3, reserved=2)

        await ground.both(story)

    async def test_commands_of_equal_content_and_another_name_are_not_the_same(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.submit(hold("r1"), "r1")
            await shop.submit(Confirm("r1"), "x")
            assert code(await shop.outcome(Ship("r1"), "x")) == "request.mismatch"

        await ground.both(story)

    async def test_a_refusal_is_not_kept(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            assert code(await shop.outcome(hold("r1"), "r1")) == "stock.insufficient"
            await shop.stock("A", 1)
            assert code(await shop.outcome(hold("r1"), "r1")) == "held"

        await ground.both(story)

    async def test_a_reservation_id_is_taken_once(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            outcomes = await shop.at_once([("x", hold("r1")), ("y", hold("r1"))])
            assert list(map(code, outcomes)) == ["held", "reservation.exists"]
            assert code(await shop.outcome(hold("r1"), "z")) == "reservation.exists"

        await ground.both(story)

    async def test_a_cancel_that_overtakes_its_reserve_blocks_it(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            assert code(await shop.outcome(Release("r1"), "cancel")) == "cancelled"
            assert code(await shop.outcome(hold("r1"), "r1")) == "reservation.cancelled"
            assert code(await shop.outcome(Confirm("r1"), "c")) == "reservation.cancelled"
            both = await shop.at_once([("cancel 2", Release("r2")), ("r2", hold("r2"))])
            assert list(map(code, both)) == ["cancelled", "reservation.cancelled"]
            assert code(await shop.outcome(Release("r1"), "cancel again")) == "cancelled"
            assert await shop.balances("A") == Balances(available=5)

        await ground.both(story)

    async def test_what_is_unknown_is_refused_and_leaves_nothing(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 1)
            early: list[tuple[str, Any]] = [
                ("c", Confirm("r1")),
                ("s", Ship("r1")),
                ("p", Release("r1", (Pick("1", 1),))),
                ("e", Extend("r1")),
                ("d", Deallocate("r1")),
            ]
            assert {code(outcome) for outcome in await shop.at_once(early)} == {"reservation.unknown"}
            assert code(await shop.outcome(hold("r1"), "r1")) == "held"

        await ground.both(story)

    async def test_reserve_confirm_ship_and_a_repeat_of_each_in_one_batch(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            steps: list[tuple[str, Any]] = [
                ("in", Receive("A", 5)),
                ("r1", hold("r1", quantity=2)),
                ("c1", Confirm("r1")),
                ("s1", Ship("r1")),
            ]
            outcomes = await shop.at_once([*steps, *steps])
            assert [code(o) for o in outcomes[:4]] == ["received", "held", "confirmed", "shipped"]
            assert outcomes[4:] == outcomes[:4]
            assert await shop.balances("A") == Balances(available=3)
            assert (await shop.reservation("r1")).status == "shipped"

        await ground.both(story)
        assert ground.committer.counts.batches == 1

    # -- one's fault is not another's ---------------------------------------------------------------------------------

    async def test_a_bug_in_command_37_of_64_fails_that_command_alone(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            outcomes = await shop.at_once((f"r{i}", Explode("A") if i == 37 else Receive("A", 1)) for i in range(1, 65))
            assert Counter(map(code, outcomes)) == {"received": 63, "internal.fault": 1}
            assert code(outcomes[36]) == "internal.fault"
            assert await shop.balances("A") == Balances(available=63)
            assert code(await shop.outcome(Receive("A", 1), "r37")) == "received"

        await ground.both(story)

    async def test_a_fault_of_the_store_in_command_37_of_64_fails_that_command_alone(self, ground: Ground) -> None:
        def poisoned(changes: Sequence[Changes]) -> Exception | None:
            requests = [reply.request for each in changes for reply in each.replies]
            return StoreError("this row cannot be written") if "r37" in requests else None

        async def story(shop: Shop) -> None:
            ground.faults.before_save = poisoned
            outcomes = await shop.at_once((f"r{i}", Receive("A", 1)) for i in range(1, 65))
            assert Counter(map(code, outcomes)) == {"received": 63, "internal.fault": 1}
            assert code(outcomes[36]) == "internal.fault"
            assert await shop.balances("A") == Balances(available=63)

        await ground.both(story)

    async def test_a_refusal_after_posting_in_command_37_of_64_refuses_that_command_alone(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            outcomes = await shop.at_once(
                (f"r{i}", RefuseAfterPosting("A") if i == 37 else Receive("A", 1)) for i in range(1, 65)
            )
            assert Counter(map(code, outcomes)) == {"received": 63, "reservation.state": 1}
            assert await shop.balances("A") == Balances(available=63)

        await ground.both(story)

    # -- contention, lost answers, no database ------------------------------------------------------------------------

    async def test_contention_reruns_the_batch(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            ground.faults.opening[:] = [Contention("deadlock")] * 5
            assert code(await shop.outcome(Receive("A", 1), "in")) == "received"

        await ground.both(story)
        assert ground.committer.counts.reruns == 5

    async def test_contention_reruns_at_most_five_times(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            ground.faults.opening[:] = [Contention("deadlock")] * 6
            assert code(await shop.outcome(Receive("A", 1), "in")) == "service.unavailable"

        await ground.both(story)
        assert ground.faults.opening == []

    async def test_a_lost_answer_to_commit_is_found_again_under_the_same_id(self, ground: Ground) -> None:
        lost = [CommitUnknown("the line went dead")]

        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            ground.faults.after_save = lambda _: lost.pop() if lost else None
            assert code(await shop.outcome(hold("r1", quantity=5), "r1")) == "held"
            assert await shop.balances("A") == Balances(reserved=5)

        await ground.both(story)
        assert lost == []

    async def test_a_commit_that_never_happened_is_run_again(self, ground: Ground) -> None:
        lost = [CommitUnknown("the line went dead")]

        async def story(shop: Shop) -> None:
            ground.faults.before_save = lambda _: lost.pop() if lost else None
            assert code(await shop.outcome(Receive("A", 2), "in")) == "received"
            assert await shop.balances("A") == Balances(available=2)

        await ground.both(story)

    async def test_an_answer_that_stays_lost_is_unknown_and_never_failed(self, ground: Ground) -> None:
        first: list[Exception] = []

        def lost(_changes: Sequence[Changes]) -> Exception | None:
            ground.faults.opening[:] = [Contention("still locked")] * 5
            first.append(CommitUnknown("the line went dead"))
            return first[0] if len(first) == 1 else None

        async def story(shop: Shop) -> None:
            ground.faults.after_save = lost
            soon = asyncio.get_running_loop().time() + 0.2
            assert code(await shop.outcome(Receive("A", 2), "in", deadline=soon)) == "outcome.unknown"
            ground.faults.opening.clear()
            ground.faults.after_save = no_fault
            assert code(await shop.outcome(Receive("A", 2), "in")) == "received"
            assert await shop.balances("A") == Balances(available=2)

        await story(ground.shop("north"))

    async def test_a_lost_answer_is_asked_after_until_the_database_is_there_again(self, tmp_path: Path) -> None:
        """However often that takes; whoever waits behind it is told at once that nothing was tried."""
        async with ground_on(await self.open_ledger(tmp_path, self.kinds), Limits(reruns=1)) as ground:
            shop = ground.shop("north")
            await shop.stock("A", 5)
            behind: list[asyncio.Task[Any]] = []

            def lost(_changes: Sequence[Changes]) -> Exception:
                ground.faults.after_save = no_fault
                ground.faults.opening[:] = [StoreUnavailable("no route")] * 4
                behind.append(asyncio.create_task(shop.outcome(Receive("B", 1), "behind")))
                return CommitUnknown("the line went dead")

            ground.faults.after_save = lost
            later = asyncio.get_running_loop().time() + 30
            assert code(await shop.outcome(hold("r1", quantity=5), "r1", deadline=later)) == "held"
            assert ground.faults.opening == []
            assert code(await behind[0]) == "service.unavailable"
            assert await shop.balances("A") == Balances(reserved=5)
            assert ground.committer.counts.repeated == 1

    @pytest.mark.parametrize("deadline", [0.15, None], ids=["by the deadline", "within the bound"])
    async def test_a_lost_answer_is_asked_after_no_longer_than_somebody_waits(
        self, tmp_path: Path, deadline: float | None
    ) -> None:
        limits = Limits(reruns=1, asking_after=30.0 if deadline else 0.15)
        async with ground_on(await self.open_ledger(tmp_path, self.kinds), limits) as ground:
            shop = ground.shop("north")

            def lost(_changes: Sequence[Changes]) -> Exception:
                ground.faults.after_save = no_fault
                ground.faults.opening[:] = [StoreUnavailable("no route")] * 1_000
                return CommitUnknown("the line went dead")

            ground.faults.after_save = lost
            until = asyncio.get_running_loop().time() + deadline if deadline else None
            assert code(await shop.outcome(Receive("A", 2), "in", deadline=until)) == "outcome.unknown"
            async with asyncio.timeout(20):
                while not ground.committer.counts.unknown:  # noqa: ASYNC110 - it gives up when nobody waits any more
                    await asyncio.sleep(0.01)
            ground.faults.opening.clear()
            assert code(await shop.outcome(Receive("A", 2), "in")) == "received"
            assert await shop.balances("A") == Balances(available=2)

    async def test_a_fault_after_a_lost_commit_is_unknown_and_never_failed(self, ground: Ground) -> None:
        def lost(_changes: Sequence[Changes]) -> Exception:
            ground.faults.opening[:] = [StoreError("and then the disk")] * 3
            return CommitUnknown("the line went dead")

        shop = ground.shop("north")
        ground.faults.after_save = lost
        outcomes = await shop.at_once((f"in{i}", Receive("A", 2)) for i in range(2))
        assert list(map(code, outcomes)) == ["outcome.unknown", "outcome.unknown"]
        assert ground.faults.opening == []
        ground.faults.after_save = no_fault
        outcomes = await shop.at_once((f"in{i}", Receive("A", 2)) for i in range(2))
        assert list(map(code, outcomes)) == ["received", "received"]
        assert await shop.balances("A") == Balances(available=4)

    async def test_without_a_database_nothing_is_tried_and_that_is_said(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            ground.faults.opening[:] = [StoreUnavailable("no route")]
            assert code(await shop.outcome(Receive("A", 1), "in")) == "service.unavailable"
            assert code(await shop.outcome(Receive("A", 1), "in")) == "received"

        await story(ground.shop("north"))

    @pytest.mark.parametrize("failpoint", FAILPOINTS)
    async def test_a_fault_at_any_failpoint_loses_nothing_and_doubles_nothing(
        self, tmp_path: Path, failpoint: str
    ) -> None:
        armed: list[str] = []

        def reach(name: str) -> None:
            if name in armed:
                armed.clear()
                raise CommitUnknown(f"lost at {name}") if name == "committed" else StoreError(f"failed at {name}")

        async def opening(shop: Shop) -> None:
            await shop.stock("A", 5)

        async def story(shop: Shop) -> None:
            outcomes = await shop.at_once((f"r{i}", hold(f"r{i}")) for i in range(7))
            assert Counter(map(code, outcomes)) == {"held": 5, "stock.insufficient": 2}

        async with ground_on(await self.open_ledger(tmp_path, self.kinds, reach)) as ground:
            await ground.both(opening)
            armed.append(failpoint)
            await ground.both(story)
            assert armed == [], f"{failpoint} was never reached"

    # -- release, expiry, extension -----------------------------------------------------------------------------------

    @pytest.mark.parametrize("first", [0, 1], ids=["release first", "expiry first"])
    async def test_of_a_release_and_an_expiry_at_once_exactly_one_moves_units(self, ground: Ground, first: int) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            # Due at once: the shortest a kernel command may ask for is no time at all.
            await shop.submit(hold("r1", quantity=5, hold_for=timedelta()), "r1")
            pair = [shop.outcome(Release("r1"), "x"), shop.outcome(Expire("r1"), "expire:r1:1", system=True)]
            outcomes = await asyncio.gather(*(pair if first == 0 else reversed(pair)))
            assert sorted(outcome.units for outcome in outcomes) == [0, 5]
            assert await shop.balances("A") == Balances(available=5)

        await ground.both(story)

    async def test_a_confirm_that_commits_first_beats_the_expiry(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.submit(hold("r1", quantity=5, hold_for=timedelta()), "r1")
            await shop.submit(Confirm("r1"), "c1")
            assert code(await shop.outcome(Expire("r1"), "expire:r1:1", system=True)) == "nothing"
            assert "expire:r1:1" not in (await shop.snapshot()).requests
            assert await shop.balances("A") == Balances(allocated=5)

        await ground.both(story)

    async def test_nothing_expires_early_nor_under_an_old_deadline(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.submit(hold("r1"), "r1")
            assert code(await shop.outcome(Expire("r1"), "expire:r1:1", system=True)) == "nothing"
            await shop.submit(Extend("r1", seconds=0), "x1")
            assert code(await shop.outcome(Expire("r1"), "expire:r1:1", system=True)) == "nothing"
            assert code(await shop.outcome(Expire("r1", (), 2, 1), "expire:r1:2", system=True)) == "nothing"
            assert code(await shop.outcome(Expire("r1", (), 2), "expire:r1:2", system=True)) == "expired"
            assert (await shop.snapshot()).deadlines == {}

        await ground.both(story)

    async def test_ids_of_the_platform_are_refused_to_callers(self, ground: Ground) -> None:
        with pytest.raises(Refusal, match="platform"):
            await ground.shop("north").submit(Receive("A", 1), "expire:r1:1")

    # -- identity is bytes --------------------------------------------------------------------------------------------

    async def test_ids_that_only_look_alike_are_different(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            for number, id in enumerate(LOOKALIKES, 1):
                await shop.submit(Receive(id, number, id), f"in {id}")
                await shop.submit(Reserve(id, ((id, number, (((id, id),),)),), order=id), id)
            await shop.ground.committer.submit(Call(shop.tenant, "clerk", "z" * 128), Receive("z" * 128, 1))

        await ground.both(story)
        await ground.restart()

        async def later(shop: Shop) -> None:
            seen = await shop.snapshot()
            for number, id in enumerate(LOOKALIKES, 1):
                assert seen.accounts[position(id, id)].balances == Balances(reserved=number)
                assert (seen.reservations[id].order, seen.reservations[id].lines[0].id) == (id, id)
                assert (await shop.submit(Confirm(id), f"confirm {id}")).units == number
            assert len(seen.accounts) == len(LOOKALIKES) + 1

        await ground.both(later)

    async def test_tenants_that_look_alike_share_nothing(self, ground: Ground) -> None:
        for number, tenant in enumerate(("T", "t", "t ", "é", "e\u0301", "t/1", "t%"), 1):
            shop = ground.shop(tenant)
            await shop.submit(Receive("A", number), "in")
            assert await shop.balances("A") == Balances(available=number)

    @pytest.mark.parametrize(
        "bad",
        ["", "\0", "a\0b", "\ud800", "x\udfff", "a\nb", "\x7f", "x" * 129, "x" * 10_000_000],
        ids=["empty", "NUL", "inner NUL", "surrogate", "late surrogate", "newline", "delete", "129", "10 MB"],
    )
    async def test_bad_texts_are_refused_before_the_queue(self, ground: Ground, bad: str) -> None:
        shop = ground.shop("north")
        assert code(await shop.outcome(Receive("A", 1), bad)) == "input.invalid"
        assert code(await shop.outcome(Receive(bad, 1), "x")) == "input.invalid"
        assert code(await shop.outcome(Receive("A", 1, bad), "x")) == "input.invalid"
        assert code(await shop.outcome(Reserve("r", (wish("A", line=bad),)), "x")) == "input.invalid"
        assert code(await ground.shop(bad).outcome(Receive("A", 1), "x")) == "input.invalid"
        assert ground.faults.begun == 0

    @pytest.mark.parametrize("bad", [0, -1, 10**9 + 1, 2**63, 2**64, True, 1.0, "1", None])
    async def test_bad_quantities_are_refused_before_the_queue(self, ground: Ground, bad: Any) -> None:
        assert code(await ground.shop("north").outcome(hold("r", quantity=bad), "x")) == "input.invalid"
        assert ground.faults.begun == 0

    @pytest.mark.parametrize("bad", [0, -1, -(2**63), 2**63])
    async def test_bad_quantities_of_a_part_move_nothing(self, ground: Ground, bad: int) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 5)
            await shop.submit(hold("r1", quantity=3), "r1")
            part = (Pick("1", bad),)
            refused = await shop.at_once([("c", Confirm("r1", part)), ("r", Release("r1", part))])
            assert list(map(code, refused)) == ["input.invalid", "input.invalid"]
            assert await shop.balances("A") == Balances(available=2, reserved=3)

        await ground.both(story)

    async def test_the_largest_balance_is_kept_exactly_and_no_larger_one(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(Receive("A", 2**53), "in")
            assert code(await shop.outcome(Receive("A", 1), "x")) == "ledger.balance_too_large"
            await shop.submit(hold("r1", quantity=10**9), "r1")
            assert await shop.balances("A") == Balances(2**53 - 10**9, 10**9)

        await ground.both(story)

    # -- nothing is forgotten -----------------------------------------------------------------------------------------

    async def test_a_reservation_with_every_field_set_comes_back_whole(self, ground: Ground) -> None:
        whole: dict[str, object] = {}

        async def story(shop: Shop) -> None:
            for goods, node in (("A", "N1"), ("A", "N2"), ("B", "N1"), ("slot", "N1"), ("A", "N3")):
                await shop.stock(goods, 10, node)
            await shop.submit(
                Reserve(
                    "r1",
                    (
                        ("a", 16, ((("A", "N1"), ("B", "N1")), (("A", "N2"),))),
                        wish("A", 3, "N3", line="b"),
                        wish("none", 3, line="c"),
                    ),
                    partial=True,
                    hold_for=timedelta(hours=1),
                    order="order 7",
                    scene="wholesale",
                    groups=(("g", ("slot", "N1"), 2, ("a", "b")), ("h", ("slot", "N1"), 1, ("c",))),
                ),
                "first",
            )
            await shop.submit(Extend("r1"), "x")
            await shop.submit(Confirm("r1", (Pick("a", 8), Pick("b", 2))), "c")
            await shop.submit(Ship("r1", (Pick("a", 3),)), "s")
            await shop.submit(Release("r1", (Pick("a", 1, 1),)), "r")
            await shop.submit(Damage("r1", (Pick("b", 1),)), "d")
            await shop.submit(Deallocate("r1", (Pick("a", 1),)), "u")
            await shop.submit(Exchange("r1", (Pick("a", 2, 1),), (("A", "N3"),)), "e")
            kept = await shop.reservation("r1")
            whole[shop.tenant] = kept
            assert (kept.request, kept.order, kept.scene, kept.deadline) == ("first", "order 7", "wholesale", 2)
            assert (len(kept.commands), kept.events, len(kept.lines[0].legs)) == (8, 8, 3)
            assert kept.due is not None
            assert kept.due - kept.created_at >= timedelta(hours=1)
            assert kept.created_at <= kept.changed_at
            assert [group.stage and group.stage.name for group in kept.groups] == ["SHIPPED", None]
            assert [leg.counts for leg in kept.lines[0].legs] == [
                (2, 4, 3, 1, 0, 0),
                (3, 0, 0, 1, 0, 0),
                (2, 0, 0, 0, 0, 0),
            ]

        await ground.both(story)
        await ground.restart()

        async def later(shop: Shop) -> None:
            assert await shop.reservation("r1") == whole[shop.tenant]
            # And what the store hands to a batch is that reservation too, not only what lies in its tables.
            async with ground.installation.store.batch() as batch:
                loaded = await batch.records({shop.tenant: ["r1", "r2"]}, {})
            assert loaded[shop.tenant].reservations == {"r1": whole[shop.tenant], "r2": None}

        await later(ground.shop("north"))
        await later(ground.shop("south"))

    async def test_accounts_come_back_as_they_were_written(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.stock("A", 9)
            await shop.submit(SetFloor("A", 2), "f")
            await shop.submit(hold("r1", quantity=3), "r1")

        await ground.both(story)
        await ground.restart()
        for tenant in ("north", "south"):
            async with ground.installation.store.batch() as batch:
                loaded = await batch.load({tenant: [position("A"), position("B")]}, {tenant: ["r1", "r2"]})
            account, empty = loaded.accounts[tenant][position("A")], loaded.accounts[tenant][position("B")]
            assert (account.balances, account.floor, account.version) == (Balances(6, 3), 2, 3)
            assert (empty.version, empty.balances) == (0, Balances())
            assert loaded.now >= account.changed_at
            kept = loaded.replies[tenant]["r1"]
            assert (kept.command, kept.read(Done).units) == ("Reserve", 3)
            assert "r2" not in loaded.replies[tenant]

    async def test_a_batch_that_is_left_leaves_nothing(self, ground: Ground) -> None:
        shop = ground.shop("north")
        await shop.stock("A", 5)
        before = await shop.snapshot()
        assert code(await shop.outcome(hold("r1", quantity=6), "r1")) == "stock.insufficient"
        assert code(await shop.outcome(RefuseAfterPosting("A"), "x")) == "reservation.state"
        assert await shop.snapshot() == before

    # -- overload, deadlines, the end ---------------------------------------------------------------------------------

    async def test_a_full_queue_is_refused_with_a_time_to_come_back(self, tmp_path: Path) -> None:
        installation = await self.open_ledger(tmp_path, self.kinds)
        async with ground_on(installation, Limits(batch=4, queue=8)) as ground:
            shop = ground.shop("north")
            ground.faults.gate.clear()
            under_way = asyncio.create_task(shop.outcome(Receive("A", 1), "first"))
            await ground.faults.knocked.wait()
            waiting = [asyncio.create_task(shop.outcome(Receive("A", 1), f"w{i}")) for i in range(8)]
            await asyncio.sleep(0)
            busy = await shop.outcome(Receive("A", 1), "one too many")
            assert code(busy) == "service.busy"
            assert isinstance(busy, Unanswered)
            assert busy.retry_after >= 1
            ground.faults.gate.set()
            assert [code(each) for each in await asyncio.gather(under_way, *waiting)] == ["received"] * 9
            assert code(await shop.outcome(Receive("A", 1), "one too many")) == "received"

    async def test_a_tenant_takes_at_most_half_the_queue_while_another_waits(self, tmp_path: Path) -> None:
        installation = await self.open_ledger(tmp_path, self.kinds)
        async with ground_on(installation, Limits(batch=4, queue=8)) as ground:
            north, south = ground.shop("north"), ground.shop("south")
            ground.faults.gate.clear()
            under_way = asyncio.create_task(north.outcome(Receive("A", 1), "first"))
            await ground.faults.knocked.wait()
            other = asyncio.create_task(south.outcome(Receive("A", 1), "s"))
            await asyncio.sleep(0)
            many = [asyncio.create_task(north.outcome(Receive("A", 1), f"n{i}")) for i in range(7)]
            await asyncio.sleep(0)
            more = [asyncio.create_task(south.outcome(Receive("A", 1), f"s{i}")) for i in range(3)]
            await asyncio.sleep(0)
            ground.faults.gate.set()
            outcomes = [code(each) for each in await asyncio.gather(*many)]
            assert outcomes == ["received"] * 4 + ["service.busy"] * 3
            assert [code(each) for each in await asyncio.gather(under_way, other, *more)] == ["received"] * 5

    async def test_draining_answers_what_waits_and_takes_no_more(self, ground: Ground) -> None:
        shop = ground.shop("north")
        ground.faults.gate.clear()
        waiting = [asyncio.create_task(shop.outcome(Receive("A", 1), f"w{i}")) for i in range(600)]
        await ground.faults.knocked.wait()
        draining = asyncio.create_task(ground.committer.drain())
        await asyncio.sleep(0)
        assert code(await shop.outcome(Receive("A", 1), "late")) == "service.stopping"
        ground.faults.gate.set()
        assert {code(each) for each in await asyncio.gather(*waiting)} == {"received"}
        await draining
        assert await shop.balances("A") == Balances(available=600)

    async def test_a_deadline_that_passes_before_the_turn_means_not_tried(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            now = asyncio.get_running_loop().time()
            assert code(await shop.outcome(Receive("A", 1), "in", deadline=now - 1)) == "service.too_late"
            assert "in" not in (await shop.snapshot()).requests

        await ground.both(story)

    async def test_a_deadline_that_passes_in_mid_batch_means_unknown(self, ground: Ground) -> None:
        shop = ground.shop("north")
        ground.faults.gate.clear()
        soon = asyncio.get_running_loop().time() + 0.05
        assert code(await shop.outcome(Receive("A", 3), "in", deadline=soon)) == "outcome.unknown"
        ground.faults.gate.set()
        assert code(await shop.outcome(Receive("A", 3), "in")) == "received"
        assert await shop.balances("A") == Balances(available=3)

    async def test_a_caller_who_goes_away_costs_its_neighbours_nothing(self, ground: Ground) -> None:
        shop = ground.shop("north")
        leaving = asyncio.create_task(shop.outcome(Receive("A", 1), "gone"))
        staying = asyncio.create_task(shop.outcome(Receive("A", 1), "here"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert code(await staying) == "received"
        assert await shop.balances("A") in (Balances(available=1), Balances(available=2))
