"""Forecasts: everyone in the audience is counted under the one reason that decides, and named."""

import warnings

from flask import Flask
from sqlalchemy.exc import SADeprecationWarning

from portal import clock
from portal.services.sending import addressing, forecasts
from tests import factories


def test_everyone_in_the_community_is_counted_once_by_reason(app: Flask) -> None:
    newsletter = factories.newsletter()
    place, now = newsletter.community, clock.now()
    factories.membership(at=place, of=factories.member(name="Amara"))
    factories.membership(at=place, of=factories.member(name="Kofi"), frequency="monthly")
    factories.membership(at=place, of=factories.member(name="Lena"), frequency="quarterly", muted_at=now)
    factories.membership(at=place, of=factories.member(name="Mo"), ended_at=now)
    factories.membership(of=factories.member(name="Of another community"))
    found = forecasts.forecast(newsletter)
    assert (found.planned, found.pending, found.excluded) == (3, 1, {"not_due_yet": 1, "muted": 1})
    names = {reason: [member.name for member in people] for reason, people in found.samples.items()}
    assert names == {"": ["Amara"], "not_due_yet": ["Kofi"], "muted": ["Lena"]}


def test_a_forecast_asks_the_database_in_its_present_words(app: Flask) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SADeprecationWarning)
        assert addressing.forecast(factories.newsletter()) == {"planned": 0, "pending": 0, "excluded": {}}
