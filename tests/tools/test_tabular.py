"""Sheets in every dress: read row by row with the right line numbers, refused in plain words, written defused."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.tools import tabular

SHEET = "E-Mail{0}Name{0}City\r\nana@example.org{0}Ana Müller{0}Łódź\r\nbo@example.org{0}Bo{0}\r\n"
PEOPLE = [
    (2, {"E-Mail": "ana@example.org", "Name": "Ana Müller", "City": "Łódź"}),
    (3, {"E-Mail": "bo@example.org", "Name": "Bo", "City": ""}),
]
RUNS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "'=1", "''=1", ' "=1"', "-", "="]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_sheet_is_read_however_it_was_saved(tmp_path: Path, delimiter: str, encoding: str) -> None:
    sheet = tabular.read(_file(tmp_path, SHEET.format(delimiter).encode(encoding)))
    assert sheet.headings == ["E-Mail", "Name", "City"]
    assert (list(sheet.rows), sheet.guess) == (PEOPLE, "")


def test_a_guess_at_the_encoding_is_told(tmp_path: Path) -> None:
    sheet = tabular.read(_file(tmp_path, "Email;Name\r\na@example.org;Zoë Müller – 5 €\r\n".encode("cp1252")))
    assert list(sheet.rows) == [(2, {"Email": "a@example.org", "Name": "Zoë Müller – 5 €"})]
    assert (sheet.guess, sheet.sample) == ("cp1252", "Zoë")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path, newline: str) -> None:
    lines = [
        "email,note",
        "a@example.org,one",
        "",
        'b@example.org,"two',
        'lines, ""quoted"""',
        "c@example.org,three",
        "",
    ]
    rows = list(tabular.read(_file(tmp_path, newline.join(lines).encode())).rows)
    assert [(line, row["email"]) for line, row in rows] == [
        (2, "a@example.org"),
        (4, "b@example.org"),
        (6, "c@example.org"),
    ]
    assert rows[1][1]["note"] == f'two{newline}lines, "quoted"'


def test_notes_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    text = 'Notes:\n"When exporting, you may notice; that, some are missing"\n\nName,Email\nAna,a@example.org\n'
    sheet = tabular.read(_file(tmp_path, text.encode()))
    assert (sheet.headings, list(sheet.rows)) == (["Name", "Email"], [(5, {"Name": "Ana", "Email": "a@example.org"})])


def test_one_column_is_a_sheet_too(tmp_path: Path) -> None:
    sheet = tabular.read(_file(tmp_path, b"email\na@example.org\n\n  \nb@example.org"))
    assert list(sheet.rows) == [(2, {"email": "a@example.org"}), (5, {"email": "b@example.org"})]


def test_a_comma_inside_names_does_not_pass_for_the_delimiter(tmp_path: Path) -> None:
    text = "Name;Email\nMüller, Ana, Dr.;a@example.org\nBerg, Bo, Dr.;b@example.org\n"
    rows = list(tabular.read(_file(tmp_path, text.encode())).rows)
    assert rows[0][1] == {"Name": "Müller, Ana, Dr.", "Email": "a@example.org"}


def test_columns_without_a_heading_are_left_out_and_short_rows_filled(tmp_path: Path) -> None:
    rows = list(tabular.read(_file(tmp_path, b"email,,name\na@example.org,x,Ana\nb@example.org\n")).rows)
    assert rows == [(2, {"email": "a@example.org", "name": "Ana"}), (3, {"email": "b@example.org"})]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("email,name\na@example.org,Ana,extra\n", 2, "more cells than the first line has headings"),
        ('email,name\na@example.org,A\nb@example.org,"never closed\nc@example.org,C\n', 3, "never closed"),
        ("email,name\na@example.org,A\x00na\n" + "b@example.org,Bo\n", 2, "NUL"),
        ('email,name\na@example.org,"' + "x" * 1_000_100 + '"\nb@example.org,Bo\n', 2, "longer than 1,000,000"),
    ],
    ids=["too many", "open quote", "nul", "endless cell"],
)
def test_a_row_that_cannot_be_taken_says_why(tmp_path: Path, text: str, line: int, why: str) -> None:
    head, _, rest = text.partition("\n")
    padding = "pad@example.org,Pad\n" * 300
    rows = list(tabular.read(_file(tmp_path, f"{head}\n{padding}{rest}".encode())).rows)
    broken = [(n, row[""]) for n, row in rows if "" in row]
    assert [n for n, _ in broken] == [line + 300] and why in broken[0][1]
    assert len(rows) >= 300, "the rows before it were taken"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n \n,,\n", "empty"),
        (b"PK\x03\x04rest of a zip", "Save it as CSV first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as CSV first"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        (b"\x7fELF\x02\x01\x01\x00", "not a text file"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 4, "not a text file"),
        (b"Email,Name,Email\na@example.org,Ana,b@example.org\n", "same name"),
    ],
)
def test_what_is_no_sheet_is_refused_in_plain_words(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(tabular.BadSheet, match=says):
        tabular.read(_file(tmp_path, raw))


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(tabular.BadSheet, match=r"nowhere\.csv cannot be read \(No such file"):
        tabular.read(tmp_path / "nowhere.csv")
    with pytest.raises(tabular.BadSheet, match="Is a directory"):
        tabular.read(tmp_path)


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "LARGEST", 1024 * 1024)
    with pytest.raises(tabular.BadSheet, match="larger than 1 MB"):
        tabular.read(_file(tmp_path, b"email\n" + b"x" * 1024 * 1024))


