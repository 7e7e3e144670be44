"""Scratch databases of a server for the suites: one for each folder of a test, lent again when the test is over."""

import os
from pathlib import Path

import pytest

from entrypoints.composition.maintenance import Scratches, scratch_databases
from entrypoints.composition.settings import Settings


class Lender:
    """Making and dropping a database takes a second or more, to empty one that another test has used next to none."""

    def __init__(self) -> None:
        self._databases: dict[str, Scratches] = {}
        self._lent: dict[tuple[str, Path], tuple[str, str]] = {}

    def url(self, settings: Settings, folder: Path) -> str:
        """The database that stands for this folder, beside the one of the settings: empty when first asked for."""
        of, test = settings.database.url, os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        known = self._lent.get((of, folder))
        if known is not None:
            return known[0]
        databases = self._databases.get(of)
        if databases is None:
            databases = self._databases[of] = scratch_databases(settings)
        url = self._given_back(of, test)
        if url is None:
            url = databases.make()
        else:
            databases.empty(url)
        self._lent[of, folder] = url, test
        return url

    def _given_back(self, of: str, test: str) -> str | None:
        """One whose test is over, or whose folder is gone."""
        for place, (url, used_by) in self._lent.items():
            if place[0] == of and (used_by != test or not place[1].exists()):
                del self._lent[place]
                return url
        return None

    def drop(self) -> None:
        """Drop all that were made."""
        for databases in self._databases.values():
            databases.drop()
        self._lent.clear()


LENDER = Lender()


@pytest.fixture(scope="session", autouse=True)
def scratch_databases_are_dropped() -> object:
    """To be imported where scratch databases are used."""
    yield
    LENDER.drop()
