"""What a server refuses while sending counts as what it sends back later."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Report, Suppression
from portal.services.sending.inbound import refusals
from tests.services.sending.inbound.world import sent


@pytest.mark.parametrize(
    ("reason", "kind", "suppressed"),
    [
        ("no_mailbox", "hard", ["no_mailbox"]),
        ("mailbox_full", "soft", []),
        ("gave_up", "soft", []),
        ("refused", "soft", []),
    ],
)
def test_a_refusal_counts_once_for_its_address(app: Flask, reason: str, kind: str, suppressed: list[str]) -> None:
    row = sent(state="failed", reason=reason)
    for _ in range(2):
        refusals.tell(row, enhanced="5.1.1", reply="550 5.1.1 no", reason=reason)
    db.session.refresh(row)
    assert [(r.kind, r.status, r.reply) for r in db.session.query(Report)] == [(kind, "5.1.1", "550 5.1.1 no")]
    assert [s.reason for s in db.session.query(Suppression)] == suppressed
    assert (row.bounced_at, row.state) == (None, "failed")


def test_what_cannot_be_mailed_is_nobodys_refusal(app: Flask) -> None:
    row = sent(state="failed", reason="unmailable")
    assert refusals.tell(row, enhanced="5.6.7", reply="553 5.6.7", reason="unmailable") is None
