"""Opening an address changes nothing, whichever it is: scanners, previews and prefetching open them all."""

import mailbox

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, config
from portal.extensions import db
from portal.models import Join, Newsletter
from portal.services.people import address_checks, magic_links
from portal.services.sending import numbered_links
from portal.tools import links
from tests import factories
from tests.pages import Browser
from tests.public.people import everything, signed_in
from tests.services.sending.rows import delivery
from tests.tools.mail.mails import DELIVERY

# No logo is configured and no worker beats.
WANTING = {"/logo", "/readyz"}


@pytest.fixture
def addresses(app: Flask, browser: Browser) -> list[str]:
    """An address that works for every route of this door that can be opened, for a signed-in member."""
    community = factories.community(slug="robotics", name="Robotics software")
    membership = factories.membership(of=factories.member(email="amara@example.org"), at=community)
    newsletter: Newsletter = factories.newsletter(at=community, slug="gripper", published_at=clock.now())
    plain = delivery(state="sent", due_at=None)
    plain.newsletter.body = "[Read on](https://example.org/)"
    numbered_links.write(plain.newsletter)
    db.session.commit()
    browser.open("/c/robotics").press("Join the community", email="hanna@example.org", consent_mail="y")
    join = db.session.scalars(select(Join)).one()
    link = magic_links.ask("amara@example.org", language="en", secret=links.new_secret())
    mail = mailbox.Maildir(config.current().outbox).add(DELIVERY)
    signed_in(browser, membership.member)
    values = {
        "slug": "robotics",
        "newsletter_slug": newsletter.slug,
        "key": mail,
        "number": 0,
    }
    standing = links.standing(membership.member_id, community.id, 0)
    stopped = factories.suppression().member
    check = address_checks.ask(stopped, factories.recruiter())
    db.session.commit()
    tokens = {
        "public.check_address.prove": links.sign(links.Purpose.CHECK_ADDRESS, str(check.id)),
        "public.communities.check_email": links.sign(links.Purpose.CHECK_EMAIL, join.public_id),
        "public.confirm.confirm": links.sign(links.Purpose.CONFIRM, join.public_id),
        "public.confirm.not_me": links.sign(links.Purpose.CONFIRM, join.public_id),
        "public.manage.show": links.sign(links.Purpose.MANAGE, standing),
        "public.sign_in.use": links.sign(links.Purpose.SIGN_IN, link.public_id),
        # What a measured mail tells is kept, and has tests of its own; this mail was not measured.
        "public.tracking.lead_on": links.sign(links.Purpose.CLICK, str(plain.id)),
        "public.tracking.pixel": links.sign(links.Purpose.PIXEL, str(plain.id)),
        "public.unsubscribe.ask": links.sign(links.Purpose.UNSUBSCRIBE, standing),
    }
    made = []
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("public.") and "GET" in (rule.methods or ()):
                known = {**values, "token": tokens.get(rule.endpoint, "")}
                made.append(adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}))
    return made


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_changes_nothing(browser: Browser, addresses: list[str], method: str) -> None:
    before, member = everything(), browser.client.get_cookie("member")
    for address in addresses:
        for _ in range(2):
            response = browser.client.open(address, method=method)
            assert response.status_code in {200, 302, 303} or address in WANTING, address
            assert everything() == before, address
    assert (len(addresses) > 20, browser.client.get_cookie("member")) == (True, member)
