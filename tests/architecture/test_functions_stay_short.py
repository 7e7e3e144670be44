"""What one reads in one go: CONTRIBUTING.md says how long a function may be."""

from pathlib import Path

from tests.architecture.rules import LONGEST_FUNCTION, functions_too_long

ROOT = Path(__file__).parents[2]


def test_no_function_is_longer_than_the_house_allows() -> None:
    assert functions_too_long(ROOT) == []


def test_the_house_says_how_long() -> None:
    assert f"Functions stay under {LONGEST_FUNCTION} lines" in ROOT.joinpath("CONTRIBUTING.md").read_text("utf-8")
