"""Who did not get it: everyone once, with the reason in plain words."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from portal.models.delivery import REASONS
from portal.services.sending import accounts, fates, not_sent
from tests import factories
from tests.services.sending.outcomes import add, going

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_groups_hold_everyone_once_and_name_a_few(app: Flask) -> None:
    newsletter = going()
    for name in ("Amara", "Bo", "Chidi", "Dana"):
        add(newsletter, "failed", "no_mailbox", member_id=factories.member(name=name).id)
    add(newsletter, "failed", "refused", member_id=None)
    add(newsletter, "in_doubt", "line_lost")
    add(newsletter, "in_doubt", "worker_died")
    add(newsletter, "excluded", "muted", count=2)
    add(newsletter, "excluded", "left", count=3)
    add(newsletter, "pending")
    add(newsletter, "handed_over")
    add(newsletter, "sent", count=7)
    account = accounts.account(newsletter)
    groups = not_sent.groups(newsletter, account)
    assert [(group.state, group.reason, group.count) for group in groups] == [
        ("failed", "no_mailbox", 4),
        ("failed", "refused", 1),
        ("in_doubt", "", 2),
        ("excluded", "left", 3),
        ("excluded", "muted", 2),
        ("pending", "", 2),
    ]
    assert sum(group.count for group in groups) == account.not_sent == account.planned - account.sent
    assert [member.name if member else None for member in groups[0].people] == ["Amara", "Bo", "Chidi"]
    assert groups[1].people == [None]


def test_a_sheet_has_a_row_for_each_with_reasons_in_words(app: Flask) -> None:
    newsletter = going()
    amara = factories.member(name="Amara Okafor", email="amara@example.org").id
    nameless = factories.member(name="", email="x@example.org").id
    reply = "550 5.1.1 no such person"
    add(newsletter, "failed", "no_mailbox", member_id=amara, reply=reply, settled_at=MOMENT)
    add(newsletter, "excluded", "paused", member_id=nameless, settled_at=MOMENT)
    add(newsletter, "in_doubt", "line_lost", settled_at=MOMENT)
    add(newsletter, "pending")
    zoe = factories.member(name="Zoë", email="z@example.org").id
    add(newsletter, "pending", member_id=zoe, tries=2, reply="451 later")
    add(newsletter, "sent", member_id=factories.member().id)
    at = "2026-03-01T09:30:00+00:00"
    assert list(not_sent.rows(newsletter)) == [
        ["name", "email", "state", "reason", "server_said", "settled_at"],
        ["", "x@example.org", "Left out", "Paused", "", at],
        ["Amara Okafor", "amara@example.org", "Failed", "No such address", reply, at],
        ["Someone erased", "", "In doubt", "The line broke", "", at],
        ["Someone erased", "", "Waiting", "Not handed over yet", "", ""],
        ["Zoë", "z@example.org", "Waiting", "To be tried again", "451 later", ""],
    ]


def test_another_newsletters_people_are_not_told(app: Flask) -> None:
    newsletter, other = going(), going()
    add(other, "failed", "refused", count=3)
    assert not_sent.groups(newsletter, accounts.account(newsletter)) == []
    assert len(list(not_sent.rows(newsletter))) == 1


def test_every_reason_a_row_can_have_is_said_in_words(app: Flask) -> None:
    assert {*REASONS} <= fates.EXCLUDED.keys()
    assert fates.EXCLUDED.keys() | fates.FAILED.keys() | fates.IN_DOUBT.keys() == fates.REASONS_EXPLAINED.keys()
    assert {*fates.REFUSED} <= fates.FAILED.keys()


@pytest.mark.parametrize(
    ("enhanced", "reason"),
    [
        ("5.1.1", "no_mailbox"),
        ("5.1.2", "no_mailbox"),
        ("5.1.6", "no_mailbox"),
        ("5.1.10", "no_mailbox"),
        ("5.2.1", "no_mailbox"),
        ("5.2.2", "mailbox_full"),
        ("5.1.0", "refused"),
        ("5.1.3", "refused"),
        ("5.1.100", "refused"),
        ("4.1.1", "refused"),
        ("5.7.1", "refused"),
        ("", "refused"),
    ],
)
def test_only_what_says_so_means_that_an_address_does_not_exist(enhanced: str, reason: str) -> None:
    assert fates.of_refusal(enhanced) == reason
