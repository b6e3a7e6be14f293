"""The lines to mail server and site, to real servers with certificates of their own."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.services.sending.doctor import lines
from portal.services.sending.doctor.findings import Finding
from portal.tools.dns import CouldNotAsk
from tests.services.sending.doctor.cases import only, opened, results, seen, spoilt
from tests.tools.https_server import serving
from tests.tools.mail.servers import HANG, Letterbox, ScriptedServer, certificate, real_server

SECRET = "s3cret-word"


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return certificate(tmp_path)


@pytest.fixture
def trusted(tmp_path: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long."""
    monkeypatch.setattr(lines, "_PATIENCE", 0.3)


def server_at(folder: Path, url: str) -> list[Finding]:
    return seen(lines.look_at_server, folder, smtp_url=url)


def site_at(folder: Path, url: str) -> list[Finding]:
    return seen(lines.look_at_site, folder, base_url=url)


@pytest.fixture
def gone() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    yield port


@pytest.mark.usefixtures("trusted")
def test_a_server_in_good_order(tmp_path: Path, tls: ssl.SSLContext) -> None:
    box = Letterbox()
    with real_server(box, password=SECRET, tls=tls, require_starttls=True) as port:
        found = server_at(tmp_path, f"smtp://us:{SECRET}@127.0.0.1:{port}/?starttls=required")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "ok")]
    assert "signs us in" in found[0].why and "is trusted until 20" in found[1].why
    assert box.taken == []


@pytest.mark.usefixtures("trusted")
def test_a_server_encrypted_from_the_start(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with real_server(Letterbox(), ssl_context=tls) as port:
        found = server_at(tmp_path, f"smtps://127.0.0.1:{port}")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "ok")]


def test_a_wrong_password_is_told_and_the_password_not(tmp_path: Path) -> None:
    with real_server(Letterbox(), password="another") as port:
        found = server_at(tmp_path, f"smtp://us:{SECRET}@127.0.0.1:{port}/?starttls=never")
    only(found, "problem", "refused our user name or password")
    assert SECRET not in str(found)


def test_a_password_that_no_server_can_take_is_not_told_either(tmp_path: Path) -> None:
    with real_server(Letterbox(), password="another") as port:
        found = server_at(tmp_path, f"smtp://us:%C3%BCml%C3%A4ut@127.0.0.1:{port}/?starttls=never")
    assert found[0].why.endswith("can take no user name or password with signs outside ASCII.")
    assert results(found) == [("mail server", "problem")]


def test_encryption_asked_for_and_not_offered(tmp_path: Path) -> None:
    with real_server(Letterbox()) as port:
        only(server_at(tmp_path, f"smtp://127.0.0.1:{port}/?starttls=required"), "problem", "does not offer STARTTLS")


@pytest.mark.parametrize(
    ("option", "told"), [("optional", "does not offer STARTTLS"), ("never", "says starttls=never")]
)
def test_a_line_that_can_be_read_on_the_way(tmp_path: Path, option: str, told: str) -> None:
    with real_server(Letterbox(), host="127.0.0.2") as port:
        found = server_at(tmp_path, f"smtp://127.0.0.2:{port}/?starttls={option}")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "warning")]
    assert told in found[1].why and "starttls=required" in found[1].todo


def test_on_this_machine_nothing_is_read_on_the_way(tmp_path: Path) -> None:
    with real_server(Letterbox()) as port:
        found = server_at(tmp_path, f"smtp://127.0.0.1:{port}")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "ok")]


def test_a_certificate_nobody_knows(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with real_server(Letterbox(), tls=tls) as port:
        only(server_at(tmp_path, f"smtp://127.0.0.1:{port}"), "problem", "cannot be trusted: self-signed certificate")
        found = server_at(tmp_path, f"smtp://127.0.0.1:{port}/?verify=no")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "warning")]
    assert "verify=no" in found[1].why


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with real_server(Letterbox(), tls=tls) as port:
        only(server_at(tmp_path, f"smtp://localhost:{port}"), "problem", "Hostname mismatch")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_has_ended(tmp_path: Path) -> None:
    old = certificate(tmp_path, days=(-90, -1))
    with real_server(Letterbox(), tls=old) as port:
        only(server_at(tmp_path, f"smtp://127.0.0.1:{port}"), "problem", "certificate has expired")
    with serving(old) as port:
        only(site_at(tmp_path, f"https://127.0.0.1:{port}"), "problem", "certificate has expired")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    old = certificate(tmp_path, days=(-80, 10))
    with real_server(Letterbox(), tls=old) as port:
        found = server_at(tmp_path, f"smtp://127.0.0.1:{port}")
    assert results(found) == [("mail server", "ok"), ("mail server's TLS", "warning")]
    assert "ends soon, on 20" in found[1].why
    with serving(old) as port:
        only(site_at(tmp_path, f"https://127.0.0.1:{port}"), "warning", "ends soon, on 20")


