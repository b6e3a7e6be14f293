"""The strict reader itself: a good mail passes, and each promise has a broken twin that it must catch."""

# The table of faults reads better with one fault on a line.
# ruff: noqa: E501

from email.message import EmailMessage
from email.policy import SMTP

import flask
import flask_mail
import pytest

from tests.tools.mail.mails import DELIVERY, LETTER, POSTAL, REASON, SOFT, UNSUBSCRIBE
from tests.wire import check_delivery, check_letter

LONG = b"x" * 80
HEADERS = [
    line.split(b":")[0].decode() for line in DELIVERY.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "
]

FAULTS = {
    "a bare LF in a body": ((b"grippers are out.\r\n", b"grippers are out.\n"), "message: a bare CR or LF"),
    "a bare CR in a body": ((b"grippers are out.\r\n", b"grippers\rare out.\r\n"), "message: a bare CR or LF"),
    "a bare LF in a header": ((b"New grippers", b"New\n grippers"), "message: a bare CR or LF"),
    "NUL": ((b"New grippers", b"New\0grippers"), "message: NUL"),
    "a line above 998": ((b"Hello Zo=C3=AB,", b"x" * 999), "message: a line above 998"),
    "bytes outside ASCII in a header": ((b"New grippers", "Neue Gräser".encode()), "message: not ASCII"),
    "bytes outside ASCII in a body": ((b"Zo=C3=AB,", "Zoë,".encode()), "text/plain: a byte that had to be encoded"),
    "an empty line of blanks": ((b"New grippers", b"New\r\n \r\n grippers"), "headers: an empty line"),
    "a line that is no header": ((b"Precedence: bulk", b"Precedence bulk"), "headers: not a header: 'Precedence bulk'"),
    "a smuggled header": ((b"New grippers", b"New\r\nBcc: <x@example.org>"), "bcc: does not belong here"),
    "an unfolded long header": ((b"New grippers", b"New " + b"long words " * 9), "Subject: a line above 78 that could have been folded"),
    "one click in other case": ((b"=One-Click", b"=one-click"), "List-Unsubscribe-Post: not byte for byte 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'"),
    "one click folded": ((b"Post: List", b"Post:\r\n List"), "List-Unsubscribe-Post: not byte for byte 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'"),
    "another precedence": ((b"bulk", b"list"), "Precedence: not byte for byte 'Precedence: bulk'"),
    "another MIME version": ((b"MIME-Version: 1.0", b"MIME-Version: 1.1"), "MIME-Version: not byte for byte 'MIME-Version: 1.0'"),
    "an encoded List-Unsubscribe": ((b"<" + UNSUBSCRIBE.encode() + b">", b"=?utf-8?q?=3Chttps=3A//x=3E?="), "List-Unsubscribe: must not be encoded"),
    "a broken List-Unsubscribe": ((b"/u/", b"/u/\r\n "), "List-Unsubscribe: broken inside an address"),
    "mailto first": ((b"<" + UNSUBSCRIBE.encode() + b">,", b"<mailto:a@example.org>,"), "List-Unsubscribe: https does not come first"),
    "http in List-Unsubscribe": ((b"<https://talent", b"<http://talent"), "List-Unsubscribe: https does not come first"),
    "two https addresses": ((b"<mailto:out@", b"<https://out@"), "List-Unsubscribe: takes one https address, then one mailto"),
    "http in List-Archive": ((b"Archive: <https", b"Archive: <http"), "List-Archive: not one https address"),
    "a bare List-Archive": ((b"/newsletters>", b"/newsletters"), "List-Archive: not one https address"),
    "a List-Id without dots": ((b"<robotics.talent.example.org>", b"<robotics>"), "List-Id: not Name <slug.host>"),
    "a List-Id without brackets": ((b"<robotics.talent.example.org>", b"robotics.talent.example.org"), "List-Id: not Name <slug.host>"),
    "a Feedback-ID of two": ((b"1:robotics:newsletter:northwind", b"1:northwind"), "Feedback-ID: not a:b:c:sender"),
    "two recipients": ((b"<zoe@example.org>", b"<zoe@example.org>, <b@example.org>"), "To: not one mailbox: '=?utf-8?q?Zo=C3=AB_Ohara?= <zoe@example.org>, <b@example.org'"),
    "an address without brackets": ((b"Reply-To: <people@northwind.example>", b"Reply-To: people@northwind.example"), "Reply-To: not one mailbox: 'people@northwind.example'"),
    "an unquoted comma": ((b"From: Northwind Robotics", b"From: Northwind, Robotics"), "From: not one mailbox: 'Northwind, Robotics <talent@northwind.example>'"),
    "a domain with a broken A-label": ((b"@northwind.example>\r\nTo", b"@xn--99999999999.example>\r\nTo"), "From: a domain that is no A-label"),
    "a Message-ID without brackets": ((b"<d-1@talent.example.org>", b"d-1@talent.example.org"), "Message-ID: not <left@right>"),
    "a Message-ID without a domain": ((b"<d-1@talent.example.org>", b"<d-1>"), "Message-ID: not <left@right>"),
    "a date without offset": ((b"09:00:00 +0000", b"09:00:00"), "Date: not a date"),
    "a day that never was": ((b"24 Nov", b"31 Nov"), "Date: not a date"),
    "the wrong weekday": ((b"Tue, 24", b"Wed, 24"), "Date: the wrong weekday"),
    "a broken encoded-word": ((b"New grippers", b"=?utf-8?q?New grippers?="), "Subject: a broken encoded-word"),
    "an encoded-word above 75": ((b"New grippers", b"=?utf-8?q?" + b"x" * 64 + b"?="), "Subject: an encoded-word above 75"),
    "a long line with an encoded-word": ((b"New grippers", b"new grippers for you =?utf-8?q?" + b"x" * 50 + b"?="), "Subject: a line with an encoded-word above 76"),
    "touching encoded-words": ((b"New grippers", b"=?utf-8?q?a?==?utf-8?q?b?="), "Subject: an encoded-word touches its neighbour"),
    "an encoded-word that touches a letter": ((b"New grippers", b"x=?utf-8?q?a?="), "Subject: an encoded-word touches its neighbour"),
    "encoded-words side by side": ((b"New grippers", b"=?utf-8?q?a?= =?utf-8?q?b?="), "Subject: adjacent encoded-words on one line"),
    "half a character": ((b"Zo=C3=AB_Ohara", b"Zo=C3_Ohara"), "To: an encoded-word that does not decode by itself"),
    "another charset": ((b"=?utf-8?q?Zo=C3=AB", b"=?latin-1?q?Zo=EB"), "To: an encoded-word that does not decode by itself"),
    "bad base64": ((b"New grippers", b"=?utf-8?b?abc?="), "Subject: an encoded-word that does not decode by itself"),
    "an encoded-word inside quotes": ((b"=?utf-8?q?Zo=C3=AB_Ohara?=", b'" =?utf-8?q?Zo=C3=AB_Ohara?= "'), "To: an encoded-word inside quotes"),
    "an encoded-word inside an address": ((b"<zoe@", b"<=?utf-8?q?zoe?=@"), "To: an encoded-word inside an address"),
    "a hidden line break": ((b"Zo=C3=AB_Ohara", b"Zo=0D=0ABcc"), "To: shows U+000A, U+000D"),
    "a hidden override": ((b"Zo=C3=AB_Ohara", b"Zo=E2=80=AE_Ohara"), "To: shows U+202E"),
    "a hidden line separator": ((b"New grippers", b"=?utf-8?q?New=E2=80=A8?="), "Subject: shows U+2028"),
    "a tab in a subject": ((b"New grippers", b"New\tgrippers"), "Subject: shows U+0009"),
    "an empty subject": ((b"Subject: New grippers", b"Subject: "), "Subject: empty"),
    "another multipart": ((b"multipart/alternative", b"multipart/mixed"), "Content-Type: not multipart/alternative with a boundary"),
    "no closing boundary": ((b"--=_cut--\r\n", b""), "boundary: the closing one is not the end of the message"),
    "an epilogue": ((b"--=_cut--\r\n", b"--=_cut--\r\nmore\r\n"), "boundary: the closing one is not the end of the message"),
    "a preamble": ((b"\r\n\r\n--=_cut", b"\r\n\r\nhello\r\n--=_cut"), "boundary: not exactly two parts and nothing else"),
    "a boundary inside a part": ((b"grippers are out.\r\n", b"out.\r\n--=_cut and more\r\n"), "boundary: not exactly two parts and nothing else"),
    "HTML first": ((b"text/plain", b"text/html"), "text/plain: a part of another kind or charset stands in its place"),
    "a part in another charset": ((b'plain; charset="utf-8"', b'plain; charset="latin-1"'), "text/plain: a part of another kind or charset stands in its place"),
    "a part in base64": ((b"quoted-printable", b"base64"), "text/plain: not quoted-printable"),
    "an extra part header": ((b"Content-Transfer", b"Content-ID: <x>\r\nContent-Transfer"), "text/plain: needs Content-Type and Content-Transfer-Encoding, once each"),
    "a quoted-printable line above 76": ((b"Hello Zo=C3=AB,", LONG), "text/plain: a quoted-printable line above 76"),
    "a lone =": ((b"Zo=C3=AB,", b"Zo= and,"), "text/plain: = without two upper-case hex digits"),
    "lower-case hex": ((b"Zo=C3=AB,", b"Zo=c3=ab,"), "text/plain: = without two upper-case hex digits"),
    "a blank at the end of a line": ((b"are out.\r\n", b"are out. \r\n"), "text/plain: a blank at the end of a line"),
    "a soft break at the end": ((b"\r\n--=_cut\r\nContent-Type: text/html", b"=\r\n--=_cut\r\nContent-Type: text/html"), "text/plain: ends in a soft line break"),
    "a body that is not UTF-8": ((b"Zo=C3=AB,", b"Zo=EB,"), "text/plain: not UTF-8"),
    "no lang": ((b' lang=3D"en"', b""), "html: no lang"),
    "no dir": ((b' dir=3D"ltr"', b""), "html: no dir"),
    "no alt": ((b' alt=3D"A gripper"', b""), "html: an image without alt"),
    "an http image": ((b'src=3D"https:', b'src=3D"http:'), "html: an image that is not https"),
    "a data image": ((b'src=3D"https:', b'src=3D"data:'), "html: an image that is not https"),
    "an http background": ((b"<p>Hello", b'<p style=3D"background:url(http://x)">Hello'), "html: an image that is not https"),
    "our own page over http": ((b"<p>Hello", b'<p><a href=3D"http://talent.example.org/m/x">m</a>Hello'), "html: one of our own addresses is not https"),
    "a script": ((b"<p>Hello", b"<script>1</script><p>Hello"), "html: active content <script>"),
    "a form": ((b"<p>Hello", b"<form><p>Hello"), "html: active content <form>"),
    "an svg": ((b"<p>Hello", b"<svg/><p>Hello"), "html: active content <svg>"),
    "a refresh": ((b"<p>Hello", b'<meta http-equiv=3D"refresh"><p>Hello'), "html: active content <meta>"),
    "a handler": ((b"<p>Hello", b'<p onclick=3D"x()">Hello'), "html: active attribute onclick"),
    "an import": ((b"<p>Hello", b"<style>@import 'x'</style><p>Hello"), "html: active style"),
    "a javascript link": ((b"<p>Hello", b'<p><a href=3D"java&#10;script:x">m</a>Hello'), "html: a link with the scheme javascript"),
    "a link without scheme": ((b"<p>Hello", b'<p><a href=3D"/m/x">m</a>Hello'), "html: a link with the scheme none"),
    "a clipped mail": ((b"<p>Hello", b"<p>Hello" + b"\r\n<p>some words of a long mail" * 3700), "html: 102 KB or more, clipped"),
    "no unsubscribe in the text": ((b"Rotterdam\r\n" + SOFT, b"Rotterdam\r\nnothing"), "text: the unsubscribe link is missing"),
    "no unsubscribe in the HTML": ((b'<a href=3D"' + SOFT, b'<a href=3D"https://x.example'), "html: the unsubscribe link is missing"),
    "no reason in the HTML": ((b"<p>You get this", b"<p>You have this"), "html: the reason is missing"),
    "no reason in the text": ((b"\r\nYou get this", b"\r\nYou have this"), "text: the reason is missing"),
    "no postal address in the text": ((b"Maashaven 12", b"Maashaven"), "text: the postal address is missing"),
}  # fmt: skip


