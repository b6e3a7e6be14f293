"""Pressing: what is filled in is what the preview showed, for everybody, whatever they are called."""

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery
from portal.services.sending import composing, signing, windows
from portal.services.sending.composing import Unmailable
from portal.services.sending.pressing import NotPrintable, Press
from portal.tools import links
from portal.tools.mail.address import BadName, clean_name
from portal.tools.mail.dkim import make_key
from portal.tools.mail.envelope import Envelope
from tests import factories
from tests.services.sending.rows import delivery
from tests.wire import check_delivery

NAMES = [
    "",
    "Amara",
    "Zoë Ohara",
    "  ",
    "<b>&\"'",
    "日本 太郎",
    "مرحبا بكم",
    "x" * 150,
    ".dot",
    "From here",
    "100%s %b",
    "=?x?=",
]
BODY = """# A story

.dots at the start, 100 %s of them, and *words*.

- [a link](https://example.org/a?b=c&d=%20) and ünïcode
- `code . =` and an [own page](https://talent.example.org/c/x)
"""


def press(row: Delivery) -> Envelope:
    db.session.flush()
    return Press().envelope(windows.read([row.id])[0])


def unstuffed(envelope: Envelope) -> bytes:
    assert envelope.body.endswith(b"\r\n.\r\n")
    return envelope.body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def bodies(raw: bytes) -> tuple[str, str]:
    message = message_from_bytes(raw, policy=policy.default)
    text, html = (
        part.get_content().replace("\r\n", "\n") for part in message.iter_parts() if isinstance(part, EmailMessage)
    )
    return html, text


def planned(name: str, **values: object) -> Delivery:
    row = delivery()
    assert row.member
    row.newsletter.body, row.newsletter.summary = BODY, "In short: 100 %"
    row.member.name = name
    for key, value in values.items():
        setattr(row.newsletter, key, value)
    return row


def check(row: Delivery) -> None:
    raw = unstuffed(press(row))
    assert check_delivery(raw, postal_address=config.current().postal_address or None) == []
    shown = composing.parts(row.newsletter, member=row.member, membership=row.membership, delivery_id=row.id)
    assert bodies(raw) == (shown.html, shown.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_delivery_says_what_the_preview_says(app: Flask, name: str) -> None:
    check(planned(name))


def test_hostile_names_say_what_the_preview_says(app: Flask, shared_data: Path) -> None:
    words = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    row = planned("")
    tried = 0
    for word in words:
        try:
            name = clean_name(word)
        except BadName:
            continue
        assert row.member
        row.member.name = name
        check(row)
        tried += 1
    assert tried > 100


@pytest.mark.parametrize("language", ["de", "fr", "ar", "ja", "xx"])
def test_in_every_language(app: Flask, language: str) -> None:
    check(planned("Zoë", language=language))


def test_its_links_open_what_they_should(app: Flask) -> None:
    row = planned("Zoë")
    raw = unstuffed(press(row)).replace(b"=\r\n", b"").decode()
    ids = (row.member_id, row.newsletter.community_id, row.id)
    for purpose, start in ((links.Purpose.UNSUBSCRIBE, "/u/"), (links.Purpose.MANAGE, "/m/")):
        token = raw.partition(f"{links.to(start)}")[2].partition('"')[0].partition(">")[0].split()[0]
        assert links.read_standing(purpose, token) == ids


def test_one_plate_serves_everybody_of_one_newsletter(app: Flask) -> None:
    first, newsletter = planned("Amara"), None
    newsletter = first.newsletter
    other = factories.membership(at=newsletter.community)
    other.member.name = "Zoë"
    now = clock.now()
    second = Delivery(
        newsletter=newsletter, member=other.member, membership=other, state="pending", planned_at=now, due_at=now
    )
    db.session.add(second)
    db.session.flush()
    machine = Press()
    mails = [unstuffed(machine.envelope(plan)) for plan in windows.read([first.id, second.id])]
    assert len(machine._plates) == 1
    assert ["Amara" in bodies(mails[0])[1], "Zoë" in bodies(mails[0])[1]] == [True, False]
    assert ["Amara" in bodies(mails[1])[1], "Zoë" in bodies(mails[1])[1]] == [False, True]


def test_a_local_part_of_another_script_needs_smtputf8(app: Flask) -> None:
    row = planned("Zoë")
    assert row.member
    row.member.email = "zoë@example.org"
    envelope = press(row)
    assert (envelope.needs_utf8, envelope.recipient) == (True, "zoë@example.org")
    assert check_delivery(unstuffed(envelope), smtputf8=True) == []


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://localhost:8000", "https://talent.exämple.example"])
def test_wherever_the_portal_stands(app: Flask, site: str) -> None:
    config.use(config.Settings(**{**config.current().model_dump(), "base_url": site}))
    check(planned("Zoë"))


def test_nobody_is_unmailable(app: Flask) -> None:
    row = planned("Zoë")
    row.member, row.membership = None, None
    with pytest.raises(Unmailable):
        press(row)


def test_a_newsletter_nothing_can_be_made_of_is_told_apart(app: Flask) -> None:
    row = planned("Zoë", title="Two\u2028lines")
    with pytest.raises(NotPrintable):
        press(row)


def test_with_keys_every_delivery_is_signed_by_each(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("rsa", "ed25519"):
        (tmp_path / kind).write_bytes(make_key(kind=kind))
    keys = {"dkim_key_file": [tmp_path / "rsa", tmp_path / "ed25519"], "dkim_selector": ["r1", "e1"]}
    signed = config.current().model_copy(update=keys)
    monkeypatch.setattr(config, "_current", signed)
    records = {f"{each.record_name}.".encode(): each.record.encode() for each in signing.signers()}
    for name in NAMES:
        raw = unstuffed(press(planned(name)))
        assert check_delivery(raw, signed=True) == []
        message = dkim.DKIM(raw)
        assert [message.verify(idx=place, dnsfunc=lambda at, timeout=5: records.get(at)) for place in (0, 1)] == [
            True
        ] * 2
