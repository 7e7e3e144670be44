"""The lines of an archive: read again as they were written, byte for byte what the seal hashes."""

import pytest

from domain.reconciliation.archiving import (
    BadArchive,
    account_line,
    check_head,
    followed_by,
    head_line,
    identity_of,
    parse,
    posting_line,
)
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import NOTHING_SEALED, InspectedAccount, Posting, SealedLine
from domain.reconciliation.sealing import Sealer, canonical
from domain.stock.position import Position

KEY = Position('a "quoted"/B', "N\\1", "自营").key
ACCOUNT = InspectedAccount("nörth", KEY, str(KEY), None, (), 7)


def posting(version: int, actor: str = "clerk") -> Posting:
    return Posting(
        version,
        "RECEIVE",
        2,
        (2 * version, 0, 0, 0, 0),
        0,
        version,
        "",
        "sale\n",
        "",
        5,
        "q1",
        "X",
        actor,
        "p",
        version,
    )


def test_a_movement_is_read_as_it_was_written() -> None:
    line = posting_line(posting(3))
    assert line.count(b"\n") == 1
    assert parse(line) == (None, posting(3))
    assert canonical(posting(3)) + b"\n" == line


def test_a_seal_is_made_again_from_what_is_read() -> None:
    first, again = Sealer(), Sealer()
    for version in (1, 2, 3):
        first.take(ACCOUNT, posting(version))
        read = parse(posting_line(posting(version))).posting
        assert read is not None
        again.take(ACCOUNT, read)
    assert first.line(1) == again.line(1)


def test_an_account_is_known_again() -> None:
    line = account_line(ACCOUNT, NOTHING_SEALED, SealedLine(1, 9, (0, 0, 0, 0, 0), 0, b"hash"))
    assert parse(line) == (identity_of(ACCOUNT), None)
    assert identity_of(ACCOUNT) == ("nörth", "stock", KEY.values)


def test_movements_without_an_account_have_no_name() -> None:
    with pytest.raises(BadArchive):
        identity_of(ACCOUNT._replace(key=None))


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}", b"[]", b"[1,2]", b'{"account":[1]}', b"7", b"\xff", b"[1,2,3,4,5,6]"]
)
def test_what_is_no_line_is_told(line: bytes) -> None:
    with pytest.raises(BadArchive):
        parse(line)


def test_a_file_of_another_seal_is_told() -> None:
    check_head(head_line(2), 2)
    with pytest.raises(BadArchive):
        check_head(head_line(2), 3)


def joined(archived: list[Posting], there: list[Posting]) -> tuple[list[int], list[str]]:
    findings = Findings(10)
    versions = [each.version for each in followed_by(ACCOUNT, archived, there, findings)]
    return versions, [each.check for each in findings.kept]


def test_what_is_in_both_comes_once() -> None:
    one, two, three = map(posting, (1, 2, 3))
    assert joined([one, two], [two, three]) == ([1, 2, 3], [])
    assert joined([one, two], [one, two, three]) == ([1, 2, 3], [])
    assert joined([one, two], [three]) == ([1, 2, 3], [])
    assert joined([], [one, two]) == ([1, 2], [])
    assert joined([one], [posting(1, "thief"), two]) == ([1, 2], ["archive.overlap"])
