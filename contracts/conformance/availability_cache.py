"""The suite that every adapter of the availability cache inherits.

class TestMine(AvailabilityCacheConformance):
    async def open_cache(self, seconds):
        return MyCache(..., seconds)    # empty, its own

    async def pass_time(self, seconds):
        await asyncio.sleep(seconds)    # unless it has a clock that can be set
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from application.stock.availability import Part
from application.stock.availability_cache import MAX_POSITIONS, AvailabilityCache, Change, Shelf
from domain.kernel.quantity import MAX_BALANCE

SECONDS: Final = 60.0
BRIEF: Final = 0.8
"""Seconds that an entry lasts: longer than any test, and of the caches whose entries are to end."""

NORTH: Final = Shelf(1, "north")
THEN: Final = datetime(2026, 3, 1, 12, 0, 0, 123_457, tzinfo=UTC)


def part(goods: str, node: str = "N1", version: int = 1, available: int = 5, **rest: Any) -> Part:
    said: dict[str, Any] = {"owner": "-", "lot": "-", "channel": "-", "floor": 0, "reserved": 0, **rest}
    return (
        goods,
        node,
        said["owner"],
        said["lot"],
        said["channel"],
        max(0, available - said["floor"]),
        available,
        said["reserved"],
        0,
        0,
        0,
        said["floor"],
        version,
    )


def told(shelf: Shelf, told_part: Part, before: int | None = None) -> Change:
    return Change(shelf, told_part[-1] - 1 if before is None else before, told_part)


class AvailabilityCacheConformance:
    """What it tells was so, is told under the right name, and is forgotten in time."""

    async def open_cache(self, seconds: float) -> AvailabilityCache:
        """An empty one that nobody else uses, whose entries last so long."""
        raise NotImplementedError("the subclass of each adapter says how")

    async def pass_time(self, seconds: float) -> None:
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def cache(self) -> AsyncIterator[AvailabilityCache]:
        opened = await self.open_cache(SECONDS)
        yield opened
        await opened.clear()
        await opened.close()

    @pytest.fixture
    async def brief(self) -> AsyncIterator[AvailabilityCache]:
        opened = await self.open_cache(BRIEF)
        yield opened
        await opened.clear()
        await opened.close()

    async def wait_out(self) -> None:
        """Until what is in the brief one has ended."""
        await self.pass_time(BRIEF * 0.6)
        await self.pass_time(BRIEF * 0.6)

    async def filled(self, cache: AvailabilityCache, *parts: Part, shelf: Shelf = NORTH) -> None:
        """As one who looked, read the ledger, and fills."""
        goods = list(dict.fromkeys(each[0] for each in parts))
        looked = await cache.look(shelf, goods)
        await cache.fill(shelf, looked.at, THEN, {code: [p for p in parts if p[0] == code] for code in goods})

    async def known(self, cache: AvailabilityCache, *goods: str, shelf: Shelf = NORTH) -> dict[str, Sequence[Part]]:
        looked = await cache.look(shelf, goods)
        assert looked.spoilt == 0
        return {code: list(kept.parts) for code, kept in looked.kept.items()}

    # -- what is filled -----------------------------------------------------------------------------------------------

    async def test_what_is_filled_is_told_in_order_and_as_of_its_time(self, cache: AvailabilityCache) -> None:
        parts = [part("A", "N2"), part("A", "N1", lot="L2"), part("A", "N1", lot="L1"), part("B", version=7, floor=9)]
        await self.filled(cache, *parts)
        looked = await cache.look(NORTH, ["B", "A", "C"])
        assert {code: list(kept.parts) for code, kept in looked.kept.items()} == {
            "A": sorted(parts[:3]),
            "B": [parts[3]],
        }
        assert {kept.as_of for kept in looked.kept.values()} == {THEN}
        assert all(0 < kept.left <= SECONDS for kept in looked.kept.values())

    async def test_that_there_is_nothing_of_a_goods_is_kept_too(self, cache: AvailabilityCache) -> None:
        looked = await cache.look(NORTH, ["A"])
        assert not looked.kept
        await cache.fill(NORTH, looked.at, THEN, {"A": []})
        assert await self.known(cache, "A") == {"A": []}
        await cache.learn([told(NORTH, part("A"))])
        assert await self.known(cache, "A") == {"A": [part("A")]}

    async def test_no_tenant_nor_epoch_sees_anothers(self, cache: AvailabilityCache) -> None:
        shelves = [NORTH, Shelf(1, "south"), Shelf(2, "north"), Shelf(11, "north"), Shelf(1, "1:north"), Shelf(1, "*")]
        for number, shelf in enumerate(shelves, 1):
            await self.filled(cache, part("A", available=number), shelf=shelf)
        for number, shelf in enumerate(shelves, 1):
            await cache.learn([told(shelf, part("B", available=number))])
            assert await self.known(cache, "A", "B", shelf=shelf) == {"A": [part("A", available=number)]}

    async def test_names_that_run_into_one_another_stay_apart(self, cache: AvailabilityCache) -> None:
        pairs = [("a", "b:c"), ("a:b", "c"), ("a:1", "b"), ("a", "1:b"), ("é", "x"), ("e\u0301", "x"), ("A", "x")]
        for number, (tenant, goods) in enumerate(pairs, 1):
            await self.filled(cache, part(goods, available=number), shelf=Shelf(1, tenant))
        for number, (tenant, goods) in enumerate(pairs, 1):
            found = await self.known(cache, goods, shelf=Shelf(1, tenant))
            assert found == {goods: [part(goods, available=number)]}

    async def test_everything_an_identity_may_be_comes_back(self, cache: AvailabilityCache) -> None:
        for code in ("中文 茶", "a/b\\c", "{x}", "1", "*?[a]", "'\"", " lead and trail ", "𝄞", "x" * 128):
            here = part(code, code, owner=code, lot=code, channel=code)
            await self.filled(cache, here)
            await cache.learn([told(NORTH, part(code, "N9", owner=code))])
            assert await self.known(cache, code) == {code: sorted([here, part(code, "N9", owner=code)])}

    async def test_the_largest_numbers_come_back(self, cache: AvailabilityCache) -> None:
        most = part("A", version=MAX_BALANCE - 1, available=MAX_BALANCE, reserved=MAX_BALANCE - 1, floor=10**9)
        await self.filled(cache, most)
        assert await self.known(cache, "A") == {"A": [most]}
        more = part("A", version=MAX_BALANCE, available=MAX_BALANCE - 1, reserved=MAX_BALANCE)
        assert await cache.learn([told(NORTH, more)]) == 0
        assert await self.known(cache, "A") == {"A": [more]}

    async def test_many_goods_at_once(self, cache: AvailabilityCache) -> None:
        parts = [part(f"G{n:04}", available=n) for n in range(1_100)]
        await self.filled(cache, *parts)
        assert await cache.learn([told(NORTH, part(f"G{n:04}", version=2)) for n in range(1_100)]) == 0
        assert await self.known(cache, *(p[0] for p in parts)) == {p[0]: [part(p[0], version=2)] for p in parts}

    # -- what is heard ------------------------------------------------------------------------------------------------

    async def test_a_higher_version_replaces_and_a_lower_one_does_not(self, cache: AvailabilityCache) -> None:
        await self.filled(cache, part("A", version=5), part("A", "N2", version=3), part("B"))
        late, now = part("A", version=4, available=1), part("A", version=6, available=2)
        again = part("A", version=6, available=99)
        assert await cache.learn([told(NORTH, late), told(NORTH, now), told(NORTH, again)]) == 0
        known = await self.known(cache, "A", "B")
        assert known == {"A": [now, part("A", "N2", version=3)], "B": [part("B")]}

    async def test_what_is_heard_of_does_not_make_an_entry_younger(self, brief: AvailabilityCache) -> None:
        await self.filled(brief, part("A"))
        before = (await brief.look(NORTH, ["A"])).kept["A"]
        await self.pass_time(BRIEF / 8)
        await brief.learn([told(NORTH, part("A", version=2))])
        after = (await brief.look(NORTH, ["A"])).kept["A"]
        assert list(after.parts) == [part("A", version=2)]
        assert after.as_of == before.as_of
        assert after.left < before.left
        await self.wait_out()
        assert await self.known(brief, "A") == {}

    async def test_what_was_heard_of_alone_is_not_told(self, cache: AvailabilityCache) -> None:
        """It may be one position of many."""
        await cache.learn([told(NORTH, part("A"))])
        assert await self.known(cache, "A") == {}

    async def test_a_version_missed_is_counted_and_the_newest_is_taken(self, cache: AvailabilityCache) -> None:
        await self.filled(cache, part("A", version=2), part("B", version=2))
        assert await cache.learn([told(NORTH, part("A", version=5), 4), told(NORTH, part("B", version=5), 2)]) == 1
        assert (await self.known(cache, "A"))["A"] == [part("A", version=5)]

    # -- fills and events that cross ----------------------------------------------------------------------------------

    @pytest.mark.parametrize("kept", [False, True])
    async def test_a_slow_fill_replaces_no_newer_version(self, cache: AvailabilityCache, kept: bool) -> None:
        if kept:
            await self.filled(cache, part("A", version=4))
        looked = await cache.look(NORTH, ["A"])
        new, born = part("A", version=6, available=1), part("A", "N2")
        await cache.learn([told(NORTH, new), told(NORTH, born)])  # while the ledger is read
        await cache.fill(NORTH, looked.at, THEN, {"A": [part("A", version=5), part("A", "N0", version=3)]})
        assert await self.known(cache, "A") == {"A": [part("A", "N0", version=3), new, born]}

    async def test_a_fill_read_earlier_replaces_none_read_later(self, cache: AvailabilityCache) -> None:
        early = await cache.look(NORTH, ["A"])
        await self.pass_time(0.01)
        await self.filled(cache, part("A", version=5))
        await cache.fill(NORTH, early.at, THEN - timedelta(hours=1), {"A": [part("A", version=4)]})
        looked = await cache.look(NORTH, ["A"])
        assert list(looked.kept["A"].parts) == [part("A", version=5)]
        assert looked.kept["A"].as_of == THEN

    async def test_a_fill_counts_from_the_look_before_it(self, brief: AvailabilityCache) -> None:
        looked = await brief.look(NORTH, ["A"])
        await self.pass_time(BRIEF / 2)
        await brief.fill(NORTH, looked.at, THEN, {"A": [part("A")]})
        assert (await brief.look(NORTH, ["A"])).kept["A"].left <= BRIEF / 2
        await self.wait_out()
        await brief.fill(NORTH, looked.at, THEN, {"A": [part("A")]})
        assert await self.known(brief, "A") == {}, "it took longer than an entry lasts"

    async def test_what_another_ledger_left_behind_gives_way_in_time(self, brief: AvailabilityCache) -> None:
        """Versions that this ledger has not come to cannot be its own, once they are old."""
        await self.filled(brief, part("A", version=900, available=900), part("A", "N7", version=5))
        await self.wait_out()
        await self.filled(brief, part("A", version=2))
        assert await self.known(brief, "A") == {"A": [part("A", version=2)]}

    async def test_versions_only_rise_whatever_crosses(self, cache: AvailabilityCache) -> None:
        """Eight that fill and hear of one position at once, each what the ledger holds at that moment."""
        ledger, seen = [1], [0]

        async def work(number: int) -> None:
            for turn in range(12):
                looked = await cache.look(NORTH, ["A"])
                if "A" in looked.kept:
                    seen.append(looked.kept["A"].parts[0][-1])
                read = ledger[0]
                await asyncio.sleep(0.001 * ((number * 7 + turn) % 5))
                if number % 2:
                    await cache.fill(NORTH, looked.at, THEN, {"A": [part("A", version=read)]})
                else:
                    ledger[0] += 1
                    await cache.learn([told(NORTH, part("A", version=ledger[0]))])

        await asyncio.gather(*(work(number) for number in range(8)))
        await self.filled(cache, part("A", version=ledger[0]))
        assert (await self.known(cache, "A"))["A"] == [part("A", version=ledger[0])]
        assert len(seen) > 10

    # -- bounds -------------------------------------------------------------------------------------------------------

    async def test_a_goods_of_too_many_positions_is_not_kept(self, cache: AvailabilityCache) -> None:
        await self.filled(cache, *(part("A", f"N{n}") for n in range(MAX_POSITIONS)))
        assert len((await self.known(cache, "A"))["A"]) == MAX_POSITIONS
        await cache.learn([told(NORTH, part("A", "one more"))])
        assert await self.known(cache, "A") == {}

    async def test_it_is_forgotten_at_once_where_that_is_asked_for(self, cache: AvailabilityCache) -> None:
        await self.filled(cache, part("A"), part("B"))
        await self.filled(cache, part("A"), shelf=Shelf(2, "south"))
        assert await cache.clear() == 3
        assert await self.known(cache, "A", "B") == {}
        assert await self.known(cache, "A", shelf=Shelf(2, "south")) == {}
        assert await cache.clear() == 0
