"""Any string or number → what XML and JSON can carry and validators accept, or nothing.

Stories were cleaned when they came in (characters.py); what is old in the database, or came by another door, was
perhaps not. One control character makes feedgen raise, so it is all done once more here, at the edge. Where functions
here and there have one name, those there say what a text is, to be stored and compared, and these how it is shown: as
its author set it, and as strictly as the strictest validator.
"""

from __future__ import annotations

import html
import re
import unicodedata
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.text import characters

CLOSING_TAG = re.compile(r"</\w+>")
_TAKEN_FOR_HTML = re.compile(r"<(?=[\w/!?])")
# What the validator takes for UTF-8 that was encoded twice, whatever was meant: "\u00c3\u00a9" (BadCharacters).
_TWICE = re.compile("(?<=[\u00c2\u00c3])[\x80-\xbf]")
_SPACE = re.compile(r"[ \t\n\r]+")
_TAG = re.compile(r"<[^<>]*(?:>|\Z)")  # linear, whatever comes; the last one may be cut short
_INLINE = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|strike"
    r"|strong|sub|sup|time|tt|u|var|wbr)(?=[\s/>])[^<>]*(?:>|\Z)",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"<img\b[^<>]*?\salt=\"([^\"<>]+)\"")

# RFC 3986 without brackets: what both validators accept in links.
_WEB = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?::\d+)?(?:[/?][\w;/?:@&=+$.\-!~*'(),%]*)?(?:#[\w;/?:@&=+$.\-!~*'(),%]*)?",
    re.ASCII,
)
_HOST = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?"
_SAFE = ";/?:@&=+$.-_!~*'(),%"
_CANONICAL = re.compile(
    r"https?://[a-z0-9.-]*[a-z0-9]/[\w.~!$&'()*+,;=:@/-]*(?:\?[\w.~!$&'()*+,;=:@/?-]*)?"
    r"|tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d){0,2}:[\w;/?:@&=+$.!~*'(),-]*"
    r"|urn:(?!uuid:)[A-Za-z0-9][A-Za-z0-9-]{1,31}:[\w()+,.:=@;$!*'-]+"
    r"|urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.ASCII,
)
_EMAIL = re.compile(r"[\w.+%'=-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9][A-Za-z0-9-]*", re.ASCII)

# ISO 639-1, and languages of ISO 639-2 without a code there in which people publish: any other is an error.
_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        """
        aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
        de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy
        hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg
        li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or
        os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
        te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ceb
        dsb fil fur gsw haw hsb kok mai mni nap nds pap sah sat scn sco sma smj smn sms srn tet tlh
        war
        """,
    )
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")

# Our own table: the machine's (module mimetypes) would give one story other bytes on another machine.
_MEDIA_TYPES = {
    "3gp": "video/3gpp", "aac": "audio/aac", "avi": "video/x-msvideo", "avif": "image/avif",
    "bmp": "image/bmp", "csv": "text/csv", "doc": "application/msword", "epub": "application/epub+zip",
    "flac": "audio/flac", "gif": "image/gif", "gz": "application/gzip", "htm": "text/html",
    "html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl", "m4a": "audio/mp4", "m4b": "audio/mp4", "m4v": "video/mp4",
    "mid": "audio/midi", "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg",
    "mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "oga": "audio/ogg", "ogg": "audio/ogg",
    "ogv": "video/ogg", "opus": "audio/ogg", "pdf": "application/pdf", "png": "image/png",
    "srt": "application/x-subrip", "svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff",
    "torrent": "application/x-bittorrent", "txt": "text/plain", "vtt": "text/vtt", "wav": "audio/wav",
    "weba": "audio/webm", "webm": "video/webm", "webp": "image/webp", "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv", "xml": "application/xml", "zip": "application/zip",
}  # fmt: skip
_MEDIA_TYPE = re.compile(r"[a-z0-9][\w!#$&^.+-]*/[a-z0-9][\w!#$&^.+-]*", re.ASCII)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799  # the end of 9999
_FIRST = -62_135_596_800  # the start of 1


def clean(value: str) -> str:
    """Leave out the characters that can't be written, and end lines by \\n: XML knows no other end (§2.11)."""
    return characters.clean(value.replace("\r\n", "\n").replace("\r", "\n"))


def line(value: str) -> str:
    """Clean the text and put it on one line; spaces that are typography (U+00A0, U+3000) stay."""
    if not value.isprintable() or "\ufffd" in value:  # which is what hardly any value is
        value = clean(value)
    on_one = _SPACE.sub(" ", value).strip(" ")
    return on_one if on_one.strip() else ""


