"""A view of register entries that a process keeps, and how old it may be."""

import asyncio
from collections.abc import Collection, Sequence
from itertools import count

from application.kernel.entries import MAX_AGE, PAGE, Followed, WrittenEntry
from domain.kernel.books import Entry, EntryKey


class Names:
    """The codes that were taken over, in order."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def take(self, entry: Entry) -> None:
        self.codes.append(entry.key.code)


class Log:
    """Entries as they were written, one number each."""

    def __init__(self) -> None:
        self.lines: list[WrittenEntry] = []
        self.asked = 0

    def write(self, tenant: str, code: str) -> None:
        self.lines.append(WrittenEntry(len(self.lines) + 1, tenant, Entry(EntryKey("site", code), {}, 1)))

    async def written(self, registers: Collection[str], after: int, limit: int) -> Sequence[WrittenEntry]:
        self.asked += 1
        return [line for line in self.lines if line.change > after and line.entry.key.register in registers][:limit]


def followed(log: Log, clock: list[float]) -> Followed[Names]:
    return Followed(log, ("site",), Names, lambda: clock[0])


async def test_each_tenant_has_a_view_of_its_own_and_nobody_else_s() -> None:
    log, clock = Log(), [0.0]
    log.write("north", "N1")
    log.write("south", "S1")
    view = followed(log, clock)
    assert (await view.of("north")).codes == ["N1"]
    assert (await view.of("south")).codes == ["S1"]
    assert (await view.of("nobody")).codes == []


async def test_nothing_is_ever_taken_over_into_the_view_of_those_who_entered_nothing() -> None:
    log, clock = Log(), [0.0]
    view = followed(log, clock)
    nothing = await view.of("north")
    assert await view.of("south") is nothing
    log.write("north", "N1")
    clock[0] = MAX_AGE
    assert (await view.of("north")).codes == ["N1"]
    assert await view.of("south") is nothing
    assert nothing.codes == []


async def test_what_was_written_since_is_seen_after_a_second_and_at_once_by_who_wrote_it() -> None:
    log, clock = Log(), [0.0]
    view = followed(log, clock)
    assert (await view.of("north")).codes == []
    log.write("north", "N1")
    clock[0] = MAX_AGE - 0.01
    assert (await view.of("north")).codes == []
    clock[0] = MAX_AGE
    assert (await view.of("north")).codes == ["N1"]
    log.write("north", "N2")
    view.look_again()
    assert (await view.of("north")).codes == ["N1", "N2"]
    assert log.asked == 3


async def test_many_entries_are_read_in_pages_each_once() -> None:
    log, clock = Log(), [0.0]
    for number in range(PAGE * 2 + 1):
        log.write("north", str(number))
    codes = (await followed(log, clock).of("north")).codes
    assert codes == [str(number) for number in range(PAGE * 2 + 1)]
    assert log.asked == 3


async def test_others_have_their_turns_while_many_are_taken_over() -> None:
    log = Log()
    for number in range(1_000):
        log.write("north", f"N{number}")
    ticks = count()
    view = Followed(log, ("site",), Names, lambda: next(ticks) / 1_000)  # a millisecond each time that it is read
    reading = asyncio.create_task(view.of("north"))
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    assert len((await reading).codes) == 1_000
