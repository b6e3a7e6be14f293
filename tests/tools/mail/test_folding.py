"""Header lines: where they break, when a word is encoded, and how names are quoted."""

import pytest

from portal.tools.mail.folding import UnsafeHeader, fold_mailbox, fold_text, fold_token, fold_uris, refuse_unsafe


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Short", "Subject: Short"),
        ("two  blanks ", "Subject: two blanks"),
        ("", "Subject:"),
        ("A jump for Zoë today", "Subject: A jump for =?utf-8?q?Zo=C3=AB?= today"),
        ("Zoë and Ana and Zoë", "Subject: =?utf-8?q?Zo=C3=AB_and_Ana_and_Zo=C3=AB?="),
        ("日本語", "Subject: =?utf-8?b?5pel5pys6Kqe?="),
        ("a =?b", "Subject: a =?utf-8?b?PT9i?="),
        ("word " * 20, "Subject: " + "word " * 12 + "word\r\n word word word word word word word"),
    ],
)
def test_free_text(text: str, folded: str) -> None:
    assert fold_text("Subject", text) == folded


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("", "To: <a@example.org>"),
        ("Ana Lopez", "To: Ana Lopez <a@example.org>"),
        ("Lopez, Ana", 'To: "Lopez, Ana" <a@example.org>'),
        ('Ana "A" \\', 'To: "Ana \\"A\\" \\\\" <a@example.org>'),
        ("J. Doe", 'To: "J. Doe" <a@example.org>'),
        ("Zoë", "To: =?utf-8?q?Zo=C3=AB?= <a@example.org>"),
        ("a@b <c@d>, e", 'To: "a@b <c@d>, e" <a@example.org>'),
        ("n" * 70, f"To: {'n' * 70}\r\n <a@example.org>"),
    ],
)
def test_mailboxes(name: str, folded: str) -> None:
    assert fold_mailbox("To", name, "a@example.org") == folded


def test_a_very_long_plain_name_becomes_encoded_words_on_lines_of_their_own() -> None:
    lines = fold_mailbox("To", "n" * 150, "a@example.org").split("\r\n")
    assert [line.count("=?utf-8?q?") for line in lines] == [1, 1, 1]
    assert max(map(len, lines)) <= 76


def test_no_character_is_cut_in_two() -> None:
    for text in ("é" * 100, "日" * 100, "👩" * 60):
        for line in fold_text("Subject", text).removeprefix("Subject:").split("\r\n"):
            assert line.startswith(" =?utf-8?")
            assert line.endswith("?=")


def test_tokens_and_uris() -> None:
    assert fold_token("Message-ID", "<a@b.example>") == "Message-ID: <a@b.example>"
    assert fold_uris("List-Archive", ["https://a.example/"]) == "List-Archive: <https://a.example/>"
    for bad in ("https://a.example/ü", "https://a.example/>", "https://a.example/ b", ""):
        with pytest.raises(UnsafeHeader):
            fold_uris("List-Archive", [bad])


@pytest.mark.parametrize("character", "\0\t\n\r\x0b\x7f\x85\u2028\u2029\u202a\u202e\u2066\u2069\ud800")
def test_unsafe_characters(character: str) -> None:
    with pytest.raises(UnsafeHeader, match=f"U\\+{ord(character):04X}"):
        refuse_unsafe(f"a{character}")


@pytest.mark.parametrize("text", ["e\u0301", "👩\u200d💻", "\u05d0\u200f", "a\u00a0b", "\u00ad"])
def test_joiners_marks_and_hard_blanks_may_stay(text: str) -> None:
    assert refuse_unsafe(text) == text
