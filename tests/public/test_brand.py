"""The one colour of the company, and of a community that has its own."""

import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.tools.colors import brand_css
from tests import factories


@pytest.fixture(autouse=True)
def _communities(app: Flask) -> None:
    factories.community(slug="red", brand_color="#aa1122")
    factories.community(slug="plain")
    db.session.commit()


def test_each_sheet_carries_its_colour_and_may_be_kept(app: Flask) -> None:
    of_site = brand_css(config.current().brand_color)
    sheets = {path: app.test_client().get(path) for path in ("/brand.css", "/c/red/brand.css", "/c/plain/brand.css")}
    assert {path: sheet.text for path, sheet in sheets.items()} == {
        "/brand.css": of_site,
        "/c/red/brand.css": brand_css("#aa1122"),
        "/c/plain/brand.css": of_site,
    }
    assert {(s.mimetype, s.headers["Cache-Control"]) for s in sheets.values()} == {("text/css", "public, max-age=300")}


def test_a_sheet_that_did_not_change_is_not_sent_again(app: Flask) -> None:
    client = app.test_client()
    etag = client.get("/brand.css").headers["ETag"]
    assert client.get("/brand.css", headers={"If-None-Match": etag}).status_code == 304


def test_an_unknown_community_has_no_sheet(app: Flask) -> None:
    assert app.test_client().get("/c/nowhere/brand.css").status_code == 404