def check(raw: bytes) -> list[str]:
    return check_delivery(raw, reason=REASON, postal_address=POSTAL)


def test_a_good_delivery_and_a_good_letter_pass() -> None:
    assert check(DELIVERY) == []
    assert check_letter(LETTER) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_every_broken_twin_is_caught(fault: str) -> None:
    (good, bad), expected = FAULTS[fault]
    assert good in DELIVERY
    assert expected in check(DELIVERY.replace(good, bad, 1))


@pytest.mark.parametrize("name", HEADERS)
def test_every_header_stands_exactly_once(name: str) -> None:
    head, _, body = DELIVERY.partition(b"\r\n\r\n")
    start = (b"\r\n" + head).index(f"\r\n{name}:".encode())
    following = head.find(b"\r\n", start)
    while head[following + 2 : following + 3] == b" ":
        following = head.find(b"\r\n", following + 2)
    end = len(head) if following == -1 else following
    line = head[start:end]
    without = (head[:start] + head[end + 2 :]).rstrip(b"\r\n")
    assert f"{name}: missing" in check(without + b"\r\n\r\n" + body)
    assert f"{name.lower()}: more than once" in check(head + b"\r\n" + line + b"\r\n\r\n" + body)


def test_a_text_part_without_words_is_caught() -> None:
    start = DELIVERY.index(b"Hello Zo=C3=AB,")
    end = DELIVERY.index(b"--=_cut\r\nContent-Type: text/html")
    assert "text: the text part is empty" in check(DELIVERY[:start] + b"\r\n" + DELIVERY[end:])


