"""`portal doctor`: what it prints, what scripts get, and its exit status."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from portal import clock, config
from portal.extensions import db
from portal.models import Worker
from portal.services.sending.doctor import rounds
from tests.cli.running import Ran, run
from tests.services.sending.doctor.cases import KEY, ME, OURS, SIGNER, good_zone
from tests.tools.mail.servers import Letterbox, certificate, real_server
from tests.tools.name_server import NameServer, serving

pytestmark = pytest.mark.one_engine

SECRET = "s3cret-word"


@dataclass
class House:
    """An installation in good order, with a DNS, a mail server and a site of its own."""

    app: Flask
    dns: NameServer

    def doctor(self, *words: str) -> Ran:
        return run(self.app, "doctor", "--resolver", self.dns.where, "--address", OURS, *words)

    def set(self, **settings: Any) -> None:
        config.use(config.current().model_copy(update=settings))


@pytest.fixture
def house(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    (tmp_path / "rsa.pem").write_bytes(KEY)
    (tmp_path / "rsa.pem").chmod(0o600)
    db.session.add(Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now()))
    db.session.commit()
    box = Letterbox()
    with serving(good_zone()) as dns, real_server(box, password=SECRET, tls=tls) as mail, site(app, tls) as port:
        made = House(app, dns)
        made.set(
            base_url=f"https://127.0.0.1:{port}",
            smtp_url=f"smtp://us:{SECRET}@127.0.0.1:{mail}/?starttls=required",
            dkim_key_file=[tmp_path / "rsa.pem"],
            dkim_selector=["rsa2026"],
            bounce_domain=ME,
        )
        yield made
    assert box.taken == [], "looking sends nothing"


@contextmanager
def site(app: Flask, tls: ssl.SSLContext) -> Iterator[int]:
    """Serve the portal over https."""
    server = make_server("127.0.0.1", 0, app, ssl_context=tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_a_house_in_good_order(house: House) -> None:
    ran = house.doctor()
    assert ran.status == 0, ran.out
    assert {line[:12].strip() for line in ran.out.splitlines()} == {"ok"}
    assert ran.told == "0 problems, 0 warnings, 0 not checked, 20 ok\n"
    assert f"Mails come from Northwind Robotics <talent@{ME}>." in ran.out
    assert ran.out.count("its certificate is trusted until 20") == 2
    assert SECRET not in ran.out + ran.told and "us:" not in ran.out


def test_for_scripts_it_is_one_object(house: House) -> None:
    ran = house.doctor("--json")
    assert ran.status == 0
    told = json.loads(ran.out)
    assert told["counts"] == {"ok": 20}
    assert [check["check"] for check in told["checks"]] == [
        "postal address", "company name", "sender", "base URL", "secret keys", "private keys", "way out",
        "what comes back", "database", "worker", "SPF", "SPF and our mail", "DKIM rsa2026", "DMARC", "alignment",
        "MX", "PTR", "mail server", "mail server's TLS", "site",
    ]  # fmt: skip
    assert SECRET not in ran.out


def test_a_problem_and_the_very_record_to_publish(house: House) -> None:
    del house.dns.zone[SIGNER.record_name, "TXT"]
    ran = house.doctor()
    assert ran.status == 1
    assert "problem      DKIM rsa2026: There is no key at rsa2026._domainkey.northwind.example.\n" in ran.out
    [record] = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("rsa2026._domainkey")]
    name, kind, strings = record.split(" ", 2)
    pieces = strings.removeprefix('"').removesuffix('"').split('" "')
    assert (name, kind, "".join(pieces)) == (f"{SIGNER.record_name}.", "TXT", SIGNER.record)
    assert max(map(len, pieces)) == 255
    assert ran.told.startswith("1 problem, ")
    checks = json.loads(house.doctor("--json").out)["checks"]
    [found] = [check for check in checks if check["result"] == "problem"]
    assert found["records"] == [
        {"name": SIGNER.record_name, "type": "TXT", "value": SIGNER.record, "strings": pieces, "line": record}
    ]


def test_warnings_are_no_failure(house: House) -> None:
    house.set(company_name="Your company")
    ran = house.doctor()
    assert ran.status == 0
    assert "warning      company name:" in ran.out and "             → Set PORTAL_COMPANY_NAME.\n" in ran.out
    assert ran.told.startswith("0 problems, 1 warning, ")


def test_without_a_network_it_says_so_and_does_not_fail(house: House) -> None:
    house.dns.silent = True
    ran = house.doctor()
    assert ran.status == 0
    unknown = [line for line in ran.out.splitlines() if line.startswith("not checked")]
    assert [line[13:].partition(":")[0] for line in unknown] == [
        check.name for check in rounds.CHECKS if check.needs_sender
    ]
    assert all("gave no answer about" in line for line in unknown)


def test_nothing_from_outside_moves_the_cursor(house: House) -> None:
    house.dns.zone["_dmarc.northwind.example", "TXT"] = [r'"v=DMARC1; p=\027[2Jx"']
    ran = house.doctor()
    assert ran.status == 1
    assert "“�[2jx” is no policy" in ran.out and "\x1b" not in ran.out


def test_nobody_at_work_is_a_problem(house: House) -> None:
    db.session.query(Worker).delete()
    db.session.commit()
    ran = house.doctor()
    assert ran.status == 1
    assert "problem      worker: None is running" in ran.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--resolver", "dns.example"], "Name the DNS server by its IP address"),
        (["--address", "mail.northwind.example"], "Name an IP address"),
    ],
)
def test_what_is_no_address_is_refused(app: Flask, words: list[str], told: str) -> None:
    ran = run(app, "doctor", *words)
    assert (ran.status, ran.out) == (2, "")
    assert told in ran.told
