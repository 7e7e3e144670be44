"""Numbers prove themselves; keys are the same in an EPC URN and in a Digital Link."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.acl.epcis.keys import GLN, GTIN, MAX_KEY, MAX_STEPS, OTHER, SSCC, Key, KeyMalformed, key_of
from adapters.acl.identifiers import check_digit, digits, element_string, gtin14, imei, luhn, proves_itself
from tests.shared_data import DATA, needs

FOLDER: Final = DATA / "identifier_vectors"
HERE: Final = needs(FOLDER.name)

CHECKS: Final = {
    "ean8": lambda value: len(value) == 8 and proves_itself(value),
    "ean13": lambda value: len(value) == 13 and proves_itself(value),
    "gtin14": lambda value: len(value) == 14 and gtin14(value) == value,
    "gln13": lambda value: len(value) == 13 and proves_itself(value),
    "sscc18": lambda value: len(value) == 18 and proves_itself(value),
    "imei": imei,
    "imei_or_imeisv": imei,
    "luhn": luhn,
}


def vectors(name: str) -> list[Any]:
    path = FOLDER / name
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


@HERE
@pytest.mark.parametrize(
    "vector", vectors("check_digit_vectors.json"), ids=lambda each: f"{each['kind']} {each['value']}"
)
def test_a_number_is_what_the_vectors_say(vector: dict[str, Any]) -> None:
    if vector["kind"] == "gs1_element_string":
        found = element_string(vector["value"]) is not None
    else:
        number = digits(vector["value"])
        assert number == vector.get("normalized", number)
        found = CHECKS[vector["kind"]](number)
    assert found is vector["valid"]


@HERE
@pytest.mark.parametrize("vector", vectors("epc_urn_to_gs1_keys.json"), ids=lambda each: each["urn"])
def test_a_urn_is_the_key_that_the_vectors_say(vector: dict[str, Any]) -> None:
    key = key_of(vector["urn"])
    match vector["kind"]:
        case "gtin14+serial":
            assert (key.kind, key.key, key.serial or key.lot or "*") == (GTIN, vector["key"], vector["extension"])
        case "gln13":
            assert (key.kind, key.key, key.extension or "0") == (GLN, vector["key"], vector["extension"])
        case "sscc18":
            assert (key.kind, key.key) == (SSCC, vector["key"])
        case _:
            assert key.kind == OTHER, "assets and documents: nothing is counted by them"


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2017"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "https://example.com/some/path/01/04012345123456/10/998877"),
        ("urn:epc:idpat:sgtin:4012345.098765.*", "https://id.gs1.org/01/04012345987652"),
        ("urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"),
        ("urn:epc:id:sgln:0614141.07346.1234", "https://id.gs1.org/414/0614141073467/254/1234"),
        ("urn:epc:id:sgln:0614141.00777.0", "https://id.gs1.org/414/0614141007776"),
        ("urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256"),
        ("urn:epc:class:lgtin:4012345.012345.a%2Fb", "https://id.gs1.org/01/04012345123456/10/a%2Fb"),
    ],
)
def test_both_forms_are_one_key(urn: str, link: str) -> None:
    assert key_of(urn) == key_of(link)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:epc:id:sgtin:0614141.107346",
        "urn:epc:id:sgtin:061414.107346.1",
        "urn:epc:id:sgtin:06141x1.107346.1",
        "urn:epc:id:sgtin:0614141.١07346.1",
        "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id:sscc:0614141.1234567890.1",
        "urn:epc:id:sgln:0614141.0734.1",
        "urn:epc:id:nothing:1.2.3",
        "urn:epc:class:lgtin:4012345.012345.",
        "urn:epc:class:lgtin:4012345.012345." + "9" * 21,
        "urn:epc:class:lgtin:4012345.012345.a%00b",
        "urn:epc:id:sgtin:0614141.107346.a%00b",
        "urn:epc:id:sgtin:0614141.107346." + "9" * 21,
        "urn:epc:id:sgln:0614141.00888.%00",
        "urn:epc:id:sgln:0614141.00888.a%20b",
        "urn:epc:id:sgln:0614141.00888." + "9" * 21,
        "https://id.gs1.org/01/10614141073464/21/a%00b",
        "https://id.gs1.org/414/0614141073467/254/%00",
        "https://id.gs1.org/414/0614141073467/254/%F0%9F%8C%8D",
        "https://id.gs1.org/01/70614141123452/21/2017",
        "https://id.gs1.org/01/7061414112345",
        "https://id.gs1.org/00/106141412345678909",
        "https://id.gs1.org/414/0614141073468",
        "https://id.gs1.org/01/",
        "https://id.gs1.org" + "/a" * (MAX_STEPS - 1) + "/01/10614141073464",
        "https://[::1/01/70614141123451",
        "ftp://id.gs1.org/01/70614141123451",
        "geo:42.698334,23.319941",
        "x" * (MAX_KEY + 1),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyMalformed):
        key_of(text)


def test_a_link_may_stand_under_a_path_of_its_owners() -> None:
    link = "https://example.com" + "/a" * (MAX_STEPS - 4) + "/01/10614141073464/21/2017"
    assert key_of(link) == Key(GTIN, "10614141073464", serial="2017")


@given(st.from_regex(r"[0-9]{7}", fullmatch=True), st.from_regex(r"[0-9]{6}", fullmatch=True), st.integers(1, 9))
def test_a_changed_digit_is_seen(prefix: str, item: str, by: int) -> None:
    body = item[0] + prefix + item[1:]
    gtin = body + check_digit(body)
    assert key_of(f"urn:epc:id:sgtin:{prefix}.{item}.1") == Key(GTIN, gtin, serial="1")
    wrong = gtin[:5] + str((int(gtin[5]) + by) % 10) + gtin[6:]
    with pytest.raises(KeyMalformed):
        key_of(f"https://id.gs1.org/01/{wrong}/21/1")


@given(
    st.text(max_size=200) | st.from_regex(r"urn:epc:[a-z:]{0,20}[0-9.*]{0,40}") | st.from_regex(r"https://[a-z0-9/]*")
)
def test_whatever_comes_is_a_key_or_is_refused(text: str) -> None:
    try:
        key = key_of(text)
    except KeyMalformed:
        return
    assert key.kind
    assert key.key