@pytest.mark.parametrize("raw", RUNS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(raw: str) -> None:
    guarded = tabular.guard(raw)
    assert guarded != raw and guarded.lstrip(' "').startswith("'")
    assert tabular.unguard(guarded) == raw


@pytest.mark.parametrize("raw", ["Ana", "O'Neill", "'quoted'", "a=b", "jo-ann@example.org", "5 - 3", "", "  x"])
def test_ordinary_words_stay_as_they_are(raw: str) -> None:
    assert tabular.guard(raw) == raw == tabular.unguard(raw)


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "\n"])
def test_a_formula_behind_another_delimiter_is_defused_too(delimiter: str) -> None:
    assert tabular.guard(f"Ana{delimiter}=1+1") == f"Ana{delimiter}'=1+1"


@given(cells=st.lists(st.text(st.sampled_from("=+-@＝＠'\" ;|,\t\r\nab0ü"), max_size=12), min_size=2, max_size=2))
@example(cells=["\t=1+1", "\r=1+1"])
@example(cells=["a;'=1", '"=1"'])
def test_written_and_read_again_is_the_same(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    # Reading trims white space at both ends, unless a guard stands before it.
    expected = [tabular.unguard(tabular.guard(cell).strip()) for cell in cells]
    text = io.StringIO()
    assert tabular.write([["one", "two"], ["x", "x"], cells, ["x", "x"]], text) == 4
    path = _file(tmp_path_factory.mktemp("sheet"), text.getvalue().encode("utf-8-sig"))
    rows = [row for _, row in tabular.read(path).rows]
    wanted = [expected] if any(expected) else []
    assert [list(row.values()) for row in rows] == [["x", "x"], *wanted, ["x", "x"]]


def test_a_sheet_in_pieces_is_the_same_sheet() -> None:
    rows = [[str(number), f"={number}"] for number in range(450)]
    whole = io.StringIO()
    tabular.write(rows, whole)
    pieces = list(tabular.lines(iter(rows)))
    assert "".join(pieces) == "\ufeff" + whole.getvalue()
    assert (len(pieces), pieces[0].count("\r\n")) == (3, 200)
    assert list(tabular.lines([])) == ["\ufeff"]


def test_pieces_come_before_the_last_row_is_read() -> None:
    read: list[int] = []
    pieces = tabular.lines([str(number)] for number in range(10_000) if not read.append(number))  # type: ignore[func-returns-value]
    next(pieces)
    assert len(read) == 200


@given(cell=st.text(st.sampled_from("=+-@＝＠'\" ;|,\t\r\nab0ü"), max_size=12))
def test_no_written_cell_begins_a_formula(cell: str) -> None:
    text = io.StringIO()
    tabular.write([[cell]], text)
    written = next(csv.reader(io.StringIO(text.getvalue(), newline="")), [""])
    assert not written or not written[0].startswith(tuple("=+-@\t\r＝＋－＠"))
    assert tabular.unguard(tabular.guard(cell)) == cell


def test_the_formula_cells_of_the_pack_come_back(shared_data: Path, tmp_path: Path) -> None:
    cells = json.loads((shared_data / "nasty/formula-cells.json").read_text(encoding="utf-8"))
    text = io.StringIO()
    tabular.write([["cell", "n"], *([cell, str(n)] for n, cell in enumerate(cells))], text)
    rows = [row["cell"] for _, row in tabular.read(_file(tmp_path, text.getvalue().encode())).rows]
    assert rows == cells


def test_naughty_strings_come_back(shared_data: Path, tmp_path: Path) -> None:
    cells = json.loads((shared_data / "nasty/naughty-strings.json").read_text(encoding="utf-8"))
    text = io.StringIO(newline="")
    tabular.write([["cell", "n"], *([cell, str(n)] for n, cell in enumerate(cells))], text)
    rows = [row["cell"] for _, row in tabular.read(_file(tmp_path, text.getvalue().encode())).rows]
    assert rows == [tabular.unguard(tabular.guard(cell).strip()) for cell in cells]


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        ("broken-ragged.csv", 3, "more cells"),
        ("broken-open-quote.csv", 2, "never closed"),
        ("broken-nul.csv", 2, "NUL"),
    ],
)
def test_damaged_files_name_the_line(shared_data: Path, tmp_path: Path, name: str, line: int, why: str) -> None:
    try:
        rows = list(tabular.read(shared_data / "exports" / name).rows)
    except tabular.BadSheet as error:
        assert why == "NUL" and "not a text file" in str(error)
        return
    assert [(n, why in row[""]) for n, row in rows if "" in row] == [(line, True)]


@pytest.mark.parametrize("name", ["broken-empty.csv", "broken-dup-headers.csv", "not-a-sheet.xlsx", "own-sheet.xlsx"])
def test_damaged_files_are_refused(shared_data: Path, name: str) -> None:
    with pytest.raises(tabular.BadSheet):
        tabular.read(shared_data / "exports" / name)


def test_two_encodings_in_one_file_and_a_wrong_ending_are_read(shared_data: Path) -> None:
    mixed = tabular.read(shared_data / "exports/broken-mixed-encoding.csv")
    assert [row["Name"] for _, row in mixed.rows] == ["Müller", "Müller"]
    assert tabular.read(shared_data / "exports/really-csv.xlsx").headings


def _file(folder: Path, raw: bytes) -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(raw)
    return path
