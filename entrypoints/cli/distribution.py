"""Are our five top-level packages ours? Their names are common, and another distribution may carry the same."""

import base64
import hashlib
import importlib.machinery
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Final

NAME: Final = "entrepot"
PACKAGES: Final = ("domain", "application", "adapters", "entrypoints", "contracts")
HOME: Final = Path(__file__).resolve().parent.parent.parent
"""The folder that holds all five: the checkout, or site-packages."""


def version() -> str:
    """The version of the installed distribution."""
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return "0 (not installed)"


def intruders(home: Path = HOME) -> list[str]:
    """What stands in the place of a package of ours, each named with its distribution where that is known."""
    found = []
    recorded = _recorded()
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        place = _place(spec)
        if place is None:
            found.append(f"the package {package} is missing from {home}")
        elif place != home / package:
            found.append(f"the package {package} comes from {_owner(package, place)} at {place}")
        elif package in recorded and _digest(place / "__init__.py") != recorded[package]:
            found.append(f"the package {package} at {place} was overwritten by {_owner(package, place)}")
    return found


def _recorded() -> dict[str, str]:
    """The digest of each package's `__init__.py` as it was installed; nothing where it runs from its sources."""
    try:
        files = importlib.metadata.files(NAME) or ()
    except importlib.metadata.PackageNotFoundError:
        return {}
    own = {f"{package}/__init__.py": package for package in PACKAGES}
    return {own[str(file)]: file.hash.value for file in files if str(file) in own and file.hash is not None}


def _digest(path: Path) -> str:
    """SHA-256 in the form that the record of an installed distribution has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


def _place(spec: importlib.machinery.ModuleSpec | None) -> Path | None:
    if spec is None:
        return None
    if spec.origin is not None:
        return Path(spec.origin).resolve().parent
    return next((Path(path).resolve() for path in spec.submodule_search_locations or ()), None)


def _owner(package: str, place: Path) -> str:
    """The other distribution that carries the package there."""
    for each in importlib.metadata.distributions():
        if each.name != NAME and any(
            file.parts[0] == package and Path(str(each.locate_file(file))).resolve().is_relative_to(place)
            for file in each.files or ()
        ):
            return f"the distribution {each.name} {each.version}"
    return "another project"
