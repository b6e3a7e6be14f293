"""Refusals by provider: every mail that left is counted once, and each number has its people."""

from collections import Counter
from itertools import product

import pytest
from flask import Flask

from portal import clock
from portal.models import Newsletter
from portal.services.insight import refusals
from tests import factories
from tests.services.sending.outcomes import going

_NUMBERS = iter(range(10**6))


def _mail(newsletter: Newsletter, domain: str, *, failed: str = "", bounce: str = "", complained: bool = False) -> None:
    values: dict[str, object] = {"state": "failed", "reason": failed} if failed else {"state": "sent"}
    if bounce:
        values |= {"bounced_at": clock.now(), "bounce_kind": bounce}
    person = factories.member(email=f"p{next(_NUMBERS)}@{domain}") if domain else None
    factories.delivery(newsletter=newsletter, to=person, complained_at=clock.now() if complained else None, **values)


def _rows(newsletter: Newsletter) -> list[tuple[str, int, int, dict[str, int]]]:
    return [(row.key, row.mails, row.troubled, row.counts) for row in refusals.table(newsletter).providers]


def test_families_are_folded_and_every_mail_is_counted_once(app: Flask) -> None:
    newsletter = going()
    _mail(newsletter, "gmail.com")
    _mail(newsletter, "googlemail.com", failed="no_mailbox")
    _mail(newsletter, "gmail.com", bounce="hard", complained=True)
    _mail(newsletter, "gmx.de", bounce="policy")
    _mail(newsletter, "gmx.net", failed="unmailable")
    _mail(newsletter, "", bounce="soft")
    _mail(going(), "gmail.com", bounce="hard")
    for state in ("pending", "excluded", "in_doubt"):
        factories.delivery(newsletter=newsletter, to=factories.member(email=f"{state}@gmail.com"), state=state)
    assert _rows(newsletter) == [
        ("gmail", 3, 2, {"no_mailbox": 1, "hard": 1, "complained": 1}),
        ("gmx", 1, 1, {"policy": 1}),
        ("unknown", 1, 1, {"soft": 1}),
    ]
    table = refusals.table(newsletter)
    assert table.whats == ["no_mailbox", "hard", "soft", "policy", "complained"]
    assert (table.total.mails, table.total.troubled, table.total.share) == (5, 4, 0.8)
    assert refusals.returned(newsletter) == {"hard": 1, "soft": 1, "policy": 1, "complained": 1}
    assert refusals.came_back(newsletter) == 3


def test_the_ten_largest_stand_by_name_and_the_rest_are_one_row(app: Flask) -> None:
    newsletter = going()
    for n in range(12):
        for _ in range(2 if n < 10 else 1):
            _mail(newsletter, f"d{n:02}.example", bounce="hard" if n >= 9 else "")
    keys = [key for key, *_rest in _rows(newsletter)]
    assert keys == [*(f"d{n:02}.example" for n in range(10)), "others"]
    table = refusals.table(newsletter)
    named = {domain for row in table.providers if row.key != "others" for domain in row.domains}
    others = refusals.people(newsletter, "hard", provider=table.find("others"), besides=named, page=1, size=10)
    assert ({member.email.partition("@")[2] for _row, member in others[0]}, others[1]) == (
        {"d10.example", "d11.example"},
        2,
    )


def test_eleven_providers_need_no_row_for_a_single_other(app: Flask) -> None:
    newsletter = going()
    for n in range(11):
        _mail(newsletter, f"d{n:02}.example")
    assert [key for key, *_rest in _rows(newsletter)] == [f"d{n:02}.example" for n in range(11)]


def test_nothing_sent_is_an_empty_table(app: Flask) -> None:
    table = refusals.table(going())
    assert (table.providers, table.whats, table.total.share, refusals.returned(going())) == ([], [], 0.0, {})


@pytest.mark.parametrize("email", ['"a@gmail.com"@example.org', "a@@example.org", "amy@sub.example.org"])
def test_the_domain_is_all_after_the_last_at(app: Flask, email: str) -> None:
    newsletter = going()
    factories.delivery(newsletter=newsletter, to=factories.member(email=email), bounced_at=clock.now())
    assert [key for key, *_rest in _rows(newsletter)] == [email.rpartition("@")[2]]


def test_every_number_agrees_with_the_people_behind_it(app: Flask) -> None:
    newsletter = going()
    domains = ("gmail.com", "googlemail.com", "example.org", "")
    fates = [
        {"failed": "refused"},
        {"bounce": "hard"},
        {"bounce": "soft", "complained": True},
        {"complained": True},
        {},
    ]
    for domain, fate in product(domains, fates):
        _mail(newsletter, domain, **fate)  # type: ignore[arg-type]
    table = refusals.table(newsletter)
    for provider, what in product([*table.providers, None], table.whats):
        rows, total = refusals.people(newsletter, what, provider=provider, page=1, size=100)
        assert len(rows) == total == (provider or table.total).counts.get(what, 0)
    assert Counter(row.mails for row in table.providers) == {5: 2, 10: 1}
    rows, total = refusals.people(newsletter, refusals.CAME_BACK, provider=None, page=1, size=3)
    assert (len(rows), total) == (3, refusals.came_back(newsletter)) == (3, 8)
