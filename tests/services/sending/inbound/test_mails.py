"""What a mail tells counts for the delivery whose signed address it came to, and for no other."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Delivery, Incoming, Suppression, Touchpoint
from portal.services.sending import eligibility
from portal.services.sending.inbound import keeping, mails, unclear, working
from portal.tools.mail import return_address
from portal.tools.mail.return_address import Use
from tests.services.sending.inbound.world import DOMAIN, listen_for_bounces, sent, today


@pytest.fixture(autouse=True)
def _ways_in(app: Flask) -> None:
    listen_for_bounces()


def test_a_report_at_its_own_address_suppresses() -> None:
    row = sent()
    came = _came(row, Use.BOUNCE, _report(str(row.member and row.member.email)))
    assert (came.kind, came.subject, _why_not(row)) == ("hard", "Undelivered Mail Returned to Sender", "bounced")


def test_a_forged_report_suppresses_nobody() -> None:
    row = sent()
    report = _report(str(row.member and row.member.email))
    good = return_address.mint(Use.BOUNCE)(row.id)
    for address in (
        f"bounce-{row.id}-aaaaaaaaaaaaaaaa@{DOMAIN}",
        good.replace(f"-{row.id}-", f"-{row.id + 1}-"),
        f"talent@{DOMAIN}",
        "",
    ):
        working.work(keeping.keep("pipe", report, recipient=address))
    assert (_why_not(row), db.session.query(Suppression).count()) == ("", 0)


def test_a_report_that_a_person_forwards_suppresses_nobody() -> None:
    row = sent()
    forwarded = (
        b"From: Amara <amara@example.org>\r\nSubject: Fwd: Undelivered Mail Returned to Sender\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="f"\r\n\r\n'
        b"--f\r\nContent-Type: text/plain\r\n\r\nWhat does this mean?\r\n"
        b"--f\r\nContent-Type: message/rfc822\r\n\r\n" + _report(str(row.member and row.member.email)) + b"--f--\r\n"
    )
    for use in (Use.BOUNCE, Use.REPLY):
        _came(row, use, forwarded)
    assert (_why_not(row), db.session.query(Suppression).count()) == ("", 0)


def test_a_report_at_the_address_for_replies_is_not_believed() -> None:
    row = sent()
    assert _came(row, Use.REPLY, _report(str(row.member and row.member.email))).kind == "unknown"
    assert _why_not(row) == ""


def test_a_reply_lands_in_the_members_story() -> None:
    row = sent()
    _came(row, Use.REPLY, _reply("I would like to talk.\r\n\r\nOn Monday you wrote:\r\n> Hello\r\n"))
    touchpoint = db.session.query(Touchpoint).one()
    assert (touchpoint.kind, touchpoint.note, touchpoint.delivery) == ("reply", "I would like to talk.", row)
    assert "> Hello" in touchpoint.quoted


@pytest.mark.parametrize(("use", "words"), [(Use.REPLY, "Unsubscribe"), (Use.LEAVE, "anything at all")])
def test_leaving_works_by_mail(use: Use, words: str) -> None:
    row = sent()
    came = _came(row, use, _reply(words))
    assert (came.kind, _why_not(row), db.session.query(Touchpoint).filter_by(kind="reply").count()) == (
        "leave", "muted", 0,
    )  # fmt: skip


def test_an_answer_from_a_machine_is_no_wish() -> None:
    row = sent()
    away = b"Auto-Submitted: auto-replied\r\n" + _reply("I am away. To unsubscribe write to me.")
    assert [_came(row, use, away).kind for use in Use] == ["auto_reply"] * 3
    assert (_why_not(row), db.session.query(Touchpoint).count()) == ("", 0)


def test_an_address_in_the_headers_will_do_where_no_envelope_is_known() -> None:
    row = sent()
    address = return_address.mint(Use.REPLY)(row.id)
    came = keeping.keep("imap", b"To: Us <" + address.encode() + b">\r\n" + _reply("Hello"))
    working.work(came)
    assert (came.kind, db.session.query(Touchpoint).one().note) == ("reply", "Hello")


def test_a_mail_that_nobody_can_place_waits_for_people() -> None:
    came = keeping.keep("imap", b"To: talent@northwind.example\r\n" + _reply("Hello"))
    working.work(came)
    assert (came.kind, came.sender, list(unclear.page())) == ("unknown", "amara@example.org", [came])


def test_a_providers_complaint_is_tied_by_the_mail_it_brings() -> None:
    row = sent()
    address = return_address.mint(Use.BOUNCE)(row.id).encode()
    complaint = (
        b"From: feedback@mx.example.net\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="c"\r\n\r\n'
        b"--c\r\nContent-Type: text/plain\r\n\r\nA reader complained.\r\n"
        b"--c\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n"
        b"--c\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <%s>\r\nSubject: News\r\n\r\nHi\r\n--c--\r\n"
    )
    working.work(keeping.keep("smtp", complaint % b"someone@example.net", recipient=f"abuse@{DOMAIN}"))
    assert _why_not(row) == ""
    working.work(keeping.keep("smtp", complaint % address, recipient=f"abuse@{DOMAIN}"))
    assert _why_not(row) == "complained"


def test_several_recipients_are_told_of_one_by_one() -> None:
    row = sent()
    mine = str(row.member and row.member.email)
    both = _report(mine).replace(
        b"--b--", b"\r\nFinal-Recipient: rfc822; other@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n--b--"
    )
    came = keeping.keep("smtp", both, recipient=return_address.mint(Use.BOUNCE)(row.id))
    _reading, told = mails.read(came)
    assert [(each.kind, each.recipient, each.delivery_id) for each in told] == [
        ("hard", mine, row.id), ("delayed", "other@example.net", row.id),
    ]  # fmt: skip
    assert len({each.key for each in told}) == 2


def _came(row: Delivery, use: Use, raw: bytes) -> Incoming:
    came = keeping.keep("smtp", raw, recipient=return_address.mint(use)(row.id))
    working.work(came)
    return came


def _report(recipient: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n--b--\r\n"
    ).encode()


def _reply(words: str) -> bytes:
    return f"From: Amara <amara@example.org>\r\nSubject: Re: News\r\n\r\n{words}\r\n".encode()


def _why_not(row: Delivery) -> str:
    db.session.expire_all()
    return eligibility.reason(row.member, row.membership, today=today())
