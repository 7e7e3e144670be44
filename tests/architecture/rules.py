"""The rules that an import graph cannot see, each a function from a tree to the list of its offences."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

CORE = {
    "domain": sys.stdlib_module_names | {"domain"},
    "application": sys.stdlib_module_names | {"domain", "application"},
}
"""What each folder of the core may import, by top-level name."""

IMPURE_MODULES = frozenset(
    {
        "asyncio",
        "concurrent",
        "contextvars",
        "ctypes",
        "fcntl",
        "glob",
        "http",
        "io",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "queue",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
    }
)
"""The parts of the standard library that reach outside: clock, chance, files, network, processes, waiting."""

IMPURE_CALLS = frozenset(
    {"breakpoint", "eval", "exec", "input", "now", "open", "print", "today", "utcnow", "uuid1", "uuid4", "ZoneInfo"}
)
"""The same, by the name that is called: `datetime.now()`, `uuid4()`, `ZoneInfo("…")` reads a file."""

PACKAGES = ("domain", "application", "adapters", "entrypoints", "contracts")
MADE = Path("contracts", "client", "entrepot.py")
"""Made from the published document, not written."""

LONGEST_FUNCTION = 70
"""Most lines of a function's body, its docstring not counted."""

WAITING = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


def imports_beyond_the_standard_library(root: Path) -> list[str]:
    """Every import in domain or application of something that is neither the standard library nor further in."""
    return [
        f"{where}: {folder} imports {module}"
        for folder, allowed in CORE.items()
        for where, node in _nodes(root / folder)
        for module in _imported(node)
        if module.partition(".")[0] not in allowed
    ]


def impurities_of_the_domain(root: Path) -> list[str]:
    """Every place where the domain asks what it should have been given: a time, an id, a file; and every await."""
    return [
        f"{where}: the domain must be given this, not ask for it: {fault}"
        for where, node in _nodes(root / "domain")
        for fault in _impure(node)
    ]


def imports_of_another_context(root: Path) -> list[str]:
    """Every import by `application.<context>` of a `domain.<context>` that is neither its own nor the kernel."""
    return [
        f"{where}: application.{context.name} imports {module}"
        for context in sorted((root / "application").iterdir())
        if context.is_dir()
        for where, node in _nodes(context)
        for module in _imported(node)
        if module.startswith("domain.") and module.split(".")[1] not in {context.name, "kernel"}
    ]


def functions_too_long(root: Path) -> list[str]:
    """Every function that is written by hand and takes more lines than one can take in at a time."""
    return [
        f"{where}: {node.name} has {lines} lines"
        for package in PACKAGES
        for where, node in _nodes(root / package)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _lines(node)) > LONGEST_FUNCTION
        and not where.startswith(str(root / MADE))
    ]


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From the first statement after the docstring to the end of the last."""
    documented = ast.get_docstring(function, clean=False) is not None
    statements = function.body[documented:]
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def _nodes(folder: Path) -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
            yield f"{path}:{getattr(node, 'lineno', 0)}", node


def _imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; `from domain import stock` names `domain.stock`."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return [f"{module}.{alias.name}" for alias in names]
    return []


def _impure(node: ast.AST) -> list[str]:
    faults = [f"import {module}" for module in _imported(node) if module.partition(".")[0] in IMPURE_MODULES]
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
            faults.append(f"{name}()")
        case _ if isinstance(node, WAITING):
            faults.append(type(node).__name__)
    return faults
