"""SPF read from a real DNS: who is let in, and which records servers give up on."""

import pytest

from portal.tools.dns import CouldNotAsk, Resolver
from portal.tools.mail import spf
from tests.tools.name_server import Zone, serving

ME = "northwind.example"
OURS, THEIRS = "192.0.2.7", "198.51.100.9"


def read(record: str | list[str] | None, more: Zone | None = None) -> spf.Policy | None:
    records = [record] if isinstance(record, str) else record or []
    zone = {(ME, "TXT"): [f'"{text}"' for text in [*records, "site-verification=1"]], **(more or {})}
    with serving(zone) as server:
        return spf.read(ME, Resolver(server.where))


@pytest.mark.parametrize(
    ("record", "ending", "ours", "theirs"),
    [
        ("v=spf1 ip4:192.0.2.7 -all", "-", True, False),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "~", True, False),
        ("V=SPF1 IP4:192.0.2.7 ?ALL", "?", True, False),
        ("v=spf1 a:mail.northwind.example -all", "-", True, False),
        ("v=spf1 a/24 -all", "-", True, False),
        ("v=spf1 mx -all", "-", True, False),
        ("v=spf1 include:provider.example -all", "-", False, True),
        ("v=spf1 -include:provider.example ip4:192.0.2.7 -all", "-", True, False),
        ("v=spf1 redirect=provider.example", "~", False, True),
        ("v=spf1 -all redirect=provider.example", "-", False, False),
        ("v=spf1 -ip4:198.51.100.9 ip4:192.0.2.7", "", True, False),
        ("v=spf1 exp=why.northwind.example ip6:2001:db8::/32 a -all", "-", False, False),
        ("v=spf1 include:anybody.example -all", "-", True, True),
        ("v=spf1 +all", "+", True, True),
        ("v=spf1", "", False, False),
    ],
)
def test_whom_a_record_lets_in(record: str, ending: str, ours: bool, theirs: bool) -> None:
    policy = read(
        record,
        {
            (ME, "A"): ["192.0.2.99"],
            (ME, "MX"): ["10 mail.northwind.example."],
            ("mail.northwind.example", "A"): [OURS],
            ("provider.example", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 ~all"'],
            ("anybody.example", "TXT"): ['"v=spf1 +all"'],
        },
    )
    assert policy
    assert (policy.ending, policy.lets_in(OURS), policy.lets_in(THEIRS), policy.is_whole) == (
        ending,
        ours,
        theirs,
        True,
    )
    assert policy.record == record


def test_without_a_record_there_is_no_policy() -> None:
    assert read(None) is None
    assert read("v=spf10 -all") is None


@pytest.mark.parametrize(
    "term", ["exists:%{i}._spf.provider.example", "ptr", "include:%{d2}.provider.example", "a:%{l/}.x"]
)
def test_what_asks_for_a_mail_in_hand_is_said_to(term: str) -> None:
    policy = read(f"v=spf1 {term} -all")
    assert policy and (policy.is_whole, policy.lookups, policy.networks) == (False, 1, ())


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], "2 SPF records"),
        ("v=spf1 include:missing.example -all", "missing.example has no SPF record"),
        ("v=spf1 redirect=missing.example", "missing.example has no SPF record"),
        ("v=spf1 include:loop.example -all", "more than 10 look-ups"),
        ("v=spf1 " + "a " * 11 + "-all", "more than 10 look-ups"),
        ("v=spf1 ipv4:192.0.2.7 -all", "“ipv4:192.0.2.7” is nothing SPF knows"),
        ("v=spf1 192.0.2.7 -all", "“192.0.2.7” is nothing SPF knows"),
        ("v=spf1 include -all", "“include” is nothing SPF knows"),
        ("v=spf1 ip4:192.0.2.300 -all", "“ip4:192.0.2.300” names no network"),
        ("v=spf1 ip4:2001:db8::1 -all", "names no network"),
        ("v=spf1 ip4 -all", "“ip4” names no network"),
        ("v=spf1 a/99 -all", "“a/99” names no network"),
    ],
)
def test_a_record_servers_give_up_on(record: str | list[str], told: str) -> None:
    more = {("loop.example", "TXT"): ['"v=spf1 include:loop.example -all"'], (ME, "A"): [OURS]}
    with pytest.raises(spf.BrokenSpf, match=told):
        read(record, more)


def test_ten_lookups_are_allowed() -> None:
    policy = read("v=spf1 " + "a " * 10 + "-all")
    assert policy and policy.lookups == 10


def test_no_answer_is_no_policy_either_way() -> None:
    with serving({(ME, "TXT"): ['"v=spf1 include:slow.example -all"']}) as server:
        server.failing = {"slow.example"}
        with pytest.raises(CouldNotAsk):
            spf.read(ME, Resolver(server.where))


def test_an_address_is_added_in_front() -> None:
    assert spf.letting_in(None, OURS) == "v=spf1 ip4:192.0.2.7 ~all"
    policy = read("v=spf1 include:provider.example -all", {("provider.example", "TXT"): ['"v=spf1 -all"']})
    assert spf.letting_in(policy, "2001:db8::7") == "v=spf1 ip6:2001:db8::7 include:provider.example -all"
    assert spf.letting_in(None, OURS, "2001:db8::7") == "v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 ~all"


@pytest.mark.parametrize(
    ("record", "mended"),
    [
        ("v=spf1 a +all", "v=spf1 a ~all"),
        ("v=spf1 a ?ALL exp=why.northwind.example", "v=spf1 a exp=why.northwind.example ~all"),
        ("v=spf1 a", "v=spf1 a ~all"),
        ("v=spf1 redirect=anybody.example", None),
    ],
)
def test_an_ending_is_made_soft(record: str, mended: str | None) -> None:
    policy = read(record, {("anybody.example", "TXT"): ['"v=spf1 +all"']})
    assert policy and spf.with_soft_ending(policy) == mended


@pytest.mark.parametrize(
    ("record", "everybody"),
    [
        ("v=spf1 +all", True),
        ("v=spf1 ip4:0.0.0.0/0 -all", True),
        ("v=spf1 include:anybody.example -all", True),
        ("v=spf1 ip4:192.0.2.0/24 ?all", False),
    ],
)
def test_who_lets_the_whole_world_in(record: str, everybody: bool) -> None:
    policy = read(record, {("anybody.example", "TXT"): ['"v=spf1 +all"']})
    assert policy and policy.lets_everybody_in is everybody
