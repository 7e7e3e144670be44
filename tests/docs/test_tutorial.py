"""The tutorial, and what the page on the ledger has its reader try, are followed to the letter in an empty folder."""

from pathlib import Path

import pytest

from tests.docs.console import commands_of, follow
from tests.docs.pages import ROOT
from tests.warm import entrepot


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("tutorial.md", 26),
        ("how-the-ledger-works.md", 10),
        ("supply.md", 22),
        ("routing.md", 21),
        ("channel-stock.md", 29),
        ("policies.md", 6),
        ("promises.md", 27),
        ("capacity-and-expected-supply.md", 27),
    ],
)
def test_the_page_works_as_it_is_written(page: str, commands: int, tmp_path: Path) -> None:
    document = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert len(commands_of(document)) == commands
    follow(document, tmp_path, str(Path(entrepot()).parent))


def test_an_answer_that_is_not_given_fails_the_document(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="four"):
        follow("```console\n$ echo one; echo two\none\n…o\n$ echo three\nfour\n```\n", tmp_path)


def test_a_command_that_fails_unannounced_fails_the_document(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        follow("```console\n$ exit 3\n```\n", tmp_path)
    with pytest.raises(AssertionError, match="ended with 0"):
        follow("```console\n$ echo error: no\nerror: no\n```\n", tmp_path)


def test_a_named_block_is_saved_before_it_is_used(tmp_path: Path) -> None:
    follow("`a.txt`\n```text\nhello\n```\n\n```console\n$ cat a.txt\nhello\n```\n", tmp_path)
