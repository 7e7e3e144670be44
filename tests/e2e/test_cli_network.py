"""The network on the command line: entered by hand and from files, asked for routes, with reasons."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.e2e.conftest import Entrepot
from tests.shared_data import DATA, needs

REGIONS = DATA / "cn_regions"
SQUARE = [[120.0, 30.0], [121.0, 30.0], [121.0, 31.0], [120.0, 31.0], [120.0, 30.0]]


def listed(entrepot: Entrepot, what: str, *options: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = entrepot(what, "list", *options, "--json").json["entries"]
    return found


def test_a_network_by_hand(shop: Entrepot) -> None:
    shop("calendar", "set", "office", "Asia/Shanghai", *("17:00",) * 5, "-", "-", "--holiday", "2026-10-01")
    shop("region", "set", "33", "Zhejiang", "CN", "1")
    shop("region", "set", "3301", "Hangzhou", "CN", "2", "--parent", "33", "--lat", "30.25", "--lng", "120.17")
    shop("site", "set", "NORTH", "--lat", "30", "--lng", "120", "--calendar", "office", "--to-region", "33")
    shop("site", "set", "SOUTH", "--lat", "30", "--lng", "120", "--km", "10", "--pickup", "--transit", "0-0@50 2-3")
    shop("relation", "set", "r", "party:shop-7", "node:NORTH", "--priority", "3", "--owner", "agent")
    friday = ("--at", "2026-03-06T10:00:00Z")
    said = shop("route", "address", "--region", "3301", *friday, "--explain", "10", "--json").json
    assert [(each["node"], each["slot"], each["priority"]) for each in said["candidates"]] == [
        ("NORTH", "2026-03-09", 0)
    ]
    assert (said["rejected"], said["reasons"]) == ({"coverage": 1}, [{"node": "SOUTH", "rule": "coverage"}])
    said = shop("route", "address", "--lat", "30.01", "--lng", "120.01", "--buyer", "shop-7", *friday, "--json").json
    assert [(each["node"], each["owners"]) for each in said["candidates"]] == [("NORTH", ["agent"])]
    assert said["rejected"] == {"relation": 1}
    fetched = shop("route", "address", "--pickup", "SOUTH", *friday, "--json").json["candidates"]
    # NORTH sends to the region where SOUTH lies: it may send what is fetched there.
    assert [(each["node"], each["pickup"]) for each in fetched] == [("NORTH", False), ("SOUTH", True)]
    place = shop("route", "place", "--region", "3301", "--json").json
    assert (place["regions"], place["nation"], place["point_from"]) == (["3301", "33"], "CN", "region")
    assert [each["code"] for each in listed(shop, "region")] == ["33", "3301"]
    assert listed(shop, "calendar")[0]["holidays"] == ["2026-10-01"]
    assert listed(shop, "relation")[0]["to_code"] == "NORTH"
    shop("relation", "set", "r", "party:shop-7", "node:NORTH", "--inactive")
    assert listed(shop, "relation")[0]["active"] is False


def test_what_is_wrong_is_said(shop: Entrepot) -> None:
    for line, code in {
        ("calendar", "set", "c", "Europe/Atlantis", *("17:00",) * 7): "input.invalid",
        ("region", "set", "3301", "Hangzhou", "CN", "2", "--parent", "33"): "region.unknown",
        ("site", "set", "WEST", "--anywhere"): "node.unknown",
        ("site", "set", "NORTH", "--calendar", "none"): "calendar.unknown",
        ("site", "set", "NORTH", "--to-region", "none"): "region.unknown",
        ("relation", "set", "r", "goods:NONE", "node:NORTH"): "goods.unknown",
        ("route", "address", "--region", "none"): "address.unknown",
        ("route", "place", "--pickup", "NORTH"): "address.unknown",
    }.items():
        said = shop(*line)
        assert (said.code, code in said.err) == (1, True), (line, said.err)


def test_sites_from_geojson_and_its_rejects(shop: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "sites.geojson"
    hole = [[120.4, 30.4], [120.6, 30.4], [120.6, 30.6], [120.4, 30.6], [120.4, 30.4]]

    def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
        return {"type": "Feature", "properties": properties, "geometry": geometry}

    features = [
        feature({"type": "Point", "coordinates": [120.2, 30.2, 8.0]}, code="NORTH", priority=2, nations=["MO", "HK"]),
        feature({"type": "Polygon", "coordinates": [SQUARE]}, code="NORTH"),
        feature({"type": "MultiPolygon", "coordinates": [[hole]]}, code="NORTH", excluded=True),
        feature({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, code="SOUTH"),
        feature({"type": "LineString", "coordinates": SQUARE}, code="SOUTHWEST"),
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    said = shop("import", "sites", file, "--json").json
    assert (said["rows"], said["taken"], said["rejected"]) == (5, 3, 2)
    with Path(said["rejects"]).open(newline="") as opened:
        rejects = list(csv.DictReader(opened))
    assert [(row["reject_line"], row["reject_code"], row["code"]) for row in rejects] == [
        ("4", "input.invalid", "SOUTH"),
        ("5", "row.invalid", "SOUTHWEST"),
    ]
    [site] = listed(shop, "site")
    assert (site["lat"], site["lng"], site["priority"], site["covers"]["nations"]) == (30.2, 120.2, 2, ["MO", "HK"])
    assert (site["covers"]["polygons"], site["excludes"]) == ([[SQUARE]], {"polygons": [[hole]]})

    def routed(lat: float, lng: float) -> Any:
        return shop("route", "address", "--lat", str(lat), "--lng", str(lng), "--json").json["rejected"]

    assert (routed(30.3, 120.3), routed(30.5, 120.5), routed(31.5, 120.5)) == ({}, {"exclusion": 1}, {"coverage": 1})
    rejects_file = Path(said["rejects"])
    rejects_file.write_text(rejects_file.read_text().replace("[120.0, 31.0]]", "[120.0, 31.0], [120.0, 30.0]]"))
    said = shop("import", "sites", rejects_file, "--json").json
    assert (said["taken"], said["rejected"]) == (1, 1), "the mended geometry is one more column of a table"


def test_sites_from_a_table_say_what_is_said(shop: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text(
        "code,lat,lng,nations,postcodes,km,not_postcodes,transit,orders_a_day,pickup\n"
        "NORTH,30.5,120,CN MO,US:902 US:10,25.5,US:90210,0-1@100 1-3,200,true\n"
        "SOUTH,30.5,120,,,,,1,,\n"
    )
    said = shop("import", "sites", file, "--json").json
    assert (said["taken"], said["rejected"]) == (1, 1)
    [site] = listed(shop, "site")
    assert site["covers"] == {"nations": ["CN", "MO"], "postcodes": [["US", "902"], ["US", "10"]], "km": 25.5}
    assert site["excludes"] == {"postcodes": [["US", "90210"]]}
    assert site["transit"] == [
        {"from_days": 0, "to_days": 1, "within_km": 100.0},
        {"from_days": 1, "to_days": 3, "within_km": None},
    ]
    assert (site["orders_a_day"], site["units_a_day"], site["pickup"]) == (200, None, True)


def test_calendars_relations_and_postcodes_from_tables(shop: Entrepot, tmp_path: Path) -> None:
    week = "17:00 17:00 17:00 17:00 17:00 - -"
    dates = tmp_path / "calendars.parquet"
    pq.write_table(
        pa.table(
            {
                "code": ["cn", "cn", "cn", "bad"],
                "zone": ["Asia/Shanghai", None, None, "Asia/Shanghai"],
                "week": [week, None, None, "17:00"],
                "date": ["2026-10-01", "2026-10-10", None, None],
                "kind": ["holiday", "workday", None, None],
            }
        ),
        dates,
    )
    assert shop("import", "calendars", dates, "--json").json["rejected"] == 1
    [calendar] = listed(shop, "calendar")
    assert (calendar["holidays"], calendar["workdays"]) == (["2026-10-01"], ["2026-10-10"])
    relations = tmp_path / "relations.csv"
    relations.write_text(
        "code,from_kind,from_code,to_kind,to_code,owners,since\n"
        "a,party,shop-7,party,agent,,\n"
        "b,party,agent,node,NORTH,agent -,2026-01-01T00:00:00Z\n"
        "c,node,NORTH,party,agent,,\n"
    )
    assert shop("import", "relations", relations, "--json").json["rejected"] == 1
    assert [(each["code"], each["owners"]) for each in listed(shop, "relation")] == [("a", []), ("b", ["agent", "-"])]
    postcodes = tmp_path / "postcodes.csv"
    postcodes.write_text("code,lat,lng\nUS/90210,34.09,-118.41\nCA/K1A,45.42,-75.7\nUS,1,1\n")
    assert shop("import", "postcodes", postcodes, "--json").json["rejected"] == 1
    assert [each["code"] for each in listed(shop, "postcode")] == ["CA/K1A", "US/90210"]
    place = shop("route", "place", "--nation", "CA", "--postcode", "k1a 0b1", "--json").json
    assert (place["postcode"], place["lat"], place["point_from"]) == ("K1A0B1", 45.42, "postcode")


@pytest.mark.slow
@needs(REGIONS.name)
def test_all_regions_of_china_and_a_second_run_that_changes_nothing(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "regions.csv"
    with gzip.open(REGIONS / "regions_gbt2260.csv.gz", "rt", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("code", "name", "nation", "level", "parent", "lat", "lng"))
        for row in rows:
            place = (row["lat"], row["lng"]) if row["coord_src"] == "own" else ("", "")
            writer.writerow((row["code"], row["name"], "CN", row["level"], row["parent_code"], *place))
    said = entrepot("import", "regions", file, "--json").json
    assert (said["rows"], said["taken"], said["rejected"]) == (3_682, 3_682, 0)
    entrepot("import", "regions", file)
    assert {each["version"] for each in listed(entrepot, "region", "--limit", "500")} == {1}
    place = entrepot("route", "place", "--region", "330106", "--json").json
    assert place["regions"] == ["330106", "330100", "330000"]
