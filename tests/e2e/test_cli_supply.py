"""Items, supply and policies from the command line and from files."""

import csv
from pathlib import Path

from tests.e2e.conftest import Entrepot


def rejects_of(file: Path) -> list[tuple[str, str, str]]:
    with file.with_name(f"{file.name}.rejects.csv").open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    return [(row["reject_line"], row["reject_code"], row["reject_message"]) for row in rows]


def test_rows_that_stand_together_are_one_item_and_one_bad_row_has_all_of_it_rejected(
    entrepot: Entrepot, tmp_path: Path
) -> None:
    file = tmp_path / "items.csv"
    file.write_text(
        "item,sku,name,sku_name,sku_active\n"
        "mug,mug-red,Mug,red,\n"
        "mug,mug-blue,,blue,no\n"
        "bowl,bowl,,,\n"
        "pot,pot-1,Pot,,\n"
        "pot,pot-2,Teapot,,\n"
        "cup,cup-1,,,perhaps\n"
        "mug,mug-green,,,\n"
    )
    said = entrepot("import", "items", file, "--json")
    assert said.code == 1
    assert {name: said.json[name] for name in ("rows", "taken", "rejected")} == {"rows": 7, "taken": 3, "rejected": 4}
    assert rejects_of(file) == [
        ("5", "row.invalid", "name is 'Pot' and 'Teapot' in rows that belong together"),
        ("6", "row.invalid", "name is 'Pot' and 'Teapot' in rows that belong together"),
        ("7", "row.invalid", "sku_active is 'perhaps': write true or false"),
        ("8", "row.malformed", "other rows of mug stand further up: sort the file"),
    ]
    mug = entrepot("item", "show", "mug", "--json").json
    assert [(sku["code"], sku["name"], sku["active"]) for sku in mug["skus"]] == [
        ("mug-red", "red", True),
        ("mug-blue", "blue", False),
    ]
    assert "item.unknown" in entrepot("item", "show", "pot").err


def test_a_file_that_says_what_it_said_before_is_taken_for_what_it_says(entrepot: Entrepot, tmp_path: Path) -> None:
    """Not for the request of the day on which it said so first."""
    for goods in ("LEAF", "DUST"):
        assert entrepot("goods", "register", goods).code == 0
    assert entrepot("item", "set", "tea", "--sku", "tea").code == 0
    file = tmp_path / "supply.csv"
    for part in ("LEAF", "DUST", "LEAF"):
        file.write_text(f"sku,mapping,part,units\ntea,own,{part},100\n")
        said = entrepot("import", "supply", file, "--json")
        assert (said.code, said.json["taken"], said.json["repeated"]) == (0, 1, 0)
        found = entrepot("supply", "resolve", "tea", "--json").json
        assert found["options"][0]["parts"] == [{"goods": part, "units": 100}]


def test_a_mapping_is_set_and_dropped_and_the_others_stay(entrepot: Entrepot) -> None:
    assert entrepot("goods", "register", "LEAF").code == 0
    assert entrepot("item", "set", "tea", "--sku", "tea=loose", "--retired", "bags").code == 0
    assert entrepot("supply", "set", "tea", "own", "LEAF=100").code == 0
    assert entrepot("supply", "set", "tea", "farm", "LEAF=100", "--supplier", "farm", "--owner", "*").code == 0
    [entry] = entrepot("supply", "list", "--json").json["entries"]
    assert [(each["id"], each["supplier"], each["owner"]) for each in entry["mappings"]] == [
        ("own", "-", "-"),
        ("farm", "farm", ""),
    ]
    assert entrepot("supply", "drop", "tea", "own").code == 0
    assert "has no mapping own" in entrepot("supply", "drop", "tea", "own").err
    [entry] = entrepot("supply", "list", "--json").json["entries"]
    assert [each["id"] for each in entry["mappings"]] == ["farm"]
    said = entrepot("supply", "resolve", "tea", "--at", "yesterday")
    assert said.code != 0
    assert "is no time with its zone" in said.err


def test_a_file_of_policies_is_json_or_toml_and_read_strictly(entrepot: Entrepot, tmp_path: Path) -> None:
    file = tmp_path / "policies.json"
    file.write_text('{"policies": [{"name": "house", "settings": {"max_splits": 1}}]}')
    assert entrepot("policy", "publish", file).code == 0
    told = entrepot("policy", "list", "--json").json["policies"]
    assert [(each["name"], each["level"], each["settings"]) for each in told] == [
        ("house", "tenant", {"max_splits": 1})
    ]
    for text, said in (
        ('{"policies": [{"name": "house", "settings": {"max_split": 1}}]}', "max_split"),
        ('{"policies": [{"name": "house", "settings": {"max_splits": true}}]}', "max_splits"),
        ('{"policies": ', "cannot read"),
    ):
        file.write_text(text)
        refused = entrepot("policy", "publish", file)
        assert refused.code != 0
        assert said in refused.err
    assert "no policy missing" in entrepot("policy", "explain", "--policy", "missing").err
    assert entrepot("policy", "list", "--json").json["version"] == 1
