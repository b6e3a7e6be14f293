"""The schedule refuses what cannot go out, keeps wall-clock times exact, and asks when it is late."""

from datetime import timedelta

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.services.sending import schedule
from portal.services.sending.errors import AlreadySending, NoPostalAddress, NothingToSend, NotScheduled, TooEarly
from tests import factories


def test_a_scheduled_newsletter_waits_for_its_moment(app: Flask) -> None:
    newsletter = factories.newsletter()
    schedule.schedule(newsletter, at=clock.now() + timedelta(hours=1))
    assert (newsletter.state, schedule.due()) == ("scheduled", [])


def test_now_means_now(app: Flask) -> None:
    newsletter = factories.newsletter()
    schedule.send_now(newsletter)
    assert schedule.due() == [newsletter]


def test_a_second_click_on_send_finds_it_sending(app: Flask) -> None:
    newsletter = factories.newsletter(addressed_at=clock.now(), send_at=clock.now())
    with pytest.raises(AlreadySending):
        schedule.send_now(newsletter)


def test_an_empty_newsletter_is_refused(app: Flask) -> None:
    with pytest.raises(NothingToSend):
        schedule.send_now(factories.newsletter(body="  \n"))


def test_the_past_is_refused(app: Flask) -> None:
    with pytest.raises(TooEarly):
        schedule.schedule(factories.newsletter(), at=clock.now() - timedelta(hours=1))


def test_without_a_postal_address_nothing_is_sent(app: Flask) -> None:
    config.use(config.current().model_copy(update={"postal_address": " "}))
    with pytest.raises(NoPostalAddress):
        schedule.send_now(factories.newsletter())


def test_a_start_that_is_hours_late_asks_instead_of_blasting(app: Flask) -> None:
    newsletter = factories.newsletter(send_at=clock.now() - timedelta(hours=3))
    assert schedule.due() == []
    assert (newsletter.held_reason, newsletter.held_at is not None) == ("late", True)
    schedule.confirm_late(newsletter)
    assert schedule.due() == [newsletter]


def test_a_draft_again_can_be_written(app: Flask) -> None:
    newsletter = factories.newsletter()
    schedule.schedule(newsletter, at=clock.now() + timedelta(days=1))
    schedule.unschedule(newsletter)
    newsletter.write(clock.now(), title="Better")
    assert (newsletter.state, newsletter.title) == ("draft", "Better")


def test_a_draft_cannot_be_held_or_cancelled(app: Flask) -> None:
    for verb in (schedule.hold, schedule.cancel, schedule.unschedule, schedule.confirm_late):
        with pytest.raises(NotScheduled):
            verb(factories.newsletter())
    db.session.rollback()
