"""What the house is made of, read from the code: rooms, use cases, ports, and who imports whom."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

STOREYS: Final = ("entrypoints", "adapters", "application", "domain")
ANNEX: Final = "contracts"
ROOT: Final = Path(__file__).parent.parent


@dataclass
class Room:
    """A package of the second level: a context of domain or application, a technology, an entrypoint.

    `about` opens its docstring; `use_cases` are modules named like the class they define; `ports` are its Protocols
    (what a command looks like is none); `plugs` are the ports to which the composition root may plug its adapters.
    """

    name: str
    about: str = ""
    modules: list[str] = field(default_factory=list)
    use_cases: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    plugs: list[str] = field(default_factory=list)

    @property
    def storey(self) -> str:
        return self.name.partition(".")[0]

    @property
    def short(self) -> str:
        return self.name.partition(".")[2]


@dataclass
class House:
    """All rooms by name, and the imports between them as (importer, imported)."""

    rooms: dict[str, Room]
    imports: set[tuple[str, str]]

    def on(self, storey: str) -> list[Room]:
        """The rooms of a storey: the one that all others lean on first, then by name."""
        mine = [room for room in self.rooms.values() if room.storey == storey]
        return sorted(mine, key=lambda room: (room.short not in ("kernel", "composition"), room.name))


def measure(root: Path = ROOT) -> House:
    """Read every module of the five folders."""
    rooms: dict[str, Room] = {}
    trees: dict[str, list[ast.Module]] = defaultdict(list)
    for folder in (*STOREYS, ANNEX):
        for package in sorted(path for path in (root / folder).iterdir() if path.is_dir()):
            files = sorted(package.rglob("*.py"))
            if not files:
                continue
            room = rooms[f"{folder}.{package.name}"] = Room(f"{folder}.{package.name}")
            for file in files:
                tree = ast.parse(file.read_text(encoding="utf-8"))
                trees[room.name].append(tree)
                _furnish(room, package, file, tree)
            room.ports.sort()
    imports = set()
    for name, mine in trees.items():
        imported = {_room_of(module) for tree in mine for module in _imported(tree)}
        imports |= {(name, other) for other in imported if other in rooms and other != name}
    for name, port in _plugs(root / "entrypoints" / "composition" / "ports.py"):
        if name in rooms and port not in rooms[name].plugs:
            rooms[name].plugs.append(port)
    return House(rooms, imports)


def _furnish(room: Room, package: Path, file: Path, tree: ast.Module) -> None:
    if file == package / "__init__.py":
        room.about = (ast.get_docstring(tree) or "").partition("\n\n")[0].replace("\n", " ")
    if file.stem != "__init__" and file.parent == package:
        room.modules.append(file.stem)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if room.storey != "application":
        return
    if "_" in file.stem and file.stem.replace("_", "") in {each.name.lower() for each in classes}:
        room.use_cases.append(file.stem)
    protocols = [each.name for each in classes if any(_names(base) == "Protocol" for base in each.bases)]
    room.ports += [name for name in protocols if not name.endswith("Command")]


def _names(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _plugs(ports: Path) -> list[tuple[str, str]]:
    """(adapter's room, port) for every class that a Selector of the composition root may choose."""
    if not ports.exists():
        return []
    tree = ast.parse(ports.read_text(encoding="utf-8"))
    origin = {
        alias.asname or alias.name: _room_of(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and ast.unparse(node.value.func).endswith("Selector"):
            names = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
            adapters = {origin[name] for name in names if origin.get(name, "").startswith("adapters.")}
            found += [(adapter, target.id) for adapter in sorted(adapters)]
    return found
