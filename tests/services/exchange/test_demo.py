"""The demo loads whole, and what it shows would pass its own checks."""

import re

from flask import Flask
from sqlalchemy import select

from portal import config
from portal.extensions import db
from portal.models import Community, Newsletter
from portal.services.exchange import demo
from portal.services.sending import checks
from portal.tools.rendering import markdown


def test_every_newsletter_is_ready_to_be_read(app: Flask) -> None:
    demo.load()
    found = {newsletter.slug: checks.look(newsletter) for newsletter in _newsletters()}
    assert {slug: [str(remark) for remark in look.remarks] for slug, look in found.items() if look.remarks} == {}
    assert {slug for slug, look in found.items() if look.to_mend} == set()


def test_its_own_links_lead_to_its_own_communities(app: Flask) -> None:
    demo.load()
    slugs = set(db.session.scalars(select(Community.slug)))
    own = [link.url for n in _newsletters() for link in markdown.render(n.body).links if "/c/" in link.url]
    assert own
    assert {url.removeprefix(config.current().base_url + "/c/") for url in own} <= slugs


def test_a_second_time_changes_nothing(app: Flask) -> None:
    assert re.fullmatch(r"3 communities, 300 members, \d+ newsletters", demo.load())
    assert demo.load() == ""


def _newsletters() -> list[Newsletter]:
    return list(db.session.scalars(select(Newsletter).order_by(Newsletter.slug)))
