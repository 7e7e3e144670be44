"""Everything here runs on a MariaDB server."""

import pytest

from entrypoints.conformance.scratch_servers import scratch_databases_are_dropped
from tests.services import url_of

__all__ = ["scratch_databases_are_dropped"]


@pytest.fixture(autouse=True)
def url(monkeypatch: pytest.MonkeyPatch) -> str:
    """Of the server's database beside which tests have theirs; what is configured, for those that read the settings."""
    url = url_of("mariadb")
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", url)
    return url
