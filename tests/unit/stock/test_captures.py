"""Capture jobs, page by page: no more of them is read than a page needs, for one may be megabytes long."""

from collections.abc import Sequence

import pytest

from application.stock.keep_capture import AT_ONCE, CAPTURES, ListCaptures, ListCapturesHandler
from domain.kernel.books import Entry, EntryKey


class Register:
    """Keeps as many jobs, each with so many errors, and notes how many were asked for."""

    def __init__(self, jobs: int, errors: int = 0) -> None:
        self.asked: list[int] = []
        self._codes = [f"{number:03}" for number in range(jobs)]
        self._errors: list[dict[str, str]] = [{}] * errors

    async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        self.asked.append(limit)
        found = [code for code in self._codes if code > after][:limit]
        return [Entry(EntryKey(CAPTURES, code), {"job": {"id": code, "errors": self._errors}}, 1) for code in found]


@pytest.mark.parametrize(
    ("jobs", "limit", "asked", "after"),
    [
        (13, 1, [2], "000"),
        (13, AT_ONCE - 1, [AT_ONCE], "008"),
        (13, 12, [AT_ONCE, 3], "011"),
        (13, 13, [AT_ONCE, 4], ""),
        (13, 30, [AT_ONCE, AT_ONCE], ""),
        (0, 1, [2], ""),
    ],
)
async def test_as_many_are_read_as_are_shown_and_one(jobs: int, limit: int, asked: list[int], after: str) -> None:
    register = Register(jobs)
    page = await ListCapturesHandler(register)("t", ListCaptures(limit=limit))
    assert [job["id"] for job in page.jobs] == [f"{number:03}" for number in range(min(jobs, limit))]
    assert (page.after, register.asked) == (after, asked)


async def test_a_page_is_full_with_its_errors_too() -> None:
    page = await ListCapturesHandler(Register(5, errors=400))("t", ListCaptures())
    assert (len(page.jobs), page.after) == (2, "001")
