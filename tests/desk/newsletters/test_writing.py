"""Writing: two tabs, bad words, previews and test mails."""

import re
from datetime import timedelta

from portal import clock
from portal.extensions import db
from portal.models import Letter, Member, Newsletter
from portal.services.sending import addressing, composing
from tests import factories
from tests.desk.newsletters.rows import again, draft, join, robots, without_tokens
from tests.desk.people import signed_in
from tests.pages import Browser


def test_from_home_to_sent_in_three_pages(browser: Browser) -> None:
    place = robots()
    join(place, Amara="every", Zoe="every", Kofi="monthly")
    signed_in(browser)
    write = browser.open("/desk/newsletters/new")
    audience = write.press("Save and choose who gets it", title="Cucumbers roll", body="A tomato stays.")
    assert audience.h1 == "Who gets “Cucumbers roll”"
    assert "2 people in Robotics software who want every newsletter." in audience.text
    send = audience.press("Go on to sending")
    assert "2 people get it by mail, each once." in send.text
    account = send.press("Send now to 2 people")
    newsletter = db.session.query(Newsletter).one()
    assert (account.h1, newsletter.state) == ("Cucumbers roll", "scheduled")
    assert newsletter.author.role == "owner"
    addressing.address(newsletter)
    db.session.commit()
    balance = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "3 planned = 0 sent + 2 waiting + 0 failed + 0 in doubt + 1 left out. Nobody is missing." in balance.text


def test_a_new_newsletter_speaks_the_language_of_its_community(browser: Browser) -> None:
    robots()
    german = factories.community(language="de")
    signed_in(browser)
    page = browser.open("/desk/newsletters/new", query_string={"community": german.id})
    values = page.values("Save and look at it")
    assert (values["community"], values["language"]) == ([str(german.id)], ["de"])


def test_a_draft_without_a_title_comes_back_with_its_text(browser: Browser) -> None:
    robots()
    signed_in(browser)
    page = browser.open("/desk/newsletters/new").press("Save and look at it", status=422, body="Much work")
    assert "Enter a title" in page.text
    assert "Much work" in page.html
    assert page.title.startswith("Error:")
    assert db.session.query(Newsletter).count() == 0


def test_a_title_that_could_break_a_header_is_shown_cleaned_and_not_kept(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write")
    for nasty in ("Ana\x0bBcc: x@example.com", "Ana\x00", "\u202eevil"):
        assert "Look at it once more" in page.press("Save", status=422, title=nasty).text
    assert again(newsletter).title == "Cucumbers roll"


def test_the_later_of_two_tabs_gets_its_text_back_and_may_then_replace(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    first, second = (browser.open(f"/desk/newsletters/{newsletter.id}/write") for _ in range(2))
    first.press("Save", body="From the first tab")
    clash = second.press("Save", status=409, body="From the second tab")
    assert "Not saved yet." in clash.text
    assert "From the first tab" in clash.html
    assert "From the second tab" in clash.html
    assert again(newsletter).body == "From the first tab"
    clash.press("Save")
    assert again(newsletter).body == "From the second tab"


def test_words_typed_while_somebody_schedules_are_given_back(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write")
    newsletter.send_at = clock.now() + timedelta(days=1)
    db.session.commit()
    clash = page.press("Save", status=409, body="Typed too late")
    assert "Typed too late" in clash.html
    assert again(newsletter).body == "A tomato stays."
    assert browser.open(f"/desk/newsletters/{newsletter.id}/write").path == f"/desk/newsletters/{newsletter.id}"


def test_a_taken_address_is_said_at_its_field(browser: Browser) -> None:
    newsletter = draft()
    draft(newsletter.community, slug="taken")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write").press("Save", status=422, slug="taken")
    assert "choose another one" in page.text


def test_a_draft_is_thrown_away_after_asking_again(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    asked = browser.open(f"/desk/newsletters/{newsletter.id}/write").follow("Throw this draft away")
    assert asked.h1 == "Throw “Cucumbers roll” away?"
    assert "is thrown away" in asked.press("Throw it away").text
    assert db.session.query(Newsletter).count() == 0


def test_the_preview_is_what_the_member_gets(browser: Browser) -> None:
    newsletter = draft(body="Hello **there**")
    join(newsletter.community, Amara="every", Zoe="every")
    signed_in(browser)
    zoe = db.session.query(Member).filter_by(name="Zoe").one()
    response = browser.client.get(f"/desk/newsletters/{newsletter.id}/preview?as={zoe.id}")
    delivered = composing.parts(newsletter, member=zoe, membership=zoe.memberships[0], delivery_id=7)
    assert without_tokens(response.text) == without_tokens(delivered.html)
    text = browser.client.get(f"/desk/newsletters/{newsletter.id}/preview?as={zoe.id}&part=text")
    assert (text.mimetype, without_tokens(text.text)) == ("text/plain", without_tokens(delivered.text))
    for answer in (response, text):
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_preview_shows_unsaved_words_and_keeps_nothing(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write")
    token = re.search(r'name="csrf_token" [^>]*value="([^"]+)"', page.html)
    assert token
    typed = {"csrf_token": token[1], "title": "Typed", "body": "Not saved <script>x()</script>", "language": "en"}
    response = browser.client.post(f"/desk/newsletters/{newsletter.id}/preview", data=typed)
    assert "Not saved" in response.text
    assert "x()" not in response.text
    assert again(newsletter).body == "A tomato stays."
    assert db.session.query(Newsletter).count() == 1


def test_somebody_else_is_found_for_the_preview(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every", Zoe="every")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write").press("Save and find", find="zoe")
    assert ">Zoe</option>" in page.html
    assert "Nobody in this community" in page.press("Save and find", find="nobody%").text


def test_a_test_mail_is_a_letter_to_oneself_and_limited(browser: Browser) -> None:
    newsletter = draft()
    recruiter = signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/write")
    for _ in range(20):
        page = page.press("Send me a test")
        assert "A test mail is on its way" in page.text
    assert "Try again later" in page.press("Send me a test").text
    letters = db.session.query(Letter).filter_by(kind="test").all()
    assert {(letter.newsletter_id, letter.recruiter_id) for letter in letters} == {(newsletter.id, recruiter.id)}
    assert len(letters) == 20


def test_a_long_mail_and_left_out_parts_are_reported(browser: Browser) -> None:
    newsletter = draft(body="[x](javascript:alert(1))\n\n" + "Very long. " * 12_000, summary="")
    signed_in(browser)
    text = browser.open(f"/desk/newsletters/{newsletter.id}/write").text
    for words in ("over the 102 KB where Gmail cuts", "No summary yet", "was left out", "3 to look at"):
        assert words in text
