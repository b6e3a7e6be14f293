"""Real editions and hostile strings in the room."""

import json
from pathlib import Path

from portal.extensions import db
from portal.services.newsletters import imports
from portal.tools.rendering import markdown
from tests.desk.newsletters.rows import draft, robots
from tests.desk.people import signed_in
from tests.pages import Browser


def test_real_editions_are_previewed_without_loss(browser: Browser, shared_data: Path) -> None:
    place = robots()
    signed_in(browser)
    for file in sorted((shared_data / "newsletters").glob("*.md")):
        edition = imports.import_markdown(file.read_text(encoding="utf-8"), filename=file.name, community=place)
        db.session.commit()
        body = markdown.render(edition.body)
        page = browser.open(f"/desk/newsletters/{edition.id}/write")
        assert edition.body.rstrip() in page.values("Save")["body"], file.name
        html = browser.client.get(f"/desk/newsletters/{edition.id}/preview").text
        text = browser.client.get(f"/desk/newsletters/{edition.id}/preview?part=text").text
        for link in body.links:
            assert link.url.replace("&", "&amp;") in html, (file.name, link.url)
            assert link.url in text, (file.name, link.url)


def test_strange_words_never_break_the_room(browser: Browser, shared_data: Path) -> None:
    newsletter = draft()
    signed_in(browser)
    strings = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    for string in strings[::4]:
        page = browser.open(f"/desk/newsletters/{newsletter.id}/write")
        values = {"title": string[:150] or "x", "body": string, "find": string[:90], "summary": string[:150]}
        answer = browser.client.post(page.path, data={**page.values("Save"), **values}, follow_redirects=True)
        assert answer.status_code in {200, 422}, string
