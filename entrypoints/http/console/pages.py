"""Pages as responses: templates in, HTML out, every one of them with the same headers."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from entrypoints.http.console.view import ROOT, Asked

HERE: Final = Path(__file__).parent
TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PRIVATE: Final = {**HEADERS, "Cache-Control": "no-store"}
FOR_EVER: Final = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}

LIVE: Final = "live"
"""The block of a template that is sent alone when a page asks whether it changed."""


class Pages:
    """Renders the templates. All values are escaped; a name that a template uses and nobody gave is an error."""

    def __init__(self) -> None:
        self._files = {
            path.name: (path.read_bytes(), TYPES[path.suffix]) for path in sorted((HERE / "static").iterdir())
        }
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {"root": ROOT, "file": self._address_of}
        self._environment.globals["m"] = self._environment.get_template("macros.html").module
        self._environment.filters["n"] = lambda number: f"{number:,}"

    # -- pages --------------------------------------------------------------------------------------------------------

    def page(self, template: str, told: Mapping[str, Any], status: int = 200) -> Response[bytes]:
        """A whole page."""
        return html(self.fragment(template, told), status)

    def fragment(self, template: str, told: Mapping[str, Any]) -> str:
        """A part of a page, or a picture."""
        return self._environment.get_template(template).render(told)

    def of(self, template: str, asked: Asked, told: Mapping[str, Any], status: int = 200) -> Response[bytes]:
        """A whole page for someone who is signed in."""
        filled = _filled(asked, told)
        _, seen = self._live(template, filled)
        return self.page(template, {**filled, "again": _again(asked, seen)}, status)

    def changed(self, template: str, asked: Asked, told: Mapping[str, Any]) -> Response[bytes]:
        """The live block, and how to ask again; nothing (204) where it is as the browser has it."""
        text, seen = self._live(template, _filled(asked, told))
        if seen == asked.get("seen"):
            return Response(b"", status_code=204, media_type="text/html", headers=PRIVATE)
        return self.page("_live.html", {"live": Markup(text), "again": _again(asked, seen), "path": asked.path})

    def _live(self, name: str, filled: Mapping[str, Any]) -> tuple[str, str]:
        """The live block of a template, and a digest to know it by."""
        template = self._environment.get_template(name)
        text = "".join(template.blocks[LIVE](template.new_context(dict(filled))))
        return text, hashlib.sha256(text.encode()).hexdigest()[:16]

    # -- files --------------------------------------------------------------------------------------------------------

    def file(self, name: str) -> Response[bytes] | None:
        """A file that pages refer to, by its name; None: there is none such."""
        if name not in self._files:
            return None
        content, kind = self._files[name]
        return Response(content, media_type=kind, headers=FOR_EVER)

    def _address_of(self, name: str) -> str:
        """With a digest of what is in it, so that a browser may keep it for ever."""
        return f"{ROOT}/static/{name}?v={hashlib.sha256(self._files[name][0]).hexdigest()[:12]}"


def _filled(asked: Asked, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the frame around every page needs, and what the page itself does."""
    signed_in = {"tenant": asked.tenant, "principal": asked.caller.principal, "form_token": asked.form_token}
    return {"path": asked.path, **signed_in, **told}


def _again(asked: Asked, seen: str) -> str:
    """The parameters to ask with whether the page changed."""
    given = {name: value for name, value in asked.parameters.items() if name not in ("seen", "requeued")}
    return f"?{urlencode({**given, 'seen': seen})}"


def html(text: str, status: int = 200) -> Response[bytes]:
    return Response(text.encode(), status_code=status, media_type="text/html", headers=PRIVATE)


def see(address: str, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """Go there (303), with a GET."""
    return Response(
        b"", status_code=303, media_type="text/html", headers={**PRIVATE, "Location": address}, cookies=cookies or []
    )
