"""Reads the notes at the head of a Markdown file (YAML, TOML, `key: value` or `@def` lines); readers never see them."""

import re
import tomllib
from itertools import takewhile
from typing import Any

import yaml

from portal.tools.rendering import tree
from portal.tools.rendering.markdown import LONGEST as LONGEST_BODY
from portal.tools.rendering.markdown import render

LONGEST = 32_000
"""Characters of front matter that are read; a longer head is not taken for one."""

_DEEPEST = 12
_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)(?:^|\n)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z][\w -]{0,40}):(?:[ \t]+(.*))?")
_DEFINITION = re.compile(r"@def[ \t]+(\w+)[ \t]*=[ \t]*(.*)")
_TELLING = frozenset({"title", "date", "slug", "subject", "layout"})
_TOP_HEADING = re.compile(r"#[ \t].*(?:\n|\Z)|\S.*\n=+[ \t]*(?:\n|\Z)")

Meta = dict[str, Any]
"""Keys in lower case; values are text, lists or mappings of text."""


def split(source: str) -> tuple[Meta, str]:
    """Return what the head says and the body below it; a file without a head is all body.

    A head that is damaged or hostile is still hidden; its plain `key: value` lines are read, the rest is not.
    """
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    fenced = _FENCED.match(source[: LONGEST + 8])
    if fenced:
        meta = _toml(fenced[2]) if fenced[1] == "+++" else _yaml(fenced[2])
        return (meta, source[fenced.end() :].lstrip("\n")) if meta is not None else ({}, source)
    return _bare_lines(source)


def title_of(meta: Meta, body: str, *, file_name: str = "") -> str:
    """Return the title: as the head says, else the first heading, else the file's name in words."""
    told = meta.get("title") or meta.get("subject")
    if isinstance(told, str) and told.strip():
        return " ".join(told.split())
    heading = first_heading(body)
    if heading:
        return heading
    stem = re.sub(r"\.\w{1,9}$", "", re.split(r"[/\\]", file_name)[-1])
    return " ".join(re.sub(r"[-_]+", " ", stem).split()).capitalize()


def first_heading(body: str) -> str:
    """Return the words of the first heading as readers see them, or nothing."""
    if len(body) > LONGEST_BODY:
        return ""
    headings = tree.parse(render(body).html).find_all(*(f"h{level}" for level in range(1, 7)))
    return tree.line(headings[0]) if headings else ""


def without_title(body: str, title: str) -> str:
    """Return the body without a top heading that only repeats the title, which the page and mail show anyway."""
    match = _TOP_HEADING.match(body.lstrip("\n"))
    if match is None or render(match[0]).links or first_heading(match[0]) != title:
        return body
    return body.lstrip("\n")[match.end() :].lstrip("\n")


def _yaml(head: str) -> Meta | None:
    try:
        _refuse_tricks(head)
        found = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506  BaseLoader makes text and nothing else.
    except (yaml.YAMLError, ValueError, RecursionError):
        return _pairs(head)
    if found is None or found == "":
        return {}
    return _lowered(found) if isinstance(found, dict) else None


def _refuse_tricks(head: str) -> None:
    """Aliases can blow up, deep nesting can exhaust the stack; no head needs either."""
    depth = 0
    for event in yaml.parse(head, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases or deep nesting")


def _toml(head: str) -> Meta | None:
    try:
        return _lowered(tomllib.loads(head))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return _pairs(head.replace("=", ":"))


def _pairs(head: str) -> Meta | None:
    """Read plain lines of a head that cannot be read properly; `None` when it does not look like a head at all."""
    rows = [match for row in head.split("\n") if (match := _PAIR.fullmatch(row.rstrip()))]
    first = next((row for row in head.split("\n") if row.strip()), "")
    if not _PAIR.match(first):
        return None
    return {row[1].strip().lower(): _unquoted(row[2] or "") for row in rows}


def _bare_lines(source: str) -> tuple[Meta, str]:
    for line_of in (_PAIR, _DEFINITION):
        rows = source[:LONGEST].split("\n")
        pairs = list(takewhile(bool, (line_of.fullmatch(row.rstrip()) for row in rows)))
        meta = {match[1].strip().lower(): _unquoted(match[2] or "") for match in pairs if match}
        count = len(pairs)
        ended = count == len(rows) or not rows[count].strip()
        if meta and ended and meta.keys() & _TELLING:
            return meta, "\n".join(source.split("\n")[count:]).lstrip("\n")
    return {}, source


def _unquoted(value: str) -> str:
    value = value.strip()
    for quote in ('"""', '"', "'"):
        if len(value) >= 2 * len(quote) and value.startswith(quote) and value.endswith(quote):
            return value[len(quote) : -len(quote)]
    return value


def _lowered(found: dict[Any, Any]) -> Meta:
    return {str(key).strip().lower(): _as_text(value) for key, value in found.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)
