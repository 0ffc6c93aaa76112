"""Pictures of the pages, of real content where ../shared is: wide, on a telephone, dark.

python tests/browser/screenshots.py FOLDER       writes FOLDER/PAGE-LOOK.png
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import corpus  # noqa: E402
from chromium import Browser, chromium  # noqa: E402
from planet import Planet, planet  # noqa: E402

TALLEST = 6000  # pixels of a whole page
LOOKS = {"wide": ((1280, 900), "light"), "phone": ((390, 844), "light"), "dark": ((1280, 900), "dark")}
_DRAW = """
    const done = arguments[0], shades = {};
    const shade = hue => {
        const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 180});
        const pen = canvas.getContext("2d"), fill = pen.createLinearGradient(0, 0, 320, 180);
        fill.addColorStop(0, `hsl(${hue} 30% 62%)`);
        fill.addColorStop(1, `hsl(${hue + 40} 35% 42%)`);
        pen.fillStyle = fill;
        pen.fillRect(0, 0, 320, 180);
        return canvas.toDataURL();
    };
    const all = () => Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
    for (const image of document.images) image.loading = "eager";
    all().then(() => {
        for (const image of [...document.images].filter(image => !image.naturalWidth)) {
            let hue = 0;
            for (const character of image.src) hue = (hue * 31 + character.codePointAt(0)) % 24;
            image.removeAttribute("srcset");
            image.src = shades[hue] ??= shade(15 * hue);
        }
        return all();
    }).then(() => done());
"""


def pages(site: Planet) -> dict[str, str]:
    """What is photographed, by the file's name."""
    return {
        "front": "",
        "story": site.story("gulls"),
        "versions": site.story("fares"),
        "sources": "sources",
        "source": site.source("Gazette"),
        "search": "?q=gulls",
        "arabic": site.story("ar"),
        "folder": site.story("lake-walk"),
    } | {f"corpus-{number}": path for number, path in enumerate(site.containing("%<img%", 40)[-3:])}


def photograph(browser: Browser, address: str, file: Path, *, whole: bool) -> None:
    """Writes what is seen of the page at first, or the `whole` of it. Pictures out of reach become plain colours."""
    browser.command("Page.setBypassCSP", enabled=True)
    browser.open(address)
    browser.driver.execute_async_script(_DRAW)
    more = {}
    if whole:
        size = browser.command("Page.getLayoutMetrics")["cssContentSize"]
        more = {"captureBeyondViewport": True, "clip": {**size, "height": min(size["height"], TALLEST), "scale": 1}}
    taken = browser.command("Page.captureScreenshot", format="png", **more)
    file.write_bytes(base64.b64decode(taken["data"]))


def main(folder: Path) -> None:
    """Makes the site, and all the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        at = Path(scratch)
        (at / "site").mkdir()
        unpacked = corpus.unpack(at / "corpus") if corpus.SHARED.exists() else None
        with planet(at / "site", unpacked, tidy=True) as site, chromium(at / "profile") as browser:
            for page, path in pages(site).items():
                for look, (size, scheme) in LOOKS.items():
                    browser.reset()
                    browser.size(size)
                    browser.prefer(prefers_color_scheme=scheme)
                    for whole in (False, True):
                        file = folder / f"{page}-{look}{'-whole' if whole else ''}.png"
                        photograph(browser, site.base + path, file, whole=whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
