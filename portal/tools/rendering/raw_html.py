"""Raw HTML inside Markdown: kept where it means something, shown as text where it does not, never left open.

Editions in the wild carry tags (`<small>`, `<span>`, whole tables), but also words that only look like tags (`Vec<T>`).
A sanitiser alone would drop the second kind without a trace, and one tag that is never closed could swallow the rest
of the newsletter. So before the sanitiser sees anything, each raw piece is made whole here: unknown tags become text,
comments go, what stays open is closed where its paragraph ends.
"""

import re
from enum import Enum

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from portal.tools.rendering.remarks import Kind, Remark
from portal.tools.rendering.sanitiser import EMBEDS, FOLDED, TEXT_TAGS


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SWALLOWING = frozenset({"script", "style", "textarea", "title", "select", "iframe", "noframes", "noembed", "template"})
_DROPPED = _words(
    "acronym address applet area article aside base basefont bdo big body button canvas center col colgroup data "
    "datalist dialog dir fieldset font footer form frame frameset head header hgroup html input label legend link main "
    "map marquee math menu meta meter nav nobr noscript object optgroup option output param picture portal progress "
    "search slot strike svg track tt"
)
_KNOWN = TEXT_TAGS | EMBEDS | FOLDED | _SWALLOWING | _DROPPED
_VOID = _words("area base br col embed frame hr img input link meta param source track wbr")
_BLOCKS = _words("div section table thead tbody tfoot tr td th ul ol li dl dd dt blockquote details")
_WARNED = _words("script style textarea select form input button object svg math link meta base marquee")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*)>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<![A-Za-z][^<>]*>")
_PIECE = re.compile(f"{_TAG.pattern}|<")


class _Fate(Enum):
    TAG = "stays a tag"
    TEXT = "is shown as text"
    NOTHING = "goes"


def settle(state: StateCore) -> None:
    """Core rule for markdown-it: make every raw piece of the document whole."""
    remarks = state.env.setdefault("remarks", [])
    for token in state.tokens:
        if token.type == "html_block":
            token.content = _settle_block(token.content, remarks)
        elif token.type == "inline" and token.children:
            token.children = _settle_inline(token.children, remarks)


def _settle_block(content: str, remarks: list[Remark]) -> str:
    content = _without_comments(content)
    if "<!--" in content:
        remarks.append(Remark(Kind.COMMENT_OPEN))
        content = content.replace("<!--", "&lt;!--")
    tags = [(match[2].lower(), bool(match[1])) for match in _TAG.finditer(content)]
    fates = _judge(tags, remarks, loose=_BLOCKS)
    coming = iter(fates)
    settled = _PIECE.sub(lambda match: _settle_piece(match[0], next(coming) if match[2] else _Fate.TEXT), content)
    return settled + "".join(f"</{name}>" for name in _left_open(tags, fates, loose=_BLOCKS))


def _without_comments(content: str) -> str:
    # Searched only as far as some comment ends, since looking for an end that is missing takes for ever.
    closed = content.rfind("-->") + 3 if "-->" in content else 0
    return _DOCTYPE.sub("", _COMMENT.sub("", content[:closed]) + content[closed:])


def _settle_piece(piece: str, fate: _Fate) -> str:
    if fate is _Fate.TAG:
        return piece
    return "&lt;" + piece[1:] if fate is _Fate.TEXT else ""


def _settle_inline(children: list[Token], remarks: list[Remark]) -> list[Token]:
    raw = [child for child in children if child.type == "html_inline"]
    for child in raw:
        child.content = _without_comments(child.content)
    matches = [_TAG.fullmatch(child.content) for child in raw]
    tags = [(match[2].lower(), bool(match[1])) if match else ("", False) for match in matches]
    fates = _judge(tags, remarks, loose=frozenset())
    for child, fate in zip(raw, fates, strict=True):
        if fate is _Fate.TEXT:
            child.type = "text"
        elif fate is _Fate.NOTHING:
            child.content = ""
    return children + [_closing(name) for name in _left_open(tags, fates, loose=frozenset())]


def _judge(tags: list[tuple[str, bool]], remarks: list[Remark], *, loose: frozenset[str]) -> list[_Fate]:
    """Say what becomes of each tag; `loose` ones may be closed in another piece."""
    fates: list[_Fate] = []
    waiting: dict[str, list[int]] = {}
    for place, (name, closes) in enumerate(tags):
        if name not in _KNOWN:
            fates.append(_Fate.TEXT)
        elif name in loose or name in _VOID:
            fates.append(_Fate.TAG if name in loose or not closes else _Fate.NOTHING)
        elif not closes:
            waiting.setdefault(name, []).append(place)
            fates.append(_Fate.TEXT if name in _SWALLOWING else _Fate.TAG)
        elif waiting.get(name):
            fates[waiting[name].pop()] = _Fate.TAG
            fates.append(_Fate.TAG)
        else:
            fates.append(_Fate.NOTHING)
    remarks += [Remark(Kind.TAG_DROPPED, name) for name in dict.fromkeys(tag for tag, _ in tags) if name in _WARNED]
    return fates


def _left_open(tags: list[tuple[str, bool]], fates: list[_Fate], *, loose: frozenset[str]) -> list[str]:
    stack: list[str] = []
    for (name, closes), fate in zip(tags, fates, strict=True):
        if fate is not _Fate.TAG or name in _VOID or name in loose:
            continue
        if not closes:
            stack.append(name)
        elif name in stack:
            del stack[len(stack) - 1 - stack[::-1].index(name)]
    return stack[::-1]


def _closing(name: str) -> Token:
    token = Token("html_inline", "", 0)
    token.content = f"</{name}>"
    return token
