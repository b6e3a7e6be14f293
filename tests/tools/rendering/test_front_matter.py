"""Heads of Markdown files: read when they are heads, hidden in any case, harmless when they are hostile."""

import pytest

from portal.tools.rendering import front_matter


def test_yaml_is_read_as_text() -> None:
    source = "---\ntitle: 2026-05-01\ndraft: no\ntags:\n- a\n- b\nparams:\n  doi: 10.5\n---\n\nBody\n"
    meta, body = front_matter.split(source)
    assert meta == {"title": "2026-05-01", "draft": "no", "tags": ["a", "b"], "params": {"doi": "10.5"}}
    assert body == "Body\n"


def test_toml_is_read_as_text() -> None:
    meta, body = front_matter.split('+++\ntitle = "A"\ndate = 2026-03-11\n[extra]\ncount = 2\n+++\nBody')
    assert meta == {"title": "A", "date": "2026-03-11", "extra": {"count": "2"}}
    assert body == "Body"


def test_bare_lines_are_read_when_they_tell_a_title() -> None:
    assert front_matter.split("Title: A\nDate: 2026-01-02\n\nBody") == ({"title": "A", "date": "2026-01-02"}, "Body")
    assert front_matter.split("Note: this is text\n\nBody") == ({}, "Note: this is text\n\nBody")
    assert front_matter.split("Title: goes on\nin a paragraph\n") == ({}, "Title: goes on\nin a paragraph\n")


def test_definitions_are_read() -> None:
    meta, body = front_matter.split('@def title = "A (B)"\n@def rss = """C"""\n\nBody')
    assert meta == {"title": "A (B)", "rss": "C"}
    assert body == "Body"


@pytest.mark.parametrize("source", ["", "Just text", "---\n\nHello\n\n---\nmore", "---\nopen\n\nrest", "***\n\ntext"])
def test_a_file_without_a_head_is_all_body(source: str) -> None:
    assert front_matter.split(source) == ({}, source)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert front_matter.split("\ufeff---\r\ntitle: A\r\n---\r\nB\r\n") == ({"title": "A"}, "B\n")


@pytest.mark.parametrize(
    "head",
    [
        "title: T\na: &a [x,x]\nb: [*a,*a]",
        "title: T\na: " + "[" * 3000,
        "title: T\nb: [unclosed\n\tc: {",
        "title: T\nwhat: !!python/object/apply:os.system ['true']",
        "title: T\n? [a]\n: b",
    ],
)
def test_a_hostile_head_is_hidden_and_its_title_read(head: str) -> None:
    meta, body = front_matter.split(f"---\n{head}\n---\nBody")
    assert meta["title"] == "T"
    assert body == "Body"


def test_a_head_beyond_all_measure_is_not_taken_for_one() -> None:
    source = "---\ntitle: " + "x" * 60_000 + "\n---\nBody"
    assert front_matter.split(source) == ({}, source)


def test_the_title_comes_from_the_head_then_a_heading_then_the_file_name() -> None:
    body = "Intro\n\n```\n# not this\n```\n\n## The *second* [one](https://example.org)\n"
    assert front_matter.title_of({"title": " A  b "}, body) == "A b"
    assert front_matter.title_of({}, body, file_name="x.md") == "The second one"
    assert front_matter.title_of({}, "text", file_name="drafts/2026_may-letter.md") == "2026 may letter"
    assert front_matter.title_of({}, "text") == ""


def test_a_heading_that_repeats_the_title_is_taken_off_the_body() -> None:
    assert front_matter.without_title("# A *b*\n\ntext\n", "A b") == "text\n"
    assert front_matter.without_title("A b\n===\n\ntext\n", "A b") == "text\n"
    assert front_matter.without_title("# Another\n\ntext\n", "A b") == "# Another\n\ntext\n"
    kept = "# A [b](https://example.org)\n\ntext\n"
    assert front_matter.without_title(kept, "A b") == kept
