"""A broker on plain files, for one machine with several processes.

ENTREPOT_ADAPTERS__BROKER=entrepot_spool:open_spool
"""

import asyncio
import fcntl
import json
import os
import shutil
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from application.kernel.broker import GROUP_OF_COMMANDS, BrokerUnavailable, Channel, ParkedMessages
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake, OutsideChannels
from application.kernel.taking import Tries
from contracts.events.v1.cloudevents import Headers, from_kafka, to_binary_kafka
from contracts.events.v1.messages import AGAIN_FOR, from_record, to_record
from entrypoints.composition.outside import Given
from entrypoints.composition.settings import BadSettings

LOOK: Final = 0.01
"""Seconds between two looks at a partition."""
AT_ONCE: Final = 2**18
"""Bytes that are read of a partition before others may have it."""


@asynccontextmanager
async def open_spool(given: Given) -> AsyncIterator[OutsideChannels]:
    """The factory that the setting names."""
    said, database = os.environ.get("SPOOL_FOLDER"), given.settings.database.path
    if said is None and database is None:
        raise BadSettings("entrepot-spool keeps its files beside a database file: set SPOOL_FOLDER")
    folder = Path(said) if said is not None else database.with_suffix(".spool")  # type: ignore[union-attr]
    channels = spool_channels(folder, given.parked(), given.tries)
    yield channels
    await channels.close()


def spool_channels(folder: Path, parked: ParkedMessages, tries: Tries | None = None) -> OutsideChannels:
    known = {Channel.COMMANDS: (GROUP_OF_COMMANDS,)}
    return OutsideChannels(lambda channel: Spool(folder / channel, channel), parked, tries, known)


class Spool:
    """What carries one channel: `application.kernel.outside_broker.Carrier`. The rest of a broker is there already."""

    def __init__(self, folder: Path, channel: Channel) -> None:
        self._folder = folder
        self._channel = channel
        self._whole = channel is not Channel.EVENTS
        self._cut = False

    async def declare(self, group: str) -> None:
        for partition in range(PARTITIONS):
            place = self._of_group(group, partition, "place")
            place.parent.mkdir(parents=True, exist_ok=True)
            log = self._log(partition)
            begins = log.stat().st_size if log.exists() and self._channel is not Channel.COMMANDS else 0
            fresh = place.with_suffix(f".{os.getpid()}-{id(self)}")
            fresh.write_text(str(begins))
            try:
                place.hardlink_to(fresh)  # all at once, and not where there is one
            except FileExistsError:
                pass
            finally:
                fresh.unlink()

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._append(messages, ())

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        for each in messages:
            await self._append([each], ((AGAIN_FOR, group),))

    async def consume(self, group: str, intake: Intake) -> None:
        async with asyncio.TaskGroup() as lanes:
            for partition in range(PARTITIONS):
                lanes.create_task(self._lane(group, partition, intake))

    async def reach(self) -> None:
        if self._cut:
            raise BrokerUnavailable("the spool was closed")

    async def forget(self, groups: Collection[str]) -> None:
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def close(self) -> None:
        self._cut = True

    def abort(self) -> None:
        self._cut = True

    # -- files --------------------------------------------------------------------------------------------------------

    def _log(self, partition: int) -> Path:
        return self._folder / f"{partition}.log"

    def _of_group(self, group: str, partition: int, what: str) -> Path:
        return self._folder / "groups" / quote(group, safe="") / f"{partition}.{what}"

    async def _append(self, messages: Sequence[Message], further: Headers) -> None:
        await self.reach()
        lines = [self._line(each, further) for each in messages]
        try:
            await asyncio.to_thread(append, self._log(messages[0].partition), lines)
        except OSError as error:
            raise BrokerUnavailable(f"the spool cannot be written: {error}") from error

    async def _lane(self, group: str, partition: int, intake: Intake) -> None:
        """Take the partition when nobody else has it, a little at a time, so that all have their share."""
        left = -1
        while True:
            with locked(self._of_group(group, partition, "hold")) as mine:
                place = int(self._of_group(group, partition, "place").read_text()) if mine else left
                records = await asyncio.to_thread(read, self._log(partition), place) if mine else ()
                if records and place != left:  # another process was there since
                    await intake.begin(partition)
                for after, record in records:
                    await self._take(group, partition, record, after, intake)
                    left = after
            await asyncio.sleep(LOOK)

    async def _take(self, group: str, partition: int, record: Any, after: int, intake: Intake) -> None:
        async def settle() -> None:
            await self.reach()
            place = self._of_group(group, partition, "place")
            fresh = place.with_suffix(".fresh")
            fresh.write_text(str(after))
            fresh.replace(place)

        headers = [(name, value) for name, value in record["headers"] if name != AGAIN_FOR]
        again_for = dict(record["headers"]).get(AGAIN_FOR)
        if again_for not in (None, group):
            await settle()
            return
        body, at = b64decode(record["body"]), datetime.fromisoformat(record["at"])
        message = from_record(Message, from_kafka, headers, body, partition=partition, at=at, whole=self._whole)
        await intake.take(message, settle, parked=again_for is not None)

    def _line(self, message: Message, further: Headers) -> bytes:
        headers, body = to_record(message, to_binary_kafka, whole=self._whole)
        at = datetime.now(UTC).isoformat()
        return json.dumps({"headers": [*headers, *further], "body": b64encode(body).decode(), "at": at}).encode()


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Whether nobody else has it; then it is ours until the end, or until this process dies."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def append(path: Path, lines: Sequence[bytes]) -> None:
    """Lines on the disk, whole or not at all: what a death left of one is made a line that says nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        torn = size > 0 and file.read(1) != b"\n"
        file.write((b"\n" if torn else b"") + b"".join(line + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, place: int) -> list[tuple[int, Any]]:
    """Some records from this place on, each with the place after it."""
    if not path.exists():
        return []
    found: list[tuple[int, Any]] = []
    with path.open("rb") as file:
        file.seek(place)
        for line in file:
            if not line.endswith(b"\n") or place > file.tell():
                break
            place += len(line)
            try:
                found.append((place, json.loads(line)))
            except ValueError:
                continue  # torn by a death
            if len(found) and place - found[0][0] > AT_ONCE:
                break
    return found
