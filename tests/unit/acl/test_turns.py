"""While a document is understood, others have their turn: by the names that it names, however few its events are."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.acl.epcis.capture import EpcisDocuments
from application.kernel.call import Call
from application.kernel.ports import StoreError
from application.stock.list_mappings import Name, known_names
from application.stock.take_in import TakenIn
from domain.kernel.books import Entry, EntryKey
from domain.kernel.refusal import Refusal
from domain.stock.mapping import MAPPINGS, Mapping, MappingUnknown
from tests.unit.acl.test_translate import document_of, event


class Register:
    """Keeps these mappings, and as PostgreSQL does refuses to be asked with characters that no text of it holds."""

    def __init__(self, *mappings: Mapping) -> None:
        self.asked: list[str] = []
        self._entries = {each.code: Entry(EntryKey(MAPPINGS, each.code), each.facts(), 1) for each in mappings}

    async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        self.asked.append(prefix)
        try:
            if b"\0" in prefix.encode():
                raise StoreError("a text holds no NUL")
        except UnicodeEncodeError as error:
            raise StoreError("a text is UTF-8") from error
        return [self._entries[prefix]] if prefix in self._entries else []


async def nothing_done(call: Call, command: Any) -> TakenIn:
    if command.refusal is not None:
        raise command.refusal
    return TakenIn((), ())


@pytest.mark.parametrize(("events", "items"), [(1, 5_000), (1_000, 9)])
async def test_others_have_their_turn_while_names_are_read(events: int, items: int) -> None:
    said = (
        event(
            eventID=f"urn:uuid:{number}",
            epcList=[f"urn:epc:id:sgtin:0614141.107346.{number}x{item}" for item in range(items)],
        )
        for number in range(events)
    )
    turns, done = 0, asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not done.is_set():
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    document = EpcisDocuments(Register())(document_of(*said))
    outcomes = await document.take_in(nothing_done, lambda request: Call("t", "a", request))
    done.set()
    await beside
    assert {type(each.became) for each in outcomes} == {MappingUnknown}
    assert turns > events * items / 250


async def test_what_no_mapping_can_be_named_has_no_meaning_and_is_not_asked_for() -> None:
    tea = Mapping("gs1", "goods", "gtin:1", "tea")
    register = Register(tea)
    odd = ["co\0ffee", "\ud800", "a\nb", "x" * 81, ""]
    known = await known_names(register, "t", "gs1", [Name("goods", each) for each in (*odd, "gtin:1")])
    assert known == {Name("goods", "gtin:1"): tea}
    assert register.asked == ["gs1/goods/gtin:1"]


async def test_a_fault_of_the_register_is_raised_as_it_is() -> None:
    class Broken(Register):
        async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
            raise StoreError("gone")

    document = EpcisDocuments(Broken())(document_of(event()))
    with pytest.raises(StoreError):
        await document.take_in(nothing_done, lambda request: Call("t", "a", request))


async def test_many_different_names_are_refused_for_the_whole() -> None:
    lists = [
        event(
            eventID=f"urn:uuid:{number}",
            epcList=[f"urn:epc:id:sgtin:0614141.1{number * 100 + item:05d}.1" for item in range(100)],
        )
        for number in range(21)
    ]
    document = EpcisDocuments(Register())(document_of(*lists))
    with pytest.raises(Refusal) as refused:
        await document.take_in(nothing_done, lambda request: Call("t", "a", request))
    assert refused.value.own_code == "input.invalid"
