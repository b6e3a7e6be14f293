"""The archive, a newsletter's page and the feed, as readers, feed programs and strangers see them."""

from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from portal.extensions import db
from portal.models import Community, Newsletter
from portal.services.newsletters import imports, writing
from portal.services.people import sessions
from portal.tools import cookies
from portal.tools.rendering import markdown
from tests import factories
from tests.pages import Browser

ATOM = "{http://www.w3.org/2005/Atom}"
START = datetime(2026, 3, 3, 9, tzinfo=UTC)
BODY = """Slow *looks* careful.

## What we measured

| Pick | Newton |
|---|---|
| old | 5.8 |

```python
if force < limit:
    open_fingers()
```

[A field guide](https://example.org/guide?a=1&b=2), {{ braces }} and
<script>alert(1)</script> <b onclick="x()">bold</b>.

![Rig](https://example.org/rig.png)
"""


def _robots(**values: object) -> Community:
    return factories.community(slug="robots", name="Robotics software", **values)


def _published(at: Community, *, day: int = 0, **values: object) -> Newsletter:
    return factories.newsletter(at=at, published_at=START + timedelta(days=day), **values)


def _sign_in(browser: Browser, community: Community) -> None:
    secret = sessions.open_for(factories.membership(at=community).member)
    db.session.commit()
    browser.client.set_cookie(cookies.MEMBER, secret)


def test_the_archive_lists_what_is_published_by_year(browser: Browser) -> None:
    robots = _robots()
    _published(robots, title="Letting go", summary="A gripper opens.", slug="letting-go")
    _published(robots, day=-100, title="Why it says no", slug="no")
    factories.newsletter(at=robots, title="Still a draft")
    db.session.commit()
    page = browser.open("/c/robots/newsletters")
    assert page.h1 == "All newsletters"
    assert [link for link in page.links if "/newsletters/" in link] == [
        "/c/robots/newsletters/letting-go",
        "/c/robots/newsletters/no",
    ]
    assert "2 so far" in page.text
    assert "A gripper opens." in page.text
    assert "Still a draft" not in page.text


def test_a_long_archive_has_pages_and_no_more_than_it_has(browser: Browser) -> None:
    robots = _robots()
    for day in range(23):
        _published(robots, day=day)
    db.session.commit()
    second = browser.open("/c/robots/newsletters").follow("Next")
    assert "21 to 23 of 23" in second.text
    for nonsense in ("3", "0", "-1", "x", "9" * 30, "²"):
        browser.open("/c/robots/newsletters", status=404, query_string={"page": nonsense})


def test_an_empty_archive_says_so(browser: Browser) -> None:
    _robots()
    db.session.commit()
    assert "Nothing published yet" in browser.open("/c/robots/newsletters").text


def test_a_newsletter_is_read_in_its_own_language_and_without_anything_that_runs(browser: Browser) -> None:
    robots = _robots()
    _published(robots, title="Loslassen", slug="x", body=BODY, language="de", written_by="Femi and Klara")
    db.session.commit()
    page = browser.open("/c/robots/newsletters/x")
    assert page.h1 == "Loslassen"
    assert '<div class="prose" lang="de" dir="ltr">' in page.html
    assert {"https://example.org/guide?a=1&b=2", "/c/robots", "/preferences"} <= set(page.links)
    assert "Femi and Klara" in page.text
    assert "3 March 2026 · 1 minute to read" in page.text
    assert "{{ braces }} and" in page.text
    assert "if force &lt; limit:\n    open_fingers()" in page.html
    assert ("alert(1)" in page.html, "onclick" in page.html) == (False, False)
    assert '<meta property="og:title" content="Loslassen">' in page.html
    assert '<meta property="og:image" content="https://example.org/rig.png">' in page.html


def test_an_arabic_newsletter_runs_from_right_to_left(browser: Browser) -> None:
    _published(_robots(), slug="x", title="مرحبا", language="ar")
    db.session.commit()
    assert '<div class="prose" lang="ar" dir="rtl">' in browser.open("/c/robots/newsletters/x").html


def test_one_reads_on_to_the_newsletter_before_and_after(browser: Browser) -> None:
    robots = _robots()
    for day, name in enumerate(("first", "second", "third")):
        _published(robots, day=day, slug=name, title=name.title())
    db.session.commit()
    page = browser.open("/c/robots/newsletters/second")
    assert (page.follow("First").h1, page.follow("Third").h1) == ("First", "Third")


def test_a_title_in_another_script_has_an_address_that_works(browser: Browser) -> None:
    newsletter = writing.draft(_robots(), title="日本の 手紙", body="こんにちは")
    writing.publish(newsletter)
    db.session.commit()
    assert browser.open("/c/robots/newsletters").follow("手紙").h1 == "日本の 手紙"


