"""What stands in a Markdown source, read independently of our own rendering: links, words, code."""

import re
from collections import Counter
from pathlib import Path

import html5lib
from markdown_it import MarkdownIt
from markdown_it.token import Token

EDITIONS = Path(__file__).parent / "editions"
ALLOWED_ATTRIBUTES = {
    "href", "src", "alt", "title", "id", "class", "dir", "lang", "width", "height", "start", "type", "reversed",
    "value", "colspan", "rowspan", "scope", "datetime",
}  # fmt: skip
_PLAIN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
WORD = re.compile(r"[^\W_]+")


def own_editions() -> list[Path]:
    """The hand-written editions beside this file."""
    return sorted(EDITIONS.glob("0*.md"))


def links_of(body: str) -> list[str]:
    """Every address a link of the body leads to, as written, without anchors and without comments."""
    found = [str(token.attrs["href"]) for token in _tokens(body) if token.type == "link_open"]
    for token in _tokens(body):
        if token.type in {"html_inline", "html_block"}:
            found += re.findall(r"<a\s[^>]*href=[\"']([^\"']+)", _COMMENT.sub("", token.content))
    return [link for link in found if not link.startswith("#")]


def words_of(body: str) -> Counter[str]:
    """The words of a body's text and code, each with how often it stands there."""
    words: Counter[str] = Counter()
    for token in _tokens(body):
        if token.type in {"text", "code_inline", "fence", "code_block"}:
            words.update(WORD.findall(token.content.removeprefix("[x] ")))  # A ticked box is a sign, not a word.
    return words


def code_of(body: str) -> list[str]:
    """The code blocks of a body, exactly."""
    return [token.content for token in _tokens(body) if token.type in {"fence", "code_block"}]


def braces_of(body: str) -> list[str]:
    """Everything in the braces of a template language."""
    return _BRACES.findall(_COMMENT.sub("", body))


def faults_in(html: str, *, tags: frozenset[str]) -> list[str]:
    """Whatever a sanitised piece of HTML must not hold, as a browser would read it."""
    faults = []
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            faults.append("a comment")
            continue
        if element.tag not in tags | {"html", "head", "body", "tbody"}:
            faults.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            faults += [f"{element.tag} {name}={value}"] if _is_bad(name, value) else []
    return faults


def _is_bad(name: str, value: str) -> bool:
    if name == "href":
        return not re.match(r"https?://[^/\s]|mailto:|tel:|#(?:fn|fnref|part)-", value)
    if name == "src":
        return not re.match(r"https://|http://(?:localhost|127\.0\.0\.1)[:/]", value)
    return name not in ALLOWED_ATTRIBUTES


def _tokens(body: str) -> list[Token]:
    return [inner for token in _PLAIN.parse(body) for inner in [token, *(token.children or [])]]
