"""Without any extra, everything that the base install runs can be imported: a driver is loaded when it is chosen."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
EXTRAS: Final = (
    "elasticsearch",
    "kafka",
    "mariadb",
    "nats",
    "objects",
    "opensearch",
    "postgresql",
    "rabbitmq",
    "redis",
    "solver",
    "telemetry",
)
IMPORTED: Final = {"aio-pika": "aio_pika", "nats-py": "nats", "opensearch-py": "opensearchpy"}
"""Packages whose module has another name."""

IMPORTS: Final = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import entrypoints.cli.main, entrypoints.cli.app, entrypoints.composition.moving
import entrypoints.conformance.suites, entrypoints.demo.run, entrypoints.http.serve
"""


def modules() -> set[str]:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    packages = {re.split(r"[\[<>=]", each)[0] for extra in EXTRAS for each in extras[extra]}
    named = {IMPORTED.get(each, each) for each in packages}
    return {"opentelemetry" if each.startswith("opentelemetry") else each for each in named}


def test_what_the_base_install_runs_is_imported_without_any_driver() -> None:
    said = subprocess.run(
        [sys.executable, "-c", IMPORTS, *sorted(modules())], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
