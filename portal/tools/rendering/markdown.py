"""Turns a newsletter's Markdown into safe HTML and a written plain text, from one tree.

Editions as people publish them hold raw HTML (links in `<a>`, whole tables, `<small>`), so raw HTML is parsed, and
safety never rests on the parser: each raw piece is made whole (`raw_html`), everything passes the allow-list
(`sanitiser`), addresses and pictures are judged (`mending`), and the result passes the allow-list once more. HTML,
text, links and pictures are all read from that last result, so they cannot disagree. Braces of template languages
are ordinary words here.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from portal.tools.rendering import mending, plain, raw_html, sanitiser, tree
from portal.tools.rendering.remarks import Kind, Remark

LONGEST = 1_000_000
"""Characters of Markdown that are read; more is refused, never cut."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ufeff\ufffe\uffff\ud800-\udfff]")
_BRACES = re.compile(r"\{\{[^{}]{0,400}\}\}|\{%[^{}]{0,400}%\}")
_TASK = re.compile(r"\[([ xX])\][ \t]+")


class TooLong(ValueError):
    """The text is longer than a newsletter can be."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in HTML and text."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it stands in the HTML."""

    alt: str
    url: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body ready for a mail or a page: safe HTML, plain text, and what an editor wants to know of it."""

    html: str
    text: str
    links: tuple[Link, ...] = ()
    images: tuple[Picture, ...] = ()
    warnings: tuple[Remark, ...] = ()


@lru_cache(maxsize=32)
def render(source: str, *, base_url: str | None = None) -> Rendered:
    """Render Markdown without its front matter; `base_url` completes addresses that name no site."""
    if len(source) > LONGEST:
        raise TooLong(f"{len(source)} characters are more than {LONGEST}")
    tidy = _UNWRITABLE.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    html, remarks = _parsed(tidy)
    if any(remark.kind is Kind.COMMENT_OPEN for remark in remarks):
        # Markdown takes all that follows for the comment; taken for a word, it leaves the rest as it was meant.
        html, more = _parsed("\\<!--".join(tidy.rsplit("<!--", 1)))
        remarks += more
    return rendered_from(html, remarks, base_url=base_url)


def rendered_from(html: str, remarks: list[Remark] | None = None, *, base_url: str | None = None) -> Rendered:
    """Render HTML that an author wrote, through the same allow-list and judgement."""
    remarks = [] if remarks is None else remarks
    authored = tree.parse(sanitiser.open_up(html))
    mending.mend(authored, remarks, base_url=base_url)
    safe = sanitiser.sanitise(tree.write(authored)).strip()
    final = tree.parse(safe)
    return Rendered(
        html=safe,
        text=plain.write(final),
        links=tuple(Link(tree.line(a), a.attributes["href"]) for a in final.find_all("a") if _leads_out(a)),
        images=tuple(Picture(img.attributes.get("alt", ""), img.attributes["src"]) for img in final.find_all("img")),
        warnings=tuple(dict.fromkeys(remarks)),
    )


def _parsed(source: str) -> tuple[str, list[Remark]]:
    env: dict[str, Any] = {"remarks": []}
    return str(_PARSER.render(source, env)), env["remarks"]


def _leads_out(link: tree.Element) -> bool:
    return not link.attributes.get("href", "#").startswith("#")


class _Parser(MarkdownIt):
    """Keeps every address as written: judging it is the work of `mending`, which also tells the author."""

    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _mark_tasks(state: StateCore) -> None:
    """Show `[ ]` and `[x]` at the head of a list item as boxes: nothing can be ticked in a mail."""
    for item, paragraph, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, token.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = token.children[0] if token.children else token
        match = _TASK.match(first.content) if first.type == "text" else None
        if match:
            first.content = ("☐ " if match[1] == " " else "☑ ") + first.content[match.end() :]


def _leave_braces(state: StateInline, silent: bool) -> bool:
    """Take `{{ … }}` and `{% … %}` of other systems as plain words, underscores and stars included."""
    match = _BRACES.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.pending += match[0]
    state.pos = match.end()
    return True


def _carry_addresses(state: StateCore) -> None:
    for token in (child for block in state.tokens for child in block.children or []):
        if token.type == "link_open":
            token.attrs["data-to"] = token.attrs["href"]


def _align(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    style = str(tokens[index].attrs.pop("style", ""))
    side = {"text-align:center": "align-center", "text-align:right": "align-end"}.get(style)
    if side:
        tokens[index].attrs["class"] = side
    return self.renderToken(tokens, index, options, env)


def _prefix(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return f"-{tokens[index].meta['id'] + 1}"


def _parser() -> MarkdownIt:
    parser = _Parser("default", {"html": True, "linkify": True, "typographer": False, "maxNesting": 100})
    parser.use(footnote_plugin)
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})
    parser.inline.ruler.before("escape", "braces", _leave_braces)
    parser.core.ruler.push("settle_raw_html", raw_html.settle)
    parser.core.ruler.push("mark_tasks", _mark_tasks)
    parser.core.ruler.push("carry_addresses", _carry_addresses)
    for cell in ("th_open", "td_open"):
        parser.add_render_rule(cell, _align)
    parser.add_render_rule("footnote_anchor_name", _prefix)
    return parser


_PARSER = _parser()
