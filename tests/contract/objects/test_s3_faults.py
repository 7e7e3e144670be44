"""An S3 that goes away in the middle: nothing is kept by half, and what was kept is there when it is back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.objectstore.objects import Objects, objects_in_folder, objects_in_s3
from application.kernel.objects import ObjectsUnavailable, checked
from contracts.conformance.objects import LARGE, MEGABYTE, content, listed, megabytes, read
from tests.services import PrivateServer, private_server

pytestmark = [pytest.mark.slow, pytest.mark.kill]

LARGEST = 64 * MEGABYTE
PATIENCE = 30.0
IMPATIENT = 2.0
"""Where it is not waited for; elsewhere a busy machine takes its time."""


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[PrivateServer]:
    async with private_server("s3", tmp_path) as server:
        yield server


def objects_of(server: PrivateServer, patience: float = PATIENCE) -> Objects:
    return objects_in_s3(server.url.replace("?", "/faults?", 1), LARGEST, patience)


async def test_it_is_killed_while_an_object_is_written(s3: PrivateServer) -> None:
    objects = objects_of(s3)
    kept = await objects.create("kept", megabytes(LARGE))

    async def killing() -> AsyncIterator[bytes]:
        async for piece in megabytes(LARGE):
            yield piece
        await s3.kill()
        async for piece in megabytes(LARGE):
            yield piece

    with pytest.raises(ObjectsUnavailable):
        await objects.create("new", killing())
    with pytest.raises(ObjectsUnavailable):
        await objects.reach()
    assert (objects.calls.up, objects.calls.downs, objects.calls.errors) == (False, 1, 2)
    await s3.restart()
    await objects.reach()
    assert objects.calls.up
    assert {each.name for each in await listed(objects)} == {"kept"}
    assert sum([len(piece) async for piece in checked(objects.read("kept"), kept)]) == LARGE * MEGABYTE
    await objects.create("new", content(b"again"))
    assert await read(objects, "new") == b"again"


async def test_one_that_is_suspended_is_not_waited_for_for_ever(s3: PrivateServer) -> None:
    objects = objects_of(s3)
    await objects.create("x", content(b"one"))
    await s3.suspend()
    async with asyncio.timeout(60):
        with pytest.raises(ObjectsUnavailable):
            await read(objects_of(s3, IMPATIENT), "x")
    await s3.resume()
    assert await read(objects, "x") == b"one"


async def test_wrong_keys_are_told_without_telling_them(s3: PrivateServer) -> None:
    objects = objects_in_s3(s3.url.replace("entrepot-secret", "another-secret"), LARGEST, PATIENCE)
    with pytest.raises(ObjectsUnavailable) as raised:
        await objects.create("x", content(b"one"))
    assert "secret" not in str(raised.value)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    objects = objects_in_folder(str(tmp_path / "file" / "objects"), LARGEST)
    with pytest.raises(ObjectsUnavailable):
        await objects.create("x", content(b"one"))
