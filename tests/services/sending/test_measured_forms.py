"""The measured form: only for who agreed, only in the HTML part, and else the same mail to the byte."""

import re

import pytest
from flask import Flask
from sqlalchemy import event

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery
from portal.services.sending import composing, numbered_links, test_mails, windows
from portal.services.sending.letter_texts import text_of
from portal.services.sending.pressing import Press
from portal.tools import links
from portal.tools.links import Purpose
from portal.tools.mail.envelope import Envelope
from tests import factories
from tests.services.sending.measuring import agree, agreeing, withdraw
from tests.services.sending.rows import delivery
from tests.services.sending.test_pressing import bodies, press, unstuffed
from tests.wire import check_delivery

TARGETS = ["https://example.org/a?b=c&d=%20", "http://example.net/", "http://localhost/c/robots"]
BODY = f"""# A story

.dots, [one]({TARGETS[0]}), [two]({TARGETS[1]}) and [one]({TARGETS[0]}) again, [ours]({TARGETS[2]}).

[Stop](http://localhost/u/token), [change](http://localhost/m/token), [write](mailto:x@example.org)
"""
MEASURED = re.compile(r'/l/|/o/|\.gif|width="1"')
IMAGE = re.compile(r'<img src="http://localhost/o/([\w.-]+)\.gif" width="1" height="1" alt="" style="[\w:;]+">')
LINK = re.compile(r'href="http://localhost/l/([\w.-]+)/(\d+)"')


def written(row: Delivery) -> Delivery:
    """Give a delivery's newsletter a body with links, and number them."""
    row.newsletter.body = BODY
    numbered_links.write(row.newsletter)
    return row


def measured(envelope: Envelope) -> list[str]:
    """Whatever of a mail has to do with measuring."""
    raw = unstuffed(envelope)
    return MEASURED.findall("".join([raw.partition(b"\r\n\r\n")[0].decode(), *bodies(raw)]))


def plain(html: str) -> str:
    """Undo the measuring of an HTML part."""
    return LINK.sub(lambda found: f'href="{TARGETS[int(found[2])].replace("&", "&amp;")}"', IMAGE.sub("", html))


@pytest.mark.parametrize("name", ["", "Zoë Ohara", "日本 太郎"])
def test_undone_it_is_the_plain_form_to_the_byte(app: Flask, name: str) -> None:
    row = written(agreeing())
    assert row.member
    row.member.name = name
    raw = unstuffed(press(row))
    withdraw(row)
    without = unstuffed(press(row))
    html, text = bodies(raw)
    assert (plain(html), text) == bodies(without)
    assert [sorted(LINK.findall(part)) != [] for part in (html, text)] == [True, False]
    assert check_delivery(raw, postal_address=config.current().postal_address or None) == []
    assert check_delivery(without, postal_address=config.current().postal_address or None) == []


def test_it_carries_this_deliverys_tokens_and_the_numbers_that_stand(app: Flask) -> None:
    row = written(agreeing())
    html, _text = bodies(unstuffed(press(row)))
    found = LINK.findall(html)
    assert [int(number) for _token, number in found] == [0, 1, 0, 2]
    assert {links.read_delivery(Purpose.CLICK, token) for token, _number in found} == {row.id}
    assert [links.read_delivery(Purpose.PIXEL, token) for token in IMAGE.findall(html)] == [row.id]


def test_where_people_stop_and_change_is_never_measured(app: Flask) -> None:
    html, _text = bodies(unstuffed(press(written(agreeing()))))
    assert len(re.findall(r'href="http://localhost/[um]/', html)) == 4
    assert html.count('href="mailto:x@example.org"') == 1


def test_without_agreement_there_is_not_a_byte_of_it(app: Flask) -> None:
    rows = [written(delivery()) for _ in range(3)]
    agree(rows[1])
    withdraw(rows[1])
    agree(written(delivery()))
    for row in rows:
        assert measured(press(row)) == []
    agree(rows[2])
    assert measured(press(rows[2])) == ["/l/"] * 4 + ["/o/", ".gif", 'width="1"']


def test_one_press_makes_each_form_for_whom_it_is_meant(app: Flask) -> None:
    first = written(agreeing())
    now = clock.now()
    rows = [first]
    for number in range(3):
        person = factories.membership(at=first.newsletter.community)
        row = Delivery(
            newsletter=first.newsletter, member=person.member, membership=person, state="pending", planned_at=now
        )
        db.session.add(row)
        rows.append(row)
        if number == 1:
            agree(row)
    db.session.flush()
    machine = Press()
    made = [machine.envelope(each) for each in windows.read([row.id for row in rows])]
    assert [len(measured(envelope)) for envelope in made] == [7, 0, 7, 0]
    assert len(machine._plates) == 2


def test_no_mail_costs_a_query(app: Flask) -> None:
    rows = [written(agreeing())]
    for _ in range(20):
        person = factories.membership(at=rows[0].newsletter.community)
        rows.append(
            Delivery(
                newsletter=rows[0].newsletter,
                member=person.member,
                membership=person,
                state="pending",
                planned_at=clock.now(),
            )
        )
        db.session.add(rows[-1])
        agree(rows[-1])
    db.session.flush()
    planned = windows.read([row.id for row in rows])
    machine = Press()
    machine.envelope(planned[0])
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    for each in planned:
        machine.envelope(each)
    event.remove(db.engine, "before_cursor_execute", note)
    assert asked == []


def test_an_address_in_another_script_is_measured_too(app: Flask) -> None:
    row = written(agreeing())
    assert row.member
    row.member.email = "zoë@example.org"
    envelope = press(row)
    html, _text = bodies(unstuffed(envelope))
    assert (envelope.needs_utf8, len(LINK.findall(html)), len(IMAGE.findall(html))) == (True, 4, 1)
    withdraw(row)
    assert bodies(unstuffed(press(row)))[0] == plain(html)


def test_a_link_without_a_number_stays_plain(app: Flask) -> None:
    row = agreeing()
    row.newsletter.body = BODY
    html, _text = bodies(unstuffed(press(row)))
    assert (LINK.findall(html), len(IMAGE.findall(html))) == ([], 1)


def test_previews_and_test_mails_are_never_measured(app: Flask) -> None:
    row = written(agreeing())
    shown = composing.parts(row.newsletter, member=row.member, membership=row.membership)
    letter = test_mails.ask(row.newsletter, to=factories.recruiter(), as_member=row.member)
    for parts in (shown, text_of(letter).parts):
        assert MEASURED.findall(parts.html + parts.text) == []


def test_each_newsletter_is_numbered_once_in_a_run(app: Flask) -> None:
    first, second, third = agreeing(), agreeing(), delivery()
    planned = windows.read([first.id, second.id, third.id])
    machine = Press()
    assert machine.unnumbered(planned) == {first.newsletter_id, second.newsletter_id}
    assert machine.unnumbered(planned) == set()
