"""The policy against Python's own: the same message, and what each makes of it."""

from email import policy
from email.message import EmailMessage

import pytest

from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.policy import WIRE, WirePolicy

LONG = "https://talent.example.org/u/" + "a" * 60
VALUE = f"<{LONG}>, <mailto:out@talent.example.org>"


def headers(rules: policy.EmailPolicy, **values: str) -> bytes:
    message = EmailMessage(policy=rules)
    for name, value in values.items():
        message[name.replace("_", "-")] = value
    return message.as_bytes()


def test_list_unsubscribe_breaks_only_between_addresses() -> None:
    expected = f"List-Unsubscribe: <{LONG}>,\r\n <mailto:out@talent.example.org>\r\n\r\n"
    assert headers(WIRE, List_Unsubscribe=VALUE) == expected.encode()


def test_pythons_own_policies_would_encode_it() -> None:
    assert b"=?" in headers(policy.SMTP, List_Unsubscribe=VALUE)


def test_short_addresses_share_a_line() -> None:
    assert headers(WIRE, List_Unsubscribe="<https://a.example/u/1>, <mailto:o@a.example>") == (
        b"List-Unsubscribe: <https://a.example/u/1>, <mailto:o@a.example>\r\n\r\n"
    )


def test_a_text_that_looks_encoded_is_not_read_as_what_it_encodes() -> None:
    raw = headers(WIRE, Subject="=?utf-8?q?Ana=0d=0aBcc:_x@example.com?=")
    assert raw.count(b"\r\n") == 2
    assert b"\nBcc" not in raw
    assert b"Subject: =?utf-8?" in raw


def test_a_header_given_twice_is_an_error() -> None:
    message = EmailMessage(policy=WIRE)
    message["Subject"] = "One"
    with pytest.raises(ValueError, match="1"):
        message["Subject"] = "Two"


def test_a_second_address_becomes_part_of_the_name() -> None:
    raw = headers(WIRE, To="<b@example.org>, <a@example.org>")
    assert raw == b'To: "<b@example.org>," <a@example.org>\r\n\r\n'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("From", "talent@northwind.example"),
        ("To", "Zoë <zoë@example.org>"),
        ("List-Unsubscribe", "<https://a.example/ä>"),
        ("List-Unsubscribe", "=?utf-8?q?x?="),
        ("Message-ID", "<a b@example.org>"),
        ("Message-ID", "<ä@example.org>"),
        ("Precedence", ""),
        ("Date", "Tue,\r\n 24 Nov"),
        ("X-Other", "a\nb"),
    ],
)
def test_what_cannot_stand_in_a_header_is_refused(name: str, value: str) -> None:
    message = EmailMessage(policy=WIRE)
    with pytest.raises(UnsafeHeader):
        message[name] = value
        message.as_bytes()


def test_addresses_may_be_utf8_where_the_server_takes_it() -> None:
    raw = headers(WirePolicy(utf8=True), To="Zoë <zoë@example.org>")
    assert raw == "To: =?utf-8?q?Zo=C3=AB?= <zoë@example.org>\r\n\r\n".encode()
