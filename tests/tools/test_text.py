"""Small shapes of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tools.text import LONGEST_SLUG, beginning, initials, mask_address, slugify, unique_slug


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("Robotics software", "robotics-software"),
        ("  Ärger & Übermut! ", "arger-and-ubermut"),
        ("O’Neill's café", "oneills-cafe"),
        ("Straße in Łódź", "strasse-in-lodz"),
        ("Привет, мир", "privet-mir"),
        ("Καλημέρα", "kalimera"),
        ("日本語の行", "日本語の行"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("한국어", "한국어"),
        ("ｆｕｌｌ", "full"),
        ("../../etc/passwd", "etc-passwd"),
        ("🙂", "page"),
        ("", "page"),
    ],
)
def test_slugs(value: str, slug: str) -> None:
    assert slugify(value) == slug


def test_a_slug_can_be_kept_to_ascii() -> None:
    assert slugify("日本 2026", ascii_only=True) == "2026"
    assert slugify("日本", ascii_only=True, fallback="community") == "community"


def test_a_long_slug_ends_at_a_word() -> None:
    assert slugify("word " * 40) == "-".join(["word"] * 16)
    assert slugify("x" * 200) == "x" * LONGEST_SLUG


@given(st.text(max_size=120))
def test_a_slug_is_never_empty_and_always_its_own_slug(value: str) -> None:
    slug = slugify(value)
    assert 0 < len(slug) <= LONGEST_SLUG
    assert slugify(slug) == slug
    assert not set(slug) & set(" /?#%&\\<>\"'")
    assert slugify(value, ascii_only=True).isascii()


def test_a_taken_slug_gets_a_number() -> None:
    taken = {"a", "a-2", "x" * 80}
    assert unique_slug("b", taken.__contains__) == "b"
    assert unique_slug("a", taken.__contains__) == "a-3"
    assert unique_slug("x" * 80, taken.__contains__) == "x" * 78 + "-2"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Femi Adeyemi", "FA"),
        ("ana maría de la Cruz", "AC"),
        ("Plato", "P"),
        ("  ", "Z"),
        ("(Bo) “Ek”", "BE"),
        ("山田 太郎", "山太"),
        ("فاطمة علي", "فع"),
        ("🙂", "Z"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name, "z@example.org") == letters


def test_initials_of_nothing_are_a_dot() -> None:
    assert initials("", "") == "·"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("amara@example.com", "a…a@e…e.com"),
        ("ab@mail.example.co.uk", "a…@m…o.uk"),
        ("x@y.example", "x…@y….example"),
        ("josé@例え.jp", "j…é@例….jp"),
        ("root@localhost", "r…t@l…t"),
    ],
)
def test_masked_addresses_show_only_their_ends(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    ("words", "begin"),
    [
        ("", ""),
        (" \nShort. ", "Short."),
        ("exactly ten", "exactly…"),
        ("exactly te", "exactly te"),
        ("ten letter words follow", "ten letter…"),
        ("unbrokenandlong", "unbrokenan…"),
        ("one\n\ntwo three", "one\n\ntwo…"),
    ],
)
def test_long_words_are_cut_between_two_of_them(words: str, begin: str) -> None:
    assert beginning(words, 10) == begin
