"""GS1 identifiers in EPCIS: EPC URNs and GS1 Digital Links, read into the same keys, their digits proven."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import unquote, urlsplit

from adapters.acl.identifiers import check_digit, gtin14, proves_itself
from domain.kernel.refusal import Refusal

GTIN: Final = "gtin"
SSCC: Final = "sscc"
GLN: Final = "gln"
PARTY: Final = "pgln"
OTHER: Final = "other"

MAX_KEY: Final = 512
MAX_STEPS: Final = 20
"""Of the path of a Digital Link: a few that are its owner's, then a key and its qualifiers, two steps each."""

CHARACTERS: Final = re.compile(r"[!-~]{1,20}")
"""Of a lot, a serial number (AI 21) and the extension of a place (AI 254)."""
PREFIX_DIGITS: Final = range(6, 13)
"""How many digits a GS1 company prefix may have."""

URN: Final = re.compile(r"urn:epc:(?P<space>id|class|idpat|pat):(?P<scheme>[a-z0-9]+):(?P<rest>.+)")
OTHERS: Final = frozenset(
    (
        *("grai", "giai", "gsrn", "gsrnp", "gdti", "cpi", "sgcn", "ginc", "gsin", "itip", "upui", "gid", "usdod"),
        *("adi", "bic", "imovn"),
    )
)
OTHER_AIS: Final = frozenset(("8003", "8004", "8017", "8018", "253", "255", "401", "402", "8006", "8010"))


class KeyMalformed(Refusal):
    """An identifier is not a GS1 key as EPCIS writes it, or its check digit is wrong (`identifier`).

    Send an EPC URN (`urn:epc:…`) or a GS1 Digital Link (`https://…/01/…`) that its sender has proven.
    """

    code = "epcis.identifier"


@dataclass(frozen=True, slots=True)
class Key:
    """`kind` and `key`, its GS1 key with its check digit; of a GTIN the `serial` or `lot`, of a place its `extension`.

    `kind` OTHER: assets, documents, coupons and the like, which no stock is counted by.
    """

    kind: str
    key: str
    serial: str = ""
    lot: str = ""
    extension: str = ""

    @property
    def name(self) -> str:
        """What it is mapped under, its serial and lot apart. A party and its place have one number."""
        kind = GLN if self.kind == PARTY else self.kind
        return f"{kind}:{self.key}" + (f".{self.extension}" if self.extension else "")


def key_of(text: str) -> Key:
    """The key that a URN or a Digital Link says. Raises KeyMalformed."""
    if len(text) > MAX_KEY:
        raise KeyMalformed(f"an identifier of {len(text)} characters", identifier=text[:80])
    urn = URN.fullmatch(text)
    found = _of_urn(urn["scheme"], urn["rest"]) if urn else _of_link(text)
    if found is None:
        raise KeyMalformed(f"{text[:120]!r} is no GS1 key as EPCIS writes it", identifier=text[:120])
    return found


# -- EPC URNs ---------------------------------------------------------------------------------------------------------


def _of_urn(scheme: str, rest: str) -> Key | None:
    if scheme in OTHERS:
        return Key(OTHER, f"{scheme}:{rest}"[:100])
    parts = rest.split(".", 2)
    prefix = parts[0]
    if len(parts) < 2 or not _all_digits(prefix, parts[1]) or len(prefix) not in PREFIX_DIGITS:
        return None
    tail = unquote(parts[2]) if len(parts) > 2 else ""
    match scheme:
        case "sgtin" | "lgtin":
            return _trade_item(scheme, prefix, parts[1], tail)
        case "sscc" if len(parts) == 2 and len(prefix) + len(parts[1]) == 17:
            body = parts[1][0] + prefix + parts[1][1:]
            return Key(SSCC, body + check_digit(body))
        case "sgln" if len(prefix) + len(parts[1]) == 12 and _can_be(tail):
            body = prefix + parts[1]
            return Key(GLN, body + check_digit(body), extension="" if tail in ("", "0") else tail)
        case "pgln" if len(parts) == 2 and len(prefix) + len(parts[1]) == 12:
            body = prefix + parts[1]
            return Key(PARTY, body + check_digit(body))
    return None


def _trade_item(scheme: str, prefix: str, item: str, tail: str) -> Key | None:
    if len(prefix) + len(item) != 13 or not tail:
        return None
    body = item[0] + prefix + item[1:]
    gtin = body + check_digit(body)
    if scheme == "lgtin":
        return Key(GTIN, gtin, lot=tail) if CHARACTERS.fullmatch(tail) else None
    return Key(GTIN, gtin, serial="" if tail == "*" else tail) if CHARACTERS.fullmatch(tail) else None


def _can_be(said: str) -> bool:
    """Whether it can be a lot, a serial number or an extension, or is left out."""
    return not said or CHARACTERS.fullmatch(said) is not None


def _all_digits(*texts: str) -> bool:
    return all(text.isascii() and text.isdecimal() for text in texts)


# -- GS1 Digital Links ------------------------------------------------------------------------------------------------


def _of_link(text: str) -> Key | None:
    try:
        link = urlsplit(text)
    except ValueError:
        return None
    if link.scheme not in ("http", "https") or not link.netloc:
        return None
    if link.path.count("/") > MAX_STEPS:
        return None
    steps = [unquote(step) for step in link.path.split("/")[1:]]
    for at, (ai, value) in enumerate(pairwise(steps)):
        if ai in OTHER_AIS:
            return Key(OTHER, f"{ai}:{value}"[:100])
        if ai in ("01", "00", "414", "417"):
            return _of_element(ai, value, dict(zip(steps[at + 2 :: 2], steps[at + 3 :: 2], strict=False)))
    return None


def _of_element(ai: str, value: str, qualifiers: dict[str, str]) -> Key | None:
    match ai:
        case "01":
            gtin, lot, serial = gtin14(value), qualifiers.get("10", ""), qualifiers.get("21", "")
            if gtin is None or not _can_be(lot) or not _can_be(serial):
                return None
            return Key(GTIN, gtin, serial=serial, lot=lot)
        case "00" if len(value) == 18 and proves_itself(value):
            return Key(SSCC, value)
        case "414" if len(value) == 13 and proves_itself(value):
            extension = qualifiers.get("254", "")
            if not _can_be(extension):
                return None
            return Key(GLN, value, extension="" if extension == "0" else extension)
        case "417" if len(value) == 13 and proves_itself(value):
            return Key(PARTY, value)
    return None
