"""The events of each subject: numbered without gaps, up to the last that its record knows of."""

from collections.abc import Iterable
from itertools import groupby

from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import UNREADABLE, Told


def follow_events(
    told: Iterable[Told], findings: Findings, *, purged: bool, kept_since: int, recorded: tuple[str, ...]
) -> int:
    """Follow the events of every subject; how many there are.

    `told` comes sorted by tenant and subject, the record's row before its events, these as they were told. A subject
    that begins with one of `recorded` must have a record, unless its events are older than `kept_since`. When some
    were `purged`, a subject's first events may be gone; that none of the others is, their number tells. A reservation
    made under the id of a tombstone that was purged begins again with its events.
    """
    count = 0
    for (tenant, subject), rows in groupby(told, key=lambda row: row[:2]):

        def differs(check: str, expected: object, found: object, at: tuple[str, str] = (tenant, subject)) -> None:
            findings.add(check, *at, expected, found)

        record: int | None = None
        last: int | None = None
        last_at = 0
        for row in rows:
            if row.before is None:
                record = row.number
                continue
            count += 1
            if row.before == UNREADABLE:
                differs("event.unreadable", f"the number before {row.number}", "what cannot be read")
            elif last is None:
                if record is None and subject.startswith(recorded) and row.at >= kept_since:
                    differs("event.record", "a record that it is told of", "none")
                if row.before != 0 and not purged:
                    differs("event.gap", "an event 1", f"{row.before + 1} first")
            elif row.before != last and not (row.before == 0 and last_at < kept_since):
                differs("event.gap", f"{last + 1} after {last}", f"from {row.before + 1} to {row.number}")
            if row.number <= row.before:
                differs("event.number", f"a number above {row.before}", row.number)
            last, last_at = row.number, row.at
        if record is not None and (last if last is not None else 0) != record and not (last is None and purged):
            differs("event.last", record, "none" if last is None else last)
    return count
