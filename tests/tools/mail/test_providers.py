"""Mailbox providers by the domain of an address."""

import pytest

from portal.tools.mail import providers


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail"),
        ("googlemail.com", "gmail"),
        ("GoogleMail.com", "gmail"),
        ("outlook.com", "outlook"),
        ("hotmail.co.uk", "outlook"),
        ("live.nl", "outlook"),
        ("msn.com", "outlook"),
        ("yahoo.com.br", "yahoo"),
        ("ymail.com", "yahoo"),
        ("icloud.com", "icloud"),
        ("me.com", "icloud"),
        ("mac.com", "icloud"),
        ("gmx.net", "gmx"),
        ("gmx.at", "gmx"),
        ("web.de", "web.de"),
        ("proton.me", "proton"),
        ("example.org", "example.org"),
        ("live.example.org", "live.example.org"),
        ("gmail.com.example.org", "gmail.com.example.org"),
        ("notgmail.com", "notgmail.com"),
        ("me.uk", "me.uk"),
        ("", providers.UNKNOWN),
    ],
)
def test_the_large_ones_go_by_one_name(domain: str, provider: str) -> None:
    assert providers.of_domain(domain) == provider
