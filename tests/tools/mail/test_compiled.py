"""Compiled mails: filling bytes in gives the mail that would have been composed whole."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from markupsafe import escape

from portal.tools.mail.compiled import Compiled, Personal, slot
from portal.tools.mail.errors import NeedsSmtpUtf8
from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.message import Mail, compose
from portal.tools.mail.slots import new_marker
from tests.tools.mail.mails import POSTAL, REASON, UNSUBSCRIBE, mail
from tests.tools.mail.test_message import EXAMPLES, NAMES
from tests.wire import check_delivery

NAME, LINK = new_marker(), new_marker()
WHEN = datetime(2026, 11, 25, 8, 30, 15, 123456, tzinfo=UTC)


def texts(name: str, link: str) -> dict[str, str]:
    return {
        "html": f'<html lang="en" dir="ltr"><body><p>Hello {name}, 100 % of it.</p>\n'
        f'<p>{REASON} {POSTAL} <a href="{link}">Leave</a></p></body></html>\n',
        "text": f"Hello {name}, 100 % of it.\n{REASON}\n{POSTAL}\nLeave: {link}\n",
    }


def compiled(**changes: Any) -> Compiled:
    return Compiled(mail(**(texts(NAME, LINK) | changes)), {NAME: "name", LINK: "link"})


def personal(name: str = "Zoë Ohara", address: str = "zoe@example.org", **changes: Any) -> Personal:
    values: dict[str, Any] = {
        "recipient": (name, address),
        "date": WHEN,
        "message_id": "<delivery.9.1@talent.example.org>",
        "reply_to": mail().reply_to,
        "unsubscribe_uris": [UNSUBSCRIBE],
        "words": {"name": slot(name, name), "link": slot(UNSUBSCRIBE, UNSUBSCRIBE)},
    }
    return Personal(**(values | changes))


def whole(name: str, address: str = "zoe@example.org") -> Mail:
    own = texts(name, UNSUBSCRIBE) | {"html": texts(str(escape(name)), UNSUBSCRIBE)["html"]}
    return mail(recipient=(name, address), date=WHEN, message_id="<delivery.9.1@talent.example.org>", **own)


def parsed(raw: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    message = message_from_bytes(raw, policy=policy.default)
    headers = [(name, str(value)) for name, value in message.items() if name != "Content-Type"]
    parts = [part for part in message.iter_parts() if isinstance(part, EmailMessage)]
    return headers, [part.get_content() for part in parts]


FORM = compiled()


@settings(max_examples=EXAMPLES)
@given(NAMES)
def test_a_filled_mail_says_what_a_composed_one_says(name: str) -> None:
    raw = FORM.fill(personal(name))
    assert check_delivery(raw, reason=REASON, postal_address=POSTAL) == []
    assert b"\n." not in raw
    assert parsed(raw) == parsed(compose(whole(name)))


def test_headers_stand_in_the_same_order_byte_for_byte() -> None:
    filled, composed = FORM.fill(personal()), compose(whole("Zoë Ohara"))
    ours, theirs = (raw.partition(b"Content-Type:")[0] for raw in (filled, composed))
    assert ours == theirs


@pytest.mark.parametrize("name", ["Ana\r\nBcc: x@example.com", "Ana\0", "Jobs\u2028Subject: other", "\u202eevil\u202c"])
def test_a_name_that_breaks_out_of_its_header_is_refused(name: str) -> None:
    with pytest.raises(UnsafeHeader):
        FORM.fill(personal(name))


def test_an_address_that_needs_smtputf8_is_told_apart() -> None:
    with pytest.raises(NeedsSmtpUtf8):
        FORM.fill(personal(address="zoë@example.org"))


def test_a_domain_of_another_script_travels_as_a_labels() -> None:
    raw = FORM.fill(personal(address="zoe@bücher.example"))
    assert b"<zoe@xn--bcher-kva.example>" in raw


def test_values_are_escaped_for_the_part_they_stand_in() -> None:
    html, text = (part for part in reversed(parsed(FORM.fill(personal('<b>&"')))[1]))
    assert "Hello &lt;b&gt;&amp;&#34;, 100 % of it." in html
    assert 'Hello <b>&", 100 % of it.' in text


def test_percent_signs_of_the_newsletter_are_no_slots() -> None:
    form = compiled(subject="100%b %s %%", **{"html": texts(NAME, LINK)["html"].replace("100 %", "%b %(x)s %%")})
    raw = form.fill(personal())
    assert b"Subject: 100%b %s %%\r\n" in raw
    assert "%b %(x)s %% of it" in parsed(raw)[1][1]
