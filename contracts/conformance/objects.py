"""The suite that every store of objects inherits: whole or not at all, never changed, found again as written.

class TestMine(ObjectsConformance):
    async def open_objects(self, folder, largest):
        return MyObjects(...)
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from application.kernel.objects import (
    Listed,
    ObjectDamaged,
    ObjectExists,
    ObjectStore,
    ObjectTooLarge,
    ObjectUnknown,
    Stored,
    checked,
)
from domain.kernel.refusal import InvalidInput

MEGABYTE: Final = 2**20
LARGEST: Final = 24 * MEGABYTE
LARGE: Final = 17
"""Megabytes that no store takes with one request."""


async def content(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def megabytes(count: int, then: Exception | None = None) -> AsyncIterator[bytes]:
    """So many, no two the same; then perhaps an error."""
    for number in range(count):
        yield hashlib.sha256(b"%d" % number).digest() * (MEGABYTE // 32)
        await asyncio.sleep(0)
    if then is not None:
        raise then


async def read(objects: ObjectStore, name: str) -> bytes:
    return b"".join([piece async for piece in objects.read(name)])


async def listed(objects: ObjectStore, folder: str = "") -> set[Listed]:
    found = [each async for each in objects.list(folder)]
    assert len(found) == len(set(found))
    return set(found)


class ObjectsConformance:
    """Inherit it and say how a store is opened: an empty one for each `folder`, objects of at most `largest` bytes."""

    async def open_objects(self, folder: Path, largest: int) -> ObjectStore:
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def objects(self, tmp_path: Path) -> AsyncIterator[ObjectStore]:
        objects = await self.open_objects(tmp_path / "objects", LARGEST)
        yield objects
        for each in await listed(objects):
            await objects.delete(each.name)

    @pytest.mark.parametrize("pieces", [(), (b"",), (b"one",), (b"one", b"", b"two"), (bytes(range(256)),)])
    async def test_what_was_written_is_read(self, objects: ObjectStore, pieces: tuple[bytes, ...]) -> None:
        whole = b"".join(pieces)
        stored = await objects.create("a/b.bin", content(*pieces))
        assert stored == Stored("a/b.bin", len(whole), hashlib.sha256(whole).digest())
        assert await read(objects, "a/b.bin") == whole
        assert await objects.find("a/b.bin") == Listed("a/b.bin", len(whole))

    async def test_a_large_one_is_written_and_read_piece_by_piece(self, objects: ObjectStore) -> None:
        stored = await objects.create("large", megabytes(LARGE))
        assert stored.size == LARGE * MEGABYTE
        sizes, digest = [], hashlib.sha256()
        async for piece in checked(objects.read("large"), stored):
            sizes.append(len(piece))
            digest.update(piece)
        assert digest.digest() == stored.sha256
        assert max(sizes) <= stored.size // 2
        assert await listed(objects) == {Listed("large", stored.size)}

    @pytest.mark.parametrize("megabytes_of_it", [0, LARGE])
    async def test_an_object_never_changes(self, objects: ObjectStore, megabytes_of_it: int) -> None:
        await objects.create("x", content(b"first"))
        with pytest.raises(ObjectExists):
            await objects.create("x", megabytes(megabytes_of_it))
        assert await read(objects, "x") == b"first"
        assert await listed(objects) == {Listed("x", 5)}

    @pytest.mark.parametrize("count", [1, LARGE])
    async def test_of_several_at_once_one_gets_the_name(self, objects: ObjectStore, count: int) -> None:
        async def mine(number: int) -> AsyncIterator[bytes]:
            yield b"%d" % number
            async for piece in megabytes(count - 1):
                yield piece

        outcomes = await asyncio.gather(*(objects.create("x", mine(n)) for n in range(3)), return_exceptions=True)
        made = [each for each in outcomes if isinstance(each, Stored)]
        assert len(made) == 1
        assert all(isinstance(each, Stored | ObjectExists) for each in outcomes)
        assert hashlib.sha256(await read(objects, "x")).digest() == made[0].sha256
        assert await listed(objects) == {Listed("x", made[0].size)}

    @pytest.mark.parametrize("count", [1, LARGE])
    async def test_content_that_breaks_off_leaves_nothing(self, objects: ObjectStore, count: int) -> None:
        with pytest.raises(ConnectionResetError, match="of the reader's"):
            await objects.create("x", megabytes(count, ConnectionResetError("of the reader's")))
        assert await objects.find("x") is None
        assert await listed(objects) == set()

    @pytest.mark.parametrize("size", [2 * MEGABYTE, LARGE * MEGABYTE])
    async def test_one_that_is_too_large_leaves_nothing(self, tmp_path: Path, size: int) -> None:
        objects = await self.open_objects(tmp_path / "small", size)
        stored = await objects.create("as/large/as/may/be", megabytes(size // MEGABYTE))
        with pytest.raises(ObjectTooLarge) as raised:
            await objects.create("larger", megabytes(size // MEGABYTE + 1))
        assert raised.value.facts["most"] == size
        assert await listed(objects) == {Listed("as/large/as/may/be", stored.size)}
        await objects.delete("as/large/as/may/be")

    async def test_one_that_is_not_there(self, objects: ObjectStore) -> None:
        assert await objects.find("a/b") is None
        with pytest.raises(ObjectUnknown):
            await read(objects, "a/b")
        await objects.delete("a/b")
        await objects.create("a/b/c", content(b"1"))
        assert await objects.find("a/b") is None
        with pytest.raises(ObjectUnknown):
            await read(objects, "a/b")

    async def test_what_is_deleted_is_gone_and_its_name_free(self, objects: ObjectStore) -> None:
        await objects.create("x", content(b"first"))
        await objects.delete("x")
        await objects.delete("x")
        assert await objects.find("x") is None
        assert await listed(objects) == set()
        await objects.create("x", content(b"second"))
        assert await read(objects, "x") == b"second"

    async def test_a_folder_lists_what_is_in_it_and_no_other(self, objects: ObjectStore) -> None:
        names = ("a/1", "a/2/3", "a-b/1", "ab", "a.1", "b/a/1")
        for name in names:
            await objects.create(name, content(name.encode()))
        assert await listed(objects) == {Listed(name, len(name)) for name in names}
        assert {each.name for each in await listed(objects, "a")} == {"a/1", "a/2/3"}
        assert {each.name for each in await listed(objects, "a/2")} == {"a/2/3"}
        assert await listed(objects, "none") == set()

    async def test_many_are_listed_each_once(self, objects: ObjectStore) -> None:
        names = {f"many/{number:04}" for number in range(1_200)}
        for start in range(0, 1_200, 50):
            some = sorted(names)[start : start + 50]
            await asyncio.gather(*(objects.create(name, content(b"x")) for name in some))
        assert {each.name for each in await listed(objects, "many")} == names

    @pytest.mark.parametrize(
        "name",
        ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", ".uploading/x", "a b", "a\\b", "a\n", "ä", "a#1", "x" * 513],
    )
    async def test_names_that_not_every_store_takes_are_refused(self, objects: ObjectStore, name: str) -> None:
        with pytest.raises(InvalidInput):
            await objects.create(name, content(b"x"))
        with pytest.raises(InvalidInput):
            await objects.find(name)
        with pytest.raises(InvalidInput):
            await objects.delete(name)
        with pytest.raises(InvalidInput):
            await read(objects, name)
        assert await listed(objects) == set()

    @pytest.mark.parametrize("name", ["x" * 512, "a/b/c/d/e/f", "A", "2026-11-22T10=00_x.jsonl", "-", "_"])
    async def test_names_that_every_store_takes(self, objects: ObjectStore, name: str) -> None:
        if len(name) > 200:
            name = "/".join(name[start : start + 100] for start in range(0, 500, 100))
        await objects.create(name, content(b"x"))
        assert await listed(objects) == {Listed(name, 1)}

    async def test_what_is_not_what_was_written_is_told(self, objects: ObjectStore) -> None:
        stored = await objects.create("x", content(b"as it was"))
        await objects.delete("x")
        await objects.create("x", content(b"as it is."))
        with pytest.raises(ObjectDamaged):
            [piece async for piece in checked(objects.read("x"), stored)]

    async def test_another_process_sees_the_same(self, objects: ObjectStore, tmp_path: Path) -> None:
        other = await self.reopen_objects(objects, tmp_path / "objects", LARGEST)
        await objects.create("x", content(b"one"))
        assert await read(other, "x") == b"one"
        with pytest.raises(ObjectExists):
            await other.create("x", content(b"two"))

    async def reopen_objects(self, objects: ObjectStore, folder: Path, largest: int) -> ObjectStore:
        """The same store as another process has it; one in memory has no other."""
        return await self.open_objects(folder, largest)
