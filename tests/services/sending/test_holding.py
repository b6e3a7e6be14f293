"""The breaker's measure: from when on too few addresses exist, and since when answers count."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal import clock
from portal.services.sending import holding, schedule
from portal.services.sending.holding import Answers
from tests.services.sending.outcomes import add, going


@pytest.mark.parametrize(
    ("mails", "no_mailbox", "worrying", "too_bad"),
    [
        (0, 0, False, False),
        (199, 199, False, False),
        (200, 3, False, False),
        (200, 4, True, False),
        (200, 10, True, False),
        (200, 11, True, True),
        (1000, 19, False, False),
        (1000, 20, True, False),
        (1000, 50, True, False),
        (1000, 51, True, True),
    ],
)
def test_more_than_five_in_a_hundred_of_two_hundred_hold_and_two_warn(
    mails: int, no_mailbox: int, worrying: bool, too_bad: bool
) -> None:
    answers = Answers(mails, no_mailbox)
    assert (answers.are_worrying, answers.are_too_bad) == (worrying, too_bad)


def test_only_a_release_of_what_is_held_begins_anew(app: Flask) -> None:
    newsletter = going()
    schedule.release(newsletter)
    assert newsletter.released_at is None
    schedule.hold(newsletter, reason="person")
    schedule.release(newsletter)
    released_at = newsletter.released_at
    assert released_at is not None
    schedule.release(newsletter)
    assert newsletter.released_at == released_at


def test_answers_count_since_the_release_and_until_the_hold(app: Flask) -> None:
    newsletter = going()
    for ago in (50, 30, 10):
        add(newsletter, "sent", count=3, ago=ago)
        add(newsletter, "failed", "no_mailbox", ago=ago)
    assert holding.answers(newsletter) == Answers(12, 3)
    newsletter.released_at = _ago(40)
    assert holding.answers(newsletter) == Answers(8, 2)
    newsletter.hold(_ago(20), reason="addresses")
    assert holding.answers(newsletter) == Answers(4, 1)


def _ago(seconds: float) -> datetime:
    return clock.now() - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("mails", "complained", "worrying", "too_many"),
    [(199, 199, False, False), (1000, 0, False, False), (1000, 1, True, False), (1000, 2, True, False),
     (1000, 3, True, True), (200, 1, True, True)],
)  # fmt: skip
def test_one_complaint_in_a_thousand_warns_and_three_hold(
    mails: int, complained: int, worrying: bool, too_many: bool
) -> None:
    told = holding.Complaints(mails, complained)
    assert (told.are_worrying, told.are_too_many) == (worrying, too_many)
