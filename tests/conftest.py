"""What holds for every test.

A skipped test proves nothing: where CI=true, want of shared data is the only excuse, and any other fails the run. No
test is timed: a property may take as long as a busy machine makes it.
"""

import gc
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.shared_data import EXCUSE

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

IN_MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free there. A disk is waited for thousands of times otherwise; what a killed process had written
stays there, too. Who says PYTEST_DEBUG_TEMPROOT has the databases of the tests there."""


def pytest_configure() -> None:
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(IN_MEMORY)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: no test's garbage is looked for in all of that."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_unexcused(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_unexcused(report)
    return report


def _fail_unexcused(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(EXCUSE):
        report.outcome = "failed"
        report.longrepr = f"skipped where CI=true: {reason} (only a reason that begins with {EXCUSE!r} is let pass)"
