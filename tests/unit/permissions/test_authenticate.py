"""A caller is known with as few questions as can be, and nobody fills the memory with what is not a key."""

import asyncio
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.keys import MemoryKeys
from application.kernel.ports import StoreUnavailable
from application.kernel.unanswered import Busy, Unavailable
from application.permissions.authenticate import AuthenticateLimits
from contracts.conformance.keys import REMEMBER, Door, text_of
from contracts.conformance.yard import HandClock
from domain.permissions import key as keys_module
from domain.permissions.key import Caller
from domain.permissions.refusals import KeyRefused


@pytest.fixture
def door() -> Door:
    return a_door()


def a_door(remember: timedelta = REMEMBER, **limits: int) -> Door:
    return Door(MemoryKeys(MemoryDatabase()), HandClock(), remember, limits=AuthenticateLimits(**limits))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ek_",
        "Bearer ek_aaaaaaaaaaaa_" + "a" * 52,
        "ek_aaaaaaaaaaaa_" + "a" * 51,
        "ek_aaaaaaaaaaaa_" + "a" * 53,
        "ek_aaaaaaaaaaaa_" + "A" * 52,
        "ek_aaaaaaaaaaa1_" + "a" * 52,
        "ek_aaaaaaaaaaaa_" + "a" * 51 + "\n",
        "ek_aaaaaaaaaaaa_" + "a" * 51 + "ａ",
        "ek_aaaaaaaaaaaa_" + "a" * 51 + "\ud800",
        "ek_" * 1_000_000,
    ],
)
async def test_what_is_no_key_is_refused_before_anything_is_looked_up_and_not_repeated(door: Door, text: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        await door.authenticate(text)
    assert door.store.asked == []
    assert "aaaa" not in str(refused.value)
    assert refused.value.own_code == "key.invalid"


async def test_a_right_a_wrong_and_an_unknown_key_are_compared_alike(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    truly = hmac.compare_digest

    def compare(given: bytes, kept: bytes) -> bool:
        compared.append((len(given), len(kept)))
        return truly(given, kept)

    monkeypatch.setattr(keys_module, "compare_digest", compare)
    made = await door.create()
    wrong = f"ek_{made.key.id}_{text_of('other').secret}"
    for text in (made.text, wrong, text_of("nobody's").text):
        await door.outcome(text)
    assert compared == [(32, 32)] * 3
    assert len(door.store.asked) == 2


async def test_of_many_who_come_at_once_one_asks_for_all(door: Door) -> None:
    made = await door.create()
    door.store.gate.clear()
    waiting = [asyncio.ensure_future(door.authenticate(made.text)) for _ in range(50)]
    await settle()
    assert len(door.store.asked) == 1
    door.store.gate.set()
    assert set(await asyncio.gather(*waiting)) == {await door.authenticate(made.text)}
    assert len(door.store.asked) == 1


async def test_the_one_who_asks_for_all_may_leave(door: Door) -> None:
    made = await door.create()
    door.store.gate.clear()
    first = asyncio.ensure_future(door.authenticate(made.text))
    await settle()
    second = asyncio.ensure_future(door.authenticate(made.text))
    await settle()
    first.cancel()
    await settle()
    door.store.gate.set()
    assert isinstance(await second, Caller)
    assert first.cancelled()
    assert len(door.store.asked) == 1


async def test_all_who_wait_are_told_that_the_database_is_down_and_the_next_asks_again(door: Door) -> None:
    made = await door.create()
    door.store.gate.clear()
    waiting = [asyncio.ensure_future(door.authenticate(made.text)) for _ in range(3)]
    await settle()
    door.store.down = True
    door.store.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Unavailable] * 3
    assert all(isinstance(each, Unavailable) and each.retry_after > 0 for each in outcomes)
    door.store.down = False
    assert isinstance(await door.authenticate(made.text), Caller)


@pytest.mark.parametrize("remember", [timedelta(0), REMEMBER])
async def test_an_answer_to_a_question_asked_too_long_before_is_not_taken(remember: timedelta) -> None:
    door = a_door(remember)
    made = await door.create()
    door.store.gate.clear()
    early = asyncio.ensure_future(door.outcome(made.text))
    await settle()
    await door.revoke(made.key.id)
    door.clock.pass_by(remember + timedelta(microseconds=1))
    late = [asyncio.ensure_future(door.outcome(made.text)) for _ in range(10)]
    await settle()
    assert len(door.store.asked) == 1, "one question at a time"
    door.store.gate.set()
    assert isinstance(await early, Caller), "it came before"
    assert await asyncio.gather(*late) == ["key.revoked"] * 10
    assert len(door.store.asked) == 2, "one more for all who came late"


async def test_an_old_answer_lets_nobody_in_again(door: Door) -> None:
    """The first question is answered after the second was: what is remembered is as old as its question."""
    made = await door.create()
    door.store.gate.clear()
    slow = asyncio.ensure_future(door.outcome(made.text))
    await settle()
    await door.revoke(made.key.id)
    door.clock.pass_by(REMEMBER)
    door.store.gate.set()
    assert isinstance(await slow, Caller)
    assert await door.outcome(made.text) == "key.revoked"


async def test_ids_that_nobody_has_fill_no_memory_and_push_no_key_out() -> None:
    door = a_door(known=4, unknown=8)
    made = [await door.create() for _ in range(4)]
    for each in made:
        await door.authenticate(each.text)
    for n in range(100):
        assert await door.outcome(text_of(f"nobody's {n}").text) == "key.invalid"
    asked = len(door.store.asked)
    for each in made:
        await door.authenticate(each.text)
    assert await door.outcome(text_of("nobody's 99").text) == "key.invalid"
    assert len(door.store.asked) == asked
    assert await door.outcome(text_of("nobody's 0").text) == "key.invalid"
    assert len(door.store.asked) == asked + 1, "forgotten"
    assert remembered(door) == (4, 8)


async def test_of_many_keys_those_used_last_are_remembered() -> None:
    door = a_door(known=2)
    made = [await door.create() for _ in range(3)]
    for n in (0, 1, 0, 2, 0):
        await door.authenticate(made[n].text)
    assert [door.store.asked.count(each.key.id) for each in made] == [1, 1, 1]
    await door.authenticate(made[1].text)
    assert door.store.asked.count(made[1].key.id) == 2
    assert remembered(door)[0] == 2


async def test_a_key_that_comes_to_be_known_is_remembered_once(door: Door) -> None:
    text = text_of("early")
    assert await door.outcome(text.text) == "key.invalid"
    door.clock.pass_by(REMEMBER)
    made = await door.create()
    await door.store.change("north", made.key.id, lambda key: [replace(key, id=text.id)])
    await door.store.change("north", text.id, lambda key: [replace(key, digest=text.digest)])
    assert isinstance(await door.outcome(text.text), Caller)
    assert remembered(door) == (1, 0)


async def test_so_many_are_looked_up_at_a_time_and_no_more() -> None:
    door = a_door(look_ups=3)
    door.store.gate.clear()
    waiting = [asyncio.ensure_future(door.outcome(text_of(f"nobody's {n}").text)) for n in range(3)]
    await settle()
    with pytest.raises(Busy):
        await door.authenticate(text_of("nobody's 4").text)
    joining = asyncio.ensure_future(door.outcome(text_of("nobody's 0").text))
    await settle()
    door.store.gate.set()
    assert await asyncio.gather(*waiting, joining) == ["key.invalid"] * 4
    assert await door.outcome(text_of("nobody's 4").text) == "key.invalid"


async def test_a_fault_of_the_store_is_not_held_against_the_next(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await door.create()

    async def fault(id: str) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(door.store, "find", fault)
        with pytest.raises(ZeroDivisionError):
            await door.authenticate(made.text)
    assert isinstance(await door.authenticate(made.text), Caller)


async def test_the_failure_tells_its_cause(door: Door) -> None:
    made = await door.create()
    door.store.down = True
    with pytest.raises(Unavailable, match="the database is down") as unavailable:
        await door.authenticate(made.text)
    assert isinstance(unavailable.value.__cause__, StoreUnavailable)


def remembered(door: Door) -> tuple[int, int]:
    """How many known and unknown ids."""
    return len(door.authenticate._known), len(door.authenticate._unknown)
