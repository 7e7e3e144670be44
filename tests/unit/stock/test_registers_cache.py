"""The cache in front of the registers: at most a second old, and cheap while it is fresh."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.registers import MemoryRegisterFeed
from application.kernel.ports import StoreError
from application.stock.ports import ChangedEntries, Standing
from application.stock.registers import RegisterCache
from domain.kernel.books import Entry, EntryKey
from domain.stock.goods import InactiveGoods, UnknownGoods
from domain.stock.node import InactiveNode, UnknownNode


class Registry:
    """A memory database as another process would write it, its feed with every question noted, and a clock."""

    def __init__(self, **options: Any) -> None:
        self.database = MemoryDatabase()
        self.feed = MemoryRegisterFeed(self.database)
        self.seconds = 100.0
        self.asked: list[str] = []
        self.fails = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = RegisterCache(self, lambda: self.seconds, **options)

    def write(self, code: str, *, active: bool = True, register: str = "goods", tenant: str = "t") -> Standing:
        entries = self.database.entries.setdefault(tenant, {})
        key = EntryKey(register, code)
        entry = Entry(key, {"active": active}, entries[key].version + 1 if key in entries else 1)
        entries[key] = entry
        self.database.entry_changes.pop((tenant, key), None)
        self.database.entry_changes[tenant, key] = self.database.next_change
        self.database.next_change += 1
        return Standing(entry.version, active)

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        self.asked.append(",".join(sorted(f"{t}/{key.code}" for t, keys in asked.items() for key in keys)))
        answer = await self.feed.standing(asked)
        await self._pass()
        return answer

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        self.asked.append(f"after {after}")
        answer = await self.feed.changed(registers, after, most)
        await self._pass()
        return answer

    async def _pass(self) -> None:
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise StoreError("no answer")

    async def require(self, *goods: str, nodes: tuple[str, ...] = (), tenant: str = "t") -> None:
        await self.cache.require(tenant, goods, nodes)


async def test_what_is_registered_and_active_may_be_named() -> None:
    registry = Registry()
    registry.write("A")
    registry.write("N", register="node")
    await registry.require("A", nodes=("N",))


async def test_what_is_not_is_refused_naming_all_at_fault() -> None:
    registry = Registry()
    for code in ("A", "B", "off", "out"):
        registry.write(code, active=code in "AB")
    registry.write("N", register="node")
    registry.write("closed", register="node", active=False)
    with pytest.raises(UnknownGoods) as unknown:
        await registry.require("Z", "A", "off", "Y", "N")
    assert unknown.value.facts == {"codes": ["N", "Y", "Z"]}
    with pytest.raises(InactiveGoods) as inactive:
        await registry.require("out", "A", "off", nodes=("closed",))
    assert inactive.value.facts == {"codes": ["off", "out"]}
    with pytest.raises(UnknownNode) as unknown_node:
        await registry.require("A", nodes=("N", "closed", "A"))
    assert unknown_node.value.facts == {"codes": ["A"]}
    with pytest.raises(InactiveNode) as inactive_node:
        await registry.require("A", nodes=("N", "closed"))
    assert inactive_node.value.facts == {"codes": ["closed"]}


async def test_while_it_is_fresh_nothing_is_asked() -> None:
    registry = Registry()
    registry.write("A")
    await registry.require("A")
    assert registry.asked == ["after None", "t/A"]
    registry.seconds += 0.999
    await registry.require("A", "A")
    assert registry.asked == ["after None", "t/A"]


async def test_a_deactivation_elsewhere_acts_within_a_second_and_so_does_its_end() -> None:
    registry = Registry()
    registry.write("A")
    await registry.require("A")
    registry.write("A", active=False)
    registry.seconds += 0.5
    await registry.require("A")
    registry.seconds += 0.5
    with pytest.raises(InactiveGoods):
        await registry.require("A")
    registry.write("A")
    registry.seconds += 1.0
    await registry.require("A")
    assert registry.asked == ["after None", "t/A", "after 1", "after 2"]


async def test_an_unknown_code_is_asked_for_once_a_second_at_most() -> None:
    registry = Registry()
    for _ in range(3):
        with pytest.raises(UnknownGoods):
            await registry.require("A")
    assert registry.asked == ["after None", "t/A"]
    registry.write("A")
    registry.seconds += 1.0
    await registry.require("A")


async def test_what_this_process_committed_may_be_named_at_once() -> None:
    registry = Registry()
    with pytest.raises(UnknownGoods):
        await registry.require("A")
    standing = registry.write("A")
    registry.cache.learn("t", {EntryKey("goods", "A"): standing})
    await registry.require("A")
    registry.cache.learn("t", {EntryKey("goods", "A"): registry.write("A", active=False)})
    with pytest.raises(InactiveGoods):
        await registry.require("A")
    registry.cache.learn("t", {EntryKey("goods", "A"): standing})  # a repeat of the first, answered again
    with pytest.raises(InactiveGoods):
        await registry.require("A")


async def test_tenants_and_registers_are_kept_apart() -> None:
    registry = Registry()
    registry.write("A")
    await registry.require("A")
    with pytest.raises(UnknownGoods):
        await registry.require("A", tenant="other")
    with pytest.raises(UnknownNode):
        await registry.require(nodes=("A",))
    await registry.require("A")


async def test_many_who_find_it_old_ask_once_and_their_codes_go_along_together() -> None:
    registry = Registry()
    for code in "ABCDE":
        registry.write(code)
    registry.gate.clear()
    waiting = [asyncio.create_task(registry.require(code)) for code in "AABCDE"]
    await asyncio.sleep(0)
    registry.gate.set()
    await asyncio.gather(*waiting)
    assert registry.asked == ["after None", "t/A", "t/B,t/C,t/D,t/E"] or registry.asked == [
        "after None",
        "t/A,t/B,t/C,t/D,t/E",
    ]


async def test_a_question_that_fails_is_put_again_by_whoever_went_along() -> None:
    registry = Registry()
    for code in "ABC":
        registry.write(code)
    await registry.require("A")
    registry.gate.clear()
    first = asyncio.create_task(registry.require("B"))
    await asyncio.sleep(0)
    second, third = (asyncio.create_task(registry.require(code)) for code in "BC")
    await asyncio.sleep(0)
    registry.fails = 2
    registry.gate.set()
    outcomes = await asyncio.gather(first, second, third, return_exceptions=True)
    assert sum(isinstance(outcome, StoreError) for outcome in outcomes) == 2
    assert not any(isinstance(outcome, UnknownGoods) for outcome in outcomes)
    await registry.require("A", "B", "C")


async def test_an_answer_that_was_overtaken_does_not_bring_back_what_changed() -> None:
    registry = Registry()
    registry.write("A")
    await registry.require()
    registry.gate.clear()
    slow = asyncio.create_task(registry.require("A"))
    await asyncio.sleep(0)
    registry.cache.learn("t", {EntryKey("goods", "A"): registry.write("A", active=False)})
    registry.gate.set()
    with pytest.raises(InactiveGoods):
        await slow
    with pytest.raises(InactiveGoods):
        await registry.require("A")


async def test_an_answer_that_there_is_none_does_not_hide_what_was_learned_meanwhile() -> None:
    registry = Registry()
    await registry.require()
    registry.gate.clear()
    slow = asyncio.create_task(registry.require("A"))
    await asyncio.sleep(0)
    registry.cache.learn("t", {EntryKey("goods", "A"): registry.write("A")})
    registry.gate.set()
    await slow
    await registry.require("A")


async def test_a_failure_is_no_answer() -> None:
    registry = Registry()
    registry.write("A")
    registry.fails = 1
    with pytest.raises(StoreError):
        await registry.require("A")
    await registry.require("A")


async def test_too_many_changes_have_everything_asked_for_again() -> None:
    registry = Registry()
    registry.write("A")
    await registry.require("A")
    with pytest.raises(UnknownGoods):
        await registry.require("G7")
    for number in range(5_001):
        registry.write(f"G{number}")
    registry.write("A", active=False)
    registry.seconds += 1.0
    await registry.require("G7")
    with pytest.raises(InactiveGoods):
        await registry.require("A")
    assert registry.asked[-3:] == ["after 1", "t/G7", "t/A"]


async def test_it_remembers_no_more_than_it_may_and_keeps_what_is_used() -> None:
    registry = Registry(remembered=10)
    for number in range(40):
        registry.write(f"G{number}")
    registry.write("used")
    for number in range(40):
        await registry.require("used")
        await registry.require(f"G{number}")
    assert registry.asked.count("t/used") == 1
    held = sum(len(shelf) for pages in (registry.cache._young, registry.cache._old) for shelf in pages.values())
    assert held <= 10
    await registry.require("G0")
    assert registry.asked.count("t/G0") == 2


async def test_more_codes_in_one_command_than_are_remembered_are_still_answered() -> None:
    registry = Registry(remembered=2)
    codes = [f"G{number}" for number in range(20)]
    for code in codes:
        registry.write(code)
    await registry.require(*codes)
    with pytest.raises(UnknownGoods) as unknown:
        await registry.require(*codes, *"XYZ")
    assert unknown.value.facts == {"codes": ["X", "Y", "Z"]}
