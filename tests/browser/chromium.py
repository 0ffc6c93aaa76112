"""A headless Chromium that asks nobody but this machine, and tells what it asked for and what it complained of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import until
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

WIDE = (1280, 900)
PHONE = (360, 740)
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root in a container
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--hide-scrollbars",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--lang=en",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_AXE = """
const done = arguments[arguments.length - 1], rules = arguments[0];
const options = {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
if (rules.length) options.runOnly = {type: "rule", values: rules};
const tell = node => `${node.target.flat().join(" ")}: ${node.html.replace(/\\s+/g, " ").slice(0, 200)}`;
axe.run(document, options).then(
  found => done(found.violations.map(
    it => `${it.id} (${it.help}), ${it.nodes.length} times: ${it.nodes.slice(0, 3).map(tell).join(" | ")}`)),
  error => done([`axe failed: ${error}`]));
"""
_GROUND = """
const pixel = document.createElement("canvas").getContext("2d");
for (const name of ["html", "body"]) {
  pixel.fillStyle = getComputedStyle(document.querySelector(name)).backgroundColor;
  pixel.fillRect(0, 0, 1, 1);
}
const [red, green, blue, opacity] = pixel.getImageData(0, 0, 1, 1).data;
return opacity === 0 ? 1 : (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
"""


class Browser:
    """One window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.reset()

    def reset(self) -> None:
        """As it was at first: wide, light, scripts allowed, nothing open, nothing logged."""
        self.command("Emulation.setScriptExecutionDisabled", value=False)
        self.command("Emulation.setEmulatedMedia", media="", features=[])
        self.size(WIDE)
        self.driver.get("about:blank")
        self.driver.delete_all_cookies()
        self.logged()
        self.asked()

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def size(self, size: tuple[int, int]) -> None:
        """Gives the page so many CSS pixels; a narrow one is a telephone's."""
        width, height = size
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def prefer(self, media: str = "", **features: str) -> None:
        """Has the reader prefer this: `prefer(prefers_color_scheme="dark")`; `media` may be "print"."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.command("Emulation.setEmulatedMedia", media=media, features=named)

    def scripts(self, *, allowed: bool) -> None:
        """Whether pages opened from now on may run scripts; the test's own run all the same."""
        self.command("Emulation.setScriptExecutionDisabled", value=not allowed)

    def open(self, address: str) -> None:
        """Opens a page and waits until it has loaded."""
        self.driver.get(address)

    def enter(self, element: WebElement) -> None:
        """Presses Enter on an element; wherever the page is being scrolled to, smoothly, it is that one."""
        element.send_keys(Keys.ENTER)

    def follow(self, element: WebElement) -> None:
        """Presses Enter on a link, a button or in a field, and waits for the page that comes of it."""
        self.run("window.isLeft = true")
        self.enter(element)
        until(lambda: self.run("return !window.isLeft && document.readyState === 'complete'"))

    @contextmanager
    def bringing(self, script: Path) -> Iterator[None]:
        """Has this script, axe-core, in all pages that are opened meanwhile."""
        source = script.read_text("utf-8")
        made = self.command("Page.addScriptToEvaluateOnNewDocument", source=source)
        try:
            yield
        finally:
            self.command("Page.removeScriptToEvaluateOnNewDocument", identifier=made["identifier"])

    def violations(self, *rules: str) -> list[str]:
        """What axe-core finds on the page that is open by these rules, else by all it has by default: a line each."""
        return self.driver.execute_async_script(_AXE, list(rules))  # type: ignore[no-any-return]

    def brightness(self) -> float:
        """Of the page's ground, from 0 for black to 1 for white."""
        return float(self.run(_GROUND))

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        """The elements that a CSS selector finds."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The first of them, and there is one."""
        found = self.all(selector)
        assert found, f"{selector} is nowhere on {self.driver.current_url}"
        return found[0]

    def link(self, text: str) -> WebElement:
        """The first link whose last line is, or begins with, this."""
        found = [link for link in self.all("a[href]") if link.text.strip().rpartition("\n")[2].startswith(text)]
        assert found, f"no link {text!r} on {self.driver.current_url}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        """What a reader sees of each element that the selector finds."""
        return [element.text.strip() for element in self.all(selector)]

    def hrefs(self, selector: str) -> list[str]:
        """Where the links lead that the selector finds, whole."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map(a => a.href)", selector)  # type: ignore[no-any-return]

    def press(self, *keys: str) -> None:
        """Presses keys where the focus is."""
        for key in keys:
            webdriver.ActionChains(self.driver).send_keys(key).perform()

    @property
    def focus(self) -> WebElement:
        """The element that has the focus."""
        return self.driver.switch_to.active_element

    @property
    def path(self) -> str:
        """Path and query of the page that is open."""
        return self.run("return location.pathname + location.search")  # type: ignore[no-any-return]

    @property
    def text(self) -> str:
        """All that a reader sees of the page."""
        return self.one("body").text

    def asked(self) -> list[str]:
        """The addresses that pages asked for since this was asked last; blocked ones, too."""
        events = (json.loads(line["message"])["message"] for line in self.driver.get_log("performance"))
        sent = (event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent")
        return [url for url in sent if url.startswith("http")]

    def logged(self) -> list[str]:
        """What the console was told since this was asked last, but for foreign pictures, which are out of reach."""
        lines = [f"{line['level']}: {line['message']}" for line in self.driver.get_log("browser")]
        return [line for line in lines if "net::ERR_NAME_NOT_RESOLVED" not in line]


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser that keeps its files in `profile`; skips where the machine has none."""
    options = Options()
    options.binary_location = program("chromium")
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}", f"--window-size={WIDE[0]},{WIDE[1]}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver")))  # or selenium would get one
    try:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(60)
        yield Browser(driver)
    finally:
        driver.quit()


def program(name: str) -> str:
    """Where a program is; skips where the machine lacks it."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def tabs(browser: Browser, count: int) -> Iterator[WebElement]:
    """Presses Tab so many times; the element that has the focus after each."""
    for _ in range(count):
        browser.press(Keys.TAB)
        yield browser.focus


def axe_core() -> Path:
    """Where axe-core's source is, in the folder that $AXE_CORE names; skips where there is none."""
    folder = os.environ.get("AXE_CORE")
    if not folder:
        pytest.skip("AXE_CORE names no folder with npm's axe-core in it")
    return Path(folder) / "node_modules/axe-core/axe.min.js"
