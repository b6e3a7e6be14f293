"""The allow-list that recruiters' HTML passes on save and again on every render."""

import re

import nh3

from portal.tools.rendering import addresses


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


TEXT_TAGS = _words(
    "a abbr b bdi blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img "
    "ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub sup table tbody td tfoot th thead time "
    "tr u ul var wbr"
)
EMBEDS = frozenset({"video", "audio", "iframe", "source", "embed"})
"""Tags that a first pass keeps so that their address can become a link; `sanitise` never lets them through."""

FOLDED = frozenset({"details", "summary"})
SILENT = frozenset({"script", "style"})
"""Tags that go together with what they hold."""

CLASSES = {
    "td": {"align-center", "align-end"},
    "th": {"align-center", "align-end"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
}
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title", "id"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start", "type", "reversed"},
    "li": {"value", "id"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
_OUR_ID = re.compile(r"(?:fn|fnref|part)-[\w.:-]{1,80}")
_RULES = {
    "id": _OUR_ID,
    "lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "width": re.compile(r"\d{1,4}"),
    "height": re.compile(r"\d{1,4}"),
    "start": re.compile(r"-?\d{1,6}"),
    "value": re.compile(r"-?\d{1,6}"),
    "type": re.compile(r"[1aAiI]"),
    "colspan": re.compile(r"[1-9]\d?"),
    "rowspan": re.compile(r"[1-9]\d?"),
    "scope": re.compile(r"col|row|colgroup|rowgroup"),
}


def sanitise(html: str) -> str:
    """Return HTML in which nothing runs, loads in secret or covers the page.

    No style, no handler, no form, no frame; ids and classes only in our own names; links only to http, https,
    mailto and tel; pictures only from https (or this machine). Doing it twice changes nothing.
    """
    return _STRICT.clean(html)


def open_up(html: str) -> str:
    """First pass over what an author wrote: as `sanitise`, but addresses, pictures and embeds are still as written.

    `data-to` carries the address of a Markdown link past the list of schemes, so that its loss can be told.
    The result is never shown: the caller turns embeds and unfit pictures into links and passes it to `sanitise`.
    """
    return _OPEN.clean(html)


def _keep_safe(tag: str, name: str, value: str) -> str | None:
    try:
        if name == "href":
            return value if _OUR_ID.fullmatch(value[1:]) and value[0] == "#" else addresses.link(value)
        if name == "src":
            found = addresses.picture(value)
            return found if addresses.is_secure(found) else None
    except ValueError:
        return None
    return _keep_tidy(tag, name, value)


def _keep_tidy(tag: str, name: str, value: str) -> str | None:
    if tag in EMBEDS and name in {"width", "height"}:
        return None
    rule = _RULES.get(name)
    return value if rule is None or rule.fullmatch(value) else None


def _as_written(tag: str, name: str, value: str) -> str | None:
    return value if name in {"href", "src"} else _keep_tidy(tag, name, value)


_SCHEMES = {"http", "https", "mailto", "tel"}
_STRICT = nh3.Cleaner(
    tags=set(TEXT_TAGS),
    clean_content_tags=set(SILENT),
    attributes=_ATTRIBUTES,
    attribute_filter=_keep_safe,
    allowed_classes=CLASSES,
    link_rel=None,
    url_schemes=_SCHEMES,
)
_OPEN = nh3.Cleaner(
    tags=set(TEXT_TAGS | EMBEDS | FOLDED),
    clean_content_tags=set(SILENT),
    attributes={**_ATTRIBUTES, "a": {"href", "title", "id", "data-to"}, **{tag: {"src", "title"} for tag in EMBEDS}},
    attribute_filter=_as_written,
    allowed_classes=CLASSES,
    link_rel=None,
    url_schemes=_SCHEMES | addresses.SPOKEN | {"data", "cid", "javascript", "vbscript", "file", "blob"},
)