@pytest.mark.parametrize("state", ["draft", "scheduled", "unpublished"])
def test_a_draft_never_leaks(browser: Browser, state: str) -> None:
    newsletter = factories.newsletter(at=_robots(), slug="secret", title="Secret plan")
    if state == "scheduled":
        newsletter.send_at = START
    if state == "unpublished":
        writing.publish(newsletter)
        writing.unpublish(newsletter)
    db.session.commit()
    browser.open("/c/robots/newsletters/secret", status=404)
    assert "Secret plan" not in browser.open("/c/robots/newsletters").text
    assert "Secret plan" not in browser.open("/c/robots/feed.atom").html


@pytest.mark.parametrize("address", ["newsletters", "newsletters/x", "feed.atom"])
def test_a_private_community_shows_itself_to_its_members_only(browser: Browser, address: str) -> None:
    private = _robots(state="private")
    _published(private, slug="x")
    db.session.commit()
    browser.open(f"/c/robots/{address}", status=404)
    _sign_in(browser, factories.community())
    browser.open(f"/c/robots/{address}", status=404)
    _sign_in(browser, private)
    page = browser.open(f"/c/robots/{address}")
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_closed_community_is_read_but_not_joined(browser: Browser) -> None:
    _published(_robots(state="closed"), slug="x")
    db.session.commit()
    page = browser.open("/c/robots/newsletters/x")
    assert "Get the next one by email" not in page.text


def test_the_feed_is_atom_with_full_content_and_ids_that_stay(browser: Browser) -> None:
    robots = _robots(summary="Planning & control")
    newsletter = _published(robots, slug="x", title="A < B & C", summary="Less < more", body=BODY, written_by="Femi")
    db.session.commit()
    first = browser.open("/c/robots/feed.atom")
    assert first.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(first.html)
    entry = feed.find(f"{ATOM}entry")
    assert (feed.findtext(f"{ATOM}title"), feed.findtext(f"{ATOM}subtitle")) == (
        "Robotics software – Northwind Robotics",
        "Planning & control",
    )
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "alternate": "http://localhost/c/robots/newsletters",
        "self": "http://localhost/c/robots/feed.atom",
    }
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "A < B & C"
    assert entry.findtext(f"{ATOM}summary") == "Less &lt; more"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Femi"
    assert entry.findtext(f"{ATOM}published") == "2026-03-03T09:00:00+00:00"
    content = entry.findtext(f"{ATOM}content") or ""
    assert "https://example.org/guide?a=1&amp;b=2" in content
    assert "open_fingers()" in content
    assert "alert(1)" not in content
    writing.write(newsletter, seen=writing.mark(newsletter), title="Renamed", slug="elsewhere")
    db.session.commit()
    later = ElementTree.fromstring(browser.open("/c/robots/feed.atom").html)
    assert later.findtext(f"{ATOM}entry/{ATOM}id") == entry.findtext(f"{ATOM}id")
    assert later.findtext(f"{ATOM}entry/{ATOM}title") == "Renamed"


def test_a_feed_reader_is_told_when_nothing_changed(browser: Browser) -> None:
    robots = _robots()
    db.session.commit()
    for _ in range(2):
        fresh = browser.open("/c/robots/feed.atom")
        kept = {"If-None-Match": fresh.headers["ETag"]}
        assert browser.open("/c/robots/feed.atom", status=304, headers=kept).html == ""
        since = {"If-Modified-Since": fresh.headers["Last-Modified"]}
        browser.open("/c/robots/feed.atom", status=304, headers=since)
        _published(robots)
        db.session.commit()
        browser.open("/c/robots/feed.atom", headers=kept)


@pytest.mark.parametrize(
    "address",
    ["/c/nowhere/newsletters", "/c/nowhere/feed.atom", "/c/robots/newsletters/x%00", "/c/robots%00/feed.atom"],
)
def test_what_is_not_there_is_not_found(browser: Browser, address: str) -> None:
    _robots()
    db.session.commit()
    browser.open(address, status=404)


def test_a_link_without_a_site_is_words_here_as_in_the_mail(browser: Browser) -> None:
    edition = _published(_robots(), body="Read [the tour](/tour) or [the rest](https://example.org/rest).")
    db.session.commit()
    page = browser.open(f"/c/robots/newsletters/{edition.slug}")
    assert "Read the tour (/tour) or the rest." in page.text
    assert [href for href in page.links if "tour" in href or "rest" in href] == ["https://example.org/rest"]
    assert "the tour (/tour)" in unescape(browser.open("/c/robots/feed.atom").html)


def test_real_editions_stand_in_the_archive_without_loss(browser: Browser, shared_data: Path) -> None:
    robots = _robots()
    for file in sorted((shared_data / "newsletters").glob("*.md")):
        edition = imports.import_markdown(file.read_text(encoding="utf-8"), filename=file.name, community=robots)
        writing.publish(edition)
        body = markdown.render(edition.body)
        db.session.commit()
        page = browser.open(f"/c/robots/newsletters/{edition.slug}")
        assert {link.url for link in body.links} <= set(page.links), file.name
        assert " ".join(page.text.split()).count("alert(1)") <= 1
        assert page.html.count("<pre") == body.html.count("<pre"), file.name
    feed = ElementTree.fromstring(browser.open("/c/robots/feed.atom").html)
    assert len(feed.findall(f"{ATOM}entry")) == 13
