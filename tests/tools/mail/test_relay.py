"""SMTP URLs, encryption and sign-in, against a real server with a certificate of its own."""

import ssl
from pathlib import Path

import pytest

from portal.tools.mail.errors import RelayBusy
from portal.tools.mail.relay import BadSmtpUrl, Relay, parse_relay
from portal.tools.mail.transport import SmtpTransport
from tests.tools.mail.mails import envelope, send
from tests.tools.mail.servers import Letterbox, ScriptedServer, certificate, real_server

SECRET = "p@ss/word"


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.org", Relay("mail.example.org", 25)),
        ("smtp://mail.example.org:2525/", Relay("mail.example.org", 2525)),
        ("smtp://[::1]:2525", Relay("::1", 2525)),
        (
            "smtp://us%40x:p%40ss%2Fword@mail.example.org:587/?starttls=required",
            Relay("mail.example.org", 587, "us@x", "p@ss/word", starttls="required"),
        ),
        ("smtp://u:p@mail.example.org", Relay("mail.example.org", 25, "u", "p", starttls="required")),
        ("smtp://mail.example.org?starttls=never", Relay("mail.example.org", 25, starttls="never")),
        ("smtp://mail.example.org?verify=no", Relay("mail.example.org", 25, verify=False)),
        ("smtps://u:p@mail.example.org", Relay("mail.example.org", 465, "u", "p", tls_from_the_start=True)),
    ],
)
def test_urls(url: str, relay: Relay) -> None:
    assert parse_relay(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://h:port",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://h?x=1",
        "smtp://h?starttls=maybe",
        "smtp://h?verify=perhaps",
    ],
)
def test_urls_that_cannot_be_used(url: str) -> None:
    with pytest.raises(BadSmtpUrl):
        parse_relay(url)


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return certificate(tmp_path)


@pytest.fixture
def trusted(tmp_path: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))


def deliver(url: str) -> None:
    with SmtpTransport(url, connect_timeout=5, reply_timeout=5) as transport:
        send(transport)


@pytest.mark.usefixtures("trusted")
def test_starttls_and_sign_in(tls: ssl.SSLContext) -> None:
    box = Letterbox()
    with real_server(box, password=SECRET, tls=tls, require_starttls=True) as port:
        deliver(f"smtp://us:p%40ss%2Fword@127.0.0.1:{port}/?starttls=required")
    assert len(box.taken) == 1


@pytest.mark.usefixtures("trusted")
def test_encryption_is_taken_where_offered(tls: ssl.SSLContext) -> None:
    box = Letterbox()
    with real_server(box, tls=tls, require_starttls=True) as port:
        deliver(f"smtp://127.0.0.1:{port}")
    assert len(box.taken) == 1


@pytest.mark.usefixtures("trusted")
def test_a_long_mail_over_tls_arrives_whole(tls: ssl.SSLContext) -> None:
    box = Letterbox()
    body = b"Subject: x\r\n\r\n" + b".line\r\n" * 50_000
    with real_server(box, tls=tls) as port, SmtpTransport(f"smtp://127.0.0.1:{port}") as transport:
        send(transport, envelope(data=body))
    assert box.taken[0][2] == body


def test_an_unknown_certificate_is_not_trusted(tls: ssl.SSLContext) -> None:
    box = Letterbox()
    with real_server(box, tls=tls) as port:
        with pytest.raises(RelayBusy, match="certificate"):
            deliver(f"smtp://127.0.0.1:{port}/?starttls=required")
        deliver(f"smtp://127.0.0.1:{port}/?starttls=required&verify=no")
    assert len(box.taken) == 1


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_busy(tls: ssl.SSLContext) -> None:
    with real_server(Letterbox(), password=SECRET, tls=tls) as port:
        with pytest.raises(RelayBusy, match="refused our user name or password") as busy:
            deliver(f"smtp://us:wrong@127.0.0.1:{port}/")
        assert busy.value.code == 535


@pytest.mark.usefixtures("trusted")
def test_a_password_that_cannot_be_sent_is_not_told(tls: ssl.SSLContext) -> None:
    with real_server(Letterbox(), password=SECRET, tls=tls) as port:
        with pytest.raises(RelayBusy, match="signs outside ASCII") as busy:
            deliver(f"smtp://us:%C3%BCp@127.0.0.1:{port}/")
        assert "xfc" not in str(busy.value)


def test_required_encryption_that_is_not_offered_is_busy() -> None:
    with ScriptedServer() as server, pytest.raises(RelayBusy, match="does not offer STARTTLS"):
        deliver(server.url + "/?starttls=required")
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_no_password_travels_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.tools.mail.relay._LOOPBACK", set())
    with ScriptedServer(EHLO=[b"250-here\r\n250 AUTH PLAIN\r\n"]) as server:
        url = server.url.replace("smtp://", "smtp://us:secret@") + "/?starttls=never"
        with pytest.raises(RelayBusy, match="unencrypted"):
            deliver(url)
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_on_this_machine_a_password_may_travel_unencrypted() -> None:
    with ScriptedServer(EHLO=[b"250-here\r\n250 AUTH PLAIN\r\n"], AUTH=[b"235 known\r\n"]) as server:
        deliver(server.url.replace("smtp://", "smtp://us:secret@") + "/?starttls=never")
    assert len(server.bodies) == 1


def test_a_server_that_knows_only_helo_will_do() -> None:
    with ScriptedServer(EHLO=[b"500 what?\r\n"]) as server:
        deliver(server.url)
    assert len(server.bodies) == 1
