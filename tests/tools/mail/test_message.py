"""Composed mails: whatever names, subjects and languages they carry, the strict reader finds nothing."""

import json
import os
import random
import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.tools.mail.address import BadName, clean_name
from portal.tools.mail.errors import NeedsSmtpUtf8
from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.message import compose, make_message_id
from tests.tools.mail.mails import HTML, POSTAL, REASON, TEXT, mail
from tests.wire import check_delivery
from tests.wire_headers import decode, split_headers

# The full figure is 10,000: EVERGREEN_EXAMPLES=10000 pytest tests/tools/mail/test_message.py
EXAMPLES = int(os.environ.get("EVERGREEN_EXAMPLES", "1500"))

FORBIDDEN = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SAFE = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=FORBIDDEN)
AWKWARD = [
    "=?utf-8?q?=0d=0aBcc:_x@example.com?=",
    '"',
    "\\",
    ",",
    "<b@c>",
    ";",
    ":",
    "@",
    "(x)",
    "?=",
    "=?",
    ".",
    "İ",
    "ß",
]
SCRIPTS = [
    "Zoë",
    "Łódź",
    "日本語の件名",
    "مرحبا بكم",
    "שלום",
    "Ωραία",
    "नमस्ते",
    "한국어",
    "👩‍💻",
    "e\u0301",
    "ไทย",
    "x" * 90,
    "ü" * 70,
]
NAMES = st.one_of(
    st.text(SAFE, max_size=120),
    st.lists(st.sampled_from(AWKWARD + SCRIPTS + ["plain", "words", "here"]), max_size=14).map(" ".join),
)
SUBJECTS = NAMES.filter(lambda text: text.strip(" "))
HEADER_INJECTIONS = [
    "Ana\r\nBcc: x@example.com", "Ana\nBcc: x@example.com", "Ana\rBcc: x@example.com", "Ana%0d%0aBcc: x@example.com",
    "Jobs\u2028Subject: other", "Jobs\x0bX: y", "Jobs\x0cX: y", "Jobs\x85X: y", "Ana\0Bcc: x@example.com",
    "=?utf-8?q?Ana=0d=0aBcc:_x@example.com?=", '"Ana" <ana@example.com>, evil@example.com',
    "A" * 3000, "ends with space ", "\u202eevil\u202c",
]  # fmt: skip


def check(raw: bytes) -> list[str]:
    return check_delivery(raw, reason=REASON, postal_address=POSTAL)


def read(raw: bytes, name: str) -> str:
    return str(message_from_bytes(raw, policy=policy.default)[name])


def test_a_delivery_keeps_every_promise() -> None:
    assert check(compose(mail())) == []


def test_the_one_click_line_is_exact() -> None:
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in compose(mail())


def test_every_try_has_the_same_bytes() -> None:
    assert compose(mail()) == compose(mail())


def test_a_mailto_stands_behind_https_on_a_line_of_its_own() -> None:
    raw = compose(mail(unsubscribe_mailto="mailto:out@talent.example.org?subject=abc"))
    assert b">,\r\n <mailto:out@talent.example.org?subject=abc>\r\n" in raw
    assert check(raw) == []


def test_bodies_arrive_as_they_were_written() -> None:
    text = TEXT + "\n.\n..dots\nFrom here\ntrailing \n\u2028\x85=3D\t\n" + "long " * 80 + "\n"
    message = message_from_bytes(compose(mail(text=text)), policy=policy.default)
    plain, html = message.iter_parts()
    assert plain.get_payload(decode=True).decode() == text.replace("\n", "\r\n")
    assert html.get_payload(decode=True).decode() == HTML.replace("\n", "\r\n")


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_line_ends_of_any_kind_become_crlf(ends: str) -> None:
    assert check(compose(mail(text=TEXT.replace("\n", ends)))) == []


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SUBJECTS, NAMES, NAMES, NAMES, st.sampled_from(["en", "de", "ar", "pt-BR", "zh-Hant"]))
def test_awkward_names_and_subjects_stay_whole(
    subject: str, to: str, sender: str, community: str, language: str
) -> None:
    raw = compose(
        mail(
            subject=subject,
            recipient=(to, "zoe@example.org"),
            sender=(sender, "talent@northwind.example"),
            reply_to=(sender, "talent@northwind.example"),
            list_id=(community, "robotics.talent.example.org"),
            language=language,
        )
    )
    assert check(raw) == []


@settings(max_examples=1000, deadline=None)
@given(SUBJECTS)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    assert decoded(compose(mail(subject=subject)), "Subject") == single_spaces(subject)


@settings(max_examples=1000, deadline=None)
@given(NAMES.filter(lambda name: name.strip(" ")))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    raw = compose(mail(recipient=(name, "zoe@example.org")))
    shown = decoded(raw, "To").removesuffix(" <zoe@example.org>")
    assert (shown if b"To: =?" in raw else unquoted(shown)) == single_spaces(name)


def decoded(raw: bytes, name: str) -> str:
    headers, _ = split_headers(raw.partition(b"\r\n\r\n")[0])
    return decode(next(header.value for header in headers if header.name == name))


def unquoted(shown: str) -> str:
    return re.sub(r"\\(.)", r"\1", shown[1:-1]) if shown.startswith('"') and shown.endswith('"') else shown


def single_spaces(text: str) -> str:
    return " ".join(word for word in text.split(" ") if word)


