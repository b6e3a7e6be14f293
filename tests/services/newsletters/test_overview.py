"""The desk's overview of newsletters."""

from datetime import timedelta

from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member
from portal.services.newsletters import overview
from tests import factories


def test_each_newsletter_stands_in_its_state(app: Flask) -> None:
    now = clock.now()
    draft = factories.newsletter()
    scheduled = factories.newsletter(send_at=now + timedelta(days=1))
    sending = factories.newsletter(send_at=now, addressed_at=now)
    sent = factories.newsletter(send_at=now, addressed_at=now, sent_at=now)
    found = overview.overview()
    assert (list(found.drafts), list(found.scheduled)) == ([draft], [scheduled])
    assert (list(found.sending), list(found.sent), found.sent_total) == ([sending], [sent], 1)


def test_sent_mails_are_counted_and_sent_newsletters_come_in_pages(app: Flask) -> None:
    now = clock.now()
    older, newer = (factories.newsletter(addressed_at=now, sent_at=now - timedelta(days=day)) for day in (2, 1))
    for n, state in enumerate(("sent", "sent", "failed")):
        person: Member = factories.member(email=f"p{n}@example.org")
        db.session.add(Delivery(newsletter=older, member=person, state=state, planned_at=now))
    db.session.flush()
    assert list(overview.overview(size=1).sent) == [newer]
    second = overview.overview(page=2, size=1)
    assert (list(second.sent), second.reached, second.sent_total) == ([older], {older.id: 2}, 2)


def test_an_empty_desk_is_empty(app: Flask) -> None:
    assert overview.overview().is_empty
