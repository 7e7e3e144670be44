"""What is sent along with the pages: pinned, licensed, and sending nobody anywhere."""

import re
from pathlib import Path

import pytest

from entrypoints.http.console.pages import HERE, Pages

STATIC = HERE / "static"


def test_htmx_is_the_version_that_is_written_down_and_bears_its_licence() -> None:
    pages = (HERE.parents[2] / "docs" / "dependencies.md").read_text()
    version = re.search(r'version:"([\d.]+)"', (STATIC / "htmx.min.js").read_text())
    assert version is not None
    assert version[1].startswith("2.")
    assert f"| htmx | {version[1]} | 0BSD |" in pages
    assert (STATIC / "htmx.LICENSE.txt").read_text().startswith("Zero-Clause BSD")


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_no_file_names_another_host(path: Path) -> None:
    named = set(re.findall(r"(?:https?:)?//([\w-]+\.[\w.-]+)/", path.read_text()))
    assert named <= {"www.w3.org"}, "the name of the SVG language is the one address"


def test_a_file_is_found_by_its_name_alone() -> None:
    pages = Pages()
    found = pages.file("console.css")
    assert found is not None
    assert "immutable" in str(found.headers["Cache-Control"])
    for name in ("../routes.py", "", "..", "nothing.css", "templates/base.html"):
        assert pages.file(name) is None
