"""Events of mail providers come in when they are signed, are kept once, and have their consequences.

No vendor's own server was met: keys and certificates are made here, by the rules of their documents.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock, config
from portal.api import inbound
from portal.extensions import db
from portal.models import Incoming, Report
from portal.services.sending import eligibility
from portal.services.sending.inbound import keeping
from portal.tools import sites
from portal.worker import chores, shift
from tests.api import signing
from tests.services.sending.inbound.world import sent

SECRET = "a-secret-of-postmark"
KEY = "a-key-of-mailgun"
Signed = tuple[bytes, dict[str, str]]


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Somebody without cookies, and settings for every provider."""
    own = {
        "postmark_secret": SECRET, "mailgun_signing_key": KEY, "sendgrid_public_key": signing.sendgrid_key(),
        "ses_topic_arn": [signing.TOPIC],
    }  # fmt: skip
    config.use(config.current().model_copy(update=own))
    monkeypatch.setattr(inbound, "_certificate", lambda _address: signing.certificate())
    yield app.test_client()
    shift.end()


def signed(provider: str, address: str, message_id: str = "<x@example.org>") -> Signed:
    """A hard bounce of this address, signed."""
    if provider == "postmark":
        event = {
            "RecordType": "Bounce",
            "ID": 1,
            "Type": "HardBounce",
            "Email": address,
            "Details": "550 5.1.1 unknown",
        }
        return json.dumps(event).encode(), signing.basic(SECRET)
    if provider == "mailgun":
        failed = {
            "id": "e-1", "event": "failed", "severity": "permanent", "recipient": address, "timestamp": 1795600000.5,
            "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
            "message": {"headers": {"message-id": message_id.strip("<>")}},
        }  # fmt: skip
        return signing.mailgun({"event-data": failed}, KEY), {}
    if provider == "sendgrid":
        event = {"event": "bounce", "email": address, "status": "5.1.1", "sg_event_id": "1", "smtp-id": message_id}
        body = json.dumps([event]).encode()
        return body, signing.sendgrid(body)
    bounce = {
        "bounceType": "Permanent", "timestamp": "2026-11-26T10:00:00.000Z",
        "bouncedRecipients": [{"emailAddress": address, "status": "5.1.1", "diagnosticCode": "550 5.1.1 unknown"}],
    }  # fmt: skip
    mail = {"messageId": "p-1", "headers": [{"name": "Message-ID", "value": message_id}]}
    return signing.sns({"eventType": "Bounce", "bounce": bounce, "mail": mail}), {}


@pytest.mark.parametrize("provider", ["ses", "postmark", "mailgun", "sendgrid"])
def test_a_signed_bounce_suppresses_once(client: FlaskClient, provider: str) -> None:
    row = sent()
    assert row.member is not None
    db.session.commit()
    body, headers = signed(provider, str(row.member.email), f"<{row.message_key}@localhost>")
    for _ in range(10):
        answer = client.post(f"/api/v1/inbound/{provider}", data=body, headers=headers)
        assert (answer.status_code, answer.json, answer.headers.getlist("Set-Cookie")) == (200, {"kept": True}, [])
    assert chores.hear() is False
    db.session.expire_all()
    assert (db.session.query(Incoming).count(), db.session.query(Report).count()) == (1, 1)
    assert eligibility.reason(row.member, row.membership, today=clock.now().date()) == "bounced"
    assert (row.bounced_at is not None, row.bounce_kind) == (True, "hard")


@pytest.mark.parametrize("provider", ["ses", "postmark", "mailgun", "sendgrid"])
def test_what_was_changed_is_refused_and_not_kept(client: FlaskClient, provider: str) -> None:
    body, headers = signed(provider, "amara@example.org")
    tampered = {
        "ses": (body.replace(b"amara", b"other"), headers),
        "postmark": (body, signing.basic("a-guess")),
        "mailgun": (body.replace(b'"token": "token"', b'"token": "other"'), headers),
        "sendgrid": (body.replace(b"amara", b"other"), headers),
    }
    for data, said in (tampered[provider], (body, {"Authorization": "Basic !"} if provider == "postmark" else {})):
        if said == headers and data == body:
            continue
        assert client.post(f"/api/v1/inbound/{provider}", data=data, headers=said).status_code == 403
    assert db.session.query(Incoming).count() == 0


def test_what_was_signed_long_ago_is_refused(client: FlaskClient) -> None:
    old = int(clock.now().timestamp()) - 3600
    body = b'[{"event": "bounce", "email": "a@example.org"}]'
    by_mailgun = signing.mailgun({"event-data": {"event": "failed"}}, KEY, at=old)
    answers = [
        client.post("/api/v1/inbound/sendgrid", data=body, headers=signing.sendgrid(body, at=old)),
        client.post("/api/v1/inbound/mailgun", data=by_mailgun),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:others"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.example.net/x.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://me@sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/x.pem"},
        {"SignatureVersion": "3"},
        {"Signature": "!"},
        {"Type": "Other"},
    ],
)
def test_a_notification_that_proves_nothing(client: FlaskClient, changes: dict[str, str]) -> None:
    assert client.post("/api/v1/inbound/ses", data=signing.sns({}, **changes)).status_code == 403


def test_a_certificate_that_has_run_out_proves_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "_certificate", lambda _address: signing.certificate(days=-1))
    assert client.post("/api/v1/inbound/ses", data=signing.sns({})).status_code == 403


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_topic_is_subscribed_to(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sites, "ask", lambda url, **_: asked.append(url))
    body = signing.sns({}, version=version, kind="SubscriptionConfirmation")
    assert client.post("/api/v1/inbound/ses", data=body).status_code == 200
    assert asked == ["https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"]
    assert db.session.query(Incoming).count() == 0


def test_who_is_not_set_up_is_not_there(client: FlaskClient) -> None:
    config.use(config.current().model_copy(update={"postmark_secret": ""}))
    for provider in ("postmark", "nobody"):
        assert client.post(f"/api/v1/inbound/{provider}", data=b"{}").status_code == 404


def test_what_is_too_large_is_not_read(client: FlaskClient) -> None:
    body = b" " * (keeping.LARGEST + 1)
    assert client.post("/api/v1/inbound/postmark", data=body, headers=signing.basic(SECRET)).status_code == 413


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"null", b'{"RecordType": {"a": 1}}', b"[" * 5000])
def test_what_makes_no_sense_waits_for_people(client: FlaskClient, body: bytes) -> None:
    assert client.post("/api/v1/inbound/postmark", data=body, headers=signing.basic(SECRET)).status_code == 200
    chores.hear()
    db.session.expire_all()
    row: Any = db.session.query(Incoming).one()
    assert (row.kind, row.worked_at is not None) == ("unknown", True)
