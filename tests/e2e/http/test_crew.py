"""Several processes on one socket: one that cannot stay is replaced ever later, and not for ever."""

import subprocess
import sys
from pathlib import Path
from typing import Final

LEADS: Final = """
import sys
from entrypoints.http.serve import CannotServe, Crew

try:
    Crew([sys.executable, "-c", sys.argv[1]], 2, (), 0.0).run()
except CannotServe as error:
    print(error)
"""


def lead(work: str) -> str:
    """What is said when a crew whose processes do this has come to its end."""
    done = subprocess.run([sys.executable, "-c", LEADS, work], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_when_none_stays_all_are_stopped_and_it_is_said(tmp_path: Path) -> None:
    hired = tmp_path / "hired"
    said = lead(f"open({str(hired)!r}, 'a').write('.')")
    assert "none of 2 processes stays" in said
    assert hired.read_text() == "." * 8


def test_one_that_stays_keeps_the_others_being_replaced(tmp_path: Path) -> None:
    """The first place serves; the second ends at once each time. SIGTERM to the leader ends both."""
    hired = tmp_path / "hired"
    work = f"""
import sys, time
place = sys.argv[sys.argv.index("--peers") + 1].partition("/")[0]
if place == "0":
    time.sleep(60)
with open({str(hired)!r}, "a") as file:
    file.write(".")
    if file.tell() == 4:
        import os, signal
        os.kill(os.getppid(), signal.SIGTERM)
"""
    assert lead(work) == ""
    assert hired.read_text() == "." * 4