def text_of(markup: str, limit: int = 0) -> str:
    """Turn HTML into its text on one line, cut at a word's end to about `limit` characters, where one is given.

    A block or a <br> parts words, an inline tag doesn't: "@<a>tom</a>", "H<sub>2</sub>O". It goes by the tags that
    don't, whatever else comes: the HTML may be of old, and cut in the middle of a tag.
    """
    markup = markup[: limit * 40] if limit else markup
    return short(line(html.unescape(_TAG.sub(" ", _INLINE.sub("", markup)))), limit)


def pictured(markup: str, limit: int) -> str:
    """Return what the first picture that says so shows, cut like text_of(); "" for none."""
    alternative = _ALTERNATIVE.search(markup[: limit * 40])
    return short(line(html.unescape(alternative[1])), limit) if alternative else ""


def short(text: str, limit: int) -> str:
    """Cut a line at a word's end to about `limit` characters; 0 for any length."""
    if not limit or len(text) <= limit:
        return text
    return (text[:limit].rpartition(" ")[0] or text[:limit]).rstrip(" ,;:–—-") + "…"


def markup(value: str) -> str:
    """Turn text into a paragraph of HTML."""
    return f"<p>{html.escape(value, quote=False)}</p>"


def defused(value: str) -> str:
    """Write text for an element that many readers take for HTML, though it is text (RSS titles, names).

    The W3C validator calls any </b> in it HTML, and such readers swallow it (and the T of std::vector<T>), and run a
    <script>. A word joiner (U+2060) after the "<", which nobody sees, makes it text for both.
    """
    return apart(_TAKEN_FOR_HTML.sub("<\u2060", value))


def is_right_to_left(value: str) -> bool:
    """Tell whether most of its letters are of a script that is written from the right."""
    if value.isascii():
        return False
    directions = Counter(unicodedata.bidirectional(character) for character in value)
    return directions["R"] + directions["AL"] > directions["L"]


def apart(value: str) -> str:
    """Put a word joiner (U+2060) into text where it could be taken for UTF-8 that was encoded twice."""
    return value if value.isascii() else _TWICE.sub("\u2060\\g<0>", value)


def referenced(markup: str) -> str:
    """Put a reference into HTML for each character that could be taken for UTF-8 that was encoded twice."""
    return markup if markup.isascii() else _TWICE.sub(lambda found: f"&#{ord(found[0])};", markup)


def address(url: str) -> str:
    """Write an http or https address in the characters of RFC 3986; "" for any other.

    A user's name and password are taken out: a source behind a login must not show it to every subscriber.
    """
    url = clean(url).strip()
    if _WEB.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""
    # No IPv6 either: in RSS its brackets are an error.
    if parts.scheme not in ("http", "https") or not re.fullmatch(_HOST, host):
        return ""
    place = host if port is None else f"{host}:{port}"
    path, query, fragment = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, place, path, query, fragment))


def identifier(*candidates: str) -> str:
    """Return a URI for the first candidate that isn't empty: itself if it is a canonical one, else a URN made of it.

    atom:id must be a URI, best in its normal form (RFC 4287 §4.2.6.1); a source's is a stranger's word.
    """
    name = next(filter(None, map(line, candidates)), "")
    if _CANONICAL.fullmatch(name) and not re.search(r"/\.\.?(?:/|$)", name):
        return name
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn if name else ""


def name(value: str) -> str:
    """Write a line that names someone: "Ann <ann@example.org>" → "Ann", as an address has a field of its own."""
    return line(re.sub(r"<[^<>@\s]*@[^<>\s]*>", " ", value))


def email(value: str) -> str:
    """Return a mail address that validators accept, else ""."""
    value = line(value)
    return value if _EMAIL.fullmatch(value) else ""


def language(value: str) -> str:
    """Return a BCP 47 tag whose language is one in ISO 639, else ""."""
    tag = _LANGUAGE.fullmatch(value)
    return value if tag and tag[1].lower() in _LANGUAGES else ""


def media_type(declared: str, url: str) -> str:
    """Return the declared type without parameters, else that of the address's suffix: RSS demands some type."""
    base = declared.partition(";")[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(base):
        return base
    suffix = urlsplit(url).path.rpartition(".")[2].lower()
    return _MEDIA_TYPES.get(suffix, "application/octet-stream")


def moment(instant: int) -> datetime:
    """Return an instant as a datetime in UTC; years that no format can write become the nearest that they can."""
    return _EPOCH + timedelta(seconds=min(max(instant, _FIRST), _LAST))


def rfc3339(instant: int) -> str:
    """Write an instant as in 2026-01-02T03:04:05Z."""
    return moment(instant).isoformat().replace("+00:00", "Z")
