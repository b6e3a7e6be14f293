"""The words for what became of a mail and why, and what a server's refusal says about an address."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.models.delivery import UNSETTLED

FATES: dict[str, LazyString] = {
    "sent": _("Sent"),
    "pending": _("Waiting"),
    "failed": _("Failed"),
    "in_doubt": _("In doubt"),
    "excluded": _("Left out"),
}

FATES_EXPLAINED: dict[str, LazyString] = {
    "sent": _("The mail server took these mails."),
    "pending": _("Not yet handed to the mail server, or being handed over just now."),
    "failed": _("The mail server refused these mails for good, or kept refusing them for three days."),
    "in_doubt": _(
        "The line broke after the mail was handed over and before the server answered, so it may have arrived or not."
        " To send nobody the same newsletter twice, these mails are held."
    ),
    "excluded": _("These people were not mailed, each for a reason."),
}

EXCLUDED: dict[str, LazyString] = {
    "not_due_yet": _("Not due yet"),
    "paused": _("Paused"),
    "muted": _("Muted"),
    "no_consent": _("No consent"),
    "complained": _("Complained"),
    "bounced": _("Address bounced"),
    "left": _("Left"),
    "erased": _("Erased"),
    "cancelled": _("Cancelled"),
}

FAILED: dict[str, LazyString] = {
    "no_mailbox": _("No such address"),
    "mailbox_full": _("Mailbox full"),
    "refused": _("Refused"),
    "gave_up": _("Given up"),
    "unmailable": _("Cannot be mailed"),
}

IN_DOUBT: dict[str, LazyString] = {
    "line_lost": _("The line broke"),
    "worker_died": _("The worker stopped"),
    "lost_sight": _("The worker lost track"),
}

REASONS: dict[str, LazyString] = {**EXCLUDED, **FAILED, **IN_DOUBT}

REASONS_OF: dict[str, dict[str, LazyString]] = {"excluded": EXCLUDED, "failed": FAILED, "in_doubt": IN_DOUBT}

REASONS_EXPLAINED: dict[str, LazyString] = {
    "not_due_yet": _(
        "They asked for a monthly or quarterly digest. Digests are not sent yet, so this newsletter does not reach"
        " them by mail; they can read it in the archive."
    ),
    "paused": _("They paused all mail until a day of their choice."),
    "muted": _("They stopped the newsletters of this community and stayed members."),
    "no_consent": _("There is no live consent to mail them, so they are not mailed."),
    "complained": _("They told their mail provider that a newsletter of ours is spam, so nothing is mailed to them."),
    "bounced": _("Their mailbox refused mail for good."),
    "left": _("They left the community."),
    "erased": _("They asked to be erased."),
    "cancelled": _("Sending was cancelled before their mail was handed over."),
    "no_mailbox": _("The mail server says that this address does not exist, or is no longer in use."),
    "mailbox_full": _("Their mailbox has no room left."),
    "refused": _("The mail server refused these addresses for another reason; it is told with each person."),
    "gave_up": _("The mail server asked us to come back later, again and again, for three days."),
    "unmailable": _("No mail can be addressed to them; what is in the way is told with each person."),
    "line_lost": _("The line broke after the mail was handed over and before the server answered."),
    "worker_died": _("The worker that sent it stopped before it could write down the server’s answer."),
    "lost_sight": _("The worker that sent it met an error before it could write down the server’s answer."),
}

BOUNCES: dict[str, LazyString] = {
    "hard": _("Came back for good"),
    "soft": _("Came back this time"),
    "policy": _("Came back by a rule"),
}
"""What a mail that was sent and came back is called, by its `bounce_kind`."""

BOUNCES_EXPLAINED: dict[str, LazyString] = {
    "hard": _("A mail server took the mail and found afterwards that the address does not exist."),
    "soft": _("The mailbox was full or could not be reached for days. The next newsletter may arrive."),
    "policy": _("A mail server did not want this mail of ours. That says nothing about the address."),
}

WAITING = _("Not handed over yet")
ERASED = _("Someone erased")
TRIED = _("To be tried again")

REFUSED = ("no_mailbox", "mailbox_full", "refused")
"""The reasons of a failure that are a server's answer about the address itself."""

ANSWERED = (*REFUSED, "gave_up")
"""The reasons of a failure that a mailbox provider gave, at once or by asking us to come back until we gave up."""

_NO_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"})
_MAILBOX_FULL = "5.2.2"


def of_state(state: str) -> str:
    """Return the fate that a delivery's state counts as: one not settled yet is waiting."""
    return "pending" if state in UNSETTLED else state


def of_refusal(enhanced: str) -> str:
    """Return the reason that an enhanced status code (RFC 3463) gives for a recipient refused."""
    if enhanced in _NO_MAILBOX:
        return "no_mailbox"
    return "mailbox_full" if enhanced == _MAILBOX_FULL else "refused"
