"""Settings: complete or not, and kept from the eyes of others."""

from pathlib import Path
from typing import Any

import pytest

from portal.services.sending.doctor import settings
from tests.services.sending.doctor.cases import opened, results, seen

ALL = [
    "postal address",
    "company name",
    "sender",
    "base URL",
    "secret keys",
    "private keys",
    "way out",
    "what comes back",
]


def test_settings_in_good_order(tmp_path: Path) -> None:
    found = seen(settings.look, tmp_path)
    assert results(found) == [(check, "ok") for check in ALL]
    assert "Mails go to mail.northwind.example:587." in [finding.why for finding in found]


@pytest.mark.parametrize(
    ("check", "result", "given"),
    [
        ("postal address", "problem", {"postal_address": " "}),
        ("company name", "warning", {"company_name": "Your company"}),
        ("base URL", "problem", {"base_url": "http://127.0.0.1:8000"}),
        ("secret keys", "warning", {"secret_keys": ["a-key-for-tests-0123456789abcdefghij", "ab" * 20]}),
        ("way out", "warning", {"smtp_url": None}),
        ("what comes back", "warning", {"bounce_domain": ""}),
    ],
)
def test_a_setting_to_mend(tmp_path: Path, check: str, result: str, given: dict[str, Any]) -> None:
    found = seen(settings.look, tmp_path, **given)
    assert results(found) == [(name, result if name == check else "ok") for name in ALL]
    [mend] = [finding for finding in found if finding.check == check]
    assert "PORTAL_" in mend.todo


def test_what_only_counts_once_mails_leave(tmp_path: Path) -> None:
    found = seen(settings.look, tmp_path, smtp_url=None, mail_from="", base_url="http://localhost:8000")
    warned = {finding.check for finding in found if finding.result == "warning"}
    assert warned == {"sender", "base URL", "way out"}
    assert {finding.result for finding in found} == {"ok", "warning"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "must be piped into: portal inbound"),
        ({"inbound_listen": "lmtp://127.0.0.1:2424"}, "is taken at lmtp://127.0.0.1:2424"),
        ({"imap_url": "imaps://us:s3cret-word@imap.example.org/INBOX"}, "is taken at a mailbox over IMAP"),
        ({"bounce_domain": "", "postmark_secret": "s3cret-word"}, "The mail provider tells of bounces"),
    ],
)
def test_what_comes_back_has_a_way_in(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    found = [finding for finding in seen(settings.look, tmp_path, **given) if finding.check == "what comes back"]
    assert [(finding.result, told in finding.why, "s3cret" in finding.why) for finding in found] == [
        ("ok", True, False)
    ]


@pytest.mark.parametrize("name", ["rsa.pem", "secret_key"])
def test_a_key_that_everybody_can_read(tmp_path: Path, name: str) -> None:
    with opened(tmp_path) as (case, _):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
        found = list(settings.look(case))
    assert results(found) == [(check, "warning" if check == "private keys" else "ok") for check in ALL]
    assert f"chmod 600 {tmp_path / name}" in [finding.todo for finding in found]


def test_no_secret_is_told(tmp_path: Path) -> None:
    url = "smtp://us:s3cret-word@mail.northwind.example"
    told = str(seen(settings.look, tmp_path, smtp_url=url, secret_keys=["ab" * 20]))
    assert "s3cret" not in told and "abab" not in told and "us:" not in told
