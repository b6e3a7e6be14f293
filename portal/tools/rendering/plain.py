"""Writes the plain text of a newsletter: headings, lists, quotes, code, tables, and every address beside its words."""

import re

from portal.tools.rendering import plain_tables
from portal.tools.rendering.tree import Element
from portal.tools.rendering.wrapping import columns, wrap

WIDTH = 72
_NARROWEST = 24
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAK = "\v"
_UNDERLINES = {"h1": "=", "h2": "=", "h3": "-"}
_CONTAINERS = frozenset(
    {
        "div",
        "section",
        "figure",
        "figcaption",
        "table",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "p",
        "hr",
    }
)
_BLOCKS = _CONTAINERS | {f"h{level}" for level in range(1, 7)}

Node = Element | str


def write(root: Element, *, width: int = WIDTH) -> str:
    """Return the whole text, wrapped at `width` columns; addresses and code are never broken."""
    return "\n\n".join(_blocks(root.children, width)) + "\n" if root.children else ""


def _blocks(nodes: list[Node], width: int) -> list[str]:
    blocks: list[str] = []
    run: list[Node] = []
    for node in [*nodes, Element("hr")]:
        if isinstance(node, str) or not _is_block(node):
            run.append(node)
            continue
        paragraph = _paragraph(run, width)
        blocks += [paragraph] if paragraph else []
        run = []
        blocks += [block for block in _block(node, width) if block]
    return blocks[:-1]


def _is_block(element: Element) -> bool:
    return element.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in element.walk())


def _block(element: Element, width: int) -> list[str]:
    tag = element.tag
    if tag in {"ul", "ol"}:
        return [_list(element, width)]
    if tag == "blockquote":
        return [_prefixed(_blocks(element.children, _inner(width, 2)), "> ")]
    if tag == "pre":
        return [_indented(element.words().strip("\n"), "    ")]
    if tag == "table":
        return plain_tables.write(element, width, _cell)
    if tag == "hr":
        return ["* * *"]
    if tag in _BLOCKS and tag not in _CONTAINERS:
        return [_heading(element, width)]
    if tag == "dd":
        return [_indented("\n\n".join(_blocks(element.children, _inner(width, 2))), "  ")]
    return _blocks(element.children, width)


def _heading(element: Element, width: int) -> str:
    words = _paragraph(element.children, width)
    rule = _UNDERLINES.get(element.tag)
    longest = max((columns(row) for row in words.split("\n")), default=0)
    return f"{words}\n{rule * min(longest, width)}" if rule and words else words


def _list(element: Element, width: int) -> str:
    items = [child for child in element.children if isinstance(child, Element)]
    loose = any(isinstance(child, Element) and child.tag == "p" for item in items for child in item.children)
    written = []
    for marker, item in zip(_markers(element, items), items, strict=True):
        blocks = _block_list(item, _inner(width, len(marker)))
        body = ("\n\n" if loose else "\n").join(blocks)
        written.append(marker + _indented(body, " " * len(marker)).lstrip() if body else marker.rstrip())
    return ("\n\n" if loose else "\n").join(written)


def _block_list(item: Element, width: int) -> list[str]:
    return _blocks(item.children, width) if item.tag == "li" else _block(item, width)


def _markers(element: Element, items: list[Element]) -> list[str]:
    if element.tag == "ul":
        return ["- "] * len(items)
    step = -1 if "reversed" in element.attributes else 1
    number = int(element.attributes.get("start", len(items) if step < 0 else 1))
    markers = []
    for item in items:
        number = int(item.attributes.get("value", number))
        markers.append(f"{number}. ")
        number += step
    return markers


def _cell(cell: Element) -> str:
    """Return what a table cell says, on one line where it can."""
    return " ".join("\n".join(_blocks(cell.children, 10_000)).split())


def _paragraph(nodes: list[Node], width: int) -> str:
    text = _SPACE.sub(" ", "".join(_inline(node) for node in nodes))
    rows = [row.strip(" ") for row in text.split(_BREAK)]
    return "\n".join(wrap(row, width) for row in rows).strip("\n")


def _inline(node: Node) -> str:
    if isinstance(node, str):
        return node
    inside = "".join(_inline(child) for child in node.children)
    writer = _INLINE.get(node.tag)
    return writer(node, inside) if writer else inside


def _link(element: Element, inside: str) -> str:
    url = element.attributes.get("href", "")
    if url.startswith("#"):
        return "" if url.startswith("#fnref-") else inside
    words = inside.strip()
    if not words or words == url:
        return url
    return f"{inside} <{url}>"


def _code(element: Element, inside: str) -> str:
    fence = "``" if "`" in inside else "`"
    return f"{fence}{inside}{fence}"


def _raised(element: Element, inside: str) -> str:
    return inside if inside.startswith("[") else f"^{inside}"


_INLINE = {
    "a": _link,
    "br": lambda element, inside: _BREAK,
    "img": lambda element, inside: f"[{element.attributes['alt']}]" if element.attributes.get("alt") else "",
    "code": _code,
    "sup": _raised,
    "s": lambda element, inside: f"~~{inside}~~",
    "del": lambda element, inside: f"~~{inside}~~",
    "q": lambda element, inside: f"“{inside}”",
    "rt": lambda element, inside: f"({inside})",
    "rp": lambda element, inside: "",
}


def _prefixed(blocks: list[str], prefix: str) -> str:
    return "\n".join((prefix + row).rstrip() for row in "\n\n".join(blocks).split("\n")) if blocks else ""


def _indented(text: str, prefix: str) -> str:
    return "\n".join(prefix + row if row.strip() else row for row in text.split("\n"))


def _inner(width: int, taken: int) -> int:
    return max(width - taken, _NARROWEST)
