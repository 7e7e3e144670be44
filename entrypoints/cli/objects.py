"""Files that the command line reads from and writes to the store of objects: `objects:exports/goods.csv`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from application.kernel.objects import object_name
from entrypoints.cli.session import Session

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

PREFIX: Final = "objects:"
PIECE: Final = 2**20


def object_in(file: Path) -> str | None:
    """The name of the object that a file's name means, None for a file of this machine. Raises InvalidInput."""
    text = str(file)
    return object_name(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None


@contextmanager
def fetched(session: Session, file: Path) -> Iterator[Path]:
    """The file, or a copy of the object that it means, under the same name; the copy goes when it is done with."""
    name = object_in(file)
    if name is None:
        yield file
        return
    with TemporaryDirectory(prefix="entrepot-") as folder:
        copy = Path(folder) / name.rpartition("/")[2]

        async def fetch(installation: "Installation") -> None:
            with copy.open("wb") as written:
                async for piece in installation.objects().read(name):
                    written.write(piece)

        session.run(fetch)
        yield copy


@contextmanager
def beside(file: Path | None) -> Iterator[Path | None]:
    """Where to write what is meant for an object first; anything else is written where it belongs."""
    name = None if file is None else object_in(file)
    if name is None:
        yield file
        return
    with TemporaryDirectory(prefix="entrepot-") as folder:
        yield Path(folder) / name.rpartition("/")[2]


async def keep(installation: "Installation", file: Path | None, written: Path | None) -> None:
    """Make an object of what was written, where the file means one. Raises ObjectExists."""
    if file is not None and written is not None and (name := object_in(file)) is not None:
        await installation.objects().create(name, pieces_of(written))


async def pieces_of(path: Path) -> AsyncIterator[bytes]:
    """A file's content, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
