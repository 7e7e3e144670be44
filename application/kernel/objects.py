"""Objects: files kept outside the database, written once, read and listed; the port, its errors, its bounds."""

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final, NamedTuple, Protocol

from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal

LONGEST_NAME: Final = 512
PART: Final = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*")
"""What is between the slashes: what every store and every file system takes alike. None begins with a dot."""


class Stored(NamedTuple):
    """An object that is kept whole: its name, its length in bytes, the SHA-256 of what was written."""

    name: str
    size: int
    sha256: bytes


class Listed(NamedTuple):
    """An object that is there, and its length in bytes."""

    name: str
    size: int


class ObjectUnknown(Refusal):
    """There is no object of that name.

    List what there is; names are told apart byte by byte.
    """

    code = "object.unknown"


class ObjectExists(Refusal):
    """An object of that name is there already, and an object never changes.

    Take another name, or delete the one that is there. A try whose answer was lost may have made it itself: compare.
    """

    code = "object.exists"


class ObjectTooLarge(Refusal):
    """The object would be larger than one may be. Nothing of it is kept.

    Write it in several, of at most `most` bytes each, or set ENTREPOT_OBJECTS__LARGEST_BYTES.
    """

    code = "object.too_large"


class ObjectDamaged(Refusal):
    """What was read is not what was written: its length or its SHA-256 is another.

    Do not use what was read. Restore the object from a copy; whoever keeps the store should look at it.
    """

    code = "object.damaged"


class ObjectsUnavailable(Exception):
    """The object store does not answer, or will not do what it is asked. What was asked may have happened."""


class ObjectStore(Protocol):
    """Keeps objects. One is there whole or not at all, and never changes: it can only be deleted.

    Names are those that `object_name` lets through; the store is not asked for others. All methods raise
    ObjectsUnavailable.
    """

    async def create(self, name: str, content: AsyncIterable[bytes]) -> Stored:
        """Write a new object as its content comes, in bounded memory; of several at once one gets the name.

        What `content` raises comes out of here, and nothing is kept. Raises InvalidInput, ObjectExists,
        ObjectTooLarge.
        """
        ...

    def read(self, name: str) -> AsyncIterator[bytes]:
        """The content, as it comes. Raises InvalidInput, ObjectUnknown."""
        ...

    async def find(self, name: str) -> Listed | None:
        """The object of that name, if there is one. Raises InvalidInput."""
        ...

    def list(self, folder: str = "") -> AsyncIterator[Listed]:
        """All objects whose names begin with `folder`/, in no order. Raises InvalidInput."""
        ...

    async def delete(self, name: str) -> None:
        """Delete it, if it is there. Raises InvalidInput."""
        ...


def object_name(value: object, name: str = "object") -> str:
    """`value` if it can name an object anywhere: parts of letters, digits and ._=- between slashes.

    Raises InvalidInput.
    """
    checked = identifier(value, name, most=LONGEST_NAME)
    if not all(PART.fullmatch(part) for part in checked.split("/")):
        raise InvalidInput(
            f"{name} must be parts of A-Z a-z 0-9 . _ = - between slashes, none with a dot first", field=name
        )
    return checked


async def checked(content: AsyncIterable[bytes], wanted: Stored) -> AsyncIterator[bytes]:
    """The content as it comes. Raises ObjectDamaged at its end, unless it was what `wanted` says."""
    size, digest = 0, hashlib.sha256()
    async for piece in content:
        size += len(piece)
        digest.update(piece)
        yield piece
    if (size, digest.digest()) != (wanted.size, wanted.sha256):
        raise ObjectDamaged(
            f"{wanted.name} is not what was written",
            object=wanted.name,
            expected=f"{wanted.size} bytes, {wanted.sha256.hex()}",
            found=f"{size} bytes, {digest.hexdigest()}",
        )
