"""The command line for outside systems: mappings, documents of events, snapshots."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot, Said

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
    file.write_text("goods,node,counted\ncoffee,harbour,8\ntea,harbour,5\nrum,harbour,1\n,harbour,x\n")
    assert stocked("stock", "report-sale", "coffee=1@harbour").code == 0
    done = stocked("--json", "snapshot", "import", file, "--id", "north-1", "--at", at)
    assert done.code == 1, "some rows were rejected"
    assert {name: done.json[name] for name in ("rows", "same", "different", "rejected")} == {
        "rows": 4,
        "same": 1,
        "different": 1,
        "rejected": 2,
    }
    rejects = (tmp_path / "north.csv.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in rejects[1:]] == [
        ["4", "goods.unknown"],
        ["5", "row.invalid"],
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


def imported(entrepot: Entrepot, file: Path, content: bytes, *more: str) -> Said:
    file.write_bytes(content)
    at = datetime.now(UTC).isoformat()
    return entrepot("--json", "snapshot", "import", file, "--id", "n-1", "--at", at, *more)


def rejected(file: Path) -> list[list[str]]:
    """Line and code of each row that was rejected."""
    text = file.with_name(f"{file.name}.rejects.csv").read_text(encoding="utf-8", errors="surrogateescape")
    return [line.split(",")[:2] for line in text.splitlines()[1:]]


def test_a_position_that_comes_twice_is_not_proposed(stocked: Entrepot, tmp_path: Path) -> None:
    rows = b"coffee,harbour,5,\ntea,harbour,4,\ncoffee,harbour,5,-\n"
    done = imported(stocked, tmp_path / "north.csv", b"goods,node,counted,owner\n" + rows)
    assert (done.json["rows"], done.json["same"], done.json["different"], done.json["rejected"]) == (3, 0, 1, 2)
    assert rejected(tmp_path / "north.csv") == [["2", "row.invalid"], ["4", "row.invalid"]]
    (proposal,) = stocked("--json", "snapshot", "list").json["entries"]
    assert proposal["goods"] == "tea", "which of the two rows of coffee is right, nobody knows"


@pytest.fixture
def cased(stocked: Entrepot) -> Entrepot:
    """The system north has coffee in cases of six and each, and calls the harbour DOCK."""
    for line in ("goods CASE coffee --units 6", "goods EACH coffee", "node DOCK harbour"):
        assert stocked("mapping", "set", "north", *line.split()).code == 0
    return stocked


def test_names_of_one_position_are_added_up(cased: Entrepot, tmp_path: Path) -> None:
    rows = [b"CASE,DOCK,1", *(b"RUM,DOCK,%d" % number for number in range(600)), b"EACH,DOCK,4"]
    done = imported(cased, tmp_path / "n.csv", b"goods,node,counted\n" + b"\n".join(rows), "--system", "north")
    assert (done.json["same"], done.json["different"], done.json["rejected"]) == (1, 0, 600)
    assert cased("--json", "snapshot", "list").json["entries"] == []


@pytest.mark.parametrize("row", [b"EACH,DOCK,x", b"EACH,DOCK,-4", b"CASE,DOCK,1", b"EACH,DOCK,9007199254740992"])
def test_nothing_is_proposed_without_a_row_of_the_position(cased: Entrepot, tmp_path: Path, row: bytes) -> None:
    content = b"goods,node,counted\nCASE,DOCK,1\n" + row + b"\n"
    done = imported(cased, tmp_path / "n.csv", content, "--system", "north")
    assert (done.json["same"], done.json["different"], done.json["rejected"]) == (0, 0, 2)
    assert cased("--json", "snapshot", "list").json["entries"] == []


def test_what_no_name_can_be_is_a_row_at_fault(cased: Entrepot, tmp_path: Path) -> None:
    rows = b"\xff,DOCK,1\n" + b"x" * 200 + b",DOCK,1\n,DOCK,1\nEACH,DOCK,8\n"
    done = imported(cased, tmp_path / "n.csv", b"goods,node,counted\n" + rows, "--system", "north")
    assert (done.code, done.json["different"], done.json["rejected"]) == (1, 1, 3), done.err
    assert rejected(tmp_path / "n.csv") == [[line, "input.invalid"] for line in ("2", "3", "4")]


def test_no_owner_needs_no_mapping(cased: Entrepot, tmp_path: Path) -> None:
    content = b"goods,node,counted,owner\nEACH,DOCK,10,-\n"
    done = imported(cased, tmp_path / "n.csv", content, "--system", "north")
    assert (done.code, done.json["same"]) == (0, 1)


def test_a_goods_that_is_unknown_rejects_no_row_of_a_node_of_its_name(stocked: Entrepot, tmp_path: Path) -> None:
    assert stocked("node", "register", "rum").code == 0
    done = imported(stocked, tmp_path / "n.csv", b"goods,node,counted\nrum,harbour,1\ncoffee,rum,3\n")
    assert (done.json["different"], done.json["rejected"]) == (1, 1)
    assert rejected(tmp_path / "n.csv") == [["2", "goods.unknown"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"goods,node,counted,counted\ncoffee,harbour,8,9\n", "has twice 'counted'"),
        ("goods,node,counted\ncoffee,harbour,8\n".encode("utf-16"), "its columns are goods, node, counted"),
    ],
)
def test_columns_are_each_there_once(stocked: Entrepot, tmp_path: Path, content: bytes, said: str) -> None:
    refused = imported(stocked, tmp_path / "n.csv", content)
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    assert said in refused.err
    assert stocked("--json", "snapshot", "list").json["entries"] == []


def test_a_file_of_too_many_rows_is_refused_whole(
    stocked: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.snapshot.MAX_ROWS", 2)
    content = b"goods,node,counted\ncoffee,harbour,8\ntea,harbour,8\n"
    refused = imported(stocked, tmp_path / "n.csv", content + b"rum,harbour,1\n")
    assert (refused.code, "more than 2 rows" in refused.err) == (2, True)
    assert stocked("--json", "snapshot", "list").json["entries"] == []
    assert imported(stocked, tmp_path / "n.csv", content).json["different"] == 2
