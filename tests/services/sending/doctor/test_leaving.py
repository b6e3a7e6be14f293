"""Where mail leaves from: whose address that is, and whether its name leads back to it."""

from pathlib import Path

import dns.reversename
import pytest

from portal.services.sending.doctor import leaving
from portal.tools.dns import Record
from tests.services.sending.doctor.cases import OURS, THEIRS, only, opened, results, seen, spoilt

BACK = Record("7.2.0.192.in-addr.arpa", "PTR", "mail.northwind.example.")


def test_an_address_with_a_name_that_leads_back(tmp_path: Path) -> None:
    only(seen(leaving.look_at_names, tmp_path), "ok", "192.0.2.7 is named mail.northwind.example")


def test_an_address_without_a_name(tmp_path: Path) -> None:
    zone = spoilt(PTR__7__2__0__192__inDASHaddr__arpa=None)
    found = only(seen(leaving.look_at_names, tmp_path, zone), "problem", "192.0.2.7 has no name")
    assert found.records == (BACK,)


def test_a_name_that_does_not_lead_back(tmp_path: Path) -> None:
    zone = spoilt(PTR__7__2__0__192__inDASHaddr__arpa="host7.hoster.example.", A__host7__hoster__example=THEIRS)
    found = only(
        seen(leaving.look_at_names, tmp_path, zone), "problem", "named host7.hoster.example, which does not lead"
    )
    assert found.records == (Record("host7.hoster.example", "A", OURS),)


def test_one_name_of_several_that_leads_back_is_enough(tmp_path: Path) -> None:
    zone = spoilt(PTR__7__2__0__192__inDASHaddr__arpa=["other.example.", "mail.northwind.example."])
    only(seen(leaving.look_at_names, tmp_path, zone), "ok", "leads back")


def test_every_address_somebody_named_is_looked_at(tmp_path: Path) -> None:
    found = seen(
        leaving.look_at_names, tmp_path, addresses=(OURS, "2001:db8::7"), smtp_url="smtp://smtp.provider.example"
    )
    assert results(found) == [("PTR", "ok"), ("PTR", "problem")]
    [backward, forward] = found[1].records
    assert backward.name.endswith("8.b.d.0.1.0.0.2.ip6.arpa") and backward.value == "talent.northwind.example."
    assert forward == Record("talent.northwind.example", "AAAA", "2001:db8::7")


@pytest.mark.parametrize("written", ["2001:DB8:0::7", "2001:db8::7"])
def test_an_address_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    with opened(tmp_path, addresses=("2001:db8::7",)) as (case, server):
        backward = str(dns.reversename.from_address("2001:db8::7")).rstrip(".")
        server.zone[backward, "PTR"] = ["mail.northwind.example."]
        server.zone["mail.northwind.example", "AAAA"] = [written]
        only(list(leaving.look_at_names(case)), "ok", "leads back")


@pytest.mark.parametrize(
    ("smtp_url", "addresses"),
    [
        ("smtp://mail.northwind.example", (OURS,)),
        ("smtp://192.0.2.7:25", (OURS,)),
        ("smtp://[2001:db8::7]", ("2001:db8::7",)),
    ],
)
def test_a_server_of_ours_sends_from_its_own_address(tmp_path: Path, smtp_url: str, addresses: tuple[str, ...]) -> None:
    with opened(tmp_path, smtp_url=smtp_url) as (case, _):
        assert leaving.find(case) == leaving.Leaving(addresses)


def test_a_server_beside_the_domain_of_mails_is_ours_by_their_organisation(tmp_path: Path) -> None:
    with opened(tmp_path, mail_from="talent@jobs.northwind.example") as (case, _):
        assert leaving.find(case) == leaving.Leaving((OURS,))


@pytest.mark.parametrize(
    ("smtp_url", "told"),
    [
        (None, "No mail leaves this machine"),
        ("smtp://smtp.provider.example", "smtp.provider.example is not yours by its name"),
        ("smtp://smtp.notnorthwind.example", "is not yours by its name"),
        ("smtp://10.1.2.3", "10.1.2.3 has no address of its own that the world sees"),
        ("smtp://mailserver", "mailserver has no address of its own that the world sees"),
        ("smtp://inside.northwind.example", "inside.northwind.example has no address of its own that the world sees"),
    ],
)
def test_addresses_nobody_here_can_know(tmp_path: Path, smtp_url: str | None, told: str) -> None:
    zone = spoilt(A__inside__northwind__example="192.168.1.4", AAAA__inside__northwind__example="fd00::4")
    found = only(seen(leaving.look_at_names, tmp_path, zone, smtp_url=smtp_url), "not_checked", told)
    assert ("--address" in found.todo) == (smtp_url is not None)


def test_an_address_gets_a_name_even_where_the_base_url_has_none(tmp_path: Path) -> None:
    zone = spoilt(PTR__7__2__0__192__inDASHaddr__arpa=None)
    settings = {"base_url": "https://192.0.2.7", "smtp_url": "smtp://192.0.2.7"}
    assert only(seen(leaving.look_at_names, tmp_path, zone, **settings), "problem", "has no name").records == (BACK,)


def test_a_server_on_this_machine_sends_from_where_its_lines_go_out(tmp_path: Path) -> None:
    with opened(tmp_path, smtp_url="smtp://localhost") as (case, _):
        way = leaving.find(case)
    assert way.addresses or "has no address of its own that the world sees" in way.unknown
    assert not any(leaving._is_inside(address) for address in way.addresses)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "172.31.0.1", "100.64.0.1", "fe80::1%eth0", "::1", "fd00::2"]
)
def test_addresses_inside(address: str) -> None:
    assert leaving._is_inside(address)


@pytest.mark.parametrize("address", ["192.0.2.7", "172.32.0.1", "2001:db8::7", "9.9.9.9"])
def test_addresses_outside(address: str) -> None:
    assert not leaving._is_inside(address)
