"""`portal dkim create`: a key its owner alone can read, the record to publish, the settings to set."""

import stat
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal import config
from portal.services.sending import signing
from portal.tools.mail.dkim import load_key, make_signer
from tests.cli.running import Ran, run

pytestmark = pytest.mark.one_engine


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings a shell would give."""
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PORTAL_MAIL_FROM", "Northwind <talent@northwind.example>")


def create(app: Flask, *words: object) -> Ran:
    with time_machine.travel("2026-11-26"):
        return run(app, "dkim", "create", *words)


def test_an_rsa_key_its_record_and_the_settings(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "rsa.pem"
    ran = create(app, "--out", file)
    assert ran.status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    signer = make_signer("northwind.example", "rsa202611", file.read_bytes())
    record, *settings = ran.out.splitlines()
    name, kind, value = record.split(" ", 2)
    assert (name, kind) == ("rsa202611._domainkey.northwind.example.", "TXT")
    strings = value.removeprefix('"').removesuffix('"').split('" "')
    assert "".join(strings) == signer.record and len(strings[0]) == 255 and len(strings) == 2
    assert settings == [f"PORTAL_DKIM_KEY_FILE={file}", "PORTAL_DKIM_SELECTOR=rsa202611"]
    assert signer.key.key_size == 2048
    assert "PRIVATE" not in ran.out + ran.told


def test_an_ed25519_key_beside_the_rsa_key(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "rsa.pem", tmp_path / "ed.pem"
    for line in create(app, "--out", first).out.splitlines()[1:]:
        monkeypatch.setenv(*line.split("=", 1))
    ran = create(app, "--out", second, "--algorithm", "ed25519", "--selector", "new.one")
    assert ran.status == 0
    settings = ran.out.splitlines()[1:]
    assert settings == [f"PORTAL_DKIM_KEY_FILE={first},{second}", "PORTAL_DKIM_SELECTOR=rsa202611,new.one"]
    for line in settings:
        monkeypatch.setenv(*line.split("=", 1))
    config.use(config.load())
    both = [(signer.algorithm, signer.record_name) for signer in signing.signers()]
    assert both == [
        ("rsa-sha256", "rsa202611._domainkey.northwind.example"),
        ("ed25519-sha256", "new.one._domainkey.northwind.example"),
    ]
    assert f'"{signing.signers()[1].record}"' in ran.out


def test_a_file_that_is_there_is_kept(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("a key that signs")
    ran = create(app, "--out", file)
    assert (ran.status, ran.out) == (1, "")
    assert "is there already" in ran.told and file.read_text() == "a key that signs"
    link = tmp_path / "link.pem"
    link.symlink_to(tmp_path / "elsewhere.pem")
    assert create(app, "--out", link).status == 1
    assert not (tmp_path / "elsewhere.pem").exists()


def test_a_file_that_cannot_be_made(app: Flask, tmp_path: Path) -> None:
    ran = create(app, "--out", tmp_path / "missing" / "key.pem")
    assert (ran.status, ran.out) == (1, "")
    assert "cannot be written (No such file or directory)" in ran.told
    assert "without one" in create(app, "--out", tmp_path / "a,b.pem").told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--selector", "under_score"], "A selector is letters, digits and hyphens"),
        (["--selector", "x" * 64], "A selector is letters, digits and hyphens"),
        (["--selector", ".".join(["x" * 60] * 4)], "The selector is too long"),
    ],
)
def test_names_the_dns_cannot_hold(app: Flask, tmp_path: Path, words: list[str], told: str) -> None:
    ran = create(app, "--out", tmp_path / "key.pem", *words)
    assert (ran.status, ran.out, told in ran.told) == (1, "", True), ran.told
    assert not (tmp_path / "key.pem").exists()


def test_a_selector_is_used_once(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in create(app, "--out", tmp_path / "first.pem").out.splitlines()[1:]:
        monkeypatch.setenv(*line.split("=", 1))
    ran = create(app, "--out", tmp_path / "second.pem")
    assert (ran.status, ran.out) == (1, "")
    assert "rsa202611 is taken" in ran.told and not (tmp_path / "second.pem").exists()


def test_it_signs_for_the_sender(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_MAIL_FROM", "talent@Müller.example")
    ran = create(app, "--out", tmp_path / "a.pem", "--algorithm", "ed25519")
    assert ran.out.startswith("ed25519202611._domainkey.xn--mller-kva.example. TXT ")
    monkeypatch.setenv("PORTAL_DKIM_KEY_FILE", str(tmp_path / "a.pem"))
    monkeypatch.setenv("PORTAL_DKIM_SELECTOR", "ed25519202611")
    monkeypatch.setenv("PORTAL_DKIM_DOMAIN", "northwind.example")
    ran = create(app, "--out", tmp_path / "b.pem")
    assert ran.out.startswith("rsa202611._domainkey.northwind.example. TXT ")


def test_without_a_sender_there_is_nobody_to_sign_for(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTAL_MAIL_FROM")
    ran = create(app, "--out", tmp_path / "key.pem")
    assert (ran.status, ran.out) == (1, "")
    assert "set PORTAL_MAIL_FROM first" in ran.told and not (tmp_path / "key.pem").exists()


def test_a_key_is_made_while_the_settings_name_a_file_that_is_not_there_yet(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DKIM_KEY_FILE", str(tmp_path / "key.pem"))
    monkeypatch.setenv("PORTAL_DKIM_SELECTOR", "mail2026")
    ran = create(app, "--out", tmp_path / "key.pem")
    assert ran.status == 0, ran.told
    assert load_key((tmp_path / "key.pem").read_bytes())
    assert ran.out.splitlines()[1:] == [
        f"PORTAL_DKIM_KEY_FILE={tmp_path / 'key.pem'}",
        "PORTAL_DKIM_SELECTOR=mail2026",
    ]


def test_the_help_says_which_kind_is_for_what(app: Flask) -> None:
    told = " ".join(create(app, "--help").out.split())
    assert "Begin with an RSA key: every mailbox can check its signatures." in told
    assert "it never replaces the RSA key" in told
