"""What the operator does over HTTP: sign in and out, and forms that change something. Nothing of it is there otherwise.

A form is taken of who is signed in, from a page of this site: it carries what that session's pages alone have, the
cookie isn't sent along from other sites, and where a browser says where the form came from that has to be here. After
it the browser is sent to the page, with the name of what came of it: the words are ours.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from aggregator.config import Config
from aggregator.model import TroubleError
from aggregator.operate import Came, Controls, Done
from aggregator.outbound import operating
from aggregator.outbound.pages import Page
from aggregator.render.html import templates
from aggregator.render.html.site import name_of
from aggregator.serve import body
from aggregator.serve.sessions import LASTS, Sessions, is_same

log = logging.getLogger(__name__)

COOKIE = "aggregator-operator"
DONE = "done"
"""The parameter of a page's address that says what came of a form."""
HEADERS = {"Cache-Control": "no-store, private"}
_FORM = "application/x-www-form-urlencoded"
_LONGEST = 4096  # bytes of a form
_SECONDS = 10.0  # that a form has to come in
_FIELDS = 10
_ID = r"{story:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}}"
_SOURCE = r"{number:\d{1,15}}"

Form = Mapping[str, str]
Act = Callable[[web.Request, Form], Awaitable[web.StreamResponse]]


class Operator:
    """The handlers. `config` gives the config in force; its token at the start counts until a restart."""

    def __init__(self, config: Callable[[], Config], controls: Controls, clock: Callable[[], float]) -> None:
        self._config = config
        self._controls = controls
        self._sessions = Sessions(config().serve.admin_token, clock)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. Each form's path is answered to POST alone."""
        return [
            web.get("/sign-in", self.ask),
            web.post("/sign-in", self.sign_in),
            web.post("/sign-out", self._taking(self.sign_out)),
            web.post(f"/source/{_SOURCE}/visit", self._taking(self.visit)),
            web.post(f"/source/{_SOURCE}/pause", self._taking(self.pause)),
            web.post(f"/source/{_SOURCE}/resume", self._taking(self.resume)),
            web.post(f"/story/{_ID}/split", self._taking(self.split)),
            web.post(f"/story/{_ID}/merge", self._taking(self.merge)),
        ]

    def page(self, request: web.BaseRequest) -> Mapping[str, str]:
        """Return what a page has of the operator whose request it is (`Context.render`); nothing of anybody else."""
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return {}
        done = request.query.get(DONE, "")
        return {"token": session.form, "said": Done(done).said if done in set(Done) else ""}

    def lets_in(self, request: web.BaseRequest) -> bool:
        """Tell whether a request is the operator's: by the cookie of a session, or with the token itself, as programs
        send it (RFC 6750) or feed readers (RFC 7617, the user's name is any)."""
        if self._sessions.find(request.cookies.get(COOKIE, "")):
            return True
        return self._sessions.is_token(_token_of(request.headers.get("Authorization", "")))

    async def ask(self, _request: web.Request) -> web.StreamResponse:
        """Answer with the page to sign in at."""
        return self._answer(operating.sign_in(self._config(), ""))

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Answer the right token with a cookie."""
        config = self._config()
        form = await self._form(request)
        if isinstance(form, web.StreamResponse):
            return form
        wait = self._sessions.wait
        session = self._sessions.sign_in(form.get("token", ""))  # the right one always: nobody can lock its owner out
        if session is None and wait:
            words = "There were too many wrong tokens. Try again in a minute."
            return self._answer(operating.sign_in(config, "", 429, words), {"Retry-After": str(wait)})
        if session is None:
            log.warning("somebody tried to sign in as the operator with a wrong token")
            return self._answer(operating.sign_in(config, "", 403, "That is not the token."))
        answer = _see("./")
        secure = config.site.link.startswith("https://")
        answer.set_cookie(COOKIE, session, max_age=LASTS, path="/", secure=secure, httponly=True, samesite="Strict")
        return answer

    async def sign_out(self, request: web.Request, _form: Form) -> web.StreamResponse:
        """End the session."""
        self._sessions.end(request.cookies.get(COOKIE, ""))
        answer = _see("./")
        answer.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return answer

    async def visit(self, request: web.Request, _form: Form) -> web.StreamResponse:
        """Have a source visited now."""
        return self._source(request, await self._controls.visit(int(request.match_info["number"])))

    async def pause(self, request: web.Request, _form: Form) -> web.StreamResponse:
        """Have a source left alone."""
        return self._source(request, await self._controls.pause(int(request.match_info["number"])))

    async def resume(self, request: web.Request, _form: Form) -> web.StreamResponse:
        """Have a source visited again."""
        return self._source(request, await self._controls.resume(int(request.match_info["number"])))

    async def split(self, request: web.Request, form: Form) -> web.StreamResponse:
        """Part a copy from its story: `entry` is its row."""
        entry = form.get("entry", "")
        if not (entry.isascii() and entry.isdigit() and len(entry) < 16):
            return self._answer(operating.misunderstood(self._config(), _up(request), 400))
        return self._story(request, await self._controls.split(request.match_info["story"], int(entry)))

    async def merge(self, request: web.Request, form: Form) -> web.StreamResponse:
        """Make two stories one: `other` names the other one."""
        return self._story(request, await self._controls.merge(request.match_info["story"], form.get("other", "")))

    def _source(self, request: web.Request, done: Done) -> web.StreamResponse:
        if done.is_missing:
            return self._answer(operating.missing(self._config(), _up(request), done.said))
        return _see(f"../{int(request.match_info['number'])}?{DONE}={done}")

    def _story(self, request: web.Request, came: Came) -> web.StreamResponse:
        config = self._config()
        if came.done.is_missing:
            return self._answer(operating.missing(config, _up(request), came.done.said))
        return _see(f"../{name_of(came.story)}?{DONE}={came.done}")

    def _taking(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler that has `act` done for a form of an operator who is signed in, from one of our pages."""

        async def handle(request: web.Request) -> web.StreamResponse:
            config, up = self._config(), _up(request)
            form = await self._form(request)
            if isinstance(form, web.StreamResponse):
                return form
            session = self._sessions.find(request.cookies.get(COOKIE, ""))
            if session is None or not is_same(form.get("form", ""), session.form):
                return self._answer(operating.refused(config, up))
            try:
                return await act(request, form)
            except TroubleError as error:
                log.error("what the operator asked for could not be done: %s", error)  # noqa: TRY400  no bug
                return self._answer(operating.troubled(config, up), {"Retry-After": "300"})

        return handle

    async def _form(self, request: web.Request) -> Form | web.StreamResponse:
        """Return the fields of a form from one of our pages, or else why it isn't taken."""
        config, up = self._config(), _up(request)
        if not is_ours(request, config.site.link):
            return self._answer(operating.refused(config, up))
        if request.content_type != _FORM:
            return self._answer(operating.misunderstood(config, up, 415))
        read = await body.read(request, _LONGEST, _SECONDS)
        if isinstance(read, int):
            return self._answer(operating.misunderstood(config, up, read))
        try:
            return dict(parse_qsl(read.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
        except ValueError:  # not UTF-8, too many fields
            return self._answer(operating.misunderstood(config, up, 400))

    def _answer(self, page: Page, more: Mapping[str, str] | None = None) -> web.Response:
        """Answer with a page that nobody keeps. A form on it says where it is from, to us."""
        headers = private_headers(self._config())
        return web.Response(status=page.status, body=page.body, headers={**headers, **(more or {})})


def _token_of(authorization: str) -> str:
    """Return the token that a header holds, "" where it holds none."""
    scheme, _, given = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def private_headers(config: Config) -> dict[str, str]:
    """Return the headers of pages that are the operator's alone."""
    return {**templates.headers(images=config.site.images, referrer="same-origin"), **HEADERS}


def is_ours(request: web.BaseRequest, link: str) -> bool:
    """Tell whether a form comes from one of our pages, as far as the browser says: at this host, or the site's `link`.

    Some proxies put another Host in the place of the one that was asked.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    site = urlsplit(link).netloc.rpartition("@")[2].lower()
    hosts = filter(None, (site, request.headers.get("Host", "").lower()))
    return origin in {f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")}


def _see(place: str) -> web.Response:
    """Send the browser to an address, from the one that it asked: a site may be under a path."""
    return web.Response(status=303, headers={"Location": place, **HEADERS})


def _up(request: web.BaseRequest) -> str:
    return "../" * min(request.path.count("/") - 1, 5)
