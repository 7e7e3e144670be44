"""The command line for outside systems: mappings, documents of events, snapshots."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot

ITEM = "urn:epc:idpat:sgtin:0614141.107346.*"
HARBOUR = "urn:epc:id:sgln:0614141.00888.0"


@pytest.fixture
def stocked(entrepot: Entrepot) -> Entrepot:
    for line in ("goods register coffee", "goods register tea", "node register harbour"):
        assert entrepot(*line.split()).code == 0
    assert entrepot("stock", "receive", "coffee=10@harbour", "tea=5@harbour").code == 0
    return entrepot


def mapped(entrepot: Entrepot) -> None:
    for line in ("goods gtin:10614141073464 coffee", "node gln:0614141008889 harbour"):
        assert entrepot("mapping", "set", "gs1", *line.split()).code == 0


def document(path: Path, *steps: str) -> Path:
    events = [
        {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{number}",
            "action": "OBSERVE",
            "bizStep": step,
            "bizLocation": {"id": HARBOUR},
            "quantityList": [{"epcClass": ITEM, "quantity": 3}],
        }
        for number, step in enumerate(steps)
    ]
    whole = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": events}}
    path.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    return path


def test_a_document_is_captured_once_and_what_is_refused_is_said(stocked: Entrepot, tmp_path: Path) -> None:
    file = document(tmp_path / "day.jsonld", "receiving", "packing")
    refused = stocked("epcis", "capture", file)
    assert refused.code == 1
    assert "mapping.unknown" in refused.out.replace("\n", "")
    mapped(stocked)
    first = stocked("--json", "epcis", "capture", file)
    assert first.code == 1, "one of the two changes no stock"
    assert [each["status"] for each in first.json["outcomes"]] == [200, 422]
    assert stocked("--json", "epcis", "capture", file).json == first.json
    shown = stocked("--json", "stock", "show", "coffee").json
    assert shown["goods"][0]["amounts"]["available"] == 13
    good = document(tmp_path / "good.json", "receiving")
    assert stocked("epcis", "capture", good).code == 0


def test_what_is_no_document_is_one_line(stocked: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("{", encoding="utf-8")
    refused = stocked("epcis", "capture", file)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "epcis.document" in refused.err
    missing = stocked("epcis", "capture", tmp_path / "absent.json")
    assert (missing.code, missing.err.count("\n")) == (2, 1)


def test_mappings_are_set_listed_and_forgotten(stocked: Entrepot) -> None:
    mapped(stocked)
    assert stocked("mapping", "set", "gs1", "goods", "gtin:1", "rum").code == 1
    assert stocked("mapping", "set", "Gs1", "goods", "gtin:1", "coffee").code == 1
    assert stocked("mapping", "set", "gs1", "goods", "flour", "tea", "--units", 1000, "--uom", "KGM").code == 0
    found = stocked("--json", "mapping", "list", "--system", "gs1", "--kind", "goods").json["entries"]
    assert [(each["outside"], each["inside"], each["units"], each["uom"]) for each in found] == [
        ("flour", "tea", 1000, "KGM"),
        ("gtin:10614141073464", "coffee", 1, ""),
    ]
    assert stocked("mapping", "forget", "gs1", "goods", "flour").code == 0
    (first, *_) = stocked("--json", "mapping", "list").json["entries"]
    assert first["active"] is False


def test_a_snapshot_is_compared_approved_and_rejected(stocked: Entrepot, tmp_path: Path) -> None:
    at = datetime.now(UTC).isoformat()
    file = tmp_path / "north.csv"
    file.write_text(
        "goods,node,counted\ncoffee,harbour,8\ntea,harbour,5\nrum,harbour,1\ncoffee,harbour,9\n,harbour,x\n"
    )
    assert stocked("stock", "report-sale", "coffee=1@harbour").code == 0
    done = stocked("--json", "snapshot", "import", file, "--id", "north-1", "--at", at)
    assert done.code == 1, "some rows were rejected"
    assert {name: done.json[name] for name in ("rows", "same", "different", "rejected")} == {
        "rows": 5,
        "same": 1,
        "different": 1,
        "rejected": 3,
    }
    rejects = (tmp_path / "north.csv.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in rejects[1:]] == [
        ["4", "goods.unknown"],
        ["5", "row.invalid"],
        ["6", "row.invalid"],
    ]
    again = stocked("--json", "snapshot", "import", file, "--id", "north-1", "--at", at)
    assert (again.json["different"], again.json["same"]) == (1, 1)
    (proposal,) = stocked("--json", "snapshot", "list", "--status", "open").json["entries"]
    assert (proposal["on_hand"], proposal["counted"]) == (10, 8)
    assert stocked("snapshot", "approve", proposal["code"]).code == 2, "a reason is asked for"
    assert stocked("--actor", "ann", "snapshot", "approve", proposal["code"], "--reason", "looked").code == 0
    assert stocked("--json", "stock", "show", "coffee").json["goods"][0]["amounts"]["available"] == 7
    refused = stocked("snapshot", "reject", proposal["code"], "--reason", "too late")
    assert refused.code == 1
    assert "proposal.decided" in refused.err
    (kept,) = stocked("--json", "snapshot", "list", "--id", "north-1").json["entries"]
    assert (kept["status"], kept["actor"]) == ("approved", "ann")


def test_a_snapshot_in_another_systems_names(stocked: Entrepot, tmp_path: Path) -> None:
    for line in ("goods C12 coffee --units 12", "node DOCK harbour", "node AWAY -"):
        assert stocked("mapping", "set", "north", *line.split()[:3], *line.split()[3:]).code == 0
    file = tmp_path / "north.csv"
    file.write_text("goods,node,counted\nC12,DOCK,1\nC12,AWAY,1\ncoffee,DOCK,1\n", encoding="utf-8")
    at = datetime.now(UTC).isoformat()
    done = stocked("--json", "snapshot", "import", file, "--id", "n-1", "--at", at, "--system", "north")
    assert (done.json["different"], done.json["rejected"]) == (1, 2)
    (proposal,) = stocked("--json", "snapshot", "list").json["entries"]
    assert (proposal["goods"], proposal["counted"]) == ("coffee", 12)


@pytest.mark.parametrize("at", ["yesterday", "2026-03-01T12:00:00", "2999-01-01T00:00:00Z"])
def test_a_snapshot_is_of_a_time(stocked: Entrepot, tmp_path: Path, at: str) -> None:
    file = tmp_path / "north.csv"
    file.write_text("goods,node,counted\ncoffee,harbour,8\n", encoding="utf-8")
    refused = stocked("snapshot", "import", file, "--id", "n-1", "--at", at)
    assert refused.code in (1, 2)
    assert refused.err.count("\n") == 1
    assert stocked("--json", "snapshot", "list").json["entries"] == []


def test_a_file_of_other_columns_is_refused(stocked: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "north.csv"
    file.write_text("goods,place,counted\ncoffee,harbour,8\n", encoding="utf-8")
    refused = stocked("snapshot", "import", file, "--id", "n-1", "--at", "2026-01-01T00:00:00Z")
    assert refused.code == 2
    assert "its columns are goods, node, counted" in refused.err
