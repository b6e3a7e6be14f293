"""One question to a site over https, and what stands in the way told apart."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.tools import sites
from portal.tools.sites import NotReached
from tests.tools.https_server import serving
from tests.tools.mail.servers import certificate


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return certificate(tmp_path)


@pytest.fixture
def trusted(tmp_path: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))


@pytest.mark.usefixtures("trusted")
def test_an_answer_and_its_certificate(tls: ssl.SSLContext) -> None:
    with serving(tls, status=302, location="https://elsewhere.example/", body=b"x" * 9000) as port:
        answer = sites.ask(f"https://127.0.0.1:{port}/healthz", timeout=5)
    assert (answer.status, answer.elsewhere, len(answer.body)) == (302, "https://elsewhere.example/", 4096)
    left = answer.certificate.ends_at - datetime.now(UTC)
    assert timedelta(hours=23) < left < timedelta(hours=25)


def test_a_certificate_nobody_knows(tls: ssl.SSLContext) -> None:
    with serving(tls) as port, pytest.raises(NotReached, match="certificate cannot be trusted: self-signed"):
        sites.ask(f"https://127.0.0.1:{port}/", timeout=5)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name(tls: ssl.SSLContext) -> None:
    with serving(tls) as port, pytest.raises(NotReached, match="certificate cannot be trusted: Hostname mismatch"):
        sites.ask(f"https://localhost:{port}/", timeout=5)


def test_a_site_without_https() -> None:
    with serving(None) as port, pytest.raises(NotReached, match="does not speak https"):
        sites.ask(f"https://127.0.0.1:{port}/", timeout=5)


def test_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotReached, match="Connection refused"):
        sites.ask(f"https://127.0.0.1:{port}/", timeout=5)


def test_a_silent_site() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotReached, match="did not answer in time"):
        sites.ask(f"https://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.3)


def test_a_name_that_is_none() -> None:
    with pytest.raises(NotReached, match=r"nowhere\.invalid could not be looked up"):
        sites.ask("https://nowhere.invalid/", timeout=5)
