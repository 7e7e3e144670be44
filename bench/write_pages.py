"""The pages of docs/ that are made from the code. `make docs` writes them."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

from pydantic import BaseModel

import adapters.acl
import application
import domain
import entrypoints.http
import entrypoints.messages
from application.kernel.unanswered import Unanswered
from bench.draw_promise import map_of_example, page_of_example
from domain.kernel.account import AccountKind
from domain.kernel.refusal import InsufficientBalance, Refusal
from entrypoints.composition.settings import Section, Settings, variable
from entrypoints.metrics.catalogue import METRICS
from entrypoints.metrics.tally import BOUNDS
from entrypoints.wire.problems import status_of

ROOT: Final = Path(__file__).parents[1]
OURS: Final = ("domain", "application", "adapters", "entrypoints")
CONSOLE: Final = "entrypoints.http.console"
MADE: Final = "<!-- Written by `make docs` from the code: change it there. -->"


class Answer(NamedTuple):
    """One way of not being served: its code, what it means and asks for, and the names of the facts it may bring."""

    code: str
    type: type[Exception]
    meaning: str
    advice: str
    again: str
    facts: tuple[str, ...]


def modules(*packages: ModuleType) -> Iterator[ModuleType]:
    """Every module of the packages, imported."""
    for package in packages:
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def descendants(of: type[Exception]) -> list[type[Exception]]:
    """Every class below this one that is ours, but for the console, which answers people alone."""
    found = [cls for below in of.__subclasses__() for cls in (below, *descendants(below))]
    return [
        cls
        for cls in dict.fromkeys(found)
        if cls.__module__.partition(".")[0] in OURS and not cls.__module__.startswith(CONSOLE)
    ]


def paragraphs(cls: type) -> list[str]:
    """The paragraphs of the class's own docstring, each on one line."""
    return [" ".join(each.split()) for each in inspect.cleandoc(vars(cls).get("__doc__") or "").split("\n\n") if each]


def facts_told(cls: type) -> set[str]:
    """The facts that the docstring names: in backticks, first in parentheses, or in a paragraph of facts."""
    told: set[str] = set()
    for each in paragraphs(cls):
        told.update(re.findall(r"`(\w+)`", each) if each.startswith("Facts:") else re.findall(r"\(`(\w+)`", each))
    return told


def facts_given(root: Path = ROOT) -> Mapping[str, frozenset[str]]:
    """By class name, the facts with which it is raised: the keywords of every call of that name."""
    given: dict[str, set[str]] = defaultdict(set)
    for folder in (*OURS, "adapters"):
        for path in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    given[node.func.id].update(word.arg for word in node.keywords if word.arg)
    return {name: frozenset(words - {"code", "request"}) for name, words in given.items()}


def kinds() -> list[AccountKind]:
    """Every kind of account that the domain declares."""
    found = [value for module in modules(domain) for value in vars(module).values() if isinstance(value, AccountKind)]
    return sorted(dict.fromkeys(found), key=lambda kind: kind.name)


def refusals() -> list[Answer]:
    """Every refusal, by code; where the kind of account gives the code, once for each kind."""
    _ = list(modules(domain, application, adapters.acl, entrypoints.http, entrypoints.messages))
    given = facts_given()
    answers = []
    for cls in descendants(Refusal):
        meaning, advice = paragraphs(cls)[:2]
        again = "yes, unchanged, later" if getattr(cls, "retryable", False) else "no"
        codes = (
            sorted({kind.insufficient for kind in kinds()}) if cls is InsufficientBalance else [cls.__dict__["code"]]
        )
        facts = tuple(sorted(facts_told(cls) | given.get(cls.__name__, frozenset())))
        answers += [Answer(code, cls, meaning, advice, again, facts) for code in codes]
    return sorted(answers, key=lambda each: (each.code, each.type.__name__))


def unanswered() -> list[Answer]:
    """Every way in which the platform fails to answer, by code."""
    answers = []
    for cls in descendants(Unanswered):
        meaning, advice = paragraphs(cls)[:2]
        answers.append(Answer(cls.__dict__["code"], cls, meaning, advice, "yes, under the same id", ("retry_after",)))
    return sorted(answers)


