"""Files that are none, or hold what belongs nowhere: said in a line, rows rejected, nothing taken, nothing broken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from entrypoints.cli.errors import REFUSED, Complaint
from entrypoints.cli.files import CELL_BYTES, reading
from tests.e2e.conftest import Entrepot

USAGE: Final = 2

ROWS: Final = {
    "empty cells": b",,,,\n",
    "nul": b"\x00,\x00,\x00,\x00,\x00\n",
    "no text": b"\xff\xfe,\xed\xa0\x80,\xc0\x80,\xf5,\xfa\n",
    "huge numbers": b",".join([b"9" * 400] * 5) + b"\n",
    "huge floats": b"1e400,1e400,1e400,1e400,1e400\n",
    "no numbers": b"nan,nan,inf,-inf,NaN\n",
    "other digits": "\u0661,\u0662,\u0663,\uff14,\u00bd\n".encode(),
    "a quote that is open": b'"a,b\nc,d\n' * 3,
    "quotes": b'""""""""""""",""""""""""""\n' * 3,
    "a huge cell": b"x" * (CELL_BYTES + 1) + b",1,1,1,1\n",
    "many cells": b"," * 10_000 + b"\n",
    "carriage returns": b"a,b\rc,d\re,f\r",
    "controls": b"a\x1b[2J,b\x07,c\x7f,\x0b,\x0c\n",
}
NO_TABLES: Final = {
    "nothing": b"",
    "a byte order alone": b"\xef\xbb\xbf",
    "another order": "code,name\na,b\n".encode("utf-16"),
    "a header twice": b"code,code,code\na,b,c\n",
    "line ends": b"\n\r\n\r\r\n",
    "zeros": b"\x00" * 10_000,
    "many columns": b"code" + b",x" * 10_000 + b"\n",
}
HEADS: Final = {
    "sites": b"code,lat,lng,km,geometry\n",
    "supply": b"sku,mapping,part,units,since\n",
    "relations": b"code,from_kind,from_code,to_kind,to_code\n",
}


@pytest.mark.parametrize("what", HEADS)
def test_rows_that_say_nothing_are_rejected_and_the_next_is_read(entrepot: Entrepot, tmp_path: Path, what: str) -> None:
    file = tmp_path / "in.csv"
    for name, rows in ROWS.items():
        file.write_bytes(b"\xef\xbb\xbf" + HEADS[what] + rows)
        said = entrepot("import", what, file, "--json")
        assert said.code == REFUSED, (name, said.err)
        assert (said.json["taken"], said.json["rejected"] > 0) == (0, True), name
        assert "fault" not in said.err, (name, said.err)


def test_what_is_no_table_is_said_in_a_line(entrepot: Entrepot, tmp_path: Path) -> None:
    for name, content in NO_TABLES.items():
        for ending in ("csv", "parquet"):
            file = tmp_path / f"in.{ending}"
            file.write_bytes(content)
            said = entrepot("import", "regions", file)
            assert (said.code, len(said.err) < 1_000) == (USAGE, True), (name, ending, said.err[:300])
            assert "fault" not in said.err, (name, ending)


HUGE: Final = int("1" + "0" * 400)
RING: Final = [[0, 0], [1, 0], [1, 1], [0, 0]]


def features() -> Iterator[str]:
    def of(geometry: Any, **properties: Any) -> str:
        return json.dumps({"type": "Feature", "properties": {"code": "NORTH", **properties}, "geometry": geometry})

    for point in ([HUGE, 1], [float("inf"), float("nan")], "ab", {"a": 1}, [True, False], [[1], [2]], [181, 0], []):
        yield of({"type": "Point", "coordinates": point})
    shapes: list[Any] = [
        [[[HUGE, 1], *RING]],
        ["abcd"],
        [],
        [[]],
        [[[str(a), str(b)] for a, b in RING]],
        RING,
        [RING[:-1]],
    ]
    for rings in shapes:
        yield of({"type": "Polygon", "coordinates": rings})
    yield of({"type": "Polygon", "coordinates": [[[lng, 89] for lng in (-180, -90, 0, 90, 180, -180)]]})
    yield of("x")
    yield of(7)
    yield of(None, code={"a": 1}, lat=HUGE)
    yield of(None, code="\ud800")
    yield of(None, code="a\0")
    yield of(None, code=[[[[1]]]])
    yield of(None, priority=HUGE)
    yield of(None).replace('"NORTH"', "[" * 400 + "]" * 400)


def test_no_feature_of_geojson_breaks_the_import(shop: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "in.geojson"
    for feature in features():
        file.write_text('{"type":"FeatureCollection","features":[' + feature + "]}")
        said = shop("import", "sites", file, "--json")
        assert said.code == REFUSED, (feature[:200], said.err)
        assert "fault" not in said.err, (feature[:200], said.err)
    for whole in ('{"features":{}}', "[]", "7", "null", "[" * 100_000, '{"type":"Feature","properties":["code"]}'):
        file.write_text(whole)
        assert shop("import", "sites", file).code == USAGE, whole[:50]


def test_parquet_that_says_much_in_few_bytes_fills_no_memory(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "bomb.parquet"

    def write(cell: int) -> None:
        texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * cell]))
        parquet.write_table(pa.table({"code": texts}), path, store_schema=False)

    write(CELL_BYTES)
    assert path.stat().st_size < CELL_BYTES
    with reading(path, "parquet") as source:
        before = pa.total_allocated_bytes()
        for _, row in zip(range(200), source.rows, strict=False):
            assert len(row.cells["code"]) == CELL_BYTES
        assert pa.total_allocated_bytes() - before < 64 * CELL_BYTES
    write(CELL_BYTES + 1)
    with reading(path, "parquet") as source, pytest.raises(Complaint, match="more than"):
        next(source.rows)
