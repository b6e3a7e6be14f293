"""Who is stopped stands on one page, with the reason and the way back; one letter may ask whether an address works."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Letter, Member
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser

PATH = "/desk/members/suppressed"
ASK = "Ask whether the address of Amara works"


def _amara(**values: object) -> Member:
    return factories.member(name="Amara", email="amara@example.org", **values)


def _letters() -> list[Letter]:
    return list(db.session.scalars(select(Letter)))


def test_an_empty_page_says_what_will_stand_there(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    page = browser.open("/desk/members").follow("Who is stopped")
    assert (page.h1, "Nobody is stopped" in page.text) == ("Who is stopped", True)


def test_everyone_stands_there_with_the_reason_and_the_newsletter(browser: Browser) -> None:
    newsletter = factories.newsletter(title="Cucumbers roll")
    amara, bo = _amara(), factories.member(name="Bo")
    told = factories.report(about=factories.delivery(newsletter=newsletter, to=amara))
    factories.suppression(of=amara, report=told, reply="550 5.1.1 no such person")
    factories.suppression(of=bo, kind="complained")
    factories.suppression(of=factories.member(name="Chidi"), reason="too_often")
    factories.suppression(of=factories.member(name="Dana"), lifted_at=clock.now())
    signed_in(browser, role="viewer")
    page = browser.open(PATH)
    for words in (
        "All (3) Address bounces (2) Complained (1)",
        "The address does not exist. The server said: 550 5.1.1 no such person",
        "after Cucumbers roll",
        "The mailbox took no mail on six days, with nothing delivered in between.",
        "They told their mail provider that a newsletter was unwanted.",
        "We never write to them about it.",
    ):
        assert words in page.text
    assert (page.follow("Amara").h1, page.follow("Cucumbers roll").h1) == ("Amara", "Cucumbers roll")
    only = page.follow("Complained")
    assert [name in only.text for name in ("Amara", "Bo", "Chidi", "Dana")] == [False, True, False, False]
    assert "Ask whether" not in only.text


def test_a_long_list_comes_in_pages(browser: Browser) -> None:
    for _ in range(51):
        factories.suppression()
    factories.suppression(kind="complained")
    signed_in(browser)
    page = browser.open(f"{PATH}?kind=bounced").follow("Next")
    assert "51 to 51 of 51" in page.text
    for odd in ("page=0", "page=x", "page=999", "kind=odd"):
        browser.open(f"{PATH}?{odd}")


def test_a_kind_without_anybody_leads_back(browser: Browser) -> None:
    factories.suppression()
    signed_in(browser)
    assert "Nobody of this kind" in browser.open(f"{PATH}?kind=complained").text


def test_one_letter_asks_whether_an_address_works(browser: Browser) -> None:
    amara = _amara(language="de")
    factories.suppression(of=amara)
    rosa = signed_in(browser, role="recruiter")
    page = browser.open(f"{PATH}?kind=bounced").press(ASK)
    assert ("One letter is on its way" in page.text, "Asked by letter on" in page.text) == (True, True)
    assert [(row.kind, row.member, row.recruiter, row.language) for row in _letters()] == [
        ("check_address", amara, rosa, "de")
    ]
    assert "Ask whether the address" not in page.text
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    again = browser.post(f"/desk/members/{amara.id}/check-address", {"csrf_token": token})
    assert ("They were asked within the last 30 days" in again.text, len(_letters())) == (True, 1)


def test_after_thirty_days_they_may_be_asked_once_more(browser: Browser) -> None:
    amara, long_ago = _amara(), clock.now() - timedelta(days=30, minutes=1)
    factories.suppression(of=amara, since_at=long_ago)
    factories.letter(kind="check_address", member=amara, created_at=long_ago)
    signed_in(browser, role="recruiter")
    page = browser.open(PATH)
    assert "Asked by letter on" in page.text
    page.press(ASK)
    assert len(_letters()) == 2


@pytest.mark.parametrize("kinds", [("complained",), ("bounced", "complained"), ()])
def test_nobody_else_is_written_to(browser: Browser, kinds: tuple[str, ...]) -> None:
    amara = _amara()
    for kind in kinds:
        factories.suppression(of=amara, kind=kind)
    signed_in(browser)
    page = browser.open(PATH)
    assert "Ask whether the address of" not in page.html
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    browser.post(f"/desk/members/{amara.id}/check-address", {"csrf_token": token})
    assert _letters() == []


def test_a_viewer_reads_and_asks_nobody(browser: Browser) -> None:
    amara = _amara()
    factories.suppression(of=amara)
    signed_in(browser, role="viewer")
    assert "Ask whether" not in browser.open(PATH).text
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    browser.post(f"/desk/members/{amara.id}/check-address", {"csrf_token": token}, status=403)
    browser.post("/desk/members/999/check-address", {"csrf_token": token}, status=403)


def test_the_persons_page_and_the_account_lead_here(browser: Browser) -> None:
    amara, now = _amara(), clock.now()
    factories.suppression(of=amara, kind="complained")
    newsletter = factories.newsletter(addressed_at=now, send_at=now, planned=1)
    factories.delivery(newsletter=newsletter, to=amara, state="excluded", reason="complained")
    signed_in(browser, role="viewer")
    person = browser.open(f"/desk/members/{amara.id}")
    assert "Not sent: had complained about a newsletter" in person.text
    assert person.follow("How people come back").h1 == "Who is stopped"
    assert (
        browser.open(f"/desk/newsletters/{newsletter.id}/not-sent").follow("See who is stopped").h1 == "Who is stopped"
    )
