"""The console at /console: what a person on call opens. See docs/console.md."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from math import ceil
from secrets import token_urlsafe
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from application.kernel.ports import StoreError
from application.kernel.unanswered import Unanswered
from application.permissions.authorize import ScopeMissing, require_scope
from application.permissions.rate import RateLimited
from domain.kernel.refusal import InvalidInput, Refusal
from domain.permissions.key import Caller
from domain.permissions.refusals import KeyRefused
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.console.incoming import (
    MAX_FORM,
    FormRefused,
    Incoming,
    cookie,
    form_of,
    going_on,
    parameters,
    require_own_form,
)
from entrypoints.http.console.ledger import ledger
from entrypoints.http.console.outbox import deliver_again, outbox
from entrypoints.http.console.pages import Pages, see
from entrypoints.http.console.promises import promises
from entrypoints.http.console.reservations import reservations
from entrypoints.http.console.sessions import LIFE, Session, Sessions
from entrypoints.http.console.status import status
from entrypoints.http.console.stock import stock
from entrypoints.http.console.view import ROOT, Asked, View, address

logger = logging.getLogger(__name__)

SESSION: Final = "entrepot_console"
FORM: Final = "entrepot_console_form"
SIGN_IN: Final = f"{ROOT}/sign-in"

FORM_LIFE: Final = 3_600

VIEWS: Final[Mapping[str, tuple[View, str]]] = {
    "/stock": (stock, "stock.html"),
    "/reservations": (reservations, "reservations.html"),
    "/promises": (promises, "promises.html"),
    "/ledger": (ledger, "ledger.html"),
    "/outbox": (outbox, "outbox.html"),
    "/status": (status, "status.html"),
}


class SignedOut(Exception):
    """Nobody is signed in, or no longer: the key was revoked, expired, or may not read."""


def console_routes(house: Installation, sessions: Sessions) -> Router:
    """Everything under /console, over this installation."""
    console = Console(house, sessions, Pages())
    handlers = [handler for path in VIEWS for handler in (_page(console, path), _live(console, path))]
    return Router(
        ROOT,
        route_handlers=[*handlers, *_doors(console)],
        opt={"public": True, "query": "own"},  # the API's keys are not asked for: the session is
        include_in_schema=False,
        request_max_body_size=MAX_FORM,
        exception_handlers={
            SignedOut: _plain(console.signed_out),
            Refusal: _plain(console.refused),
            Unanswered: _plain(console.down),
            StoreError: _plain(console.down),
            RateLimited: _plain(console.too_often),
            HTTPException: _plain(console.odd),
            Exception: _plain(console.fault),
        },
    )


class Console:
    """The pages of one installation: who is signed in, what they see, and what they get when that fails."""

    def __init__(self, house: Installation, sessions: Sessions, pages: Pages) -> None:
        self.house = house
        self.sessions = sessions
        self.pages = pages

    async def asked(self, request: Incoming, path: str, scope: Scope = Scope.READ) -> Asked:
        """Who asks for a page, and with what. Raises SignedOut, RateLimited, ScopeMissing, InvalidInput."""
        session, caller = await self.signed_in(request)
        self.house.rate.require(caller.key, asyncio.get_running_loop().time(), request="")
        for needed in (Scope.READ, scope):
            require_scope(caller, needed)
        return Asked(path, self.house, caller, parameters(request), session.form_token)

    async def signed_in(self, request: Incoming) -> tuple[Session, Caller]:
        """The key is checked anew every time, so a session ends when its key does. Raises SignedOut, Unavailable."""
        session = self.sessions.find(request.cookies.get(SESSION, ""))
        if session is None:
            raise SignedOut
        try:
            return session, await self.house.authenticate.still(session.key)
        except KeyRefused:
            raise SignedOut from None

    # -- signing in and out -------------------------------------------------------------------------------------------

    def sign_in_page(self, request: Incoming, problem: str = "", status: int = 200) -> Response[bytes]:
        """With a form token of its own, in a cookie and in the form: nobody can sign another's browser in."""
        token = request.cookies.get(FORM, "")
        if not 40 <= len(token) <= 64:
            token = token_urlsafe(32)
        there = going_on(request.query_params.get("to", ""), VIEWS) if request.method == "GET" else ""
        page = self.pages.page("sign_in.html", {"form_token": token, "problem": problem, "to": there}, status)
        page.set_cookie(cookie(request, FORM, token, FORM_LIFE))
        return page

    async def sign_in(self, request: Incoming) -> Response[bytes]:
        """Raises FormRefused, Unavailable."""
        form = await form_of(request)
        require_own_form(request, form, request.cookies.get(FORM, ""))
        try:
            caller = await self.house.authenticate(form.get("key", "").strip())
        except KeyRefused:
            return self.sign_in_page(request, "This key does not open the console.", 401)
        if Scope.READ not in caller.scopes:
            return self.sign_in_page(request, "This key does not hold the scope read, which looking needs.", 403)
        begun = self.sessions.begin(caller.key)
        cookies = [cookie(request, SESSION, begun, int(LIFE)), cookie(request, FORM, "", 0)]
        logger.info("%s of %s signed in to the console with the key %s", caller.principal, caller.tenant, caller.key)
        return see(going_on(form.get("to", ""), VIEWS) or address("/stock"), cookies)

    async def sign_out(self, request: Incoming) -> Response[bytes]:
        """Every browser that is signed in with this key: a stolen cookie is worth nothing then. Raises FormRefused."""
        session = self.sessions.find(request.cookies.get(SESSION, ""))
        if session is not None:
            require_own_form(request, await form_of(request), session.form_token)
            self.sessions.end(session.key)
        return see(SIGN_IN, [cookie(request, SESSION, "", 0)])

    async def requeue(self, request: Incoming) -> Response[bytes]:
        """Raises SignedOut, FormRefused, ScopeMissing, StoreError."""
        asked = await self.asked(request, "/outbox", Scope.ADMIN)
        form = await form_of(request)
        require_own_form(request, form, asked.form_token)
        group, message = form.get("group", ""), form.get("message", "")
        count = await deliver_again(asked, group, message)
        if count:
            by = asked.caller
            logger.info("%s of %s had %s delivered to %s again", by.principal, by.tenant, message, group)
        return see(address("/outbox", requeued=count))

    # -- when it fails ------------------------------------------------------------------------------------------------

    def signed_out(self, request: Incoming, _: SignedOut) -> Response[bytes]:
        """To the sign-in page, and back to this page from there."""
        if "hx-request" in request.headers:
            return Response(b"", status_code=401, headers={"HX-Redirect": SIGN_IN, "Cache-Control": "no-store"})
        if request.headers.get("sec-fetch-site") == "cross-site" and request.method == "GET":
            # A link from elsewhere comes without the session's cookie. From a page of our own it comes with it.
            return self.pages.page("arrive.html", {})
        path = request.url.path.removeprefix(ROOT)
        to = f"{ROOT}{path}" + (f"?{request.url.query}" if request.url.query else "")
        return see(address("/sign-in", to=going_on(to, VIEWS)) if request.method == "GET" and path else SIGN_IN)

    def refused(self, request: Incoming, refusal: Refusal) -> Response[bytes]:
        status = 403 if isinstance(refusal, ScopeMissing | FormRefused) else 400
        return self._problem("This cannot be shown", refusal.message, refusal.own_code, status)

    def down(self, request: Incoming, error: Exception) -> Response[bytes]:
        """The cause is for the log; whoever sees the page may be anyone with a key."""
        logger.warning("the console cannot show %s: %s", request.url.path, error)
        code = error.code if isinstance(error, Unanswered) else "service.unavailable"
        message = "The database does not answer. Nothing was changed; try again in a little while."
        return self._problem("The database does not answer", message, code, 503)

    def fault(self, request: Incoming, error: Exception) -> Response[bytes]:
        logger.error("the console failed at %s", request.url.path, exc_info=error)
        message = "That is a fault of this program, not yours. The log has the cause."
        return self._problem("This page failed", message, "internal.fault", 500)

    def too_often(self, request: Incoming, error: RateLimited) -> Response[bytes]:
        page = self._problem("Too often", "This key asks for more than its share. Wait a moment.", error.code, 429)
        page.headers["Retry-After"] = str(ceil(error.retry_after))
        return page

    def odd(self, request: Incoming, error: HTTPException) -> Response[bytes]:
        title = {404: "There is no such page", 413: "That is too much"}.get(error.status_code, "That did not work")
        return self._problem(title, "Go back, or begin at the stock page.", "", error.status_code)

    def _problem(self, title: str, message: str, code: str, status: int) -> Response[bytes]:
        return self.pages.page("problem.html", {"title": title, "message": message, "code": code}, status)


