"""The logo is given as what its bytes are, kept for an hour, and never as something that runs."""

from pathlib import Path

import pytest

from portal import config
from portal.public.logo import LARGEST
from tests.pages import Browser

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def set_logo(path: Path | None, content: bytes = b"") -> None:
    if path is not None:
        path.write_bytes(content)
    config.use(config.current().model_copy(update={"logo": path}))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("logo.png", PNG, "image/png"),
        ("logo.jpg", JPEG, "image/jpeg"),
        ("logo.webp", WEBP, "image/webp"),
        ("logo.svg", PNG, "image/png"),
        ("logo.html", JPEG, "image/jpeg"),
        ("logo", WEBP, "image/webp"),
    ],
)
def test_a_picture_is_what_its_bytes_are(
    browser: Browser, tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    set_logo(tmp_path / name, content)
    response = browser.client.get("/logo")
    assert (response.status_code, response.mimetype, response.data) == (200, kind, content)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in response.headers


def test_it_is_kept_for_an_hour_and_asked_for_by_its_mark(browser: Browser, tmp_path: Path) -> None:
    set_logo(tmp_path / "logo.png", PNG)
    first = browser.client.get("/logo")
    assert (first.cache_control.public, first.cache_control.max_age) == (True, 3600)
    again = browser.client.get("/logo", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    set_logo(tmp_path / "logo.png", JPEG)
    changed = browser.client.get("/logo", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.data) == (200, JPEG)


def test_head_gives_the_same_without_the_bytes(browser: Browser, tmp_path: Path) -> None:
    set_logo(tmp_path / "logo.png", PNG)
    response = browser.client.head("/logo")
    assert (response.status_code, response.mimetype, response.data) == (200, "image/png", b"")


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"\xef\xbb\xbf" + SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a/*" + SVG,
        b"%PDF-1.7",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x89PNG",
        b"",
        b"\n" + PNG,
    ],
    ids=["svg", "svg after a mark", "html", "gif", "pdf", "wav", "cut", "empty", "after a line"],
)
def test_what_is_no_picture_is_not_given(browser: Browser, tmp_path: Path, content: bytes) -> None:
    set_logo(tmp_path / "logo.png", content)
    response = browser.client.get("/logo")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert b"alert(1)" not in response.data


def test_a_picture_too_large_is_not_given(browser: Browser, tmp_path: Path) -> None:
    set_logo(tmp_path / "logo.png", PNG + b"\x00" * (LARGEST - len(PNG)))
    assert browser.client.get("/logo").status_code == 200
    set_logo(tmp_path / "logo.png", PNG + b"\x00" * (LARGEST - len(PNG) + 1))
    assert browser.client.get("/logo").status_code == 404


def test_without_one_there_is_nothing_and_pages_draw_a_letter(browser: Browser) -> None:
    set_logo(None)
    assert browser.open("/logo", status=404).h1 != ""
    assert 'src="/logo"' not in browser.open("/").html


@pytest.mark.parametrize("path", ["missing.png", ".", "secret/logo.png"])
def test_a_file_that_cannot_be_read_is_nothing(browser: Browser, tmp_path: Path, path: str) -> None:
    set_logo(None)
    config.use(config.current().model_copy(update={"logo": tmp_path / path}))
    assert browser.client.get("/logo").status_code == 404
