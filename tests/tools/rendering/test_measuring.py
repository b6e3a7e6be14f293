"""The measured form of a body: web links lead over us, everything else stays as it was."""

import pytest

from portal import config
from portal.tools.rendering import measuring
from portal.tools.rendering.markdown import render

SITE = "https://talent.example.org"
BODY = """Read [one](https://example.org/a?b=c&d=%20#e), [two](HTTP://example.net/) and [one](https://example.org/a?b=c&d=%20#e).

## A part

[Write](mailto:x@example.org), [call](tel:+31), [below](#a-part), [ours](https://talent.example.org/c/robots)
"""
TARGETS = ["https://example.org/a?b=c&d=%20#e", "HTTP://example.net/", "https://talent.example.org/c/robots"]


@pytest.fixture(autouse=True)
def _site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_current", config.Settings(secret_keys=["k" * 40], base_url=SITE))


def test_each_web_address_is_a_target_once_in_reading_order() -> None:
    assert measuring.targets(render(BODY).html) == TARGETS


def test_only_the_addresses_change() -> None:
    html = render(BODY).html
    numbered = {target: f"{SITE}/l/token/{number}" for number, target in enumerate(TARGETS)}
    measured = measuring.with_measured_links(html, numbered)
    back = measured
    for target, address in numbered.items():
        assert f'href="{address}"' in measured
        back = back.replace(address, target.replace("&", "&amp;"))
    assert (back, measured == html) == (measuring.with_measured_links(html, {}), False)
    assert all(f'href="{kept}' in measured for kept in ("mailto:x@example.org", "tel:+31", "#part-a-part"))


def test_a_link_without_a_measured_address_stays_plain() -> None:
    measured = measuring.with_measured_links(render(BODY).html, {TARGETS[1]: f"{SITE}/l/token/1"})
    assert measured.count("/l/token/") == 1
    assert "https://example.org/a" in measured


@pytest.mark.parametrize(
    "path",
    ["/u/token", "/m/token", "/confirm/token", "/sign-in", "/preferences", "/preferences?a=b", "/my-data", "//u/x"],
)
@pytest.mark.parametrize("site", [SITE, SITE.upper(), SITE.replace("https", "http")])
def test_what_is_a_persons_own_is_never_measured(site: str, path: str) -> None:
    html = f'<p><a href="{site}{path}">there</a></p>'
    assert measuring.targets(html) == []
    assert measuring.with_measured_links(html, {f"{site}{path}": "elsewhere"}) == html


def test_elsewhere_such_a_path_is_a_link_like_others() -> None:
    assert measuring.targets('<a href="https://example.org/u/x">there</a>') == ["https://example.org/u/x"]


@pytest.mark.parametrize("href", ["https://a..b/", f"https://{'x' * 64}.example/", "http://[1/", "http://a:99999999/"])
def test_what_no_redirection_can_name_stays_a_plain_link(href: str) -> None:
    assert measuring.targets(f'<a href="{href}">there</a>') == []
