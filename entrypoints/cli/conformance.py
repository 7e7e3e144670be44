"""`entrepot conformance`: the published suites against the configured adapters, in a scratch namespace."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree as ET

import typer

from entrypoints.cli.distribution import HOME
from entrypoints.cli.errors import REFUSED, Complaint
from entrypoints.cli.session import session_of

NO_TESTS = 5
"""What pytest returns when it has found none."""
NEEDED = ("pytest", "pytest_asyncio", "hypothesis")


def add_to(app: typer.Typer) -> None:
    app.command()(conformance)


def conformance(
    context: typer.Context,
    only: Annotated[str, typer.Option("-k", "--only", help="Only tests whose names fit, as pytest's -k.")] = "",
) -> None:
    """Run the suites that every adapter must pass, on the adapters that are set; no data of yours is touched.

    They are for the ledger, the queries, the outbox, the deadlines, the clock, the inbox, the keys, the broker with its
    channels and parked messages, and where they are set for a broker that processes share and for the search index.
    They run in a scratch database beside yours, on servers under names of their own, with a clock moved by hand.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Complaint(f"the suites need {', '.join(missing)}: install entrepot[conformance]")
    session = session_of(context)
    path = session.settings().database.path
    beside = path.parent if path is not None and path.parent.exists() else None
    with tempfile.TemporaryDirectory(prefix=".conformance-", dir=beside) as scratch:
        report = Path(scratch) / "report.xml"
        run = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "--pyargs", "entrypoints.conformance.suites", "-q"),
                *("-c", os.devnull, "--rootdir", str(HOME), "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"),
                *("--disable-plugin-autoload", "-p", "asyncio"),  # whatever else is installed has no part in it
                *("-o", "asyncio_default_fixture_loop_scope=function"),
                *("--basetemp", str(Path(scratch) / "run"), "--junitxml", str(report), "--import-mode=importlib"),
                *(["-k", only] if only else []),
            ],
            stdout=subprocess.DEVNULL if session.as_json else None,
            stderr=subprocess.DEVNULL if session.as_json else None,
            check=False,
        )
        if run.returncode == NO_TESTS:
            raise Complaint(f"--only {only} fits no test of the suites: try a word such as deadline, or leave it out")
        if not report.exists():
            raise Complaint("the suites could not be run: without --json it is shown why")
        session.show(_summary(report))
    if run.returncode:
        raise typer.Exit(REFUSED)


def _summary(report: Path) -> dict[str, Any]:
    cases = list(ET.parse(report).iter("testcase"))
    failed = [f"{case.get('classname')}.{case.get('name')}" for case in cases if _failed(case)]
    return {"tests": len(cases), "failed": len(failed), "failures": failed}


def _failed(case: ET.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None
