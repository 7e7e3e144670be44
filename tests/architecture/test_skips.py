"""Whoever has none of the real data can run everything else, also where a skipped test fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared_data import EXCUSE
from tests.warm import ROOT

ALSO_WITHOUT = "tests/unit/warehouse/test_calendar.py"


@pytest.mark.slow
def test_a_test_that_lacks_real_data_skips_by_name_also_in_ci(tmp_path: Path) -> None:
    here = {**os.environ, "CI": "true", "ENTREPOT_TEST_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", ALSO_WITHOUT]
    done = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{EXCUSE}: cn_workdays is not in {tmp_path}" in done.stdout


def test_only_one_module_says_where_real_data_lies() -> None:
    said = [each for each in ROOT.joinpath("tests").rglob("*.py") if '"shared" / "data"' in each.read_text("utf-8")]
    assert [each.name for each in said if each.name != Path(__file__).name] == ["shared_data.py"]
