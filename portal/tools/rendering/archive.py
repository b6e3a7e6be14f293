"""A newsletter's body for the archive page and the feed: the same words as in the mail, dressed for the web."""

import math
import re

from markupsafe import Markup

from portal.tools.rendering import tree
from portal.tools.rendering.markdown import Rendered
from portal.tools.rendering.sanitiser import sanitise
from portal.tools.rendering.tree import Element
from portal.tools.rendering.words import gettext

WORDS_A_MINUTE = 220
_WIDE_SIGNS_A_MINUTE = 500
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(r"\w+(?:[’'.-]\w+)*")
_UNREAD = frozenset({"pre", "table", "h1", "h2", "h3", "h4", "h5", "h6"})


def page_html(body: Rendered, *, language: str = "en") -> Markup:
    """Return the body for a `.prose` element: sanitised again, wide parts reachable by keyboard, pictures lazy."""
    root = tree.parse(sanitise(body.html))
    root.children = _dressed(root, language, [0])
    return Markup(tree.write(root))  # noqa: S704  Sanitised one line above; what is added is fixed.


def feed_html(body: Rendered, *, page_url: str) -> str:
    """Return the body for Atom's `content type="html"`; links within the text lead to its page."""
    root = tree.parse(sanitise(body.html))
    for element in root.walk():
        element.attributes.pop("class", None)
        element.attributes.pop("id", None)
        if element.attributes.get("href", "").startswith("#"):
            element.attributes["href"] = page_url + element.attributes["href"]
    return tree.write(root)


def word_count(body: Rendered) -> int:
    """Count the words people read; addresses do not count, and each sign of a script without spaces does."""
    words = tree.parse(body.html).words()
    return len(_WIDE.findall(words)) + len(_WORD.findall(_WIDE.sub(" ", words)))


def reading_minutes(body: Rendered) -> int:
    """Return how many minutes it takes to read, at least one."""
    words = tree.parse(body.html).words()
    wide = len(_WIDE.findall(words))
    return max(1, math.ceil(wide / _WIDE_SIGNS_A_MINUTE + len(_WORD.findall(_WIDE.sub(" ", words))) / WORDS_A_MINUTE))


def summary(body: Rendered, *, longest: int = 160) -> str:
    """Return the first sentences in at most `longest` characters, cut between words and marked with an ellipsis."""
    words = " ".join("".join(_read_aloud(tree.parse(body.html))).split())
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    whole = cut.rpartition(" ")[0] if not words[longest - 1].isspace() else cut
    return (whole or cut).rstrip(" ,;:–-") + "…"


def _dressed(element: Element, language: str, tables: list[int]) -> list[Element | str]:
    dressed: list[Element | str] = []
    for child in element.children:
        if isinstance(child, str):
            dressed.append(child)
            continue
        if child.tag == "table":
            tables[0] += 1
            name = gettext(language, "Table %(number)s", number=str(tables[0]))
            child.children = _dressed(child, language, tables)
            frame = {"class": "table-wrap", "role": "region", "tabindex": "0", "aria-label": name}
            dressed.append(Element("div", frame, [child]))
            continue
        if child.tag == "pre":
            child.attributes["tabindex"] = "0"
        elif child.tag == "img":
            child.attributes |= {"loading": "lazy", "decoding": "async"}
        child.children = _dressed(child, language, tables)
        dressed.append(child)
    return dressed


def _read_aloud(element: Element) -> list[str]:
    """Return the words of paragraphs and items, without headings, code, tables and footnote signs."""
    said: list[str] = []
    for child in element.children:
        if isinstance(child, str):
            said.append(child)
        elif child.tag == "br":
            said.append(" ")
        elif child.tag not in _UNREAD and child.attributes.get("class") not in {"footnotes", "footnote-ref"}:
            inner = "".join(_read_aloud(child))
            said.append(f" {inner} " if child.tag in {"p", "li", "blockquote", "div"} else inner)
    return said
