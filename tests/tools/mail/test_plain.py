"""Any mail can be read as plain text, whatever its sender did to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tools.mail.plain import LONGEST, plain_mail, plain_text


def _mail(*lines: str, head: str = "From: a@example.net\nSubject: Hi") -> bytes:
    return "\n".join([head, "", *lines]).encode()


def test_headers_are_decoded_and_keep_their_order() -> None:
    shown = plain_mail(
        _mail("Words.", head="Received: one\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nReceived: two\n  folded")
    )
    assert shown.headers == [("Received", "one"), ("Subject", "Grüße"), ("Received", "two folded")]
    assert (shown.text, shown.is_cut) == ("Words.", False)


def test_of_html_alone_only_the_words_are_left() -> None:
    html = '<p>Hello &amp; <b>welcome</b></p>\n\n<script>alert(1)</script><img src="https://tracker.example/x.gif">'
    shown = plain_mail(_mail(html, head="Content-Type: text/html; charset=utf-8"))
    assert shown.text == "Hello & welcome"


def test_text_parts_and_reports_are_shown_and_attachments_are_not() -> None:
    boundary = "Content-Type: multipart/mixed; boundary=b"
    parts = [
        "--b\nContent-Type: text/plain\n\nFirst.",
        "--b\nContent-Type: text/html\n\n<p>Other</p>",
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: failed",
        '--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="cv.txt"\n\nSecret.',
        "--b--",
    ]
    text = plain_mail(_mail(*parts, head=boundary)).text
    assert [words in text for words in ("First.", "Action: failed", "Other", "Secret.")] == [True, True, False, False]


def test_a_long_text_is_cut_and_says_so() -> None:
    shown = plain_mail(_mail("x" * (LONGEST + 1)))
    assert (len(shown.text), shown.is_cut) == (LONGEST, True)
    assert plain_text(b"y" * LONGEST).is_cut is False


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: =?x?b?\xff?=\nSubject: =?utf-8?q?=ff?=\nContent-Type: text/plain; charset=nowhere\n\n\xff\x00\x01",
        b'Content-Type: text/plain; charset="utf-8\xff"\nContent-Transfer-Encoding: base64\n\n!!!',
        b'To: "(((@\nDate: 99 Foo\nMessage-ID: <<>\nContent-Type: ;;;=\n\nx',
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
    ],
)
def test_mails_made_to_break_it_do_not(raw: bytes) -> None:
    shown = plain_mail(raw)
    assert not {*map(chr, [*range(9), 11, 12, *range(14, 32)])} & {*shown.text, *"".join(v for _n, v in shown.headers)}


@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_break_it(head: bytes, body: bytes) -> None:
    plain_mail(b"Subject: " + head + b"\n\n" + body)
    plain_text(head)


def test_what_is_no_mail_is_shown_as_it_came() -> None:
    assert plain_text(b'{"event": "bounce"}').text == '{"event": "bounce"}'
