"""Tables in plain text: aligned columns where they fit, one line per value where they do not."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.tools.rendering.tree import Element
from portal.tools.rendering.wrapping import columns, wrap

_GAP = "  "
_WIDEST = 60


@dataclass(slots=True)
class _Row:
    cells: list[str]
    is_head: bool
    alone: bool


def write(table: Element, width: int, words: Callable[[Element], str]) -> list[str]:
    """Return the blocks of text for a table; `words` says what a cell holds."""
    rows = _rows(table, words)
    across = max((len(row.cells) for row in rows), default=0)
    for row in rows:
        row.cells += [""] * (across - len(row.cells))
    captions = [words(child) for child in _elements(table) if child.tag == "caption"]
    body = [row for row in rows if not row.alone]
    alone = {at: row for at, row in enumerate(rows) if row.alone}
    top = next((at for at, row in enumerate(rows) if not row.alone), len(rows))
    above = [row.cells[0] for at, row in alone.items() if at < top or row.is_head]
    below = [row.cells[0] for at, row in alone.items() if not (at < top or row.is_head)]
    grid = _aligned(body, width, _ends(table)) or _told(body, width)
    return [wrap(text, width) for text in captions + above] + [grid] + [wrap(text, width) for text in below]


def _rows(table: Element, words: Callable[[Element], str]) -> list[_Row]:
    """Lay the cells out on a grid, so that spans keep their columns."""
    rows: list[_Row] = []
    hanging: dict[int, int] = {}
    for element in _own_rows(table):
        cells = _elements(element)
        laid: list[str] = []
        for cell in cells:
            _skip(laid, hanging)
            wide = min(int(cell.attributes.get("colspan", 1)), _WIDEST)
            tall = min(int(cell.attributes.get("rowspan", 1)), _WIDEST)
            for column in range(len(laid), len(laid) + wide):
                hanging[column] = tall - 1
            laid += [words(cell)] + [""] * (wide - 1)
        _skip(laid, hanging)
        is_head = bool(cells) and all(cell.tag == "th" or not cell.words().strip() for cell in cells)
        rows.append(_Row(laid, is_head, alone=len(cells) == 1 and len(laid) > 1))
    return [row for row in rows if any(row.cells)]


def _own_rows(table: Element) -> list[Element]:
    """Return the rows of this table, without those of tables inside it."""
    parts = [part for part in _elements(table) if part.tag in {"thead", "tbody", "tfoot"}]
    return [row for part in parts or [table] for row in _elements(part) if row.tag == "tr"]


def _elements(parent: Element) -> list[Element]:
    return [child for child in parent.children if isinstance(child, Element)]


def _skip(laid: list[str], hanging: dict[int, int]) -> None:
    while hanging.get(len(laid), 0) > 0:
        hanging[len(laid)] -= 1
        laid.append("")


def _ends(table: Element) -> list[bool]:
    """Say for each column of the first plain row whether it is aligned to the end."""
    for row in _own_rows(table):
        cells = _elements(row)
        if cells and all(cell.tag == "td" for cell in cells):
            return [cell.attributes.get("class") == "align-end" for cell in cells]
    return []


def _aligned(rows: list[_Row], width: int, ends: list[bool]) -> str:
    if not rows:
        return ""
    across = len(rows[0].cells)
    widths = [max(columns(row.cells[at]) for row in rows) for at in range(across)]
    if sum(widths) + len(_GAP) * (across - 1) > width:
        return ""
    heads = max((at for at, row in enumerate(rows) if row.is_head), default=-1)
    lines = []
    for at, row in enumerate(rows):
        padded = [_padded(cell, widths[c], end=c < len(ends) and ends[c]) for c, cell in enumerate(row.cells)]
        lines.append(_GAP.join(padded).rstrip())
        if at == heads:
            lines.append(_GAP.join("-" * size for size in widths))
    return "\n".join(lines)


def _padded(cell: str, size: int, *, end: bool) -> str:
    space = " " * (size - columns(cell))
    return space + cell if end else cell + space


def _told(rows: list[_Row], width: int) -> str:
    """Write each row as “Heading: value” lines, rows apart by a blank line."""
    heads = [row.cells for row in rows if row.is_head]
    names = [next((row[c] for row in reversed(heads) if row[c]), "") for c in range(len(rows[0].cells))] if rows else []
    told = [_told_row(names, row.cells, width) for row in rows if not row.is_head]
    return "\n\n".join(told or ["\n".join(name for name in names if name)])


def _told_row(names: list[str], cells: list[str], width: int) -> str:
    pairs = zip(names, cells, strict=True)
    return "\n".join(wrap(f"{name}: {cell}" if name else cell, width) for name, cell in pairs if cell)
