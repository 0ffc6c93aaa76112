"""What may lie in a folder: files that are no files, names that are no names, articles that are traps."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from cases import FAILING, OK, Case, Seen, feed, has, tells, titled, words

EXECUTED = Path(tempfile.gettempdir()) / f"aggregator-hostile-{os.getpid()}"
"""What a file's code would make if it ran."""
_RUNS = f"!!python/object/apply:os.system ['touch {EXECUTED}']"


def files(**contents: str | bytes) -> Callable[[Path], None]:
    """Files with these contents; "_" in a name stands for "."."""

    def lay(folder: Path) -> None:
        for name, content in contents.items():
            body = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
            (folder / name.replace("_", ".")).write_bytes(body)

    return lay


def beside(lay: Callable[[Path], None]) -> Callable[[Path], None]:
    """These, and an article that is well."""

    def both(folder: Path) -> None:
        (folder / "good.txt").write_text(f"Good\n\n{words(folder.name)}\n", "utf-8")
        lay(folder)

    return both


def article(name: str, front: str = "", text: str = "", suffix: str = "md") -> Callable[[Path], None]:
    """One Markdown article with this front matter."""
    return files(**{f"a_{suffix}": f"---\n{front}\n---\n\n{text or words(name)}\n" if front else text})


def _link(to: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "link.txt").symlink_to(to.replace("{}", str(folder)))


def _socket(folder: Path) -> None:
    os.mknod(folder / "socket.txt", 0o600 | stat.S_IFSOCK)


def _closed(folder: Path) -> None:
    (folder / "closed.txt").write_text("secret")
    (folder / "closed.txt").chmod(0)


def _deep(folder: Path) -> None:
    place = folder
    for _ in range(500):
        place = place / "d"
        place.mkdir()
    (place / "deep.txt").write_text(f"Deep\n\n{words('deep folders')}")


def _many(folder: Path) -> None:
    for number in range(2000):
        (folder / f"{number}.txt").write_text(f"Tiny {number}\n\nNote {number} of many.")


def _odd(name: bytes) -> Callable[[Path], None]:
    def lay(folder: Path) -> None:
        path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118  bytes
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(b"Odd " + str(len(name)).encode() + b"\n\n" + words(f"odd{len(name)}").encode())

    return lay


def _not_run(seen: Seen) -> None:
    assert not EXECUTED.exists()


def _no_secret(seen: Seen) -> None:
    assert "root:" not in seen.html


_HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><article><h1>{title}</h1>{body}</article></body></html>"
)


def page(name: str, body: str, head: str = "") -> Callable[[Path], None]:
    """An HTML article."""
    text = f"<p>before {words(name)}</p>{body}<p>after {words(name, 2)}</p>"
    return files(a_html=_HTML.format(title=f"Page {name}", body=text).replace("</head>", f"{head}</head>"))


def _no_url(seen: Seen) -> None:
    assert seen.entries[0]["url"] in ("", None) and "image" not in seen.items[0]


