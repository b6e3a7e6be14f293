"""Every macro renders for every kind of field, with labels, hints and errors that know each other."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.pages import Page
from tests.templates.specimen import make_app

WRONG = {
    "email": "amara.example.com",
    "name": "Amara\u0000Okafor",
    "title": " ",
    "body": "long " * 60,
    "born_on": "21/05/2026",
    "send_at": "soon",
    "number": "many",
    "community": "nowhere",
    "rhythm": "hourly",
    "role": "king",
    "width": "wall",
    "topics": ["gossip"],
    "days": ["sun"],
}


@pytest.fixture
def tiny() -> Flask:
    return make_app()


@pytest.fixture
def client(tiny: Flask) -> FlaskClient:
    return tiny.test_client()


def page(response: TestResponse) -> Page:
    found = Page(None, response.request.path, response.status_code, response.text, dict(response.headers))  # type: ignore[arg-type]
    found.check()
    return found


def sent(client: FlaskClient, **values: object) -> Page:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/fields").text)
    assert token
    return page(client.post("/fields", data={"csrf_token": token[1], **values}))


def test_every_field_has_a_label_and_the_page_is_whole(client: FlaskClient) -> None:
    found = page(client.get("/fields"))
    assert found.title == "Every field – Northwind Robotics"
    for label in ("Email address", "Name (optional)", "At least 12 characters.", "We only write to confirm."):
        assert label in found.text


def test_each_wrong_answer_is_explained_above_its_field_and_on_top(client: FlaskClient) -> None:
    found = sent(client, **WRONG)
    assert found.status == 422
    assert found.title == "Error: Every field – Northwind Robotics"
    sentences = {
        "email": "Enter an email address like name@example.org",
        "name": "We took out invisible control characters. Look at it once more and send it again",
        "title": "Enter a title",
        "body": "Shorten this to 200 characters; it has 299",
        "born_on": "Enter a date like 2026-05-21",
        "send_at": "Enter a date and a time like 2026-05-21 09:30",
        "number": "Enter a whole number, like 12",
        "community": "Choose one of the options shown",
        "rhythm": "Choose one of the options shown",
        "topics": "Choose among the options shown",
        "days": "Choose among the options shown",
    }
    for name, sentence in sentences.items():
        assert f'id="{name}-error"' in found.html
        assert found.text.count(sentence) >= 2, f"{name}: {sentence}"


def test_each_link_of_the_summary_leads_to_a_control(client: FlaskClient) -> None:
    found = sent(client, **WRONG)
    summary = found.html.partition('class="error-summary"')[2].partition("<h1>")[0]
    for target in re.findall(r'href="#([^"]+)"', summary):
        assert re.search(rf'<(input|select|textarea)[^>]* id="{target}"', found.html), target
    assert len(re.findall(r'href="#', summary)) == len(WRONG)


def test_a_wrong_field_keeps_what_was_typed_and_names_its_error(client: FlaskClient) -> None:
    found = sent(client, **WRONG)
    control = re.search(r'<input[^>]* id="email"[^>]*>', found.html)
    assert control
    for part in (
        'value="amara.example.com"',
        'aria-invalid="true"',
        'aria-describedby="email-hint email-error"',
        'autocomplete="email"',
    ):
        assert part in control[0]


def test_hostile_strings_leave_every_field_whole(client: FlaskClient, shared_data: Path) -> None:
    strings = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    for hostile in strings:
        found = sent(client, **dict.fromkeys(WRONG, hostile))
        assert found.status == 422


def test_every_part_renders(client: FlaskClient) -> None:
    found = page(client.get("/desk/"))
    assert found.title == "Every part – Evergreen"
    assert "26 to 50 of 1,234" in found.text
    assert found.html.count('role="status"') == 4
    assert "/desk/members?page=3&status=active" in found.links or "/desk/members?status=active&page=3" in found.links


def test_the_first_and_last_page_have_only_one_way_to_go(client: FlaskClient) -> None:
    assert "Previous" not in page(client.get("/desk/?page=1")).text
    assert "Next" not in page(client.get("/desk/?page=3")).text


def test_the_desk_marks_where_you_are_and_signs_out_by_post(client: FlaskClient) -> None:
    html = page(client.get("/desk/members")).html
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', html) == ["/desk/members"]
    assert '<form method="post" action="/desk/sign-out"' in html
    assert "Relationships" not in html and "Insight" not in html


def test_outside_the_desk_there_is_no_menu(client: FlaskClient) -> None:
    html = page(client.get("/desk/?outside")).html
    assert 'id="nav"' not in html and "popovertarget" not in html


def test_the_public_side_names_the_company_and_where_it_is(client: FlaskClient) -> None:
    text = page(client.get("/c/robotics-software")).text
    assert "Northwind Robotics, Maashaven 12, 3081 AE Rotterdam · talent@northwind.example" in text
    assert "Runs on Evergreen, open source." in text


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 429, 500, 503])
@pytest.mark.parametrize("where", ["", "/desk"])
def test_every_error_says_what_happened_and_what_to_do(client: FlaskClient, code: int, where: str) -> None:
    found = page(client.get(f"{where}/broken/{code}"))
    assert found.status == code
    assert found.title.startswith(found.h1)
    assert ("Go to the desk’s home" in found.text) is bool(where)