def test_where_nobody_listens(tmp_path: Path, gone: int) -> None:
    only(server_at(tmp_path, f"smtp://127.0.0.1:{gone}"), "problem", "cannot be reached: .*refused")
    only(site_at(tmp_path, f"https://127.0.0.1:{gone}"), "problem", "Connection refused")


@pytest.mark.usefixtures("soon")
def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    with ScriptedServer(GREETING=[HANG]) as server:
        only(server_at(tmp_path, server.url), "problem", "timed out|in time")
        only(site_at(tmp_path, server.url.replace("smtp", "https")), "not_checked", "did not answer in time")


def test_a_server_that_does_not_want_to_talk(tmp_path: Path) -> None:
    with ScriptedServer(GREETING=[b"554 go away\r\n"]) as server:
        only(server_at(tmp_path, server.url), "problem", "does not want to talk: go away")


def test_without_a_way_into_the_network_nothing_is_judged(tmp_path: Path) -> None:
    # A line to a multicast address has nowhere to go, as any has on a machine without a network.
    only(server_at(tmp_path, "smtp://224.0.0.1"), "not_checked", "cannot be reached")
    only(site_at(tmp_path, "https://224.0.0.1"), "not_checked", "cannot be reached from here")


@pytest.mark.parametrize("check", ["mail server", "site"])
def test_a_name_that_is_none_and_one_that_nobody_could_look_up(tmp_path: Path, check: str) -> None:
    settings: dict[str, Any] = {"smtp_url": "smtp://nowhere.invalid", "base_url": "https://nowhere.invalid"}
    look = lines.look_at_server if check == "mail server" else lines.look_at_site
    found = only(seen(look, tmp_path, **settings), "problem", "There is no host nowhere.invalid")
    assert found.check == check
    elsewhere = seen(look, tmp_path, spoilt(A__nowhere__invalid="192.0.2.7"), **settings)
    only(elsewhere, "not_checked", "could not look nowhere.invalid up")
    with opened(tmp_path, **settings) as (case, server):
        server.silent = True
        with pytest.raises(CouldNotAsk):
            list(look(case))


def test_without_a_server_mails_go_to_the_outbox(tmp_path: Path) -> None:
    only(seen(lines.look_at_server, tmp_path, smtp_url=None), "not_checked", "outbox")


@pytest.mark.usefixtures("trusted")
def test_a_site_in_good_order(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with serving(tls) as port:
        only(
            site_at(tmp_path, f"https://127.0.0.1:{port}"),
            "ok",
            "leads to this portal; its certificate is trusted until",
        )


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 404}, r"status 404\)"),
        ({"status": 200, "body": b"<h1>Welcome to nginx</h1>"}, r"status 200\), but not as this portal"),
        ({"status": 301, "location": "https://www.northwind.example/"}, "sends us to https://www.northwind.example/"),
        ({"status": 502, "body": b""}, "status 502"),
    ],
)
def test_the_base_url_leads_elsewhere(tmp_path: Path, tls: ssl.SSLContext, answer: dict[str, Any], told: str) -> None:
    with serving(tls, **answer) as port:
        only(site_at(tmp_path, f"https://127.0.0.1:{port}"), "problem", told)


def test_a_site_that_cannot_be_trusted(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with serving(tls) as port:
        only(site_at(tmp_path, f"https://127.0.0.1:{port}"), "problem", "cannot be trusted: self-signed")
    with serving(None) as port:
        only(site_at(tmp_path, f"https://127.0.0.1:{port}"), "problem", "does not speak https")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_the_site_for_another_name(tmp_path: Path, tls: ssl.SSLContext) -> None:
    with serving(tls) as port:
        only(site_at(tmp_path, f"https://localhost:{port}"), "problem", "Hostname mismatch")


def test_a_site_on_this_machine_has_no_way_to_look_at(tmp_path: Path) -> None:
    only(site_at(tmp_path, "http://127.0.0.1:8000"), "not_checked", "this very machine")
