"""The object store over obstore, which speaks to memory, a folder and S3 with one voice."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore import exceptions
from obstore.store import LocalStore, MemoryStore, S3Store

from application.kernel.objects import (
    Listed,
    ObjectExists,
    ObjectsUnavailable,
    ObjectTooLarge,
    ObjectUnknown,
    Stored,
    object_name,
)
from application.kernel.reachable import Calls

if TYPE_CHECKING:
    from obstore.store import S3Config

Store: TypeAlias = MemoryStore | LocalStore | S3Store

AT_ONCE: Final = 8 * 2**20
"""Up to so many bytes are written with one request, which is refused where the name is taken."""
UPLOADING: Final = ".uploading"
"""More is written under a name below this one first, and gets its own when it is whole, if that is not taken."""
CLAIMS: Final = f"{UPLOADING}/claims"
READ_BYTES: Final = 2**18
RETRIES: Final = 3


class Objects:
    """Opens its store when it is first asked.

    `folder`: what is written there is on the disk before it is told. `claims`: the store cannot be relied on to copy
    to a name only if it is free, though it writes at once only if it is.
    """

    def __init__(
        self, open: Callable[[], Store], largest: int, *, folder: Path | None = None, claims: bool = False
    ) -> None:
        self._open = open
        self._largest = largest
        self._folder = folder
        self._claims = claims
        self.calls = Calls()

    @cached_property
    def _store(self) -> Store:
        return self._open()

    async def reach(self) -> None:
        """Raises ObjectsUnavailable where the store does not answer."""
        await self.find("reach")

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        """Around what is asked of the store: counted, and what it raises in the words of the port.

        Only a store that does not answer counts as one: refusals are answers, and a fault of the content is not its.
        """
        refused: Exception | None = None
        with self.calls.one():
            try:
                with _translated(name):
                    yield
            except ObjectsUnavailable:
                raise
            except Exception as refusal:
                refused = refusal
        if refused is not None:
            raise refused

    async def create(self, name: str, content: AsyncIterable[bytes]) -> Stored:
        writing = _Writing(object_name(name), content, self._largest)
        begun = await writing.begin()
        if writing.ended:
            with self._asking(name):
                await obstore.put_async(self._store, name, begun, mode="create")
        else:
            await self._create_large(name, writing)
        if self._folder is not None:
            with self._asking(name):
                await asyncio.to_thread(_sync, self._folder, name)
        return writing.stored()

    async def _create_large(self, name: str, writing: "_Writing") -> None:
        await self._refuse_taken(name)
        beside = f"{UPLOADING}/{token_hex(16)}"
        try:
            with self._asking(name):
                await obstore.put_async(self._store, beside, writing.rest(), use_multipart=True)
        except ObjectsUnavailable:
            if writing.fault is not None:
                raise writing.fault from None
            raise
        try:
            async with self._claimed(name):
                await self._refuse_taken(name)
                with self._asking(name):
                    await obstore.copy_async(self._store, beside, name, overwrite=False)
        finally:
            with self._asking(beside):
                await obstore.delete_async(self._store, beside)

    async def _refuse_taken(self, name: str) -> None:
        if await self.find(name) is not None:
            raise ObjectExists(f"there is an object {name}", object=name)

    @asynccontextmanager
    async def _claimed(self, name: str) -> AsyncIterator[None]:
        """Nobody else gives a large object this name meanwhile."""
        if not self._claims:
            yield
            return
        claim = f"{CLAIMS}/{name}"
        try:
            with self._asking(claim):
                await obstore.put_async(self._store, claim, b"", mode="create")
        except ObjectExists:
            left = f"delete {claim} if its writer died"
            raise ObjectExists(f"an object {name} is just being written ({left})", object=name) from None
        try:
            yield
        finally:
            with self._asking(claim):
                await obstore.delete_async(self._store, claim)

    async def read(self, name: str) -> AsyncIterator[bytes]:
        with self._asking(object_name(name)):
            found = await obstore.get_async(self._store, name)
            async for piece in found.stream(min_chunk_size=READ_BYTES):
                for start in range(0, len(piece), READ_BYTES):
                    yield bytes(piece[start : start + READ_BYTES])

    async def find(self, name: str) -> Listed | None:
        try:
            with self._asking(object_name(name)):
                return Listed(name, (await obstore.head_async(self._store, name))["size"])
        except ObjectUnknown:
            return None

    async def list(self, folder: str = "") -> AsyncIterator[Listed]:
        prefix = object_name(folder, "folder") if folder else None
        with self._asking(folder or "the store"):
            async for some in obstore.list(self._store, prefix=prefix):
                for each in some:
                    if not each["path"].startswith(f"{UPLOADING}/"):
                        yield Listed(each["path"], each["size"])

    async def delete(self, name: str) -> None:
        try:
            with self._asking(object_name(name)):
                await obstore.delete_async(self._store, name)
        except ObjectUnknown:
            return


class _Writing:
    """Content on its way into a store: counted, hashed, and never more than one object may have."""

    def __init__(self, name: str, content: AsyncIterable[bytes], largest: int) -> None:
        self._name = name
        self._pieces = aiter(content)
        self._largest = largest
        self._begun = b""
        self._size = 0
        self._digest = hashlib.sha256()
        self.ended = False
        self.fault: Exception | None = None
        """What the content raised of itself."""

    async def begin(self) -> bytes:
        """The first bytes; all there are, if they are no more than may be written at once."""
        begun = bytearray()
        while len(begun) <= AT_ONCE and not self.ended:
            piece = await anext(self._pieces, None)
            self.ended = piece is None
            begun += self._counted(piece or b"")
        self._begun = bytes(begun)
        return self._begun

    async def rest(self) -> AsyncIterator[bytes]:
        """The first bytes and all that follow."""
        yield self._begun
        self._begun = b""
        try:
            async for piece in self._pieces:
                yield self._counted(piece)
        except Exception as error:
            self.fault = error
            raise

    def stored(self) -> Stored:
        return Stored(self._name, self._size, self._digest.digest())

    def _counted(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._size > self._largest:
            raise ObjectTooLarge(
                f"{self._name} would have more than {self._largest} bytes", object=self._name, most=self._largest
            )
        self._digest.update(piece)
        return piece


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """What the store raises, in the words of the port."""
    try:
        yield
    except FileNotFoundError:
        raise ObjectUnknown(f"there is no object {name}", object=name) from None
    except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
        raise ObjectExists(f"there is an object {name}", object=name) from None
    except (exceptions.BaseError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise ObjectsUnavailable(f"{name}: {reason}") from error


def _sync(folder: Path, name: str) -> None:
    """Have the file and the folders that lead to it on the disk."""
    path = folder / name
    for each in (path, *path.parents[: len(name.split("/"))]):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# -- by their URLs ----------------------------------------------------------------------------------------------------


def objects_in_memory(largest: int) -> Objects:
    """`memory:`. They end with the process."""
    return Objects(MemoryStore, largest)


def objects_in_folder(url: str, largest: int) -> Objects:
    """`file:///path`, or the path itself. The folder is made when it is first used."""
    folder = Path(unquote(urlsplit(url).path) if url.startswith("file://") else url).absolute()
    return Objects(lambda: LocalStore(folder, mkdir=True), largest, folder=folder)


def objects_in_s3(url: str, largest: int, seconds: float) -> Objects:
    """`s3://[key:secret@]bucket[/prefix][?endpoint=…&region=…]`; without a key, what the environment says (AWS_…)."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    within = timedelta(seconds=seconds)
    config: dict[str, str] = {
        **({"access_key_id": unquote(parts.username)} if parts.username else {}),
        **({"secret_access_key": unquote(parts.password)} if parts.password else {}),
        **options,
        "copy_if_not_exists": "multipart",
        "checksum_algorithm": "SHA256",
    }

    def open() -> Store:
        return S3Store(
            parts.hostname,
            prefix=unquote(parts.path).strip("/") or None,
            config=cast("S3Config", config),
            client_options={
                "allow_http": options.get("endpoint", "").startswith("http://"),
                "connect_timeout": within,
                "read_timeout": within,
                "timeout": timedelta(hours=1),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": within},
        )

    return Objects(open, largest, claims=True)
