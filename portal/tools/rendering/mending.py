"""Makes an author's HTML fit for a mail: whole addresses, https pictures, headings in order, embeds as links."""

import re
import unicodedata
from urllib.parse import unquote

from portal.tools.rendering import addresses
from portal.tools.rendering.remarks import Kind, Remark
from portal.tools.rendering.sanitiser import EMBEDS
from portal.tools.rendering.tree import Element

_HEADINGS = tuple(f"h{level}" for level in range(1, 7))
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIRECTED = frozenset({"p", "li", "td", "th", "dt", "dd", "figcaption", "caption", *_HEADINGS})
_KEPT_EMPTY = frozenset({"td", "th"})
_DEEPEST_QUOTE = 5
_PART = re.compile(r"[^\w\s-]")

Nodes = list[Element | str]


def mend(root: Element, remarks: list[Remark], *, base_url: str | None) -> None:
    """Change the tree in place; what was changed or left out is told in `remarks`."""
    _order_headings(root)
    mender = _Mender(root, remarks, base_url)
    root.children = mender.mended(root)
    _drop_empty(root)
    _flatten_quotes(root, 0)
    _settle_orphans(root)
    _tell_ids_apart(root)
    _set_directions(root)


class _Mender:
    def __init__(self, root: Element, remarks: list[Remark], base_url: str | None) -> None:
        self._base_url = base_url
        self._remarks = remarks
        self._parts = {_part(heading.words()): heading for heading in reversed(root.find_all(*_HEADINGS))}
        self._ids = {element.attributes["id"] for element in root.walk() if "id" in element.attributes}
        self._in_link = 0

    def mended(self, element: Element) -> Nodes:
        """Return the children of `element`, each mended."""
        nodes: Nodes = []
        for child in element.children:
            nodes += [child] if isinstance(child, str) else self._mend(child)
        return nodes

    def _mend(self, element: Element) -> Nodes:
        if element.tag == "a":
            return self._link(element)
        if element.tag == "img":
            return self._picture(element)
        if element.tag in EMBEDS:
            return self._embed(element)
        return [self._folded(element)]

    def _folded(self, element: Element) -> Element:
        element.children = self.mended(element)
        if element.tag == "details":
            element.tag = "div"
        elif element.tag == "summary":
            return Element("p", {}, [Element("strong", {}, element.children)])
        return element

    def _link(self, element: Element) -> Nodes:
        self._in_link += 1
        element.children = self.mended(element)
        self._in_link -= 1
        written = element.attributes.pop("data-to", element.attributes.get("href", ""))
        if not written:
            return element.children
        if written.startswith("#"):
            return self._anchor(element, written)
        try:
            element.attributes["href"] = addresses.link(written, base_url=self._base_url)
        except (addresses.NoSite, addresses.OnlyInWords) as error:
            self._tell(Kind.LINK_WITHOUT_SITE if isinstance(error, addresses.NoSite) else Kind.LINK_IN_WORDS, written)
            return [*element.children] if element.words().strip() == written else [*element.children, f" ({written})"]
        except addresses.BadAddress:
            self._tell(Kind.LINK_DROPPED, written)
            return element.children
        return [_named(element)]

    def _anchor(self, element: Element, written: str) -> Nodes:
        name = unquote(written[1:])
        heading = self._parts.get(_part(name))
        if heading is not None and name not in self._ids:
            name = heading.attributes["id"] = f"part-{_part(name)[:70]}"
        elif name not in self._ids:
            self._tell(Kind.ANCHOR_MISSING, written)
            return element.children
        element.attributes["href"] = f"#{name}"
        return [element]

    def _picture(self, element: Element) -> Nodes:
        written, alt = element.attributes.get("src", ""), element.attributes.get("alt", "").strip()
        if any(element.attributes.get(side) in {"0", "1"} for side in ("width", "height")):
            self._tell(Kind.PIXEL, written)
            return [alt]
        try:
            address = addresses.picture(written, base_url=self._base_url)
        except addresses.NoSite:
            self._tell(Kind.IMAGE_DROPPED, written)
            return [f"{alt} ({written})".lstrip()]
        except (addresses.BadAddress, addresses.OnlyInWords):
            self._tell(Kind.IMAGE_DROPPED, written)
            return [alt]
        if not addresses.is_secure(address):
            self._tell(Kind.IMAGE_INSECURE, written)
            return self._link_to(address, alt)
        if not alt:
            self._tell(Kind.IMAGE_WITHOUT_ALT, written)
        element.attributes = {**element.attributes, "src": address, "alt": alt}
        return [element]

    def _embed(self, element: Element) -> Nodes:
        sources = [element, *element.find_all("source")]
        written = next((source.attributes["src"] for source in sources if source.attributes.get("src")), "")
        inside = [child for child in self.mended(element) if not isinstance(child, Element) or child.tag != "a"]
        if element.tag == "source":
            return []
        try:
            address = addresses.picture(written, base_url=self._base_url)
        except ValueError:
            self._tell(Kind.TAG_DROPPED, element.tag)
            return inside
        self._tell(Kind.EMBED, written)
        return self._link_to(address, element.attributes.get("title", "")) + inside

    def _link_to(self, address: str, words: str) -> Nodes:
        if self._in_link:
            return [words]
        return [Element("a", {"href": address}, [words or address])]

    def _tell(self, kind: Kind, what: str) -> None:
        self._remarks.append(Remark(kind, what.strip()))


