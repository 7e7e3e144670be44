"""The picture of the house is drawn from the code, and the committed one is of the code as it is."""

from pathlib import Path

from bench.draw_house import Drawing, draw
from bench.measure_house import ROOT, measure


def test_the_committed_picture_is_current() -> None:
    committed = (ROOT / "docs" / "house.svg").read_text(encoding="utf-8")
    assert committed == draw(), "the code has moved on: make house"


def small_house(root: Path) -> Path:
    for file, content in {
        "entrypoints/composition/ports.py": (
            "from adapters.paper.ledger import PaperLedger\n"
            "class Root:\n    ledger = providers.Selector('ledger', paper=providers.Singleton(PaperLedger))\n"
        ),
        "adapters/paper/ledger.py": "import domain.kernel.account\nclass PaperLedger: ...\n",
        "application/stock/sell_stock.py": "from domain.kernel import account\nclass SellStock: ...\n",
        "application/stock/ports.py": "class Commit(Protocol[R]): ...\n",
        "domain/kernel/__init__.py": '"""Counts things. And more."""\n',
        "domain/kernel/account.py": "",
        "contracts/readme/notes.txt": "",
    }.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def test_rooms_use_cases_ports_plugs_and_imports_are_read_from_the_code(tmp_path: Path) -> None:
    house = measure(small_house(tmp_path))
    assert sorted(house.rooms) == ["adapters.paper", "application.stock", "domain.kernel", "entrypoints.composition"]
    assert house.rooms["application.stock"].use_cases == ["sell_stock"]
    assert house.rooms["application.stock"].ports == ["Commit"]
    assert house.rooms["adapters.paper"].plugs == ["ledger"]
    assert house.rooms["domain.kernel"].about == "Counts things. And more."
    assert house.imports == {
        ("adapters.paper", "domain.kernel"),
        ("application.stock", "domain.kernel"),
        ("entrypoints.composition", "adapters.paper"),
    }


def test_every_import_between_rooms_is_one_arrow(tmp_path: Path) -> None:
    house = measure(small_house(tmp_path))
    assert Drawing(house).svg().count('<path class="arrow') == len(house.imports)
