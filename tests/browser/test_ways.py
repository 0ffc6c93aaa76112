"""Other ways to use the pages: by keyboard alone, without scripts."""

from __future__ import annotations

import made
from chromium import Browser, tabs
from kinds import open_page
from planet import Planet
from selenium.webdriver.common.keys import Keys

_OUTLINE = """
    const style = getComputedStyle(arguments[0]);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
"""


def test_the_first_tab_offers_to_skip_to_the_stories(site: Planet, browser: Browser) -> None:
    browser.open(site.base)
    [skip] = tabs(browser, 1)
    assert skip.text.casefold().startswith("skip")
    assert skip.is_displayed()
    browser.press(Keys.ENTER)
    inside = (
        "return document.activeElement.matches('main') || location.hash === '#' + document.querySelector('main').id"
    )
    assert browser.run(inside)
    [first] = tabs(browser, 1)
    assert browser.run("return document.querySelector('main').contains(arguments[0])", first)


def test_focus_goes_through_a_page_in_order_and_can_be_seen(site: Planet, browser: Browser) -> None:
    for kind in ("front page", "story with copies", "sources"):
        open_page(browser, site, kind)
        before = None
        for focused in tabs(browser, 25):
            if browser.run("return arguments[0] === document.body", focused):
                break  # the page's end
            assert browser.run(_OUTLINE, focused), focused.get_attribute("outerHTML")
            assert browser.run(
                "const it = arguments[0].getBoundingClientRect(); return it.width * it.height > 0", focused
            )
            if before is not None:
                script = "return (arguments[0].compareDocumentPosition(arguments[1]) & 4) !== 0"
                assert browser.run(script, before, focused), focused.get_attribute("outerHTML")
            before = focused


def test_a_story_is_found_and_opened_by_keyboard_alone(site: Planet, browser: Browser) -> None:
    browser.open(site.base)
    for focused in tabs(browser, 60):
        if focused.get_attribute("name") == "q":
            break
    browser.press("notebooks foggy")
    browser.follow(browser.focus)
    assert "q=notebooks" in browser.path
    path = site.base + site.story("gulls")
    for focused in tabs(browser, 80):
        if (focused.get_attribute("href") or "").partition("#")[0] == path:
            break
    browser.follow(browser.focus)
    assert browser.texts("h1") == [made.text_of("gulls")[0]]


def test_without_scripts_all_is_there_but_the_button_that_copies(site: Planet, browser: Browser) -> None:
    browser.open(site.base)
    shown = {
        kind: _shown(browser, site, kind) for kind in ("front page", "story with copies", "sources", "by category")
    }
    browser.scripts(allowed=False)

    for kind, (text, links) in shown.items():
        without, links_without = _shown(browser, site, kind)
        assert links_without == links
        of_buttons = {line for line in text if line.startswith("the address of ") or line == "Copy"}
        assert {line.removesuffix(" Copy") for line in text - of_buttons} <= without
        assert [it for it in browser.all("button") if "copy" in it.text.casefold() and it.is_displayed()] == []
    browser.open(site.base)
    field = browser.one("input[name=q]")
    field.send_keys("notebooks")
    browser.follow(field)
    assert made.text_of("gulls")[0] in browser.text


def _shown(browser: Browser, site: Planet, kind: str) -> tuple[set[str], list[str]]:
    """The lines of a page, and where its links lead."""
    open_page(browser, site, kind)
    return set(browser.text.split("\n")), browser.hrefs("a[href]")


def test_the_button_copies_the_feeds_address(site: Planet, browser: Browser) -> None:
    browser.command(
        "Browser.grantPermissions",
        origin=site.base.rstrip("/"),
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    browser.open(f"{site.base}news.xml")
    [button, *_] = [it for it in browser.all("button") if "copy" in (it.text + (it.accessible_name or "")).casefold()]
    browser.enter(button)
    copied = browser.driver.execute_async_script(
        "const done = arguments[0]; navigator.clipboard.readText().then(done, error => done(String(error)))"
    )

    assert copied.endswith("/news.xml")


def test_print_has_the_article_and_not_what_can_be_clicked(site: Planet, browser: Browser) -> None:
    browser.prefer("print")
    open_page(browser, site, "story with copies")

    assert "winter timetable" in browser.text
    assert [it.tag_name for it in browser.all("nav, form, button, input") if it.is_displayed()] == []
    assert browser.brightness() > 0.8
