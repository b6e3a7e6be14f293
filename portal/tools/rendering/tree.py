"""A small tree over HTML that was already sanitised, so that pages and plain text come from one source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "wbr", "source", "track", "embed"})
_DEEPEST = 120


@dataclass(eq=False, slots=True)
class Element:
    """An element with attributes and children; a child is an element or text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """Yield every element below this one, in reading order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def find_all(self, *tags: str) -> list[Element]:
        """Return the elements below with one of these tags."""
        return [element for element in self.walk() if element.tag in tags]

    def words(self) -> str:
        """Return the bare text below, pictures by their description."""
        parts = [_words_of(child) for child in self.children]
        return "".join(parts)


def parse(html: str) -> Element:
    """Read sanitised HTML; what is nested absurdly deep is flattened, never lost."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def write(element: Element) -> str:
    """Return the HTML of the children of `element`."""
    return "".join(escape(child, quote=False) if isinstance(child, str) else _tag(child) for child in element.children)


def line(element: Element) -> str:
    """Return the bare text of an element on one line."""
    return " ".join(element.words().split())


def _words_of(child: Element | str) -> str:
    if isinstance(child, str):
        return child
    if child.tag == "img":
        return child.attributes.get("alt", "")
    return "\n" if child.tag == "br" else child.words()


def _tag(element: Element) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attributes.items())
    opening = f"<{element.tag}{attributes}>"
    return opening if element.tag in VOID else f"{opening}{write(element)}</{element.tag}>"


class _Builder(HTMLParser):
    """Builds the tree; its input is balanced, because the sanitiser wrote it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("body")
        self._open = [self.root]
        self._too_deep: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self._open) > _DEEPEST and tag not in VOID:
            self._too_deep.append(tag)
            return
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._too_deep and self._too_deep[-1] == tag:
            self._too_deep.pop()
        elif tag == self._open[-1].tag and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
