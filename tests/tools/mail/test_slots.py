"""Slotted text: whatever is filled in, the lines are short and read back as what was meant."""

import quopri

from hypothesis import given
from hypothesis import strategies as st

from portal.tools.mail.slots import WIDTH, SlottedText, encode, new_marker, quoted

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=300)
TRICKY = st.sampled_from(
    [
        "",
        ".",
        "..",
        "From here",
        "=",
        "%s %b %%",
        "x" * 200,
        "ü" * 80,
        "a ",
        "\t",
        "line\n.line\nFrom x",
        " ",
        "👩‍💻" * 9,
    ]
)
TEXTS = st.one_of(TEXT, TRICKY, st.lists(TRICKY, max_size=5).map(" ".join))


def read(raw: bytes) -> str:
    return quopri.decodestring(raw).decode().replace("\r\n", "\n")


def check_lines(raw: bytes) -> None:
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    assert not [line for line in lines if len(line) > WIDTH]
    assert not [line for line in lines if line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t"))]


@given(TEXTS)
def test_encoded_text_reads_back(text: str) -> None:
    raw = encode(text)
    check_lines(raw)
    assert read(raw) == text


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_filled_text_reads_back_as_if_it_had_been_written_whole(a: str, b: str, name: str, token: str) -> None:
    first, second = new_marker(), new_marker()
    slotted = SlottedText(f"{a}{first}{b}{second}{a}{first}", {first: "name", second: "token"})
    assert slotted.slots == ["name", "token", "name"]
    values = {"name": quoted(name), "token": quoted(token)}
    raw = slotted.template % tuple(values[slot] for slot in slotted.slots)
    check_lines(raw)
    assert read(raw) == f"{a}{name}{b}{token}{a}{name}"


def test_markers_never_meet() -> None:
    assert len({new_marker() for _ in range(1000)}) == 1000


def test_a_text_without_slots_is_only_encoded() -> None:
    slotted = SlottedText("100 % true", {})
    assert (slotted.slots, slotted.template % ()) == ([], b"100 % true")
