"""Which elements feedparser does something with, and which of them say nothing that we ask for."""

from __future__ import annotations

HANDLED = frozenset({
    "abstract", "admin_errorreportsto", "admin_generatoragent", "author", "body", "category", "cc_license", "channel",
    "cloud", "content", "content_encoded", "contributor", "copyright", "created", "creativecommons_license",
    "dc_author", "dc_contributor", "dc_creator", "dc_date", "dc_description", "dc_language", "dc_publisher",
    "dc_rights", "dc_subject", "dc_title", "dcterms_created", "dcterms_issued", "dcterms_modified", "dcterms_valid",
    "description", "email", "enclosure", "entry", "expirationdate", "feed", "feedburner_browserfriendly", "fullitem",
    "generator", "geom", "georss_box", "georss_line", "georss_point", "georss_polygon", "georss_where", "georssgeom",
    "gml_exterior", "gml_linearring", "gml_linestring", "gml_point", "gml_polygon", "gml_pos", "gml_poslist", "guid",
    "height", "homepage", "id", "image", "info", "issued", "item", "itunes_author", "itunes_block", "itunes_category",
    "itunes_email", "itunes_explicit", "itunes_image", "itunes_keywords", "itunes_link", "itunes_name", "itunes_owner",
    "itunes_subtitle", "itunes_summary", "keywords", "language", "lastbuilddate", "link", "managingeditor",
    "media_category", "media_content", "media_credit", "media_description", "media_group", "media_keywords",
    "media_license", "media_player", "media_rating", "media_restriction", "media_thumbnail", "media_title",
    "media_words", "modified", "name", "newlocation", "psc_chapter", "psc_chapters", "pubdate", "published", "rights",
    "rss", "source", "subtitle", "summary", "tagline", "tags", "textinput", "title", "updated", "uri", "url",
    "webmaster", "where", "width", "xhtml_body",
})  # fmt: skip
"""All that feedparser, or elements.py, does something with."""

_KEPT = frozenset({
    "authors", "contributors", "date", "links", "math", "media_description_said", "media_title_said", "svg",
    "xhtml_math", "xhtml_svg",
})  # fmt: skip
"""What is called as something is that feedparser keeps."""

_ANYWHERE = frozenset({
    "admin_errorreportsto", "admin_generatoragent", "cc_license", "dc_contributor", "dc_publisher", "email",
    "expirationdate", "generator", "georss_box", "georss_line", "georss_point", "georss_polygon", "height",
    "itunes_block", "itunes_email", "itunes_explicit", "itunes_name", "media_credit", "media_license", "media_player",
    "media_rating", "media_restriction", "name", "webmaster", "width",
})  # fmt: skip
_OF_OTHERS = frozenset({
    "category", "created", "dc_date", "dc_language", "dc_subject", "dcterms_created", "dcterms_issued",
    "dcterms_modified", "issued", "keywords", "language", "lastbuilddate", "modified", "pubdate", "published",
    "updated",
})  # fmt: skip
_IN_FEEDS = frozenset({
    "cloud", "itunes_category", "itunes_image", "itunes_keywords", "itunes_link", "itunes_owner", "media_category",
    "media_content", "media_description", "media_group", "media_keywords", "media_thumbnail", "media_title",
    "newlocation",
})  # fmt: skip
IN_ENTRIES = _ANYWHERE | {"homepage", "uri", "url"}
IN_FEEDS = IN_ENTRIES | _OF_OTHERS | _IN_FEEDS
IN_SOURCES = _ANYWHERE | _OF_OTHERS
"""What says nothing in an entry, in a feed, and in an entry's source."""

CARRIERS = frozenset({"itunes_category", "itunes_owner", "media_content", "media_group"})
"""Those of them that may have elements in them."""


def may_say_something(name: str) -> bool:
    """Tell whether an element of this name may be more to feedparser than its text, which nobody asks for."""
    return name in HANDLED or name in _KEPT or name.endswith("_detail")
