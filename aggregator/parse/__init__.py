"""Documents → entries: an article in a file of its own, or a feed, whose form its bytes tell."""

from __future__ import annotations

from aggregator.model import Document, DocumentKind, Feed, ParseError

READER = 2
"""Goes up with each change of what is made of a document: then each is read anew once, changed or not."""


def parse(document: Document, known: frozenset[bytes] = frozenset(), limit: int = 1000, before: bytes = b"") -> Feed:
    """Read the feed or article in a document, without the entries whose hashes are known; `limit` of them at most.

    `before` is the outline of the feed that it held last (seen_entries.py): it only saves time. Raises ParseError, and
    nothing else but MemoryError, for bytes that are neither.
    """
    try:
        return _parse(document, known, limit, before)
    except (ParseError, MemoryError):  # what a document may take is for the process it is parsed in to say
        raise
    except (Exception, RecursionError) as error:
        raise ParseError(f"{type(error).__name__} while parsing: {_one_line(error)}") from error


def _parse(document: Document, known: frozenset[bytes], limit: int, before: bytes) -> Feed:
    # Each parser is imported when its kind of document comes first: a round without changes needs none of them.
    if document.kind is DocumentKind.MAIL:
        from aggregator.parse.mail import messages

        return messages.parse(document)
    if document.kind is DocumentKind.MBOX:
        from aggregator.parse.mail import messages

        return messages.parse_box(document, known, limit)
    if document.kind.is_article:
        from aggregator.parse.articles import files

        return files.parse(document)
    start = document.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if start.startswith((b"{", b"\xff\xfe{", b"\xfe\xff\0{")):
        from aggregator.parse import jsonfeed

        return jsonfeed.parse(document, known, limit)
    from aggregator.parse import feeds

    return feeds.parse(document, known, limit, before)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
