"""What browsers send: addresses, forms, cookies; bounded, and taken from this console's own pages alone."""

from collections.abc import Collection, Mapping
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import Cookie

from domain.kernel.refusal import InvalidInput, Refusal
from entrypoints.http.console.view import ROOT

Incoming = Request[Any, Any, Any]

MAX_FORM: Final = 8_192
MAX_QUERY: Final = 4_096
MAX_FIELDS: Final = 20


class FormRefused(Refusal):
    """A form that this console did not hand out to this browser, or so long ago that it is forgotten.

    Open the page again and send it from there.
    """

    code = "console.form"


def parameters(request: Incoming) -> dict[str, str]:
    """Of the address, the first of each name. Raises InvalidInput."""
    return _fields(request.scope["query_string"], MAX_QUERY, "the address")


async def form_of(request: Incoming) -> dict[str, str]:
    """Raises InvalidInput; HTTPException for a body beyond bounds."""
    return _fields(await request.body(), MAX_FORM, "the form")


def _fields(encoded: bytes, most: int, what: str) -> dict[str, str]:
    if len(encoded) > most:
        raise InvalidInput(f"{what} is too long", field=what, most=most)
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidInput(f"{what} cannot be read", field=what) from None
    return dict(reversed(pairs))


def require_own_form(request: Incoming, form: Mapping[str, str], token: str) -> None:
    """Raises FormRefused unless the form was handed out by this console to this browser."""
    origin = request.headers.get("origin")
    elsewhere = origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
    given = form.get("form_token", "")
    if elsewhere or not token or not compare_digest(given.encode(), token.encode()):
        raise FormRefused("this form is not, or no longer, good: open the page again")


def cookie(request: Incoming, name: str, value: str, seconds: int) -> Cookie:
    """Sent by this site's own pages alone, to the console alone, never shown to scripts, to https where that was used.

    The browser's own word on where it sent the form (`Origin`) counts as well, for a proxy may have ended TLS. Who lies
    there gets a cookie that is kept more strictly.
    """
    secure = "https" in (request.url.scheme, request.headers.get("origin", "").partition("://")[0])
    return Cookie(key=name, value=value, path=ROOT, max_age=seconds, httponly=True, samesite="strict", secure=secure)


def going_on(to: str, pages: Collection[str]) -> str:
    """A page of the console to go on to; nothing for anything else."""
    path = to.partition("?")[0]
    plain = len(to) <= MAX_QUERY and to.isascii() and to.isprintable()
    return to if plain and path.startswith(ROOT) and path.removeprefix(ROOT) in pages else ""
