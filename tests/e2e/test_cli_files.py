"""Importing and exporting files: good rows are kept, bad ones told apart, and a second run moves nothing twice."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from application.kernel.group_commit import GroupCommitter
from application.kernel.unanswered import Unavailable
from entrypoints.cli.files import CELL_BYTES
from tests.e2e.conftest import Entrepot


def rejects_of(file: Path) -> list[dict[str, str]]:
    with file.with_name(f"{file.name}.rejects.csv").open(newline="", encoding="utf-8", errors="replace") as opened:
        return list(csv.DictReader(opened))


def test_good_rows_are_kept_and_bad_ones_told_with_line_and_reason(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_bytes(
        b"\xef\xbb\xbfcode,name,scale\r\n"
        b'BROKEN,"over two\nlines",3\r\n'
        b'TEA,"Tea, loose",3\r\n'
        b",nameless,0\r\n"
        b"COFFEE,Coffee,many\r\n"
        b"\r\n"
        b"MILK,Milk,0,extra\r\n"
        b"SUG\xffAR,Sugar,0\r\n"
        b"SALT,Salt,9\r\n"
        b"RICE,,\r\n"
    )
    said = entrepot("import", "goods", file, "--json")
    assert said.code == 1
    assert said.json == {
        "file": str(file),
        "rows": 8,
        "taken": 2,
        "repeated": 0,
        "rejected": 6,
        "rejects": f"{file}.rejects.csv",
    }
    assert [(row["reject_line"], row["reject_code"]) for row in rejects_of(file)] == [
        ("2", "input.invalid"),
        ("5", "input.invalid"),
        ("6", "row.invalid"),
        ("8", "row.malformed"),
        ("9", "input.invalid"),
        ("10", "input.invalid"),
    ]
    listed = entrepot("goods", "list", "--json").json["entries"]
    assert [(each["code"], each["name"], each["scale"]) for each in listed] == [
        ("RICE", "RICE", 0),
        ("TEA", "Tea, loose", 3),
    ]


def test_the_rejects_can_be_mended_and_imported(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text("code,scale\nTEA,x\nCOFFEE,0\n")
    assert entrepot("import", "goods", file).code == 1
    rejects = tmp_path / "goods.csv.rejects.csv"
    rejects.write_text(rejects.read_text().replace(",x", ",2"))
    assert entrepot("import", "goods", rejects, "--json").json["taken"] == 1
    assert entrepot("goods", "show", "TEA", "--json").json["scale"] == 2
    assert not rejects.with_name("goods.csv.rejects.csv.rejects.csv").exists()


def test_opening_stock_is_opened_once_however_often_the_file_is_imported(shop: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "opening.csv"
    file.write_text("goods,node,quantity,owner\nCOFFEE,SOUTH,7,\nCOFFEE,NORTH,0,\nCHALK,SOUTH,1,\n")
    first = shop("import", "opening", file, "--json").json
    assert (first["taken"], first["repeated"], first["rejected"]) == (1, 0, 2)
    assert [row["reject_code"] for row in rejects_of(file)] == ["input.invalid", "goods.unknown"]
    shop("goods", "register", "CHALK")
    again = shop("import", "opening", file, "--json").json
    assert (again["taken"], again["repeated"], again["rejected"]) == (1, 1, 1)
    amounts = shop("stock", "show", "COFFEE", "CHALK", "--detail", "total", "--json").json["goods"]
    assert [each["amounts"]["available"] for each in amounts] == [7, 1]


def test_a_file_that_was_mended_is_imported_again_under_its_name_and_only_what_is_new_moves(
    shop: Entrepot, tmp_path: Path
) -> None:
    file = tmp_path / "opening.csv"
    file.write_text("goods,node,quantity\nCOFFEE,NORTH,seven\nCOFFEE,SOUTH,2\nCOFFEE,SOUTH,2\nCOFFEE,SOUTH,3\n")
    assert shop("import", "opening", file, "--json").json["taken"] == 3
    # The bad row mended, one more like two that were taken, another order, another way to write a number, a column.
    file.write_text(
        "goods,node,quantity,lot\nCOFFEE,SOUTH,03,\nCOFFEE,SOUTH,2,\nCOFFEE,SOUTH,2,\nCOFFEE,SOUTH,2,\nCOFFEE,NORTH,7,\n"
    )
    again = shop("import", "opening", file, "--json").json
    assert (again["taken"], again["repeated"], again["rejected"]) == (2, 3, 0)
    stock = shop("stock", "show", "COFFEE", "--json").json["goods"][0]["nodes"]
    assert {at["node"]: at["amounts"]["available"] for at in stock} == {"NORTH": 7, "SOUTH": 9}
    other = tmp_path / "more.csv"
    other.write_text("goods,node,quantity\nCOFFEE,SOUTH,2\n")
    assert shop("import", "opening", other, "--json").json["taken"] == 1, "another file says it again: it is meant"


def test_goods_registered_by_a_file_are_not_refused_when_it_is_mended(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text("code,scale\nTEA,x\nCOFFEE,0\n")
    assert entrepot("import", "goods", file).code == 1
    file.write_text("code,scale\nTEA,2\nCOFFEE,0\n")
    again = entrepot("import", "goods", file, "--json").json
    assert (again["taken"], again["repeated"], again["rejected"]) == (1, 1, 0)


def test_an_import_cut_off_goes_on_where_it_was(
    shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "opening.csv"
    file.write_text("goods,node,quantity\n" + "COFFEE,SOUTH,1\n" * 300)
    submit = GroupCommitter.submit
    taken = 0

    async def submit_some(self, call, command, asked=None):  # type: ignore[no-untyped-def]
        nonlocal taken
        taken += 1
        if taken > 280:
            raise Unavailable("the database does not answer", request=call.request)
        return await submit(self, call, command, asked)

    monkeypatch.setattr(GroupCommitter, "submit", submit_some)
    assert shop("import", "opening", file).code == 3
    monkeypatch.setattr(GroupCommitter, "submit", submit)
    rest = shop("import", "opening", file, "--json").json
    assert (rest["rows"], rest["taken"], rest["repeated"], rest["rejected"]) == (300, 20, 280, 0)
    assert shop("stock", "show", "COFFEE", "--json").json["goods"][0]["amounts"]["available"] == 300


def test_nodes_and_parquet_are_imported_too(entrepot: Entrepot, tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.parquet"
    pq.write_table(pa.table({"code": ["N1", "N2", None], "type": ["store", "shed", "store"]}), nodes)
    said = entrepot("import", "nodes", nodes, "--json").json
    assert (said["taken"], said["rejected"]) == (1, 2)
    assert [row["reject_line"] for row in rejects_of(nodes)] == ["2", "3"]
    assert entrepot("node", "show", "N1", "--json").json["type"] == "store"


def test_a_file_that_cannot_be_read_is_said_before_anything_is_done(entrepot: Entrepot, tmp_path: Path) -> None:
    wrong, empty, strange = tmp_path / "wrong.csv", tmp_path / "empty.csv", tmp_path / "goods.xls"
    wrong.write_text("code,nmae,code\nTEA,Tea,TEA\n")
    empty.write_text("")
    strange.write_text("x")
    broken = tmp_path / "broken.parquet"
    broken.write_text("no")
    for file, why in (
        (wrong, "has unknown 'nmae' and has twice 'code': its columns are code, [name], [unit], [scale], [active]"),
        (empty, "is empty"),
        (strange, "give --format csv"),
        (broken, "is not a Parquet file"),
        (tmp_path / "none.csv", "No such file"),
    ):
        said = entrepot("import", "goods", file)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert why in said.err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_exported_can_be_imported_by_another_tenant(shop: Entrepot, tmp_path: Path, ending: str) -> None:
    for what in ("goods", "nodes"):
        file = tmp_path / f"{what}.{ending}"
        assert shop("export", what, file, "--json").json == {"file": str(file), "records": 2}
        assert shop("import", what, file, "--tenant", "other", "--json").json["taken"] == 2
    exported = shop("export", "goods", "--tenant", "other").out
    assert exported == "code,name,unit,scale,active\nCOFFEE,COFFEE,piece,0,true\nTEA,TEA,piece,0,true\n"


def test_stock_and_movements_are_exported_in_full(shop: Entrepot, tmp_path: Path) -> None:
    shop("stock", "reserve", "TEA=3@NORTH")
    (line,) = shop("export", "stock", "--format", "jsonl").out.splitlines()
    position = json.loads(line)
    assert (position["goods"], position["available"], position["reserved"], position["version"]) == ("TEA", 7, 3, 2)
    file = tmp_path / "movements.parquet"
    shop("export", "movements", file)
    rows = pq.read_table(file).to_pylist()
    assert [(row["movement"], row["quantity"], row["available"]) for row in rows] == [
        ("OPEN", 10, 10),
        ("RESERVE", 3, 7),
    ]
    assert not list(tmp_path.glob("*.part"))


def test_the_file_to_import_is_never_replaced_by_its_rejects(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text("code\nTEA\n")
    said = entrepot("import", "goods", file, "--rejects", tmp_path / "." / "goods.csv")
    assert said.code == 2
    assert "name another" in said.err
    assert file.read_text() == "code\nTEA\n"


def test_an_open_quote_tells_how_many_lines_went_unread(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text('code,name\n"TEA,Tea\nMILK,Milk\nSALT,Salt\n')
    assert entrepot("import", "goods", file).code == 1
    assert "lines 2 to 4 were not read" in rejects_of(file)[0]["reject_message"]


def test_what_stands_inside_a_cell_that_is_too_long_is_no_row(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    inside = "x" * (CELL_BYTES + 1)
    file.write_text(f'code,name\nTEA,Tea\nMILK,"{inside}\nSALT,Salt\n"\nRUM,Rum\n')
    assert entrepot("import", "goods", file, "--json").json["taken"] == 1
    (reject,) = rejects_of(file)
    assert "nothing from line 3 on was read" in reject["reject_message"]
    assert entrepot("goods", "show", "SALT").code == 1


def test_parquet_that_holds_anything_but_values_is_said_so(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "goods.parquet"
    pq.write_table(pa.table({"code": [b"TEA", b"SUG\xffAR"]}), file)
    said = entrepot("import", "goods", file, "--json")
    assert (said.json["taken"], said.json["rejected"]) == (1, 1)
    assert [each["code"] for each in entrepot("goods", "list", "--json").json["entries"]] == ["TEA"]

    pq.write_table(pa.table({"code": [["TEA"]]}), file)
    assert "code holds lists or records" in entrepot("import", "goods", file).err

    pq.write_table(pa.table({"code": ["TEA", "SALT"]}), file, compression="none", use_dictionary=False)
    whole = file.read_bytes()
    place = whole.index(b"TEA") - 4
    file.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
    said = entrepot("import", "goods", file)
    assert said.code == 2
    assert f"cannot read {file} beyond row 0" in said.err
