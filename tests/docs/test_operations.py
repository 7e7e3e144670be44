"""The page for those who operate it names every alert and all that the log says; what `deploy/` has is of the code."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any, Final

import yaml

from entrypoints.cli.serve import serve
from entrypoints.composition.settings import Settings, variable
from entrypoints.metrics.catalogue import METRICS
from entrypoints.worker.worker import Pace

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
PAGE: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TOLD: Final = ("warning", "error", "exception", "critical")
FOLDERS: Final = ("domain", "application", "adapters", "entrypoints")


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def first_cells(heading: str) -> set[str]:
    """What stands in backticks in the first column of the table below a heading."""
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {cell for row in rows for cell in re.findall(r"`([^`]+)`", row)}


def logged() -> set[str]:
    """Every message of level warning or above, with … for what varies."""
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in TOLD
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "logger"
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found.add(re.sub(r"%[.\d]*[a-z]", "…", str(node.args[0].value)))
    return found


def instructions() -> list[tuple[str, str]]:
    """The lines of the container file, by instruction."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines]


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "entrepot.service").read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Z]\w*=", line):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def settings_named(text: str) -> set[str]:
    return set(re.findall(r"\bENTREPOT_[A-Z_]+\b", text))


def known_settings() -> set[str]:
    found = set()
    for name, field in Settings.model_fields.items():
        fields = getattr(type(field.default), "model_fields", None)
        found |= {variable(name, each) for each in fields} if fields else {variable(name)}
    return found


def test_every_alert_is_on_the_page_and_no_other() -> None:
    assert {rule["alert"] for rule in alerts()} == first_cells("Alerts")


def test_alerts_ask_for_metrics_that_there_are() -> None:
    known = {metric.name for metric in METRICS}
    known |= {f"{each.name}_{part}" for each in METRICS if each.shape == "histogram" for part in ("bucket", "sum")}
    asked = {name for rule in alerts() for name in re.findall(r"\b(?:entrepot|process)_\w+", rule["expr"])}
    assert asked - known == set()
    assert len(asked) > 10


def test_the_page_names_only_metrics_and_settings_that_there_are() -> None:
    known = {metric.name for metric in METRICS}
    assert set(re.findall(r"`((?:entrepot|process)_\w+)", PAGE)) - known == set()
    for text in (PAGE, *(path.read_text(encoding="utf-8") for path in DEPLOY.iterdir())):
        assert settings_named(text) - known_settings() == set()


def test_whatever_the_log_says_is_on_the_page_and_no_more() -> None:
    said = first_cells("What it says in the log")
    assert sorted(logged() - said) == []
    assert sorted(said - logged()) == []


def test_the_service_stops_in_the_time_that_it_is_given() -> None:
    http, pace = Settings().http, Pace()
    finishes = 4
    longest = http.linger_seconds + http.stop_seconds + pace.grace + finishes * pace.finish
    (given,) = unit()["TimeoutStopSec"]
    assert float(given) > longest


def test_the_service_is_given_what_it_needs_and_no_more() -> None:
    said = unit()
    (command,) = said["ExecStart"]
    assert command == "/opt/entrepot/bin/entrepot serve --no-first-key"
    assert "first_key" in inspect.signature(serve).parameters
    assert int(said["LimitNOFILE"][0]) > Settings().http.connections + 256
    for name, value in {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
        "KillMode": "mixed",
    }.items():
        assert said[name] == [value]


def test_the_container_runs_as_nobody_in_particular_and_says_whether_it_lives() -> None:
    told = instructions()
    names = [name for name, _ in told]
    assert set(names) <= {
        *("FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD")
    }
    assert ("USER", "10001:10001") in told
    assert names.index("USER") < names.index("CMD")
    assert ("STOPSIGNAL", "SIGTERM") in told
    (health,) = (said for name, said in told if name == "HEALTHCHECK")
    assert "/health/live" in health
    for name, said in told:
        if name == "COPY" and not said.startswith("--from"):
            assert said.startswith(("requirements.lock ", "dist/")), "what is copied is there"
        if name != "HEALTHCHECK":
            assert "://" not in said or "sqlite:////" in said, "nothing is fetched from an address"
