"""Real data that tests read and that is not part of the project: public sets, each a folder of its own.

They lie in the folder that `ENTREPOT_TEST_DATA` names, or beside the checkout in `../shared/data`. A test that needs a
set which is not there skips and names it.
"""

import os
from pathlib import Path
from typing import Final

import pytest

DATA: Final = Path(os.environ.get("ENTREPOT_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
EXCUSE: Final = "needs shared data"
"""How the reason of such a skip begins: the only one that is let pass where CI=true."""


def without(name: str) -> str:
    """Why a test is skipped that has no set of this name."""
    return f"{EXCUSE}: {name} is not in {DATA} (ENTREPOT_TEST_DATA names another folder)"


def needs(name: str) -> pytest.MarkDecorator:
    """Skips the test where the set is not there."""
    return pytest.mark.skipif(not (DATA / name).is_dir(), reason=without(name))
