"""The pages around an operator's signing in, and what is said to one whose form isn't taken."""

from __future__ import annotations

from aggregator.config import Config
from aggregator.outbound.outputs import site_of
from aggregator.outbound.pages import Page
from aggregator.render.html.message import Message
from aggregator.render.html.sign_in import SignIn

_SIGN_IN = ("Sign in", "sign-in")
_NEWEST = ("The newest stories", "")


def sign_in(config: Config, up: str, status: int = 200, problem: str = "") -> Page:
    """Return the page with the form, and why the last try was none."""
    return Page(SignIn(site_of(config), up, problem).render(), status)


def refused(config: Config, up: str) -> Page:
    """Return the page for a form of somebody who isn't signed in, or that isn't from a page of ours."""
    said = ("You are not signed in any more, or the form was not one of this site's pages. Nothing was changed.",)
    return _message(config, up, 403, "This was not done", said, (_SIGN_IN, _NEWEST))


def misunderstood(config: Config, up: str, status: int) -> Page:
    """Return the page for a form that is none."""
    return _message(
        config, up, status, "This was not done", ("The form can't be read. Nothing was changed.",), (_NEWEST,)
    )


def missing(config: Config, up: str, said: str) -> Page:
    """Return the page for what isn't there to be changed."""
    return _message(config, up, 404, "This was not done", (said,), (("All sources", "sources"), _NEWEST))


def troubled(config: Config, up: str) -> Page:
    """Return the page for what can't be stored now."""
    said = ("The store can't be written at the moment. Nothing was changed; try again in a few minutes.",)
    return _message(config, up, 503, "This was not done", said, (_NEWEST,))


def _message(
    config: Config, up: str, status: int, heading: str, said: tuple[str, ...], ways: tuple[tuple[str, str], ...]
) -> Page:
    return Page(Message(site_of(config), up, heading, said, ways).render(), status)