@pytest.mark.parametrize("value", HEADER_INJECTIONS)
def test_no_value_makes_a_header(value: str) -> None:
    never_a_new_header(value)


def test_no_shared_value_makes_a_header(shared_data: Path) -> None:
    for file in ("header-injection.json", "naughty-strings.json"):
        found = json.loads((shared_data / "nasty" / file).read_text(encoding="utf-8"))
        for value in found["values"] if isinstance(found, dict) else found:
            never_a_new_header(value)


def never_a_new_header(value: str) -> None:
    """Each place takes the value and stays whole, or refuses it by name."""
    for place in ("subject", "recipient", "sender", "list_id"):
        host = {"recipient": "zoe@example.org", "sender": "a@northwind.example", "list_id": "a.talent.example.org"}
        change = {place: value if place == "subject" else (value, host[place])}
        try:
            raw = compose(mail(**change))
        except UnsafeHeader:
            continue
        assert check(raw) == ([] if value.strip(" ") or place != "subject" else ["Subject: empty"])


def test_what_clean_name_lets_through_can_be_written(shared_data: Path) -> None:
    names = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    for name in names if isinstance(names, list) else names["values"]:
        try:
            cleaned = clean_name(name)
        except BadName:
            continue
        assert check(compose(mail(recipient=(cleaned, "zoe@example.org")))) == []


@pytest.mark.parametrize("character", [*FORBIDDEN, "\r", "\n", "\0", "\x0b", "\x85", "\x7f", "\t", "\ud800"])
def test_unsafe_characters_are_refused_in_names_and_subjects(character: str) -> None:
    for change in ({"subject": f"a{character}b"}, {"recipient": (f"a{character}b", "zoe@example.org")}):
        with pytest.raises(UnsafeHeader):
            compose(mail(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"unsubscribe_url": "https://talent.example.org/u/a b"},
        {"unsubscribe_url": "https://talent.example.org/u/ü"},
        {"unsubscribe_url": "https://talent.example.org/u/a>, <https://evil.example"},
        {"archive_url": "https://talent.example.org/\r\nX: y"},
        {"message_id": "<a@b>\r\nX: y"},
        {"feedback_id": "1:2:3:northwind\nX: y"},
        {"list_id": ("Robotics", "robotics.talent.example.org>\r\nX: y")},
        {"language": "en\r\nX: y"},
    ],
)
def test_every_other_value_is_refused_where_it_would_break_out(change: dict[str, object]) -> None:
    with pytest.raises(UnsafeHeader):
        compose(mail(**change))


def test_a_long_non_ascii_subject_has_one_encoded_word_a_line() -> None:
    raw = compose(mail(subject="Grüße aus Übersee " * 20))
    subject = raw[raw.index(b"Subject:") : raw.index(b"\r\nDate:")].split(b"\r\n")
    assert len(subject) > 3
    assert [line.count(b"=?utf-8?") for line in subject[1:]] == [1] * (len(subject) - 1)
    assert max(map(len, subject)) <= 76


def test_an_internationalised_domain_travels_as_a_labels() -> None:
    raw = compose(mail(recipient=("Ana", "ana@exämple.example"), list_id=("", "people.exämple.example")))
    assert b"To: Ana <ana@xn--exmple-cua.example>\r\n" in raw
    assert b"List-Id: <people.xn--exmple-cua.example>\r\n" in raw
    assert check(raw) == []


def test_a_local_part_outside_ascii_fails_with_5_6_7_unless_smtputf8_was_offered() -> None:
    values = mail(recipient=("Zoë", "zoë@exämple.example"))
    with pytest.raises(NeedsSmtpUtf8) as refused:
        compose(values)
    assert (refused.value.code, refused.value.enhanced) == (553, "5.6.7")
    raw = compose(values, smtputf8=True)
    assert "<zoë@xn--exmple-cua.example>".encode() in raw
    assert check_delivery(raw, smtputf8=True) == []


def test_where_smtputf8_was_offered_an_ordinary_mail_stays_ascii() -> None:
    assert compose(mail(), smtputf8=True) == compose(mail())


def test_a_date_carries_its_offset() -> None:
    moment = datetime(2026, 3, 1, 8, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert read(compose(mail(date=moment)), "Date") == "Sun, 01 Mar 2026 08:05:00 +0530"
    with pytest.raises(ValueError, match="offset"):
        compose(mail(date=datetime(2026, 3, 1)))


def test_message_ids() -> None:
    assert make_message_id("d-12.a", "Talent.Example.org") == "<d-12.a@talent.example.org>"
    assert make_message_id("d-12", "exämple.example") == "<d-12@xn--exmple-cua.example>"
    for key, domain in (("a b", "example.org"), ("", "example.org"), ("a>", "example.org"), ("a", "x y"), ("a", "")):
        with pytest.raises(UnsafeHeader):
            make_message_id(key, domain)


def test_ten_thousand_random_bytes_as_text_survive() -> None:
    chance = random.Random(7)
    text = "".join(chr(chance.choice([*range(32, 127), 10, 233, 8364, 128512])) for _ in range(10_000)) + "\n"
    message = message_from_bytes(compose(mail(text=TEXT + text, date=datetime.now(UTC))), policy=policy.default)
    plain = next(message.iter_parts())
    assert plain.get_payload(decode=True).decode() == (TEXT + text).replace("\n", "\r\n")