def test_headers_without_an_end_are_caught() -> None:
    assert "message: no empty line after the headers" in check(DELIVERY.replace(b"\r\n\r\n", b"\r\n"))


def test_a_missing_last_line_end_is_caught() -> None:
    assert "message: does not end with CRLF" in check(DELIVERY[:-2])


def test_a_postal_address_missing_only_in_the_html_is_caught() -> None:
    text, html = DELIVERY.split(b"Content-Type: text/html")
    broken = text + b"Content-Type: text/html" + html.replace(b"Maashaven", b"Haven")
    assert check(broken) == ["html: the postal address is missing"]


def test_a_local_part_outside_ascii_passes_only_with_smtputf8() -> None:
    raw = DELIVERY.replace(b"<zoe@example.org>", "<zoë@example.org>".encode())
    assert set(check(raw)) == {"message: not ASCII", "To: needs SMTPUTF8"}
    assert check_delivery(raw, smtputf8=True) == []


def test_this_machine_may_speak_http() -> None:
    raw = DELIVERY.replace(b"https://talent.example.org", b"http://127.0.0.1:8000")
    assert check(raw) == []


def test_a_signature_is_asked_for_where_deliveries_are_signed() -> None:
    assert check_delivery(DELIVERY, signed=True) == ["DKIM-Signature: missing"]


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (b"Auto-Submitted: auto-generated\r\n", b"", "Auto-Submitted: missing"),
        (b"auto-generated", b"auto-replied", "Auto-Submitted: not byte for byte 'Auto-Submitted: auto-generated'"),
        (b"MIME-V", b"List-Id: <a.example.org>\r\nMIME-V", "list-id: does not belong here"),
        (b"MIME-V", b"Precedence: bulk\r\nMIME-V", "precedence: does not belong here"),
        (b"/a.png", b"/o/AbC.gif", "letter: tracks"),
        (b"https://talent.example.org/u/", b"https://talent.example.org/l/AbC/1?", "letter: tracks"),
    ],
)
def test_every_broken_letter_is_caught(good: bytes, bad: bytes, expected: str) -> None:
    assert good in LETTER
    assert expected in check_letter(LETTER.replace(good, bad, 1))


def test_the_default_email_policy_is_caught() -> None:
    message = EmailMessage(policy=SMTP)
    message["List-Unsubscribe"] = f"<{UNSUBSCRIBE}>, <mailto:out@talent.example.org?subject=abc>"
    encoded = message.as_bytes().removesuffix(b"\r\n")
    _, _, rest = DELIVERY.partition(b"List-Unsubscribe-Post")
    before = DELIVERY[: DELIVERY.index(b"List-Unsubscribe:")]
    faults = check(before + encoded + b"List-Unsubscribe-Post" + rest)
    assert "List-Unsubscribe: must not be encoded" in faults
    assert "List-Unsubscribe: https does not come first" in faults


def test_flask_mail_by_itself_is_caught() -> None:
    app = flask.Flask(__name__)
    flask_mail.Mail(app)
    with app.app_context():
        message = flask_mail.Message("Hi", ["zoe@example.org"], "Hi", "<p>Hi</p>", sender="talent@northwind.example")
        faults = check_letter(message.as_bytes())
    assert "Auto-Submitted: missing" in faults
    assert "Content-Type: not multipart/alternative with a boundary" in faults
