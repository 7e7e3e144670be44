"""The core read as source: what it imports, and what it asks for. import-linter guards the rest (pyproject.toml)."""

from pathlib import Path

from tests.architecture.rules import (
    imports_beyond_the_standard_library,
    imports_of_another_context,
    impurities_of_the_domain,
)

ROOT = Path(__file__).parents[2]


def test_the_core_imports_only_the_standard_library_and_itself() -> None:
    assert imports_beyond_the_standard_library(ROOT) == []


def test_the_domain_is_given_what_it_cannot_know() -> None:
    assert impurities_of_the_domain(ROOT) == []


def test_a_use_case_knows_the_domain_of_its_own_context_and_the_kernel_alone() -> None:
    assert imports_of_another_context(ROOT) == []
