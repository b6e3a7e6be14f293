"""DMARC records read from a real DNS: whose policy holds, which names belong together, and what servers pass over."""

import pytest

from portal.tools.dns import CouldNotAsk, Resolver
from portal.tools.mail import dmarc
from tests.tools.name_server import Zone, serving, text

ME = "northwind.example"


def zone(**records: str | list[str]) -> Zone:
    """Return DMARC records by the name they stand for, `__` for a dot."""
    found: Zone = {}
    for name, values in records.items():
        values = [values] if isinstance(values, str) else values
        found["_dmarc." + name.replace("__", "."), "TXT"] = [text(value) for value in values]
    return found


def read(domain: str, records: Zone) -> dmarc.Policy | None:
    with serving(records) as server:
        return dmarc.read(domain, Resolver(server.where))


@pytest.mark.parametrize(
    ("record", "asks"),
    [
        ("v=DMARC1; p=none", "none"),
        ("v=DMARC1;p=quarantine;", "quarantine"),
        ("v = DMARC1 ; p = Reject ; rua=mailto:d@northwind.example", "reject"),
        ("v=DMARC1; p=none; sp=reject; unknown=1", "none"),
    ],
)
def test_its_own_policy_holds(record: str, asks: str) -> None:
    policy = read(ME, zone(northwind__example=[record, "site-verification=1"]))
    assert policy == dmarc.Policy(ME, record, asks, False, False)


def test_how_strictly_names_must_agree() -> None:
    policy = read(ME, zone(northwind__example="v=DMARC1; p=none; adkim=s; aspf=r"))
    assert policy and (policy.dkim_is_strict, policy.spf_is_strict) == (True, False)


def test_without_a_record_there_is_no_policy() -> None:
    assert read(ME, {}) is None
    assert read(ME, zone(northwind__example=["v=DMARC12; p=none", "v=spf1 -all", "p=none; v=DMARC1"])) is None


@pytest.mark.parametrize(
    ("record", "asks"), [("v=DMARC1; p=reject", "reject"), ("v=DMARC1; p=reject; sp=none", "none")]
)
def test_below_it_the_policy_of_the_organisation_holds(record: str, asks: str) -> None:
    policy = read("talent.jobs.northwind.example", zone(northwind__example=record))
    assert policy and (policy.at, policy.asks) == (ME, asks)


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "has 2 DMARC records"),
        ("v=DMARC1; rua=mailto:d@northwind.example", "no p="),
        ("v=DMARC1; p=watch", "“watch” is no policy"),
        ("v=DMARC1; p=", "“” is no policy"),
        ("v=DMARC1; p=none; p=reject", "p= stands there twice"),
        ("v=DMARC1; p=none, rua mailto", "“none, rua mailto” is no policy"),
        ("v=DMARC1; p=none; rua", "“rua” is no tag"),
    ],
)
def test_a_record_servers_pass_over(records: str | list[str], told: str) -> None:
    with pytest.raises(dmarc.BrokenDmarc, match=told):
        read(ME, zone(northwind__example=records))


@pytest.mark.parametrize(
    ("domain", "records", "organisation"),
    [
        ("talent.northwind.example", zone(northwind__example="v=DMARC1; p=none"), ME),
        ("talent.northwind.example", {}, "talent.northwind.example"),
        (
            "talent.northwind.example",
            zone(talent__northwind__example="v=DMARC1; p=none; psd=n", northwind__example="v=DMARC1; p=none"),
            "talent.northwind.example",
        ),
        (
            "talent.northwind.co.example",
            zone(co__example="v=DMARC1; p=reject; psd=y"),
            "northwind.co.example",
        ),
        ("co.example", zone(co__example="v=DMARC1; p=reject; psd=y", example="v=DMARC1; p=none"), "co.example"),
        ("a.b.c.d.e.f.g.h.northwind.example", zone(northwind__example="v=DMARC1; p=none"), ME),
        ("talent.northwind.example", zone(northwind__example="v=DMARC1; broken"), "talent.northwind.example"),
    ],
)
def test_the_organisation_is_found_on_the_way_up(domain: str, records: Zone, organisation: str) -> None:
    with serving(records) as server:
        assert dmarc.organisation(domain, Resolver(server.where)) == organisation


def test_a_long_name_is_asked_about_eight_times() -> None:
    with serving({}) as server:
        dmarc.organisation("a.b.c.d.e.f.g.h.northwind.example", Resolver(server.where))
        assert [name for name, _, _ in server.asked][:2] == [
            "_dmarc.a.b.c.d.e.f.g.h.northwind.example",
            "_dmarc.d.e.f.g.h.northwind.example",
        ]
        assert len(server.asked) == 8


def test_which_names_are_the_same() -> None:
    with serving(zone(northwind__example="v=DMARC1; p=none")) as server:
        dns = Resolver(server.where)
        assert dmarc.are_aligned("talent.northwind.example", ME, dns, is_strict=False)
        assert dmarc.are_aligned("talent.northwind.example", "mail.northwind.example", dns, is_strict=False)
        assert not dmarc.are_aligned("talent.northwind.example", ME, dns, is_strict=True)
        assert dmarc.are_aligned(ME, ME, dns, is_strict=True)
        assert not dmarc.are_aligned(ME, "provider.example", dns, is_strict=False)


def test_no_answer_is_no_policy_either_way() -> None:
    with serving(zone(northwind__example="v=DMARC1; p=none")) as server:
        server.failing = {"_dmarc.northwind.example"}
        with pytest.raises(CouldNotAsk):
            dmarc.read(ME, Resolver(server.where))
