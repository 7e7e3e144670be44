"""What an audit finds: a bounded list of differences, all of them counted."""

from typing import Final, NamedTuple

MOST_KEPT: Final = 100


class Difference(NamedTuple):
    """One thing that does not agree: which check, whose, where, what the other side says, and what stands there."""

    check: str
    tenant: str
    where: str
    expected: str
    found: str


class Findings:
    """Collects differences: the first `most` are kept, every one is counted."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self.kept: list[Difference] = []
        self.count = 0

    def add(self, check: str, tenant: str, where: str, expected: object, found: object) -> None:
        self.count += 1
        if len(self.kept) < self._most:
            self.kept.append(Difference(check, tenant, where, str(expected), str(found)))