def refusals_page() -> str:
    """docs/refusals.md."""
    return f"""{MADE}

# Refusals, and what to do about them

A **refusal** is a decision: what was asked cannot be done as things stand. Nothing was changed, and nothing is kept of
it: the same request id may be sent again, changed or not, and is decided anew. *Again* says whether it is worth
repeating unchanged after a short wait, because what it lacks is likely on its way; any other may be accepted, too, once
things stand otherwise. The codes are part of the interface: they do not change, programs may compare them.
The message beside a code is for people and may change. *Facts* come with it as plain values, each where it applies.
*Status* is the one over HTTP, where every refusal is a problem (RFC 9457) with the same code and facts.

{_table(refusals())}

Further kinds of account bring a code of their own for running short, which their declaration names; it means what
`stock.insufficient` does.

# When there is no answer

The platform could not decide, or cannot say what it decided. Send the same request **under the same request id**: if it
was accepted, the answer is the one it got; if not, it is decided now. It is never done twice.

{_table(unanswered())}
"""


def _table(answers: list[Answer]) -> str:
    rows = [
        f"| `{each.code}` | {status_of(each.code)} | {_cell(each.meaning)} | {_cell(each.advice)} | {each.again} | "
        f"{', '.join(f'`{fact}`' for fact in each.facts) or '–'} |"
        for each in answers
    ]
    return "\n".join(
        [
            "| Code | Status | Meaning | What to do | Again | Facts |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def settings_page() -> str:
    """docs/settings.md."""
    parts = [
        f"""{MADE}

# Settings

Every setting is an environment variable. `entrepot config` shows those in force and where each came from, and masks
secrets. A variable that begins with `ENTREPOT_` and is none of these is refused, with the nearest name: a setting that
was mistyped is not silently the default. A process runs with the settings it started with.
"""
    ]
    single: set[str] = set()
    for name, field in Settings.model_fields.items():
        section = field.default
        if isinstance(section, Section):
            about = inspect.cleandoc(type(section).__doc__ or "")
            parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{about}\n\n{_settings(type(section), name)}\n")
        else:
            single.add(name)
    parts.append(f"## More\n\n{_settings(Settings, only=single)}\n")
    return "\n".join(parts)


def _settings(model: type[BaseModel], *path: str, only: set[str] | None = None) -> str:
    rows = ["| Variable | Default | Bounds | What it does |", "| --- | --- | --- | --- |"]
    schema = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        if only is None or name in only:
            shape = schema[name]
            bounds = " to ".join(str(shape[key]) for key in ("minimum", "maximum") if key in shape)
            bounds = bounds or ", ".join(f"`{choice}`" for choice in shape.get("enum", ()))
            default = field.default if isinstance(field.default, str) else str(field.default).lower()
            shown = f"`{default}`" if default not in ("", "()") else "(empty)"
            about = _cell(field.description or "")
            rows.append(f"| `{variable(*path, name)}` | {shown} | {bounds or '–'} | {about} |")
    return "\n".join(rows)


def metrics_page() -> str:
    """docs/metrics.md."""
    rows = [
        f"| `{each.name}` | {each.shape} | {', '.join(f'`{label}`' for label in each.labels) or '–'} | "
        f"{'the database' if each.shared else 'each process'} | {_cell(each.meaning)} |"
        for each in METRICS
    ]
    table = ["| Metric | Shape | Labels | Of | Meaning |", "| --- | --- | --- | --- | --- |", *rows]
    return f"""{MADE}

# Metrics

`GET /metrics` of a process that serves, as text for a collector. Who may read it, which alerts to set, and what to do
when one comes is in [operations.md](operations.md).

What is *of each process* bears the label `process`, its place among those that `entrepot serve --workers` started (0
where it is one): add them up with `sum without (process)`. Whichever is asked, it answers for all; a process that was
replaced begins again at 0. What is *of the database* is said once. Names end in their unit. No label holds anything
that a caller may choose, nor a tenant: how many samples there are is fixed by the release and its settings.

Durations are counted in buckets up to {", ".join(f"{bound:g}" for bound in BOUNDS)} seconds, and beyond.

{chr(10).join(table)}
"""


PAGES: Final = {
    "refusals.md": refusals_page,
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "promise-explained.md": page_of_example,
    "promise-explained.svg": map_of_example,
}


if __name__ == "__main__":
    for name, write in PAGES.items():
        (Path(sys.argv[1]) / name).write_text(write(), encoding="utf-8")
