"""Addresses: left as written where they are good, refused where they hide something."""

import pytest

from portal.tools.rendering import addresses


@pytest.mark.parametrize(
    "written",
    [
        "https://example.org/a?b=1&c=2",
        "http://example.org:8080/x#frag",
        "https://example.org/ü?x=ß",
        "https://例え.jp/パス",
        "https://user:pass@example.org/",
        "https://example.org/%zz",
        "https://example.org/{{unsubscribe_url}}",
        "https://example.org/\u200d👩",
        "mailto:jobs@example.org?subject=Hi%20there",
        "tel:+4912345",
        "HTTPS://EXAMPLE.ORG/",
    ],
)
def test_good_addresses_are_left_as_written(written: str) -> None:
    assert addresses.link(written) == written


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://example.org/?q=a b", "https://example.org/?q=a%20b"),
        (' https://example.org/"<>`', "https://example.org/%22%3C%3E%60"),
        ("https://exam\nple.org/\t", "https://example.org/"),
        ("//cdn.example.org/x.png", "https://cdn.example.org/x.png"),
    ],
)
def test_what_cannot_stand_in_a_mail_is_written_otherwise(written: str, kept: str) -> None:
    assert addresses.link(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
        "\u00a0javascript:alert(1)", "\u200bjavascript:alert(1)", "\u2003https://example.org/", "java\u00adscript:x",
        "\uff4aavascript:alert(1)", "javascript\uff1aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "cid:x", "someapp:x", "https:", "https://", "https:///example.org", "https:\\\\example.org", "http://[::1",
        "https://example.org:port/", "https://example.org\\@evil.example/", "mailto:", "tel: ", "", " ",
    ],
)  # fmt: skip
def test_bad_addresses_are_refused(written: str) -> None:
    with pytest.raises(addresses.BadAddress):
        addresses.link(written)


def test_relative_addresses_need_a_base() -> None:
    with pytest.raises(addresses.NoSite):
        addresses.link("/a")
    assert addresses.link("../a?b", base_url="https://site.example/x/y/") == "https://site.example/x/a?b"
    with pytest.raises(addresses.BadAddress):
        addresses.link("/a", base_url="javascript:alert(1)")


def test_harmless_schemes_few_can_open_are_for_words_only() -> None:
    with pytest.raises(addresses.OnlyInWords):
        addresses.link("irc://chat.example/room")


def test_pictures_come_from_the_web_and_safely() -> None:
    with pytest.raises(addresses.BadAddress):
        addresses.picture("mailto:a@example.org")
    assert addresses.is_secure("https://example.org/a.png")
    assert addresses.is_secure("http://127.0.0.1:8000/a.png")
    assert not addresses.is_secure("http://example.org/a.png")
    assert not addresses.is_secure("http://localhost.example.org/a.png")
