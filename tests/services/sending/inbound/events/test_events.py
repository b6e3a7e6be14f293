"""Events of four providers mean what their documents say; real bodies where there are some, and hand-written ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models.incoming import REPORTED
from portal.services.sending.inbound import events

WAYS = {"amazon_ses": "ses", "postmark": "postmark", "mailgun": "mailgun", "sendgrid": "sendgrid"}
MEANS: dict[str, set[str]] = {
    "bounced": {"hard", "soft", "policy"}, "rejected": {"policy"}, "deferred": {"delayed"}, "delivered": {"delivered"},
    "complained": {"complaint"}, "unsubscribed": {"leave"}, "clicked": {"ignored"}, "opened": {"ignored"},
    "queued": {"ignored"}, "subscribed": {"ignored"}, "sent": {"ignored"},
}  # fmt: skip
EXACTLY = {
    "amazon_ses-bounce_event.json": "hard", "mailgun-alt_smtp_code.json": "hard", "postmark-bounce_event.json": "hard",
    "sendgrid-dropped_invalid_event.json": "hard", "sendgrid-dropped_unsubscribed_event.json": "leave",
}  # fmt: skip
"""What says more than the corpus's own word: rejected before, as the address is none or the person had left."""


def test_real_events_mean_what_they_say(shared_data: Path) -> None:
    folder, wrong, seen = shared_data / "mail-events", {}, 0
    for case in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        if case["provider"] not in WAYS:
            continue
        told = events.read(WAYS[case["provider"]], (folder / case["file"]).read_bytes())
        kinds, recipients = {each.kind for each in told}, {each.recipient for each in told}
        wanted = {EXACTLY[case["file"]]} if case["file"] in EXACTLY else MEANS[case["event_types"][0]]
        if not kinds <= wanted or not set(case["recipients"]) <= recipients:
            wrong[case["file"]] = (case, told)
        seen += 1
    assert wrong == {}
    assert seen == 23


def ses(kind: str, **about: Any) -> dict[str, Any]:
    named = {"Delivery": "delivery", "Complaint": "complaint", "Bounce": "bounce", "DeliveryDelay": "deliveryDelay"}
    event = {"eventType": kind, named[kind]: about, "mail": {"messageId": "p-1", "source": "bounce-1-x@b.example"}}
    return {"Message": json.dumps(event)}


@pytest.mark.parametrize(
    ("way", "body", "kind"),
    [
        ("ses", ses("Bounce", bounceType="Permanent", bouncedRecipients=[{"emailAddress": "a@b.example"}]), "hard"),
        ("ses", ses("Bounce", bounceType="Transient", bouncedRecipients=[{"emailAddress": "a@b.example"}]), "soft"),
        (
            "ses",
            ses(
                "Bounce",
                bounceType="Permanent",
                bounceSubType="OnAccountSuppressionList",
                bouncedRecipients=[{"emailAddress": "a@b.example"}],
            ),
            "policy",
        ),
        ("ses", ses("Complaint", complainedRecipients=[{"emailAddress": "a@b.example"}]), "complaint"),
        ("ses", ses("DeliveryDelay", delayedRecipients=[{"emailAddress": "a@b.example"}]), "delayed"),
        ("postmark", {"RecordType": "SpamComplaint", "Email": "a@b.example"}, "complaint"),
        ("postmark", {"RecordType": "Delivery", "Recipient": "a@b.example"}, "delivered"),
        ("postmark", {"RecordType": "Bounce", "Type": "SoftBounce", "Email": "a@b.example"}, "soft"),
        ("postmark", {"RecordType": "Bounce", "Type": "AutoResponder", "Email": "a@b.example"}, "auto_reply"),
        (
            "postmark",
            {"RecordType": "Bounce", "Type": "HardBounce", "Email": "a@b.example", "Details": "550 5.7.1 spam"},
            "policy",
        ),
        ("mailgun", {"event-data": {"event": "complained", "recipient": "a@b.example"}}, "complaint"),
        ("mailgun", {"event-data": {"event": "unsubscribed", "recipient": "a@b.example"}}, "leave"),
        ("mailgun", {"event-data": {"event": "opened", "recipient": "a@b.example"}}, "ignored"),
        (
            "mailgun",
            {"event-data": {"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}},
            "policy",
        ),
        ("sendgrid", [{"event": "spamreport", "email": "a@b.example"}], "complaint"),
        ("sendgrid", [{"event": "bounce", "type": "blocked", "reason": "550 no", "email": "a@b.example"}], "policy"),
        ("sendgrid", [{"event": "bounce", "status": "5.1.1", "email": "a@b.example"}], "hard"),
        ("sendgrid", [{"event": "bounce", "status": "5.2.2", "email": "a@b.example"}], "soft"),
        ("sendgrid", [{"event": "group_unsubscribe", "email": "a@b.example"}], "leave"),
        ("sendgrid", [{"event": "open", "email": "a@b.example"}], "ignored"),
    ],
)
def test_an_event_means(way: str, body: Any, kind: str) -> None:
    raw = json.dumps(body).encode()
    (told,) = events.read(way, raw)
    assert told.kind == kind
    assert told.key == events.read(way, raw)[0].key
    assert len(told.key) <= 200
    assert told.happened_at.tzinfo is not None


def test_each_event_and_recipient_is_told_apart() -> None:
    both = [{"emailAddress": "a@b.example"}, {"emailAddress": "c@b.example"}]
    told = events.read("ses", json.dumps(ses("Bounce", bounceType="Permanent", bouncedRecipients=both)).encode())
    assert [each.recipient for each in told] == ["a@b.example", "c@b.example"]
    assert len({each.key for each in told}) == 2
    assert told[0].return_path == "bounce-1-x@b.example"
    several = [{"event": "open", "email": "a@b.example", "sg_event_id": str(n)} for n in range(3)]
    assert len({each.key for each in events.read("sendgrid", json.dumps(several).encode())}) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["Message", "event", "event-data", "RecordType", "mail", "bounce", "eventType", "timestamp", "Type", "email"]
    ), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(sorted(events.PROVIDERS)), JSON)
def test_no_json_stops_it(way: str, body: Any) -> None:
    told = events.read(way, json.dumps(body).encode())
    assert told
    assert all(each.kind in REPORTED for each in told)