def _named(link: Element) -> Element:
    """Give a link without words its address as a name, so that it can be seen and heard."""
    if link.words().strip():
        return link
    pictures = link.find_all("img")
    if pictures:
        pictures[0].attributes["alt"] = link.attributes["href"]
    else:
        link.children = [link.attributes["href"]]
    return link


def _order_headings(root: Element) -> None:
    """Start at h2, below the page's own h1, and go down one level at a time."""
    above: list[int] = []
    for heading in root.find_all(*_HEADINGS):
        level = int(heading.tag[1])
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        heading.tag = f"h{min(len(above) + 1, 6)}"


def _drop_empty(element: Element) -> None:
    """Leave out what holds nothing (bottom up), such as the paragraph of a removed tag."""
    kept: Nodes = []
    for child in element.children:
        if isinstance(child, Element) and child.tag not in {"img", "br", "hr", "wbr"}:
            _drop_empty(child)
            if child.tag not in _KEPT_EMPTY and not any(isinstance(c, Element) or c.strip() for c in child.children):
                kept += [c for c in child.children if isinstance(c, str)]
                continue
        kept.append(child)
    element.children = kept


def _flatten_quotes(element: Element, depth: int) -> None:
    """Stop indenting after a few quotes within quotes: deeper ones would leave no room for words on a phone."""
    kept: Nodes = []
    for child in element.children:
        if isinstance(child, str):
            kept.append(child)
            continue
        inner = depth + (child.tag == "blockquote")
        _flatten_quotes(child, inner)
        kept += child.children if inner > _DEEPEST_QUOTE and child.tag == "blockquote" else [child]
    element.children = kept


def _settle_orphans(root: Element) -> None:
    """An item outside a list is a plain block; an empty heading cell is a plain cell."""
    for parent in [root, *root.walk()]:
        for child in parent.children:
            if not isinstance(child, Element):
                continue
            orphan = child.tag == "li" and parent.tag not in {"ul", "ol"}
            if orphan or (child.tag in {"dt", "dd"} and parent.tag not in {"dl", "div"}):
                child.tag, child.attributes = "div", {}
            elif child.tag == "th" and not child.words().strip():
                child.tag = "td"


def _tell_ids_apart(root: Element) -> None:
    seen: set[str] = set()
    for element in root.walk():
        name = element.attributes.get("id")
        if name in seen:
            del element.attributes["id"]
        elif name:
            seen.add(name)


def _set_directions(root: Element) -> None:
    """Let each block that holds right-to-left words find its own direction."""
    for element in root.walk():
        if element.tag in _DIRECTED and _RIGHT_TO_LEFT.search(element.words()):
            element.attributes.setdefault("dir", "auto")


def _part(words: str) -> str:
    folded = unicodedata.normalize("NFKC", words).casefold().strip()
    return re.sub(r"\s+", "-", _PART.sub("", folded))
