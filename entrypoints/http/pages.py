"""What needs no key: health, the document of the interface, and pages for people."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from entrypoints.http.health import NOT_READY, UP, Health, status_of
from entrypoints.http.refusals import RouteUnknown
from entrypoints.wire.problems import Explained, explained

PUBLIC: Final = {"public": True}
HTML: Final = "text/html"
ASSETS: Final = {
    "rapidoc-min.js": "text/javascript",
    "rapidoc.LICENSE.txt": "text/plain",
    "pages.css": "text/css",
}
STYLED: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "public, max-age=300",
}
API_PAGE: Final = {
    # The page writes its own style elements and shows images that are in it; it speaks to this server alone.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "public, max-age=300",
}


class PagesController(Controller):
    """Everything here is the same for everyone."""

    opt = PUBLIC

    @get("/health/live")
    async def live(self) -> dict[str, str]:
        """The process answers."""
        return {"status": UP}

    @get("/health/ready")
    async def ready(self, health: NamedDependency[Health]) -> Response[dict[str, Any]]:
        """200 while callers may be sent here; the checks say which adapter is down."""
        checks = await health.checks()
        status = status_of(checks)
        return Response({"status": status, "checks": checks}, status_code=503 if status == NOT_READY else 200)

    @get("/openapi.json")
    async def openapi(self) -> Response[bytes]:
        return _json(_document("contracts.http.v1", "openapi.json"))

    @get("/asyncapi.json")
    async def asyncapi(self) -> Response[bytes]:
        return _json(_document("contracts.events.v1", "asyncapi.json"))

    @get("/docs")
    async def docs(self) -> Response[str]:
        return Response(DOCS, media_type=HTML, headers=API_PAGE)

    @get("/assets/{name:str}")
    async def asset(self, name: FromPath[str]) -> Response[bytes]:
        if name not in ASSETS:
            raise RouteUnknown("there is nothing at this path")
        headers = {"cache-control": "public, max-age=86400"}
        return Response(_asset(name), media_type=ASSETS[name], headers=headers)

    @get("/favicon.ico", status_code=204)
    async def icon(self) -> None:
        """There is none; browsers ask."""

    @get("/problems")
    async def problems(self) -> Response[str]:
        return Response(_problems(), media_type=HTML, headers=STYLED)

    @get("/problems/{code:str}")
    async def problem(self, code: FromPath[str]) -> Response[str]:
        found = explained().get(code)
        if found is None:
            raise RouteUnknown(f"no problem has the code {code!r:.80}")
        return Response(_problem(found), media_type=HTML, headers=STYLED)

    @get("/")
    async def index(self) -> Response[str]:
        return Response(INDEX, media_type=HTML, headers=STYLED)


@cache
def _asset(name: str) -> bytes:
    return (files("entrypoints.http") / "assets" / name).read_bytes()


@cache
def _document(package: str, name: str) -> bytes:
    return (files(package) / name).read_bytes()


def _json(document: bytes) -> Response[bytes]:
    return Response(document, media_type="application/json", headers={"cache-control": "public, max-age=300"})


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/assets/pages.css"></head><body><main>{body}</main></body></html>\n'
    )


@cache
def _problems() -> str:
    rows = "".join(
        f'<tr><td><a href="/problems/{each.code}"><code>{each.code}</code></a></td><td>{each.status}</td>'
        f"<td>{escape(each.title)}</td></tr>"
        for each in explained().values()
    )
    head = "<tr><th>Code</th><th>Status</th><th>Meaning</th></tr>"
    return _page("Problems", f"<h1>Problems</h1><table><thead>{head}</thead><tbody>{rows}</tbody></table>")


def _problem(found: Explained) -> str:
    return _page(
        found.code,
        f"<h1><code>{found.code}</code></h1><p>{escape(found.meaning)}</p>"
        f"<h2>What to do</h2><p>{escape(found.advice)}</p><p>Status {found.status}. "
        '<a href="/problems">All problems</a></p>',
    )


INDEX: Final = _page(
    "Entrepot",
    "<h1>Entrepot</h1><p>Stock that is counted, held and promised, and never sold twice.</p><ul>"
    '<li><a href="/console">The console</a></li>'
    '<li><a href="/docs">The interface</a>, and <a href="/openapi.json">its document</a></li>'
    '<li><a href="/problems">What can go wrong, and what to do</a></li>'
    '<li><a href="/health/ready">Whether this process can serve</a></li></ul>',
)
DOCS: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Entrepot: the interface</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<script type="module" src="/assets/rapidoc-min.js"></script></head><body>'
    '<rapi-doc spec-url="/openapi.json" load-fonts="false" render-style="read" show-header="false" '
    'allow-server-selection="false" persist-auth="false"></rapi-doc>'
    "<noscript>This page needs JavaScript; the document itself is at /openapi.json.</noscript></body></html>\n"
)
