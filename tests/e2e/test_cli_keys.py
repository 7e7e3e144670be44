"""Keys from the command line: shown once, kept by nobody, good for as long as they were made for."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.permissions.key import Caller
from domain.permissions.refusals import KeyRefused
from domain.permissions.scope import Scope
from entrypoints.cli.errors import TO_DO
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import load_settings
from tests.e2e.conftest import Entrepot

TEXT = re.compile(r"ek_[a-z2-7]{12}_[a-z2-7]{52}")


def known(*texts: str) -> list[Caller | str]:
    """Whom each text stands for in a process that serves, or the code under which it is refused."""

    async def ask() -> list[Caller | str]:
        found: list[Caller | str] = []
        async with open_installation(load_settings(), worker=False) as installation:
            for text in texts:
                try:
                    found.append(await installation.authenticate(text))
                except KeyRefused as refused:
                    found.append(refused.own_code)
        return found

    return asyncio.run(ask())


def made(entrepot: Entrepot, *arguments: str) -> Any:
    """What creating or rotating a key said."""
    said = entrepot("key", *arguments, "--json")
    assert said.code == 0, said.err
    return said.json


def test_a_key_is_shown_once_and_known_at_the_door(entrepot: Entrepot) -> None:
    said = entrepot("key", "create", "till/1", "--scope", "sell", "--scope", "read", "--label", "first till")
    assert said.code == 0
    (text,) = TEXT.findall(said.out)
    assert said.out.splitlines()[-1] == text, "alone on the last line"
    assert "till/1" in said.out
    assert known(text) == [Caller(text[3:15], "main", "till/1", frozenset({Scope.SELL, Scope.READ}))]
    for answer in (entrepot("key", "list"), entrepot("key", "list", "--json")):
        assert text[3:15] in answer.out
        assert "first till" in answer.out
        assert not TEXT.search(answer.out)
        assert text[16:] not in answer.out


def test_the_secret_is_nowhere_in_the_database(entrepot: Entrepot, tmp_path: Path) -> None:
    text = made(entrepot, "create", "shop", "--scope", "read")["text"]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir())
    assert text[3:15].encode() in kept
    assert text[16:].encode() not in kept


def test_a_key_is_of_its_tenant(entrepot: Entrepot) -> None:
    keys = {
        tenant: made(entrepot, "create", "shop", "--scope", "sell", "--tenant", tenant) for tenant in ("main", "other")
    }
    callers = known(*(key["text"] for key in keys.values()))
    assert [caller.tenant for caller in callers if isinstance(caller, Caller)] == ["main", "other"]
    for tenant, key in keys.items():
        listed = entrepot("key", "list", "--json", "--tenant", tenant).json
        assert [each["id"] for each in listed["keys"]] == [key["key"]["id"]]
        assert listed["after"] is None
    refused = entrepot("key", "revoke", keys["other"]["key"]["id"])
    assert refused.code == 1
    assert refused.err.startswith("error: key.unknown: ")
    assert refused.err.endswith(f"; {TO_DO['key.unknown']}\n")
    assert all(isinstance(caller, Caller) for caller in known(*(key["text"] for key in keys.values())))


def test_a_key_is_rotated_and_both_are_good_for_the_overlap(entrepot: Entrepot) -> None:
    old = made(entrepot, "create", "shop", "--scope", "sell")
    before = datetime.now(UTC)
    new = made(entrepot, "rotate", old["key"]["id"], "--overlap", "2h")
    assert [isinstance(each, Caller) for each in known(old["text"], new["text"])] == [True, True]
    rows = {row["id"]: row for row in entrepot("key", "list", "--json").json["keys"]}
    row = rows[old["key"]["id"]]
    assert row["successor"] == new["key"]["id"]
    ends = datetime.fromisoformat(row["expires_at"]) - before
    assert timedelta(hours=2) <= ends < timedelta(hours=2, minutes=5)
    again = entrepot("key", "rotate", old["key"]["id"])
    assert again.code == 1
    assert "key.replaced" in again.err


def test_a_key_is_rotated_without_overlap(entrepot: Entrepot) -> None:
    old = made(entrepot, "create", "shop", "--scope", "sell")
    new = made(entrepot, "rotate", old["key"]["id"], "--overlap", "0s")
    assert known(old["text"]) == ["key.expired"]
    assert [type(each) for each in known(new["text"])] == [Caller]


def test_a_key_is_revoked_by_its_id_or_by_all_of_it(entrepot: Entrepot) -> None:
    first, second = (made(entrepot, "create", "shop", "--scope", "sell") for _ in range(2))
    for name in (first["key"]["id"], second["text"]):
        said = entrepot("key", "revoke", name, "--json")
        assert said.json["status"] == "revoked"
        assert not TEXT.search(said.out)
    assert known(first["text"], second["text"]) == ["key.revoked"] * 2
    assert entrepot("key", "revoke", first["key"]["id"]).code == 0, "again changes nothing"
    assert entrepot("key", "rotate", first["key"]["id"]).err.startswith("error: key.revoked: ")


def test_a_key_ends_when_it_is_told_to(entrepot: Entrepot) -> None:
    keys = [made(entrepot, "create", "shop", "--scope", "sell", "--expires", "90d") for _ in range(2)]
    first, second = (key["key"]["id"] for key in keys)
    assert entrepot("key", "expire", first, "--json").json["status"] == "expired"
    later = entrepot("key", "expire", second, "--at", "2099-01-01T08:00:00+08:00", "--json").json
    assert later["expires_at"] == "2099-01-01T00:00:00Z"
    told = known(*(key["text"] for key in keys))
    assert (told[0], type(told[1])) == ("key.expired", Caller)
    assert entrepot("key", "expire", first, "--at", "1d").err.startswith("error: key.expired: ")


def test_keys_come_in_pages(entrepot: Entrepot) -> None:
    ids = sorted(made(entrepot, "create", "shop", "--scope", "read")["key"]["id"] for _ in range(3))
    page = entrepot("key", "list", "--limit", "2", "--json").json
    assert ([each["id"] for each in page["keys"]], page["after"]) == (ids[:2], ids[1])
    rest = entrepot("key", "list", "--after", page["after"], "--json").json
    assert ([each["id"] for each in rest["keys"]], rest["after"]) == (ids[2:], None)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("create shop", 2, "read, sell, adjust, admin"),
        ("create shop --scope all", 2, "'read', 'sell', 'adjust', 'admin'"),
        ("create shop --scope read --expires soon", 2, "or how long: 90d"),
        ("create shop --scope read --expires 2027-01-01", 2, "end it with Z"),
        ("create shop --scope read --expires 2020-01-01T00:00:00Z", 1, "expires_at is past"),
        ("create shop --scope read --expires 999999999d", 2, "or how long: 90d"),
        ("rotate aaaaaaaaaaaa --overlap 31d", 1, "30 days at most"),
        ("rotate aaaaaaaaaaaa", 1, "entrepot key list"),
        ("expire aaaaaaaaaaaa --at 2020-01-01T00:00:00Z", 1, "at is past"),
        ("revoke KEY1", 1, "the twelve characters after ek_"),
    ],
)
def test_what_cannot_be_done_says_why(entrepot: Entrepot, arguments: str, code: int, says: str) -> None:
    said = entrepot("key", *arguments.split())
    assert said.code == code
    assert says in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_a_mistyped_key_is_not_repeated(entrepot: Entrepot) -> None:
    text = made(entrepot, "create", "shop", "--scope", "sell")["text"]
    said = entrepot("key", "revoke", f"x{text}")
    assert said.code == 1
    assert text[16:] not in said.err


def test_a_backup_holds_the_keys(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = made(entrepot, "create", "shop", "--scope", "sell")
    assert entrepot("backup", "copy.db").code == 0
    lost = made(entrepot, "create", "shop", "--scope", "sell")
    entrepot("key", "revoke", kept["key"]["id"])
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{tmp_path / 'restored.db'}")
    assert entrepot("restore", "copy.db").code == 0
    told = known(kept["text"], lost["text"])
    assert isinstance(told[0], Caller), "what was revoked after the backup must be revoked again"
    assert told[1] == "key.invalid"
