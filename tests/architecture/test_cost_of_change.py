"""What a change costs, counted: the how-to pages' changes are really made in a copy of the tree.

That they work is seen where the pages are followed to their end: tests/docs/test_how_tos.py.

Counted is what is written by hand: a file that is empty, an import of what was just written, and prose are not.
"""

import difflib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Run, Step, Write, copy_of_the_tree, steps_of


@dataclass
class Cost:
    """New files, and lines added to those that were there."""

    files: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)


class Tree:
    """A copy of the tree that knows what it was."""

    def __init__(self, folder: Path) -> None:
        self.root = copy_of_the_tree(folder)
        self._before = self._files()

    def take(self, *steps: Step) -> None:
        for step in steps:
            step.take(self.root)

    def cost(self) -> Cost:
        """What was written since. Nothing may have been taken away."""
        after = self._files()
        assert self._before.keys() <= after.keys()
        cost = Cost({path for path in after.keys() - self._before.keys() if after[path]})
        for path, text in self._before.items():
            for line in difflib.ndiff(text.splitlines(), after[path].splitlines()) if text != after[path] else ():
                assert not line.startswith("- "), f"{path} lost {line[2:]!r}"
                if line.startswith("+ ") and not line.startswith(("+ from ", "+ import ")):
                    cost.lines.append(f"{path}: {line[2:].strip()}")
        return cost

    def _files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_text(encoding="utf-8")
            for path in self.root.rglob("*")
            if path.is_file() and path.suffix in (".py", ".toml", ".sql")
        }


def changes(page: str) -> list[Step]:
    """What a page has one write, move or make, without what it has one run."""
    every = steps_of((ROOT / "docs" / page).read_text(encoding="utf-8"))
    return [step for step in every if not isinstance(step, Run) or step.script.startswith(("$ mkdir", "$ touch"))]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_an_adapter_costs_its_file_its_conformance_subclass_and_one_line_where_the_ports_are_composed(
    tree: Tree,
) -> None:
    tree.take(*changes("add-an-adapter.md"))
    cost = tree.cost()
    assert cost.files == {"adapters/journal/ledger.py", "tests/contract/ledger/test_journalled_ledger.py"}
    (line,) = cost.lines
    assert line.startswith("entrypoints/composition/ports.py: journal=")


def test_an_adapter_from_outside_costs_us_nothing(tree: Tree) -> None:
    tree.take(*(step for step in changes("add-an-adapter.md") if isinstance(step, Write)))
    assert tree.cost().lines == []


def test_a_use_case_costs_its_file_its_test_and_one_line(tree: Tree) -> None:
    tree.take(*changes("add-a-use-case.md"))
    cost = tree.cost()
    assert cost.files == {"application/stock/buy_consigned.py", "tests/unit/stock/test_buy_consigned.py"}
    assert cost.lines == ["application/stock/commands.py: BuyConsigned,"]


def test_a_kind_of_account_costs_one_file_of_the_domain(tree: Tree) -> None:
    steps = changes("add-a-kind-of-account.md")
    (declaration,) = (step for step in steps if isinstance(step, Write) and step.path.startswith("domain/"))
    tree.take(declaration, *(step for step in steps if isinstance(step, Run)))
    cost = tree.cost()
    assert (cost.files, cost.lines) == ({"domain/gifts/card.py"}, [])
    # And a context that holds it together with stock, on every ledger, edits nothing either.
    tree.take(*(step for step in steps if isinstance(step, Write) and step is not declaration))
    assert tree.cost().lines == []
    assert tree.cost().files == {"domain/gifts/card.py", "gift_cards.py", "tests/contract/ledger/test_pay_by_card.py"}


def test_what_a_change_takes_away_or_adds_is_seen(tree: Tree) -> None:
    (tree.root / "domain" / "planted.py").write_text("PLANTED = 1\n")
    root = tree.root / "entrypoints" / "composition" / "ports.py"
    text = root.read_text(encoding="utf-8")
    root.write_text(text + "PLANTED = 1\n", encoding="utf-8")
    assert tree.cost() == Cost({"domain/planted.py"}, ["entrypoints/composition/ports.py: PLANTED = 1"])
    root.write_text(text.partition("\n")[2], encoding="utf-8")
    with pytest.raises(AssertionError, match="lost"):
        tree.cost()
