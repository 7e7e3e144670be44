"""Is the installed wheel whole? Run by the interpreter that has it, away from the sources: smoke.py <sources>."""

import importlib
import importlib.util
import sys
from importlib.metadata import version
from pathlib import Path

LEFT_BEHIND = {"__pycache__", "node_modules"}
FOLDERS = ("domain", "application", "adapters", "entrypoints", "contracts")


def main(sources: Path) -> None:
    for folder in FOLDERS:
        package = Path(str(importlib.import_module(folder).__file__)).parent
        if package.is_relative_to(sources):
            sys.exit(f"{folder} was imported from the sources, not from the wheel: {package}")
        missing = sorted(_files(sources / folder) - _files(package))
        if missing:
            sys.exit(f"the wheel lacks {len(missing)} files of {folder}: {', '.join(map(str, missing))}")
        if not (package / "py.typed").exists():
            sys.exit(f"{folder} is shipped without py.typed")
    for folder in ("tests", "bench"):
        if importlib.util.find_spec(folder) is not None:
            sys.exit(f"the wheel ships {folder}")
    sys.stdout.write(f"entrepot {version('entrepot')}: five folders, whole and typed\n")


def _files(folder: Path) -> set[Path]:
    """Everything in a folder but what Python and npm leave behind, relative to it."""
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_BEHIND.intersection(path.relative_to(folder).parts)
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
