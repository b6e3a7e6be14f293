"""Sheets as people have them: CSV in any encoding and dialect, read row by row; CSV out that no spreadsheet runs."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from statistics import multimode
from typing import TextIO

from portal.tools.decoding import decode

LARGEST = 200 * 1024 * 1024
_CELL = 1_000_000
_DELIMITERS = ",;\t|"
_EMPTY = _DELIMITERS + " \r\n"
_SAMPLE = 20
_PIECE = 200
_GLANCE = 4096
_STRANGE = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a"})
_GUARD = "'"
# Where a spreadsheet may begin a cell, also one that splits at another sign than the comma, and what it then runs.
_RUNS = re.compile(r"(?:^|(?<=[;\t|\r\n]))[ \"]*'*(?=[=+\-@\t\r＝＋－＠])")
_GUARDED = re.compile(r"((?:^|(?<=[;\t|\r\n]))[ \"]*'*)'(?=[=+\-@\t\r＝＋－＠])")

Row = tuple[int, dict[str, str]]


class BadSheet(Exception):
    """The file is no table we can read; the message says what to do."""


@dataclass(frozen=True)
class Sheet:
    """A table: its headings, and its rows as (line number, cells by heading).

    Where the encoding had to be guessed, also the guess and a word to judge it by.
    """

    headings: list[str]
    rows: Iterator[Row]
    guess: str = ""
    sample: str = ""


def read(path: Path) -> Sheet:
    """Return the table in a file; raise `BadSheet`.

    Cells are trimmed, guards against formulas are taken off again; notes above the headings are passed over. A row that
    cannot be taken carries the reason under "".
    """
    decoded = decode(_bytes(path))
    csv.field_size_limit(_CELL)
    records = _records(decoded.text, _delimiter(decoded.text))
    first = list(islice(records, _SAMPLE))
    if not any(cell.strip(_EMPTY) for record in first for cell in record.cells):
        raise BadSheet("The file is empty. Its first line must name the columns, for example: name,email")
    begins = _beginning(first)
    headings = [heading.strip() for heading in first[begins].cells]
    _refuse_bad_headings(first[begins], headings)
    rows = _rows(chain(first[begins + 1 :], records), headings)
    return Sheet(headings, rows, decoded.guess, decoded.sample)


def write(rows: Iterable[Iterable[str]], to: TextIO) -> int:
    """Write rows, heading first, with every cell that a spreadsheet would run defused; return how many rows."""
    writer, count = csv.writer(to), 0
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
        count += 1
    return count


def lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the same sheet in pieces, beginning with the mark by which spreadsheets know UTF-8."""
    piece = io.StringIO("\ufeff")
    piece.seek(0, io.SEEK_END)
    for number, row in enumerate(rows, 1):
        write([row], piece)
        if number % _PIECE == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def guard(cell: str) -> str:
    """Return the cell with an apostrophe before whatever a spreadsheet would take for a formula."""
    # What has apostrophes there already gets one more, so that reading gives it back.
    return _RUNS.sub(lambda found: found[0] + _GUARD, cell)


def unguard(cell: str) -> str:
    """Return the cell without the apostrophes that `guard` put there."""
    return _GUARDED.sub(r"\1", cell)


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str]
    broken: str = ""

    @property
    def filled(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    """Yield every line that is not blank, with the number of the line it begins on."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _Record(begins, [], f"a cell is longer than {_CELL:,} characters; is a quotation mark missing?")
            continue
        if lines.ended:
            # The reader asked for one more line to close a quotation mark, and there was none.
            yield _Record(begins, cells, "a quotation mark is never closed, so nothing from here on was read")
        elif any("\x00" in cell for cell in cells):
            yield _Record(begins, cells, "it holds NUL characters, as damaged files do")
        elif any(cell.strip() for cell in cells):
            yield _Record(begins, cells)


class _Lines:
    """The lines of a text, which remember that somebody asked for more than there are."""

    def __init__(self, text: str) -> None:
        self._file = io.StringIO(text, newline="")
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            self.ended = True
            raise StopIteration
        return line


def _delimiter(text: str) -> str:
    """Return the sign that parts headings and rows alike into the most cells, or at least the rows."""
    first = "".join(islice(io.StringIO(text, newline=""), _SAMPLE * 2))

    def fitness(sign: str) -> tuple[bool, int]:
        records = list(islice(_records(first, sign), _SAMPLE))
        width = _usual_width(records)
        return width > 1 and len(records[0].cells) == width, width

    return max(_DELIMITERS, key=fitness)


def _usual_width(records: list[_Record]) -> int:
    return max(multimode(len(record.cells) for record in records), default=0)


def _beginning(first: list[_Record]) -> int:
    """Return which of the first records holds the headings: notes above a table fill one cell only."""
    if _usual_width(first) < 2:
        return 0
    return next((place for place, record in enumerate(first) if record.filled >= 2), 0)


def _refuse_bad_headings(record: _Record, headings: list[str]) -> None:
    if record.broken:
        raise BadSheet(f"Line {record.line} cannot be read: {record.broken}.")
    named = [heading for heading in headings if heading]
    if len(set(named)) < len(named):
        raise BadSheet("Two columns have the same name. Rename one of them in the first line.")


def _rows(records: Iterable[_Record], headings: list[str]) -> Iterator[Row]:
    for record in records:
        pairs = zip(headings, record.cells, strict=False)
        row = {heading: unguard(cell.strip()) for heading, cell in pairs if heading}
        if record.broken or len(record.cells) > len(headings):
            row[""] = record.broken or "it has more cells than the first line has headings"
        yield record.line, row


def _is_binary(raw: bytes) -> bool:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff")) and not raw.startswith(b"\xff\xfe\x00\x00")
    start = raw[:_GLANCE]
    strange = len(start) - len(start.translate(None, delete=_STRANGE))
    return not wide and (b"\x00" in start or strange * 100 > len(start))


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BadSheet(f"The file is larger than {LARGEST // 1024 // 1024} MB. Split it and import the parts.")
        raw = path.read_bytes()
    except OSError as error:
        raise BadSheet(f"{path} cannot be read ({error.strerror}).") from error
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadSheet("This is a spreadsheet file. Save it as CSV first, then import that.")
    if _is_binary(raw):
        raise BadSheet("This is not a text file. Save the sheet as CSV (UTF-8), then import that.")
    return raw
