"""Promises from the command line."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot

TO = ("--to", "53.55,10.0")


@pytest.fixture
def town(entrepot: Entrepot, tmp_path: Path) -> Entrepot:
    """Tea at two nodes that deliver, and a policy for each line of business and scenario."""
    entrepot("goods", "register", "TEA")
    for node, lat in (("NEAR", "53.55"), ("FAR", "53.95")):
        entrepot("node", "register", node)
        entrepot("site", "set", node, "--lat", lat, "--lng", "10.0", "--anywhere")
        entrepot("stock", "receive", f"TEA=5@{node}")
    file = tmp_path / "policies.toml"
    file.write_text(
        """
        [[policies]]
        name = "shop"
        business = "retail"
        settings = { mix = [{ criterion = "nearest" }] }
        [[policies]]
        name = "fetched"
        business = "retail"
        scenario = "pickup"
        settings = { mix = [{ criterion = "least_cost" }] }
        """
    )
    assert entrepot("policy", "publish", file).code == 0
    return entrepot


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ((), "fewest_splits"),
        (("--business", "retail"), "shop"),
        (("--business", "retail", "--scenario", "pickup"), "fetched"),
    ],
)
def test_what_is_bought_is_bought_by_the_policy_it_would_be_promised_by(
    town: Entrepot, said: tuple[str, ...], policy: str
) -> None:
    made = town("promise", "make", "goods:TEA=1", *TO, *said, "--json").json
    bought = town("promise", "buy", "goods:TEA=1", *TO, *said, "--json").json["reply"]["promise"]
    assert (made["policy"], bought["policy"]) == (policy, policy)


def test_all_that_says_what_is_wanted_is_taken_by_both(town: Entrepot) -> None:
    said = [
        "--nation",
        "DE",
        "--postcode",
        "20095",
        "--buyer",
        "B",
        "--channel",
        "web",
        "--policy",
        "nearest",
        "--whole",
    ]
    said += ["--business", "retail", "--scenario", "pickup", "--max-splits", "0", "--expected", "--region", ""]
    made = town("promise", "make", "goods:TEA=1", *TO, *said, "--json").json
    bought = town("promise", "buy", "goods:TEA=1", *TO, *said, "--json").json["reply"]["promise"]
    assert [each["node"] for each in made["legs"]] == [each["node"] for each in bought["legs"]] == ["NEAR"]


def test_what_is_pooled_is_not_taken_in_part(town: Entrepot) -> None:
    said = town("promise", "buy", "goods:TEA=9", *TO, "--pooled", "--partial")
    assert (said.code, "leave out --partial" in said.err) == (2, True)
