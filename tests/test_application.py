"""The application starts with settings that can work, and says what to mend in others."""

import re
from pathlib import Path
from typing import Any

import pytest

from portal import config, create_app
from portal.tools.mail.dkim import make_key


@pytest.mark.parametrize(
    "written", ["Pontwright <talent>", "talent", "a@b.example, c@d.example", "Two\nlines <a@b.example>"]
)
@pytest.mark.parametrize("name", ["mail_from", "reply_to"])
def test_a_sender_that_is_no_address_refuses_to_start(tmp_path: Path, name: str, written: str) -> None:
    settings = _settings(tmp_path, **{name: written})
    with pytest.raises(config.BadSettings, match=f"PORTAL_{name.upper()} must look like Name <talent@example.org>"):
        create_app(settings)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("mail.example.org", "must look like smtp://user:password@host:587"),
        ("https://mail.example.org", "must look like smtp://user:password@host:587"),
        ("smtp://", "must look like smtp://user:password@host:587"),
        ("smtp://mail.example.org:99999", "host or port in the SMTP URL cannot be read"),
        ("smtp://[mail.example.org", "host or port in the SMTP URL cannot be read"),
        ("smtp://talent:geheim#1@mail.example.org", "write %40 for @ and %23 for #"),
        ("smtp://mail.example.org/?starttls=perhaps", "starttls=required, optional or never"),
        ("smtp://mail.example.org/?verify=perhaps", "verify in the SMTP URL is yes or no"),
    ],
)
def test_a_mail_server_that_is_none_refuses_to_start(tmp_path: Path, written: str, told: str) -> None:
    settings = _settings(tmp_path, mail_from="talent@example.org", smtp_url=written)
    with pytest.raises(config.BadSettings, match="PORTAL_SMTP_URL cannot be used: .*" + re.escape(told)) as caught:
        create_app(settings)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("written", ["Two\nlines", "Name " * 50])
def test_a_company_whose_name_no_mail_can_carry_refuses_to_start(tmp_path: Path, written: str) -> None:
    with pytest.raises(config.BadSettings, match="PORTAL_COMPANY_NAME must be one line of at most 200 characters"):
        create_app(_settings(tmp_path, company_name=written))


def test_a_site_of_another_script_is_kept_as_mails_carry_it() -> None:
    assert _site("https://talent.exämple.example:8443/") == "https://talent.xn--exmple-cua.example:8443"
    assert _site("https://Bücher.example") == "https://xn--bcher-kva.example"
    assert _site("https://talent.example.org/") == "https://talent.example.org"
    with pytest.raises(ValueError, match="names a host that cannot exist"):
        _site("https://ex\u200bä mple.example")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"dkim_selector": ["mail"]}, "belong together"),
        ({"dkim_key_file": ["key.pem"]}, "belong together"),
        ({"dkim_domain": "example.org"}, "PORTAL_DKIM_KEY_FILE and PORTAL_DKIM_SELECTOR are needed too"),
        ({"dkim_key_file": ["missing.pem"], "dkim_selector": ["mail"]}, "cannot be read"),
        ({"dkim_key_file": ["key.pem"], "dkim_selector": ["no label"]}, "A selector is letters"),
        ({"dkim_key_file": ["bad.pem"], "dkim_selector": ["mail"]}, "no private key"),
        ({"dkim_key_file": ["key.pem"], "dkim_selector": ["mail"], "dkim_domain": "a b"}, "no domain"),
    ],
)
def test_keys_that_cannot_sign_refuse_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: dict[str, Any], told: str
) -> None:
    (tmp_path / "key.pem").write_bytes(make_key(kind="ed25519"))
    (tmp_path / "bad.pem").write_text("nothing")
    monkeypatch.chdir(tmp_path)
    with pytest.raises((config.BadSettings, ValueError), match=told):
        create_app(_settings(tmp_path, **written))


def _settings(instance: Path, **settings: Any) -> config.Settings:
    return config.Settings(instance=instance, secret_keys=["k" * 32], **settings)


def _site(base_url: str) -> str:
    return config.Settings(secret_keys=["k" * 32], base_url=base_url).base_url
