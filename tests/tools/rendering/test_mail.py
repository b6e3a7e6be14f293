"""Newsletters and letters as mails: both parts complete, safe, in the member's language and direction."""

import dataclasses
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portal.tools.colors import BadColor
from portal.tools.rendering import front_matter
from portal.tools.rendering.mail import (
    CLIPPED_AT,
    NewsletterMail,
    Parts,
    reason,
    render_letter,
    render_newsletter,
    size_report,
)
from portal.tools.rendering.markdown import Rendered, render
from tests.tools.rendering.sources import own_editions
from tests.wire_bodies import check_html, links, shown

OWN = {"talent.example.org"}
WHY = "You get this because you joined Kiln talk on 3 May 2026 and asked for every newsletter."


def mail(body: str = "Words and [a link](https://example.org/a).", **changes: object) -> NewsletterMail:
    view = NewsletterMail(
        title="What the kiln taught us",
        body=render(body),
        company="Ember & Clay",
        community="Kiln talk",
        brand="#8a3b12",
        archive_url="https://talent.example.org/c/kiln/newsletters/4",
        manage_url="https://talent.example.org/m/abc",
        unsubscribe_url="https://talent.example.org/u/abc",
        postal_address="Ember & Clay, Ovenstraat 3, 9000 Gent",
        reason=WHY,
        preheader="Slow is a decision",
        greeting_name="Amara",
    )
    return dataclasses.replace(view, **changes)


def letter(template: str, **changes: object) -> Parts:
    values: dict[str, object] = {
        "brand": "#8a3b12",
        "company": "Ember & Clay",
        "postal_address": "Ovenstraat 3, 9000 Gent",
        "community": "Kiln talk",
        "url": "https://talent.example.org/x/abc",
        "not_me_url": "https://talent.example.org/x/abc/not-me",
        "code": "012345",
        "minutes": 10,
        "hours": 72,
        "days": 14,
    }
    return render_letter(template, **{**values, **changes})


def test_both_parts_say_who_why_and_how_to_stop() -> None:
    view = mail()
    parts = render_newsletter(view)
    assert reason("en", community="Kiln talk", joined_on="3 May 2026", frequency="every newsletter") == WHY
    flat = " ".join(parts.text.split())
    for words in (WHY, view.title, view.postal_address, "Hello Amara,", "Words and a link"):
        assert words in shown(parts.html)
        assert words in flat
    wanted = {view.archive_url, view.manage_url, view.unsubscribe_url, "https://example.org/a"}
    assert wanted <= links(parts.html)
    assert [url for url in wanted if url not in parts.text] == []


def test_the_html_part_passes_the_strict_reader() -> None:
    for edition in own_editions():
        _, body = front_matter.split(edition.read_text())
        assert check_html(render_newsletter(mail(body)).html, own_hosts=OWN) == []


def test_published_editions_pass_the_strict_reader(shared_data: Path) -> None:
    for edition in sorted((shared_data / "newsletters").glob("*.md")):
        _, body = front_matter.split(edition.read_text())
        parts = render_newsletter(mail(body))
        assert check_html(parts.html, own_hosts=OWN) == [], edition.name
        shown_links = links(parts.html)
        assert [link.url for link in render(body).links if link.url not in shown_links] == []
        assert [link.url for link in render(body).links if link.url not in parts.text] == []


def test_the_title_is_the_only_top_heading() -> None:
    html = render_newsletter(mail("# One\n\n## Two")).html
    assert re.findall(r"<(h\d)", html) == ["h1", "h2", "h3"]


def test_values_are_escaped_in_html_and_plain_in_text() -> None:
    parts = render_newsletter(mail(greeting_name="<b>O'Neil</b>", title="A < B & C {{ x }}"))
    assert "<b>O" not in parts.html
    assert "A &lt; B &amp; C {{ x }}" in parts.html
    assert "Hello <b>O'Neil</b>," in parts.text
    assert "\nA < B & C {{ x }}\n" in parts.text


def test_nobody_is_greeted_without_a_name() -> None:
    parts = render_newsletter(mail(greeting_name=""))
    assert "Hello" not in parts.html + parts.text


