"""What a document points at is there: links, headings, files, tests by name; and none says where to download things."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import ROOT, Write, steps_of

PAGES: Final = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
FOLDERS: Final = (
    "domain", "application", "adapters", "entrypoints", "contracts", "tests", "bench", "docs", ".ci",
)  # fmt: skip
HOSTS: Final = {"keepachangelog.com", "semver.org", "www.apache.org", "127.0.0.1"}
"""Where a document may send people: pages that say something, from which nothing is installed; and what they serve."""

FENCED: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*src=\"([^\"]+)\"")
ADDRESS: Final = re.compile(r"https?://([\w.-]+)")
NAMED: Final = re.compile(rf"`((?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*)(?:::(\w+))?`")


def faults_of(page: str, root: Path, folder: Path) -> Iterator[str]:
    """What a page in this folder of the tree points at in vain."""
    prose = FENCED.sub("", page)
    for link, image in LINK.findall(prose):
        yield from _link(link or image, page, folder)
    made = {step.path for step in steps_of(page) if isinstance(step, Write)} | set(_moved(page))
    for path, test in NAMED.findall(prose):
        if path not in made:
            yield from _file(path, test, root)
    yield from (f"an address at {host}" for host in ADDRESS.findall(page) if host not in HOSTS)


def _link(target: str, page: str, folder: Path) -> Iterator[str]:
    if target.startswith(("http://", "https://")):
        return
    path, _, heading = target.partition("#")
    file = folder / path
    if path and not file.exists():
        yield f"a link to {path}, which is not there"
    elif heading and heading not in _headings(file.read_text(encoding="utf-8") if path else page):
        yield f"a link to {target}, which has no such heading"


def _file(path: str, test: str, root: Path) -> Iterator[str]:
    if not (root / path).exists():
        yield f"{path}, which is not there"
    elif test and not re.search(rf"def {test}\(", (root / path).read_text(encoding="utf-8")):
        yield f"{path}::{test}, which is not in it"


def _headings(page: str) -> set[str]:
    """The anchors that a reader's page makes of its headings."""
    lines = re.findall(r"^#+ (.*)$", FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def _moved(page: str) -> Iterator[str]:
    """What a page has its reader move somewhere."""
    yield from re.findall(r"^\$ mv \S+ (\S+)$", page, re.MULTILINE)


def test_there_are_pages() -> None:
    assert {Path("CONTRIBUTING.md"), Path("docs/README.md"), Path("docs/refusals.md")} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    file = ROOT / page
    assert list(faults_of(file.read_text(encoding="utf-8"), ROOT, file.parent)) == []


def test_every_page_of_docs_is_in_its_index() -> None:
    index = {link.partition("#")[0] for link, _ in LINK.findall((ROOT / "docs" / "README.md").read_text("utf-8"))}
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(pages - index) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("[a](absent.md)", "absent.md, which is not there"),
        ("[a](#nowhere)\n\n# Somewhere", "no such heading"),
        ("`tests/absent.py`", "tests/absent.py, which is not there"),
        ("`tests/conftest.py::test_of_nothing`", "which is not in it"),
        ("https://example.org/wheel", "an address at example.org"),
    ],
)
def test_what_is_not_there_is_told(page: str, fault: str) -> None:
    (told,) = faults_of(page, ROOT, ROOT)
    assert fault in told


def test_what_is_there_is_not(tmp_path: Path) -> None:
    page = "[a](CONTRIBUTING.md) [b](#what-for-then) `docs/README.md` `tests/x.py`\n\n# What *for*, then?\n\n"
    made = "`tests/x.py`\n\n```python\n```\n"
    assert list(faults_of(page + made, ROOT, ROOT)) == []