FILES = (
    Case("binary", OK, "binary data", 1, lays=beside(files(b_txt=bytes(range(256)) * 99))),
    Case("50 mb", OK, "is larger than 10 MiB", 1, lays=beside(files(b_txt=b"x" * 50 * 1024 * 1024))),
    Case("empty", OK, "no text in this file", 1, lays=beside(files(b_txt=b"", c_md=b"", d_html=b""))),
    Case("blank", OK, "no text in this file", 1, lays=beside(files(b_txt=" \n\t\u00a0\u2003\n" * 9))),
    Case("an empty feed", OK, "it is empty", 1, lays=beside(files(b_xml=b"", c_json=b""))),
    Case("a png called txt", OK, "binary data", 1, lays=beside(files(b_txt=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 99))),
    Case("nuls in text", OK, "NUL", 1, lays=beside(files(b_txt=b"Title\n\nte\0xt"))),
    Case(
        "utf-16 text",
        OK,
        entries=1,
        lays=files(a_txt="Große Überschrift\n\nwörter".encode("utf-16")),
        check=titled("Große Überschrift"),
    ),
    Case(
        "latin text",
        OK,
        entries=1,
        lays=files(a_txt=f"Große Überschrift aus Österreich\n\n{words('latin')} für Mädchen".encode("latin-1")),
        check=titled("Große Überschrift aus Österreich"),
    ),
    Case(
        "cyrillic text",
        OK,
        entries=1,
        lays=files(a_txt=("Заголовок статьи\n\n" + "Это обычный текст статьи на русском языке. " * 9).encode("cp1251")),
        check=titled("Заголовок статьи"),
    ),
    Case("without a title", OK, entries=2, lays=files(a_md="![](x.png)", b_txt="---\n---\nx")),
    Case(
        "one endless line", OK, entries=1, lays=files(a_txt=b"word " * 2_000_000), check=tells("contents over 500 kB")
    ),
    Case("one endless word", OK, entries=1, lays=files(a_txt=b"w" * 9_000_000), check=tells("contents over 500 kB")),
    Case(
        "one endless line of markdown",
        OK,
        entries=1,
        lays=files(a_md=b"[x](" * 2_000_000),
        check=tells("shown as plain text"),
    ),
    Case("one endless line of html", None, entries=None, lays=files(a_html=b"<p>" + b"word <b>" * 1_000_000)),
    Case("a million lines", OK, entries=1, lays=files(a_txt=b"a\n\n" * 1_000_000)),
    Case(
        "a million addresses",
        OK,
        entries=1,
        lays=files(a_txt=b"T\n\n" + b"http://a.example/ " * 100_000),
        check=tells("over 500 kB"),
    ),
    Case("brackets in markdown", None, entries=None, lays=files(a_md=b"[" * 100_000)),
    Case("quotes in markdown", None, entries=None, lays=files(a_md=b">" * 50_000 + b"x")),
    Case("stars in markdown", None, entries=None, lays=files(a_md=b"*a_b " * 50_000)),
    Case("backticks in markdown", None, entries=None, lays=files(a_md=b"`a``b```c" * 20_000)),
    Case(
        "tables in markdown",
        None,
        entries=None,
        lays=files(a_md=b"|a" * 500 + b"\n" + b"|-" * 500 + b"\n" + b"|\n" * 20_000),
    ),
    Case(
        "a script in markdown",
        OK,
        entries=1,
        lays=files(
            a_md="# T\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![x](data:text/html,x) <javascript:x> "
            + words("mds")
        ),
        check=has("mds1w3"),
    ),
    Case(
        "a script in text",
        OK,
        entries=1,
        lays=files(
            a_txt=f"<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> javascript:alert(1) {words('txs')}"
        ),
    ),
    Case(
        "a script in a page",
        OK,
        entries=1,
        lays=page(
            "script",
            "<script>alert(1)</script><p onclick=x>x <a href='javascript:x'>y</a></p>"
            "<iframe src='//evil.example'></iframe>",
        ),
        check=has("script1w3"),
    ),
    Case(
        "a canonical link that runs",
        OK,
        entries=1,
        lays=page(
            "canon",
            "",
            "<link rel=canonical href='javascript:x'><meta property=og:image content='data:x'>"
            "<meta name=author content='<script>x</script>'>",
        ),
        check=_no_url,
    ),
    Case(
        "a page that includes",
        OK,
        entries=1,
        lays=page("include", "<object data='file:///etc/passwd'></object><!--#include file='/etc/passwd' -->"),
        check=_no_secret,
    ),
    Case("a deep page", None, entries=None, lays=page("deeppage", "<div>" * 100_000)),
    Case(
        "a page of attributes",
        None,
        entries=None,
        lays=page("attrs", "<p " + " ".join(f"a{n}=x" for n in range(100_000)) + ">"),
    ),
    Case(
        "yaml that runs",
        OK,
        entries=1,
        lays=article("yaml", f"title: {_RUNS}\nid: !!python/name:os.system"),
        check=_not_run,
    ),
    Case(
        "yaml bomb",
        OK,
        entries=1,
        lays=article(
            "laughs",
            "a: &a [x,x,x]\n"
            + "\n".join(
                f"{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]"
                for p, c in zip("abcdefgh", "bcdefghi", strict=True)
            )
            + "\ntitle: *i",
        ),
        check=tells("not valid YAML"),
    ),
    Case(
        "yaml merges",
        OK,
        entries=1,
        lays=article("merges", "a: &a {b: c}\nd: {<<: *a}\ntitle: x"),
        check=tells("not valid YAML"),
    ),
    Case("deep yaml", OK, entries=1, lays=article("deepyaml", "title: " + "[" * 20_000), check=tells("not valid YAML")),
    Case(
        "yaml numbers",
        OK,
        entries=1,
        lays=article(
            "numbers",
            f"title: {'9' * 30_000}\ndate: 99999999999999999999\nupdated: -1e999\nid: .nan\ntags: 0x{'f' * 9999}",
        ),
    ),
    Case(
        "yaml dates",
        OK,
        entries=1,
        lays=article(
            "yamldates", "date: 9999-12-31 23:59:59 -23:59\nupdated: 0001-01-01 00:00:00 +23:59\ntitle: 2001-02-30"
        ),
    ),
    Case(
        "yaml surrogates",
        OK,
        entries=1,
        lays=article("surro", 'title: "a\\ud800b"\nid: "\\udfff"\nauthor: "\\x00\\x1b"'),
    ),
    Case(
        "yaml of other types",
        OK,
        entries=1,
        lays=article(
            "types",
            "title: [a, {b: c}]\nauthors: {name: {x: y}, url: [javascript:x]}\ntags: {a: b}\nlink: [x]\n"
            "? [complex]\n: key\n1: one",
        ),
    ),
    Case("yaml that is no mapping", OK, entries=1, lays=article("nomap", "- a\n- b")),
    Case(
        "front matter that runs",
        OK,
        entries=1,
        lays=article(
            "frontruns",
            "title: <script>alert(1)</script><b onclick=x>T</b>\nlink: javascript:alert(1)\nimage: data:text/html,x\n"
            "author: {name: '<img src=x onerror=x>', url: 'javascript:x'}\nsummary: <script>x</script>",
        ),
        check=_no_url,
    ),
    Case("front matter without end", OK, entries=1, lays=files(a_md="---\ntitle: x\n" + "a: b\n" * 100_000)),
    Case(
        "toml dots",
        OK,
        entries=1,
        lays=files(a_md=f"+++\n{'a.' * 20_000}a = 1\n+++\n\n{words('dots')}"),
        check=tells("not valid TOML"),
    ),
    Case(
        "toml depth",
        OK,
        entries=1,
        lays=files(a_md=f"+++\na = {'[' * 20_000}\n+++\n\n{words('tomldepth')}"),
        check=tells("not valid TOML"),
    ),
    Case(
        "two articles with one id",
        OK,
        "has the id",
        entries=1,
        lays=files(
            a_md=f"---\nid: same\n---\n# One\n\n{words('ids')}", b_md=f"---\nid: same\n---\n# Two\n\n{words('ids', 2)}"
        ),
    ),
    Case(
        "a feed with an entity",
        None,
        entries=None,
        lays=files(
            a_xml=b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            + feed("filexxe", "<description>&x;</description>")
        ),
        check=_no_secret,
    ),
    Case("deep json in a file", OK, "not valid JSON", 1, lays=beside(files(b_json=b'{"items":' * 100_000))),
    Case("a link to itself", OK, "link that leads nowhere", 1, lays=beside(_link("{}/link.txt"))),
    Case("a link to nothing", OK, "can't be read", 1, lays=beside(_link("{}/nothing.txt"))),
    Case(
        "a link out of the folder",
        OK,
        "leads out of the folder",
        1,
        lays=beside(_link("/etc/passwd")),
        check=_no_secret,
    ),
    Case(
        "a link out by dots",
        OK,
        "leads out of the folder",
        1,
        lays=beside(_link("../../../../../../../../etc/passwd")),
        check=_no_secret,
    ),
    Case("a link to a device", OK, "leads out of the folder", 1, lays=beside(_link("/dev/zero"))),
    Case("a link to the process", OK, "leads out of the folder", 1, lays=beside(_link("/proc/self/environ"))),
    Case(
        "a folder that holds itself",
        OK,
        entries=1,
        lays=beside(lambda folder: (folder / "circle.d").symlink_to(folder)),
    ),
    Case("a folder elsewhere", OK, entries=1, lays=beside(lambda folder: (folder / "etc.d").symlink_to("/etc"))),
    Case("a fifo", OK, "is not a regular file", 1, lays=beside(lambda folder: os.mkfifo(folder / "fifo.txt"))),
    Case("a socket", OK, "is not a regular file", 1, lays=beside(_socket)),
    Case("a folder called txt", OK, entries=1, lays=beside(lambda folder: (folder / "folder.txt").mkdir())),
    Case(
        "a file that is closed to us",
        OK,
        "" if os.geteuid() == 0 else "Permission denied",
        None,
        lays=beside(_closed),
    ),
    Case("a name that is not utf-8", OK, entries=2, lays=beside(_odd(b"b\xff\xfe.txt"))),
    Case("a name of two lines", OK, entries=2, lays=beside(_odd(b"a\nb c.txt"))),
    Case(
        "a name with control characters",
        OK,
        "binary data",
        1,
        lays=beside(lambda folder: (folder / "a\x1b[31m\x07\n\x7f.txt").write_bytes(bytes(99))),
    ),
    Case("a name that is markup", OK, entries=2, lays=beside(_odd(b"<script>alert(1)<.txt"))),
    Case("a name of 255 bytes", OK, entries=2, lays=beside(_odd(b"n" * 251 + b".txt"))),
    Case("a name that is an option", OK, entries=2, lays=beside(_odd(b"--help; rm -rf ~ $(x).txt"))),
    Case("500 folders deep", OK, entries=1, lays=_deep),
    Case("2000 tiny files", OK, entries=2000, lays=_many),
    Case("a folder that is gone", FAILING, "No such file or directory", 0, lays=shutil.rmtree),
    Case(
        "a folder that is a file",
        OK,
        entries=1,
        lays=lambda folder: (folder.rmdir(), folder.write_text(f"A file\n\n{words('afile')}")),
    ),
    Case(
        "a folder that is a fifo",
        FAILING,
        "is not a regular file",
        0,
        lays=lambda folder: (folder.rmdir(), os.mkfifo(folder)),
    ),
    Case(
        "a folder that is a link to a device",
        FAILING,
        "is not a regular file",
        0,
        lays=lambda folder: (folder.rmdir(), folder.symlink_to("/dev/zero")),
    ),
)