def test_styles_are_inlined_and_dark_colours_stand_in_the_head() -> None:
    html = render_newsletter(mail("## A\n\n[b](https://example.org/b)")).html
    assert re.search(r'<h2 style="[^"]*color: #[0-9a-f]{6}', html)
    assert re.search(r'<a href="https://example.org/b" style="color: #[0-9a-f]{6};">', html)
    assert html.count("<style>") == 2  # One for Outlook alone, one for dark mode and phones.
    assert "@media (prefers-color-scheme: dark)" in html


def test_layout_tables_are_presentation_and_the_body_s_own_are_not() -> None:
    html = render_newsletter(mail("| a |\n|---|\n| 1 |")).html
    tables = re.findall(r"<table[^>]*>", html)
    assert len([table for table in tables if 'role="presentation"' not in table]) == 1


def test_direction_follows_the_language() -> None:
    html = render_newsletter(mail("- أ\n\n> ب", language="ar", title="عنوان")).html
    assert '<html lang="ar" dir="rtl"' in html
    assert "padding-right: 24px" in html
    assert "border-right: 3px" in html
    assert '<html lang="de" dir="ltr"' in render_newsletter(mail(language="de")).html


def test_the_logo_takes_the_place_of_the_letter() -> None:
    html = render_newsletter(mail(logo_url="https://talent.example.org/logo.png")).html
    assert '<img class="logo" src="https://talent.example.org/logo.png" alt=""' in html
    assert 'aria-hidden="true">E<' not in html


def test_a_long_mail_is_reported_and_not_cut() -> None:
    long = "A paragraph of some length that fills the page. " * 40
    parts = render_newsletter(mail("\n\n".join([long] * 60) + "\n\nThe end."))
    size = size_report(parts)
    assert size.html == len(parts.html.encode()) > CLIPPED_AT
    assert size.is_clipped
    assert "The end." in parts.html
    assert "The end." in parts.text
    assert not size_report(render_newsletter(mail())).is_clipped


def test_an_empty_body_is_still_a_whole_mail() -> None:
    parts = render_newsletter(dataclasses.replace(mail(), body=Rendered("", "")))
    assert check_html(parts.html, own_hosts=OWN) == []


def test_a_brand_that_is_no_colour_is_refused() -> None:
    with pytest.raises(BadColor):
        render_newsletter(mail(brand="red;}</style>"))


@pytest.mark.parametrize("template", ["sign_in", "confirm", "check_address"])
def test_letters_say_their_address_in_both_parts(template: str) -> None:
    parts = letter(template)
    assert check_html(parts.html, own_hosts=OWN) == []
    assert "https://talent.example.org/x/abc" in links(parts.html)
    assert "https://talent.example.org/x/abc" in parts.text.split()
    assert "Ember &amp; Clay" in parts.html
    assert "Ovenstraat 3, 9000 Gent" in parts.text
    assert "\n\n\n" not in parts.text
    assert not re.search(r"<img", parts.html)


def test_a_sign_in_letter_carries_the_code_and_its_time() -> None:
    parts = letter("sign_in")
    assert parts.subject == "Sign in to Ember & Clay"
    assert "012345" in shown(parts.html)
    assert "type this one: 012345" in parts.text
    assert "for 10 minutes" in shown(parts.html)


def test_a_confirm_letter_lets_a_stranger_say_no() -> None:
    parts = letter("confirm")
    assert parts.subject == "Confirm your email address"
    assert "https://talent.example.org/x/abc/not-me" in links(parts.html)
    assert "https://talent.example.org/x/abc/not-me" in parts.text


def test_a_subject_is_one_line() -> None:
    assert letter("sign_in", company="Ember\r\nBcc: x").subject == "Sign in to Ember Bcc: x"


def test_a_letter_with_a_value_missing_is_never_made() -> None:
    with pytest.raises(UndefinedError):
        render_letter("sign_in", brand="#8a3b12", company="E", postal_address="P", url="https://talent.example.org/x")
