"""A message is taken from who knows a secret of its source, and at its time."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.acl.signature import SignatureRefused, SignatureStale, require_signed, signed

OLD, NEW = "the-old-secret-00", "the-new-secret-00"
NOW = 1_800_000_000
BODY = b'{"id": "1"}'


def test_a_signature_by_any_secret_that_is_known_is_good() -> None:
    for secret in (OLD, NEW):
        require_signed(signed(secret, NOW, BODY), BODY, (OLD, NEW), NOW, 300)
    both = f"{signed('another-secret-000', NOW, BODY)},{signed(NEW, NOW, BODY).partition(',')[2]}"
    require_signed(both, BODY, (OLD, NEW), NOW, 300)


def test_a_secret_that_was_taken_back_is_good_no_more() -> None:
    with pytest.raises(SignatureRefused):
        require_signed(signed(OLD, NOW, BODY), BODY, (NEW,), NOW, 300)


@pytest.mark.parametrize("off", [-301, 301, -NOW, 10**9])
def test_another_time_is_stale(off: int) -> None:
    with pytest.raises(SignatureStale):
        require_signed(signed(NEW, NOW + off, BODY), BODY, (NEW,), NOW, 300)


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_a_clock_may_be_off_a_little(off: int) -> None:
    require_signed(signed(NEW, NOW + off, BODY), BODY, (NEW,), NOW, 300)


def test_the_time_is_signed_too() -> None:
    stolen = signed(NEW, NOW - 10_000, BODY).partition(",")[2]
    with pytest.raises(SignatureRefused):
        require_signed(f"t={NOW},{stolen}", BODY, (NEW,), NOW, 300)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "t=",
            "t=1",
            "v1=" + "0" * 64,
            "t=1,v1=",
            "t=-1,v1=" + "0" * 64,
            "t=1800000000",
            "x" * 5_000,
            "t=1," * 400,
        ),
        *("t=1800000000,v1=" + "A" * 64, "t=1800000000;v1=" + "0" * 64, "t=1800000000,v2=" + "0" * 64),
    ],
)
def test_what_is_no_signature_is_refused(said: str) -> None:
    with pytest.raises(SignatureRefused):
        require_signed(said, BODY, (NEW,), NOW, 300)


@pytest.mark.parametrize("secrets", [(), (NEW,), (OLD, NEW), (OLD, NEW, "a third")])
def test_nobody_may_sign_with_a_secret_that_is_not_the_sources(secrets: tuple[str, ...]) -> None:
    """Nor for a source that is not there; nor with what stands for the secrets that a source has less than another."""
    for secret in ("another", "\0", ""):
        with pytest.raises(SignatureRefused):
            require_signed(signed(secret, NOW, BODY), BODY, secrets, NOW, 300)
    if not secrets:
        with pytest.raises(SignatureRefused):
            require_signed(signed(NEW, NOW, BODY), BODY, secrets, NOW, 300)


def test_what_follows_a_good_signature_is_not_passed_over() -> None:
    with pytest.raises(SignatureRefused):
        require_signed(signed(NEW, NOW, BODY) + ",v9=x", BODY, (NEW,), NOW, 300)


def test_the_page_shows_how_to_sign() -> None:
    page = (Path(__file__).parents[3] / "docs" / "adapters" / "wms.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(shown, names)
    assert names["signature"](NEW, NOW, BODY) == signed(NEW, NOW, BODY)


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(max_size=100))
def test_no_other_body_and_no_other_text_is_signed(body: bytes, other: bytes, text: str) -> None:
    said = signed(NEW, NOW, body)
    if other != body:
        with pytest.raises(SignatureRefused):
            require_signed(said, other, (NEW,), NOW, 300)
    with pytest.raises(SignatureRefused):
        require_signed(text, body, (NEW,), NOW, 300)
