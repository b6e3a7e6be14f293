"""What is told has its consequences once, in whatever order it is told, and never for somebody else."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Report, Suppression, Touchpoint
from portal.services.people import suppressions
from portal.services.sending import eligibility
from portal.services.sending.inbound import consequences
from portal.services.sending.inbound.told import Told
from tests import factories
from tests.services.sending.inbound.world import sent


@pytest.fixture(autouse=True)
def _in_the_app(app: Flask) -> None:
    pass


def test_an_address_that_does_not_exist_is_mailed_no_more() -> None:
    row = sent()
    report = consequences.apply(_told(row, "hard", status="5.1.1", reply="550 5.1.1 no such user"))
    db.session.refresh(row)
    assert report is not None
    assert (row.bounced_at, row.bounce_kind, row.state) == (report.happened_at, "hard", "sent")
    assert _why_not(row) == "bounced"
    stop = db.session.query(Suppression).one()
    assert (stop.kind, stop.reason, stop.reply, stop.report) == (
        "bounced", "no_mailbox", "550 5.1.1 no such user", report,
    )  # fmt: skip
    assert [t.kind for t in db.session.query(Touchpoint)] == ["bounced"]


def test_a_complaint_stops_everything() -> None:
    row = sent()
    elsewhere = factories.membership(of=row.member)
    consequences.apply(_told(row, "complaint"))
    db.session.refresh(row)
    assert row.complained_at is not None
    assert [_why_not(row), _why_not(row, elsewhere)] == ["complained", "complained"]


@pytest.mark.parametrize("kind", ["policy", "delayed", "auto_reply", "delivered", "ignored", "unknown"])
def test_what_is_not_the_members_doing_is_not_held_against_them(kind: str) -> None:
    row = sent()
    consequences.apply(_told(row, kind))
    assert _why_not(row) == ""
    assert db.session.query(Report).one().kind == kind


def test_told_twice_it_happens_once() -> None:
    row = sent()
    told = _told(row, "reply", words="Thank you!")
    assert [consequences.apply(told) is None for _ in range(10)] == [False] + [True] * 9
    assert [t.note for t in db.session.query(Touchpoint)] == ["Thank you!"]


def test_a_mailbox_that_is_full_on_six_days_is_left_alone() -> None:
    row = sent()
    for day in range(5):
        consequences.apply(_told(row, "soft", days=day))
        consequences.apply(_told(row, "soft", days=day, again=True))
    assert _why_not(row) == ""
    consequences.apply(_told(row, "soft", days=5))
    assert _why_not(row) == "bounced"
    assert db.session.query(Suppression).one().reason == "too_often"


def test_a_delivery_in_between_begins_the_count_anew() -> None:
    row = sent()
    for day in range(3):
        consequences.apply(_told(row, "soft", days=day))
    consequences.apply(_told(sent(membership=row.membership), "delivered", days=3))
    for day in range(4, 9):
        consequences.apply(_told(row, "soft", days=day))
    assert _why_not(row) == ""
    consequences.apply(_told(row, "soft", days=9))
    assert _why_not(row) == "bounced"


def test_a_mail_of_which_nothing_came_back_was_delivered() -> None:
    row, now = sent(), clock.now()
    for day in range(5):
        consequences.apply(_told(row, "soft", days=day - 20))
    quiet = now - timedelta(days=10)
    sent(membership=row.membership, handed_over_at=quiet, settled_at=quiet)
    consequences.apply(_told(row, "soft", days=0))
    assert _why_not(row) == ""


def test_the_order_of_what_is_told_makes_no_difference() -> None:
    ends = set()
    for order in permutations(range(4)):
        row = sent()
        late = sent(membership=row.membership)
        for day in range(5):
            consequences.apply(_told(row, "soft", days=day))
        story = [
            _told(row, "soft", days=6),
            _told(late, "delivered", days=5),
            _told(late, "policy", days=6),
            _told(late, "delivered", days=4),
        ]
        for place in order:
            consequences.apply(story[place])
        db.session.expire_all()
        ends.add((_why_not(row), row.bounce_kind, late.bounce_kind, (_moment(late.delivered_at) - _day(0)).days))
    assert ends == {("", "soft", "policy", 4)}


@pytest.mark.parametrize("order", list(permutations(["soft", "hard", "delivered"])))
def test_an_address_that_does_not_exist_stays_so_in_any_order(order: tuple[str, ...]) -> None:
    row = sent()
    for day in range(5):
        consequences.apply(_told(row, "soft", days=day))
    days = {"soft": 6, "hard": 7, "delivered": 5}
    for kind in order:
        consequences.apply(_told(row, kind, days=days[kind]))
    db.session.refresh(row)
    assert (_why_not(row), row.bounce_kind) == ("bounced", "hard")
    assert db.session.query(Suppression).one().reason == "no_mailbox"


def test_what_is_told_of_mail_from_before_they_came_back_counts_no_more() -> None:
    row = sent()
    consequences.apply(_told(row, "hard"))
    suppressions.lift(_member(row))
    older = sent(membership=row.membership)
    consequences.apply(_told(older, "hard"))
    assert _why_not(row) == ""
    newer = sent(membership=row.membership, handed_over_at=clock.now() + timedelta(seconds=5))
    consequences.apply(_told(newer, "hard"))
    assert _why_not(row) == "bounced"


def test_a_forwarding_that_broke_is_not_their_mailbox() -> None:
    row = sent()
    consequences.apply(_told(row, "hard", recipient="another@example.net"))
    assert (_why_not(row), db.session.query(Report).one().kind) == ("", "soft")
    consequences.apply(_told(row, "hard", recipient=str(_member(row).email).upper(), again=True))
    assert _why_not(row) == "bounced"


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [("hard", "bounced"), ("delivered", "delivered"), ("complaint", "complained"), ("reply", "replied")],
)
def test_a_doubtful_mail_is_resolved_by_what_comes_back(kind: str, evidence: str) -> None:
    row = sent(state="in_doubt", reason="line_lost", reply="the line broke")
    consequences.apply(_told(row, kind))
    db.session.refresh(row)
    assert (row.state, row.reason, row.evidence) == ("sent", "", evidence)


def test_a_delay_proves_nothing_about_a_doubtful_mail() -> None:
    row = sent(state="in_doubt", reason="line_lost")
    consequences.apply(_told(row, "delayed"))
    db.session.refresh(row)
    assert row.state == "in_doubt"


def test_a_reply_lands_in_their_story() -> None:
    row = sent()
    consequences.apply(_told(row, "reply", words="I would like to talk.\0", quoted="> Hello Amara"))
    touchpoint = db.session.query(Touchpoint).one()
    assert (touchpoint.kind, touchpoint.note, touchpoint.quoted) == ("reply", "I would like to talk.", "> Hello Amara")
    assert (touchpoint.delivery, touchpoint.community, touchpoint.answered_at) == (
        row, row.newsletter.community, None,
    )  # fmt: skip


def test_a_wish_to_leave_stops_that_community_only() -> None:
    row = sent()
    elsewhere = factories.membership(of=row.member)
    consequences.apply(_told(row, "leave"))
    assert [_why_not(row), _why_not(row, elsewhere)] == ["muted", ""]


def test_an_unsigned_word_about_an_address_suppresses_nobody() -> None:
    row = sent()
    told = Told("hard", "mail:x", clock.now(), recipient=str(_member(row).email), message_id=f"<{row.message_key}@x>")
    report = consequences.apply(told)
    assert report is not None
    assert (report.member_id, report.delivery_id, _why_not(row)) == (None, None, "")


def test_a_providers_word_ties_by_our_message_id_or_the_address() -> None:
    row = sent()
    told = Told("delivered", "event:1", clock.now(), message_id=f"<{row.message_key}@localhost>")
    report = consequences.apply(told, proved=True)
    assert report is not None
    assert report.delivery_id == row.id
    wrong = Told("delivered", "event:2", clock.now(), message_id=f"<delivery.{row.id}.1@localhost>")
    unknown = consequences.apply(wrong, proved=True)
    assert unknown is not None
    assert unknown.delivery_id is None
    by_address = Told("hard", "event:3", clock.now(), recipient=str(_member(row).email))
    consequences.apply(by_address, proved=True)
    assert _why_not(row) == "bounced"


def test_who_was_erased_is_told_of_in_vain() -> None:
    row = sent()
    _member(row).erased_at = clock.now()
    consequences.apply(_told(row, "hard"))
    assert db.session.query(Suppression).count() == 0


def test_too_many_complaints_hold_a_newsletter_that_still_goes_out() -> None:
    newsletter = factories.newsletter(addressed_at=clock.now())
    rows = [sent(newsletter=newsletter, membership=factories.membership(at=newsletter.community)) for _ in range(200)]
    consequences.apply(_told(rows[0], "complaint"))
    db.session.refresh(newsletter)
    assert (newsletter.held_at is not None, newsletter.held_reason) == (True, "complaints")


def test_one_complaint_among_few_holds_nothing() -> None:
    row = sent()
    row.newsletter.addressed_at = clock.now()
    consequences.apply(_told(row, "complaint"))
    assert row.newsletter.held_at is None


def _told(row: Delivery, kind: str, *, days: int = 0, again: bool = False, **more: Any) -> Told:
    key = f"mail:{row.id}:{kind}:{days}:{again}:{more.get('recipient', '')}"
    return Told(kind=kind, key=key, happened_at=_day(days), delivery_id=row.id, **more)


def _day(days: int) -> datetime:
    return clock.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def _moment(value: datetime | None) -> datetime:
    assert value is not None
    return value


def _member(row: Delivery) -> Member:
    assert row.member is not None
    return row.member


def _why_not(row: Delivery, membership: Any = None) -> str:
    db.session.expire_all()
    return eligibility.reason(row.member, membership or row.membership, today=clock.now().date())
