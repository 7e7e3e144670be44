"""Exports into the store of objects, imports out of it; wherever that is."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import pytest

from adapters.objectstore.objects import objects_in_s3
from tests.e2e.conftest import Entrepot
from tests.services import url_of


def in_a_folder(folder: Path) -> str:
    return (folder / "objects").as_uri()


def in_s3(folder: Path) -> str:
    return urlsplit(url_of("s3"))._replace(path=f"/tests/{token_hex(8)}").geturl()


async def remove_all(url: str) -> None:
    """What was put into S3 by a test is not left to the others."""
    objects = objects_in_s3(url, 2**30, 10)
    for each in [each async for each in objects.list()]:
        await objects.delete(each.name)


@pytest.mark.parametrize("store", [in_a_folder, in_s3])
def test_what_was_exported_into_an_object_is_imported_from_it(
    store: Callable[[Path], str], shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store(tmp_path)
    monkeypatch.setenv("ENTREPOT_OBJECTS__URL", url)
    said = shop("--json", "export", "goods", "objects:exports/goods.csv")
    assert said.json == {"file": "objects:exports/goods.csv", "records": 2}
    again = shop("export", "goods", "objects:exports/goods.csv")
    assert again.code == 1
    assert "object.exists" in again.err
    assert "choose another name" in again.err
    said = shop("--json", "--tenant", "other", "import", "goods", "objects:exports/goods.csv")
    assert (said.code, said.json["taken"], said.json["rejected"]) == (0, 2, 0)
    assert said.json["file"] == "objects:exports/goods.csv"
    said = shop("--json", "--tenant", "other", "import", "goods", "objects:exports/goods.csv")
    assert said.json["repeated"] == 2
    assert not (tmp_path / "goods.csv").exists()
    if url.startswith("s3:"):
        asyncio.run(remove_all(url))


def test_bad_rows_of_an_object_go_into_a_file_here(
    shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_OBJECTS__URL", str(tmp_path / "objects"))
    (tmp_path / "objects" / "in").mkdir(parents=True)
    (tmp_path / "objects" / "in" / "opening.csv").write_text("goods,node,quantity\nTEA,SOUTH,5\nTEA,NOWHERE,5\n")
    said = shop("--json", "import", "opening", "objects:in/opening.csv")
    assert (said.code, said.json["taken"], said.json["rejected"]) == (1, 1, 1)
    assert "node.unknown" in (tmp_path / "opening.csv.rejects.csv").read_text()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("objects:none.csv", "object.unknown: there is no object none.csv; check its name"),
        ("objects:../goods.csv", "input.invalid"),
        ("objects:", "input.invalid"),
    ],
)
def test_what_is_no_object_is_told(
    name: str, says: str, shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_OBJECTS__URL", str(tmp_path / "objects"))
    said = shop("import", "goods", name)
    assert said.code == 1
    assert says in said.err


def test_a_store_that_is_away_is_told(shop: Entrepot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_OBJECTS__URL", "s3://me:secret@bucket?endpoint=http://127.0.0.1:9&region=here")
    monkeypatch.setenv("ENTREPOT_OBJECTS__PATIENCE_SECONDS", "0.5")
    said = shop("export", "goods", "objects:goods.csv")
    assert said.code == 3
    assert "service.unavailable" in said.err
    assert "check ENTREPOT_OBJECTS__URL" in said.err
    assert "secret" not in said.err
    assert "s3://me:***@bucket" in shop("config").out
