"""A newsletter's links get their numbers once, the same for all workers, and keep them."""

import threading

from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Newsletter, NewsletterLink
from portal.services.sending import numbered_links
from tests import factories

BODY = "[One](https://example.org/1), [two](https://example.org/2), [one](https://example.org/1), [mail](mailto:x@y.z)."
NUMBERED = {"https://example.org/1": 0, "https://example.org/2": 1}


def test_links_are_numbered_in_reading_order_and_found_again(app: Flask) -> None:
    newsletter, other = factories.newsletter(body=BODY), factories.newsletter(body="No link.")
    for each in (newsletter, other):
        numbered_links.write(each)
    assert (numbered_links.read(newsletter.id), numbered_links.read(other.id)) == (NUMBERED, {})
    assert [numbered_links.find_url(newsletter.id, number) for number in (1, 2)] == ["https://example.org/2", None]
    assert numbered_links.find_url(other.id, 0) is None


def test_a_number_that_stands_never_leads_elsewhere(app: Flask) -> None:
    newsletter = factories.newsletter(body=BODY)
    numbered_links.write(newsletter)
    newsletter.body = "Now [three](https://example.org/3), [two](https://example.org/2), [four](https://example.org/4)."
    numbered_links.write(newsletter)
    assert numbered_links.read(newsletter.id) == {**NUMBERED, "https://example.org/4": 2}


def test_a_body_nobody_can_read_has_no_links(app: Flask) -> None:
    newsletter = factories.newsletter(body="x" * 1_000_001)
    numbered_links.write(newsletter)
    assert numbered_links.read(newsletter.id) == {}


def test_workers_that_write_at_once_make_one_set(app: Flask) -> None:
    newsletter = factories.newsletter(body=BODY)
    key = newsletter.id
    db.session.commit()
    begin = threading.Barrier(6)

    def work() -> None:
        with app.app_context():
            begin.wait()
            numbered_links.write(db.session.get_one(Newsletter, key))
            db.session.commit()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbered_links.read(key) == NUMBERED
    assert db.session.scalar(select(func.count()).select_from(NewsletterLink)) == 2
