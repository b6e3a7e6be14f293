"""What a reader finds in the two parts of a mail and on a page, and what of a Markdown source is missing there."""

import re
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from itertools import pairwise
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import html5lib
from markdown_it import MarkdownIt

from tests.tools.rendering.sources import WORD, code_of, links_of, words_of

_TABLES = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FOOTNOTE = re.compile(r"\[\^\w+\]:?")
_SAFE = ("http://", "https://", "mailto:")


@dataclass(frozen=True)
class Source:
    """What stands in a Markdown body, read independently of our rendering."""

    words: Counter[str]
    links: list[str]
    code: list[str]
    cells: list[str]
    pictures: list[str]

    @classmethod
    def of(cls, body: str) -> "Source":
        """Read a body without its head."""
        links = [link for link in links_of(body) if link.startswith(_SAFE)]
        return cls(words_of(_FOOTNOTE.sub("", body)), links, code_of(body), _cells_of(body), _pictures_of(body))


def read(raw: bytes) -> tuple[str, str, str]:
    """Return subject, text part and HTML part of a mail with plain line ends."""
    message = message_from_bytes(raw, policy=policy.default)
    text, html = (part.get_content() for part in message.iter_parts() if isinstance(part, EmailMessage))
    return str(message["Subject"]), text.replace("\r\n", "\n"), html.replace("\r\n", "\n")


def missing_in_text(source: Source, text: str) -> list[str]:
    """What of the source a reader of the plain text does not find."""
    rows = text.split("\n")
    lost = [f"link {link}" for link in source.links if not _stands_in(link, unquote(text))]
    lost += [f"code {line!r}" for code in source.code for line in code.split("\n") if not _is_row(line, rows)]
    lost += [f"picture {alt}" for alt in source.pictures if _folded(alt) not in _folded(text)]
    lost += [f"cell {cell}" for cell in source.cells if source.words and not _words(cell) <= _words(text)]
    return lost + [f"words {source.words - _words(text)}"] * bool(source.words - _words(text))


def missing_in_html(source: Source, html: str) -> list[str]:
    """What of the source a reader of the HTML, or of a page, does not find."""
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    body = tree.find("body")
    assert body is not None
    hrefs = "\n".join(unquote(a.get("href", "")) for a in body.iter("a"))
    cells = [_folded(_text(cell)) for kind in ("td", "th") for cell in body.iter(kind)]
    alts = [_folded(image.get("alt", "")) for image in body.iter("img")]
    blocks = ["".join(pre.itertext()) for pre in body.iter("pre")]
    words = _words(" ".join([*body.itertext(), *alts]))
    lost = [f"link {link}" for link in source.links if not _stands_in(link, hrefs)]
    lost += [f"code {code!r}" for code in source.code if code not in blocks]
    lost += [f"picture {alt}" for alt in source.pictures if _folded(alt) not in [*alts, *_sentences(body, alt)]]
    lost += [f"cell {cell}" for cell in source.cells if _folded(cell) not in cells]
    return lost + [f"words {source.words - words}"] * bool(source.words - words)


def _cells_of(body: str) -> list[str]:
    tokens = _TABLES.parse(body)
    cells = [inline for opened, inline in pairwise(tokens) if opened.type in {"td_open", "th_open"}]
    plain = ["".join(t.content for t in cell.children or [] if t.type in {"text", "code_inline"}) for cell in cells]
    return [cell for cell in plain if cell.strip()]


def _pictures_of(body: str) -> list[str]:
    inner = [child for token in _TABLES.parse(body) for child in token.children or []]
    return [child.content for child in inner if child.type == "image" and child.content.strip()]


def _is_row(line: str, rows: list[str]) -> bool:
    """Tell whether a line of code is a row of its own, exact to its last blank, behind nothing but an indent."""
    if not line.strip():
        return True
    return any(row.endswith(line) and not row.removesuffix(line).strip(" >") for row in rows)


def _stands_in(link: str, where: str) -> bool:
    """Tell whether an address stands there, however it is escaped."""
    return unquote(unescape(link)) in where or unquote(link) in where


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _sentences(body: Element, words: str) -> list[str]:
    """The description alone, where it stands as words because its picture could not be mailed."""
    return [_folded(words)] if _folded(words) in _folded(_text(body)) else []


def _folded(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))
