"""SPF: a record that is there, can be followed, ends well, and lets our mail in."""

from pathlib import Path

import pytest

from portal.services.sending.doctor import spf_record
from portal.tools.dns import Record
from tests.services.sending.doctor.cases import ME, OURS, only, opened, results, seen, spoilt

PROVIDER = "smtp://us:pw@smtp.provider.example:587"
EVERYBODY = {("anybody.example", "TXT"): ['"v=spf1 +all"']}


@pytest.mark.parametrize(
    "record", ["v=spf1 ip4:192.0.2.7 -all", "v=spf1 a:mail.northwind.example ~all", "v=spf1 mx -all"]
)
def test_a_record_in_good_order(tmp_path: Path, record: str) -> None:
    found = seen(spf_record.look, tmp_path, spoilt(TXT__northwind__example=record))
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "ok")]
    assert f"ends in {record[-4:]}." in found[0].why and OURS in found[1].why


def test_no_record_and_addresses_known(tmp_path: Path) -> None:
    found = only(
        seen(spf_record.look, tmp_path, spoilt(TXT__northwind__example="site-verification=1")),
        "problem",
        "no SPF record",
    )
    assert found.records == (Record(ME, "TXT", "v=spf1 ip4:192.0.2.7 ~all"),)


def test_no_record_and_a_provider(tmp_path: Path) -> None:
    found = only(
        seen(spf_record.look, tmp_path, spoilt(TXT__northwind__example=None), smtp_url=PROVIDER),
        "problem",
        "no SPF record",
    )
    assert found.records == () and "include:" in found.todo


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], "2 SPF records"),
        ("v=spf1 include:missing.example -all", "leads nowhere"),
        ("v=spf1 " + "a " * 11 + "-all", "more than 10 look-ups"),
        ("v=spf1 ipv4:192.0.2.7 -all", "nothing SPF knows"),
    ],
)
def test_a_record_servers_give_up_on(tmp_path: Path, records: str | list[str], told: str) -> None:
    found = seen(spf_record.look, tmp_path, spoilt(TXT__northwind__example=records))
    assert results(found) == [("SPF", "problem"), ("SPF and our mail", "not_checked")]
    assert told in found[0].why


@pytest.mark.parametrize(
    ("record", "result", "mended"),
    [
        ("v=spf1 ip4:192.0.2.7 +all", "problem", "v=spf1 ip4:192.0.2.7 ~all"),
        ("v=spf1 all", "problem", "v=spf1 ~all"),
        ("v=spf1 include:anybody.example -all", "problem", None),
        ("v=spf1 redirect=anybody.example", "problem", None),
        ("v=spf1 ip4:192.0.2.7 ?all", "warning", "v=spf1 ip4:192.0.2.7 ~all"),
        ("v=spf1 ip4:192.0.2.7", "warning", "v=spf1 ip4:192.0.2.7 ~all"),
    ],
)
def test_an_ending_that_proves_nothing(tmp_path: Path, record: str, result: str, mended: str | None) -> None:
    found = seen(spf_record.look, tmp_path, {**spoilt(TXT__northwind__example=record), **EVERYBODY})
    assert results(found) == [("SPF", result), ("SPF and our mail", "ok")]
    assert found[0].records == ((Record(ME, "TXT", mended),) if mended else ())


def test_our_own_server_is_not_let_in(tmp_path: Path) -> None:
    zone = spoilt(
        TXT__northwind__example="v=spf1 ip4:198.51.100.0/24 -all",
        AAAA__mail__northwind__example="2001:db8::7",
    )
    found = seen(spf_record.look, tmp_path, zone)
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "problem")]
    assert found[1].records == (Record(ME, "TXT", "v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 ip4:198.51.100.0/24 -all"),)


def test_one_of_several_addresses_is_not_let_in(tmp_path: Path) -> None:
    zone = spoilt(AAAA__mail__northwind__example="2001:db8::7")
    found = seen(spf_record.look, tmp_path, zone)
    assert found[1].result == "problem" and "2001:db8::7" in found[1].why and OURS not in found[1].why


def test_what_needs_a_mail_in_hand_is_not_judged(tmp_path: Path) -> None:
    found = seen(spf_record.look, tmp_path, spoilt(TXT__northwind__example="v=spf1 exists:%{i}.list.example -all"))
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "not_checked")]


def test_a_provider_sends_from_addresses_we_do_not_know(tmp_path: Path) -> None:
    zone = spoilt(TXT__northwind__example="v=spf1 include:spf.provider.example -all")
    zone["spf.provider.example", "TXT"] = ['"v=spf1 ip4:198.51.100.0/24 -all"']
    found = seen(spf_record.look, tmp_path, zone, smtp_url=PROVIDER)
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "not_checked")]
    assert "smtp.provider.example is not yours" in found[1].why and "--address" in found[1].todo
    named = seen(spf_record.look, tmp_path, zone, smtp_url=PROVIDER, addresses=("198.51.100.9",))
    assert results(named) == [("SPF", "ok"), ("SPF and our mail", "ok")]


def test_a_provider_that_the_record_does_not_name(tmp_path: Path) -> None:
    found = seen(spf_record.look, tmp_path, smtp_url=PROVIDER)
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "warning")]
    assert "smtp.provider.example" in found[1].todo


def test_while_no_mail_leaves_there_is_nothing_to_let_in(tmp_path: Path) -> None:
    found = seen(spf_record.look, tmp_path, smtp_url=None)
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "not_checked")]
    assert found[1].todo == ""


def test_the_record_is_judged_though_the_server_cannot_be_looked_up(tmp_path: Path) -> None:
    with opened(tmp_path) as (case, server):
        server.failing = {"mail.northwind.example"}
        found = list(spf_record.look(case))
    assert results(found) == [("SPF", "ok"), ("SPF and our mail", "not_checked")]
    assert "gave no answer about mail.northwind.example" in found[1].why
