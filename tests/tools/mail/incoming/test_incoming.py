"""What a mail that came in says: each class, and each trap that must not make a mailbox look gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tools.mail import incoming
from portal.tools.mail.incoming import Finding
from tests.tools.mail.incoming.mails import block, complaint, plain, report


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"])
def test_an_address_that_is_gone(status: str) -> None:
    found = incoming.read(report(block(status=status, said=f"550 {status} no such user"))).findings
    assert found == (Finding("hard", "amara@example.org", status, f"550 {status} no such user"),)


@pytest.mark.parametrize(
    ("status", "action", "said", "kind"),
    [
        ("5.2.2", "failed", "552 5.2.2 mailbox full", "soft"),
        ("4.4.7", "failed", "delivery time expired", "soft"),
        ("4.4.1", "delayed", "connection timed out", "delayed"),
        ("5.7.1", "failed", "550 5.7.1 message refused by policy", "policy"),
        ("2.0.0", "delivered", "250 2.0.0 ok", "delivered"),
        ("2.0.0", "relayed", "", "delivered"),
        ("5.0.0", "failed", "550 user unknown", "hard"),
        ("5.0.0", "failed", "550 5.1.1 <a@example.org>: recipient rejected", "hard"),
        ("5.0.0", "failed", "550 blocked, see our list", "policy"),
        ("5.1.1", "failed", "550 5.1.1 rejected as spam", "policy"),
        ("5.0.0", "failed", "something odd", "soft"),
        ("5.3.4", "failed", "552 message too large", "soft"),
        ("", "failed", "554 host not found", "hard"),
        ("", "failed", "451 host not found, try again later", "soft"),
    ],
)
def test_a_report_by_code_and_words(status: str, action: str, said: str, kind: str) -> None:
    (found,) = incoming.read(report(block(status=status, action=action, said=said))).findings
    assert found.kind == kind


def test_each_recipient_has_a_finding_of_its_own() -> None:
    raw = report(block("a@example.org"), block("b@example.org", action="delayed", status="4.4.1"))
    assert [(found.kind, found.recipient) for found in incoming.read(raw).findings] == [
        ("hard", "a@example.org"), ("delayed", "b@example.org"),
    ]  # fmt: skip


def test_a_report_without_diagnosis_has_it_in_its_words() -> None:
    words = "a@example.org: 550 5.1.1 User unknown\r\nb@example.org: 552 5.2.2 Mailbox full"
    raw = report(block("a@example.org", status="5.0.0"), block("b@example.org", status="5.0.0"), words=words)
    assert [found.kind for found in incoming.read(raw).findings] == ["hard", "soft"]


def test_the_mail_that_came_back_is_named() -> None:
    raw = report(block(), returned="Message-ID: <delivery.7.1@talent.example.org>\r\n\r\nHi")
    assert incoming.read(raw).findings[0].message_id == "<delivery.7.1@talent.example.org>"


def test_the_address_that_was_written_to_stands_before_where_it_led() -> None:
    raw = report("Original-Recipient: rfc822; amara@example.org\r\n" + block("forwarded@example.net"))
    assert incoming.read(raw).findings[0].recipient == "amara@example.org"


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out"])
def test_a_readers_complaint(kind: str) -> None:
    raw = complaint(kind, "Original-Rcpt-To: <amara@example.org>", "Original-Rcpt-To: <b@example.org>")
    found = incoming.read(raw).findings
    assert [(each.kind, each.recipient) for each in found] == [
        ("complaint", "amara@example.org"), ("complaint", "b@example.org"),
    ]  # fmt: skip
    assert found[0].message_id == "<ours@example.org>"


def test_a_complaint_that_names_nobody_is_about_whom_the_mail_was_for() -> None:
    assert incoming.read(complaint(to="Amara <amara@example.org>")).findings[0].recipient == "amara@example.org"


@pytest.mark.parametrize("kind", ["auth-failure", "dmarc", "not-spam"])
def test_a_report_about_signatures_is_nobodys_complaint(kind: str) -> None:
    assert incoming.read(complaint(kind)).findings[0].kind == "ignored"


@pytest.mark.parametrize(
    "raw",
    [
        plain("I am away.", "Auto-Submitted: auto-replied"),
        plain("Thank you for your mail.", "Precedence: auto_reply"),
        plain("Gone fishing.", subject="Automatic reply: News"),
        plain("Ich bin im Urlaub.", subject="Abwesenheit"),
        plain("I am on parental leave until May."),
        plain("Please confirm your message: https://example.net/c/1", "Return-Path: <>", subject="Verify your e-mail"),
        b"From: a@example.org\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="d"\r\n\r\n'
        b"--d\r\nContent-Type: text/plain\r\n\r\nIt was displayed.\r\n"
        b"--d\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: manual; displayed\r\n--d--\r\n",
    ],
)
def test_an_answer_of_a_machine(raw: bytes) -> None:
    assert [found.kind for found in incoming.read(raw).findings] == ["auto_reply"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("<amara@example.org>:\r\n550 no such user here", "hard"),
        ("Could not be delivered to: <amara@example.org>\r\nas their mailbox is full.", "soft"),
        ("<amara@example.org>: not yet been delivered, we will keep trying", "delayed"),
        ("<amara@example.org>: 554 relaying denied", "policy"),
        ("This user has no account with us: amara@example.org", "soft"),
    ],
)
def test_a_server_with_words_of_its_own(words: str, kind: str) -> None:
    raw = plain(words, "Return-Path: <>", sender="MAILER-DAEMON@mx.example.net", subject="failure notice")
    assert [(found.kind, found.recipient) for found in incoming.read(raw).findings] == [(kind, "amara@example.org")]


def test_what_a_person_forwards_is_no_report() -> None:
    inner = report(block()).decode()
    forwarded = (
        "From: Amara <amara@example.org>\r\nSubject: Fwd: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="f"\r\n\r\n--f\r\nContent-Type: text/plain\r\n\r\nWhat is this?\r\n'
        f"--f\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--f--\r\n"
    )
    quoted = plain(
        "What does this mean?\r\n\r\n---- Forwarded message ----\r\n<x@example.net>: 550 5.1.1 User unknown",
        subject="Fwd: Undelivered Mail Returned to Sender",
    )
    assert [incoming.read(raw).findings[0].kind for raw in (forwarded.encode(), quoted)] == ["reply", "reply"]


@pytest.mark.parametrize(
    "history",
    [
        "On Mon, 2 Nov 2026 at 09:00, Northwind <n@example.org> wrote:\r\n> Hello",
        "Am 02.11.2026 um 09:00 schrieb Northwind:\r\n> Hallo",
        "-----Original Message-----\r\nFrom: Northwind\r\nHello",
        "From: Northwind <n@example.org>\r\nSent: Monday\r\nHello",
        "> Hello\r\n> there",
        "-- \r\nAmara Okafor\r\nHead of Winches",
    ],
)
def test_a_reply_is_parted_from_its_history(history: str) -> None:
    reading = incoming.read(plain(f"I would like to talk.\r\n\r\n{history}"))
    assert (reading.findings[0].kind, reading.text) == ("reply", "I would like to talk.")
    assert reading.quoted == history.replace("\r\n", "\n").strip()


def test_an_answer_below_the_history_is_found() -> None:
    reading = incoming.read(plain("> Shall we talk?\r\n\r\nYes, on Friday."))
    assert reading.text == "Yes, on Friday."


def test_a_reply_in_html_is_read_as_text() -> None:
    raw = (
        b"From: a@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<style>p{}</style><p>Yes &amp; gladly.<br>Amara</p><blockquote><p>Hello</p></blockquote>"
    )
    reading = incoming.read(raw)
    assert reading.text == "Yes & gladly.\nAmara"
    assert "Hello" in reading.quoted


@pytest.mark.parametrize(
    ("subject", "words", "wants"),
    [
        ("Re: News", "Unsubscribe", True),
        ("Re: News", "please unsubscribe me, thank you", False),
        ("Re: News", "Please unsubscribe me", True),
        ("Re: News", "STOP!", True),
        ("Re: News", "Bitte abmelden.", True),
        ("Re: News", "Baja", True),
        ("unsubscribe", "", True),
        ("Re: News", "I will not unsubscribe, I like it", False),
        ("Re: News", "Stop by on Friday?", False),
        ("Re: unsubscribe", "How does the winch work?", False),
    ],
)
def test_a_wish_to_leave_says_nothing_else(subject: str, words: str, wants: bool) -> None:
    assert incoming.read(plain(words, subject=subject)).wants_to_leave is wants


def test_words_of_any_charset_are_read() -> None:
    head = b"From: =?iso-8859-1?q?Zo=EB?= <z@example.org>\r\nSubject: =?utf-8?b?4pyT?=\r\n"
    for charset in (b"iso-8859-1", b"no-such-code", b"utf-8"):
        kind = b"Content-Type: text/plain; charset=" + charset
        reading = incoming.read(head + kind + b"\r\n\r\nGr\xfc\xdfe")
        assert (reading.text, reading.sender_name, reading.subject) == ("Grüße", "Zoë", "✓")


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff" * 300, b"Content-Type: multipart/mixed\r\n\r\n", b"a" * 100_000])
def test_what_makes_no_sense_is_unknown(raw: bytes) -> None:
    assert [found.kind for found in incoming.read(raw).findings] == ["unknown"]


def test_mails_within_mails_without_end_are_survived() -> None:
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 5000
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2000))
    for raw in (nested, parts, b"From: a@example.org\r\n" + b"X: y\r\n" * 100_000):
        assert incoming.read(raw).findings[0].kind in incoming.KINDS


@given(st.binary(max_size=4000))
def test_no_bytes_stop_it(raw: bytes) -> None:
    assert all(found.kind in incoming.KINDS for found in incoming.read(raw).findings)


@given(st.data())
def test_no_broken_report_stops_it(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([report(block()), complaint(), plain("Hello\r\n> there")]))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 60)))
    broken = raw[:start] + data.draw(st.binary(max_size=60)) + raw[end:]
    reading = incoming.read(broken)
    assert reading.findings
    assert all(found.kind in incoming.KINDS for found in reading.findings)
