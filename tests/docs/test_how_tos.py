"""The how-to pages are right: a copy of the tree in which their steps were taken says what they say it will."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Edit, Run, Write, copy_of_the_tree, steps_of
from tests.warm import entrepot

HOW_TOS = sorted(path.name for path in (ROOT / "docs").glob("add-*.md"))
FOLLOWED = [*HOW_TOS, "keys-and-tenants.md", "operations.md"]


def test_there_are_pages_to_follow() -> None:
    assert HOW_TOS == ["add-a-kind-of-account.md", "add-a-use-case.md", "add-an-adapter.md"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", FOLLOWED)
def test_the_steps_of_a_page_lead_where_it_says(page: str, tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    steps = steps_of((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert any(isinstance(step, Write) for step in steps) or page not in HOW_TOS
    assert any(isinstance(step, Run) for step in steps)
    before = () if page in HOW_TOS else (str(Path(entrepot()).parent),)  # where no code is written, none is read anew
    for step in steps:
        step.take(tree, *before)
    given = [step.path for step in steps if isinstance(step, Write) and (tree / step.path).exists()]
    for wish in (["check"], ["format", "--check"]) if given else ():
        ruff = [str(Path(sys.executable).with_name("ruff")), *wish, "--no-cache", *given]
        done = subprocess.run(ruff, cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


PAGE = """
Write this.

`notes/one.txt`

```text
one
three
```

`notes/one.txt`

```diff
 one
+two
 three
```

```console
$ cat notes/one.txt
one
…
three
```

```python
raise SystemExit("prose")
```
"""


def test_blocks_are_files_edits_and_commands(tmp_path: Path) -> None:
    steps = steps_of(PAGE)
    assert [type(step) for step in steps] == [Write, Edit, Run]
    for step in steps:
        step.take(tmp_path)
    assert (tmp_path / "notes" / "one.txt").read_text() == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    "step",
    [
        Run("$ false\n"),
        Run("$ echo one\ntwo\n"),
        Run("$ echo one; echo two\ntwo\none\n"),
        Edit("one.txt", " nowhere\n+two\n"),
        Edit("one.txt", "+no place\n"),
        Write("one.txt", "again"),
    ],
    ids=["fails", "says something else", "another order", "no such line", "nowhere in particular", "there already"],
)
def test_a_step_that_leads_elsewhere_fails(step: Write | Edit | Run, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("one\n")
    with pytest.raises(AssertionError):
        step.take(tmp_path)
