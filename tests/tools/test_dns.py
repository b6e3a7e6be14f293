"""Questions to the DNS: what a name has, a plain no, and no answer at all told apart."""

import time
from collections.abc import Iterator

import pytest

from portal.tools.dns import BadResolver, CouldNotAsk, Record, Resolver
from tests.tools.name_server import NameServer, serving, text

LONG = "v=DKIM1; k=rsa; p=" + "MIIB" * 400
ZONE = {
    ("northwind.example", "TXT"): ['"v=spf1 -all"', '"other"'],
    ("northwind.example", "MX"): ["20 second.northwind.example.", "10 First.northwind.example."],
    ("long.northwind.example", "TXT"): [text(LONG)],
    ("talent.northwind.example", "A"): ["192.0.2.7"],
    ("talent.northwind.example", "AAAA"): ["2001:db8::7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mail.northwind.example."],
    ("nothing.example", "MX"): ["0 ."],
}


@pytest.fixture
def server() -> Iterator[NameServer]:
    with serving(dict(ZONE)) as running:
        yield running


def test_what_a_name_has(server: NameServer) -> None:
    dns = Resolver(server.where)
    assert sorted(dns.texts("northwind.example")) == ["other", "v=spf1 -all"]
    assert dns.mail_hosts("NORTHWIND.example.") == ["first.northwind.example", "second.northwind.example"]
    assert dns.addresses("talent.northwind.example") == ["192.0.2.7", "2001:db8::7"]
    assert dns.names_of("192.0.2.7") == ["mail.northwind.example"]
    assert dns.mail_hosts("nothing.example") == [""]


def test_a_long_text_comes_whole_and_over_tcp(server: NameServer) -> None:
    assert Resolver(server.where).texts("long.northwind.example") == [LONG]
    assert [over for _, _, over in server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize(
    "name", ["missing.example", "talent.northwind.example", "a" * 64 + ".example", "a..b", "x" * 300]
)
def test_a_name_without_texts_has_none(server: NameServer, name: str) -> None:
    assert Resolver(server.where).texts(name) == []


def test_a_question_is_asked_once(server: NameServer) -> None:
    dns = Resolver(server.where)
    assert dns.texts("northwind.example") == dns.texts("Northwind.example")
    assert dns.texts("missing.example") == dns.texts("missing.example") == []
    assert [asked[:2] for asked in server.asked] == [("northwind.example", "TXT"), ("missing.example", "TXT")]


def test_a_broken_zone_is_no_answer_and_others_go_on(server: NameServer) -> None:
    server.failing = {"northwind.example"}
    dns = Resolver(server.where)
    assert dns.texts("missing.example") == []
    with pytest.raises(CouldNotAsk, match=r"127\.0\.0\.1.* gave no answer about northwind\.example"):
        dns.texts("northwind.example")
    assert dns.addresses("talent.northwind.example")


def test_a_silent_server_is_not_asked_again(server: NameServer) -> None:
    server.silent = True
    dns = Resolver(server.where, patience=0.3)
    for name in ("northwind.example", "missing.example", "a.example"):
        with pytest.raises(CouldNotAsk):
            dns.texts(name)
    assert {name for name, _, _ in server.asked} == {"northwind.example"}


def test_a_server_that_knows_nobody_is_not_believed(server: NameServer) -> None:
    server.cut_off = True
    dns = Resolver(server.where)
    for name in ("missing.example", "gone.example"):
        with pytest.raises(CouldNotAsk, match="knows no names of the world"):
            dns.texts(name)
    assert dns.addresses("talent.northwind.example") == ["192.0.2.7", "2001:db8::7"]
    assert dns.mail_hosts("talent.northwind.example") == []
    assert [name for name, _, _ in server.asked].count(".") == 1


def test_a_server_of_one_domain_only_is_believed(server: NameServer) -> None:
    server.cut_off, server.failing = True, {"."}
    assert Resolver(server.where).texts("missing.example") == []


def test_where_nobody_listens_it_is_told_soon() -> None:
    with serving({}) as gone:
        pass
    begun = time.monotonic()
    with pytest.raises(CouldNotAsk):
        Resolver(gone.where, patience=0.5).texts("northwind.example")
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("written", ["9.9.9.9", "127.0.0.1:5353", "::1", "[::1]", "[2001:db8::1]:5353"])
def test_a_server_is_named_by_its_address(written: str) -> None:
    Resolver(written)


@pytest.mark.parametrize(
    "written", ["dns.example", "1.2.3", "9.9.9.9:", "9.9.9.9:99999", "9.9.9.9:0", "[::1", "9.9.9.9 "]
)
def test_what_names_no_server_is_refused(written: str) -> None:
    with pytest.raises(BadResolver):
        Resolver(written)


def test_a_record_is_printed_as_a_zone_file_has_it() -> None:
    assert str(Record("_dmarc.a.example", "TXT", "v=DMARC1; p=none")) == '_dmarc.a.example. TXT "v=DMARC1; p=none"'
    assert str(Record("a.example", "TXT", 'say "a\\b"')) == r'a.example. TXT "say \"a\\b\""'
    assert str(Record("a.example", "MX", "10 mail.a.example.")) == "a.example. MX 10 mail.a.example."
    assert Record("a.example", "TXT", '"' * 300).strings == ['"' * 255, '"' * 45]
    strings = str(Record("a.example", "TXT", LONG)).removeprefix('a.example. TXT "').removesuffix('"').split('" "')
    assert "".join(strings) == LONG
    assert max(map(len, strings)) == 255