# -- the routes -------------------------------------------------------------------------------------------------------


def _page(console: Console, path: str) -> HTTPRouteHandler:
    view, template = VIEWS[path]

    @get(path, name=f"console{path}")
    async def page(request: Incoming) -> Response[bytes]:
        asked = await console.asked(request, path)
        try:
            told = await view(asked)
        except InvalidInput as refusal:
            # What was typed stands in the form still; the page says what is wrong with it.
            asked = Asked(path, asked.house, asked.caller, {}, asked.form_token)
            return console.pages.of(template, asked, {**await view(asked), "problem": refusal.message}, 400)
        return console.pages.of(template, asked, told)

    return page


def _live(console: Console, path: str) -> HTTPRouteHandler:
    view, template = VIEWS[path]

    @get(f"{path}/live", name=f"console{path}-live")
    async def live(request: Incoming) -> Response[bytes]:
        asked = await console.asked(request, path)
        return console.pages.changed(template, asked, await view(asked))

    return live


def _doors(console: Console) -> list[HTTPRouteHandler]:
    @get("/", name="console")
    async def home() -> Response[bytes]:
        return see(address("/stock"))

    @get("/sign-in", name="console-sign-in")
    async def sign_in_page(request: Incoming) -> Response[bytes]:
        return console.sign_in_page(request)

    @post("/sign-in", status_code=303)
    async def sign_in(request: Incoming) -> Response[bytes]:
        return await console.sign_in(request)

    @post("/sign-out", status_code=303)
    async def sign_out(request: Incoming) -> Response[bytes]:
        return await console.sign_out(request)

    @post("/outbox/requeue", status_code=303)
    async def requeue_one(request: Incoming) -> Response[bytes]:
        return await console.requeue(request)

    @get("/static/{name:str}")
    async def static(name: FromPath[str]) -> Response[bytes]:
        found = console.pages.file(name)
        if found is None:
            raise NotFoundException
        return found

    @get("/{rest:path}", name="console-nowhere")
    async def nowhere() -> Response[bytes]:
        raise NotFoundException

    return [home, sign_in_page, sign_in, sign_out, requeue_one, static, nowhere]


def _plain(answer: Callable[[Incoming, Any], Response[bytes]]) -> Callable[[Incoming, Any], Response[bytes]]:
    """A function: the framework copies handlers deeply, and a method would bring the whole installation along."""

    def handler(request: Incoming, error: Any) -> Response[bytes]:
        return answer(request, error)

    return handler
