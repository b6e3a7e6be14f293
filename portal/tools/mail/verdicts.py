"""What a server's refusal means: by its code, its enhanced code, and the command it answers."""

from portal.tools.mail.errors import (
    LineLost,
    MailError,
    OurFault,
    RecipientDeferred,
    RecipientRefused,
    RelayBusy,
    TryLater,
)
from portal.tools.mail.replies import Reply

# Codes at RCPT that speak of our sign-in or our order of commands, not of the recipient.
_OURS_AT_RCPT = {503, 530, 534, 535, 538}


def not_taken(reply: Reply, *, dot_sent: bool = False) -> MailError:
    """Return what a refusal of MAIL, DATA or the dot means."""
    if reply.code == 421:
        return _error(RelayBusy, reply)
    if reply.code < 400:
        return _nonsense(reply, dot_sent=dot_sent)
    return _error(TryLater if reply.code < 500 and not _is_policy(reply) else OurFault, reply)


def not_known(reply: Reply) -> MailError:
    """Return what a refusal of RCPT means."""
    if reply.code == 421:
        return _error(RelayBusy, reply)
    if _is_policy(reply) or reply.code in _OURS_AT_RCPT:
        return _error(OurFault, reply)
    if reply.code < 400:
        return _nonsense(reply, dot_sent=False)
    return _error(RecipientDeferred if reply.code < 500 else RecipientRefused, reply)


def _is_policy(reply: Reply) -> bool:
    return reply.enhanced.startswith("5.7.")


def _nonsense(reply: Reply, *, dot_sent: bool) -> LineLost:
    return LineLost(f"the server's answer makes no sense: {reply.code} {reply.text}", dot_sent=dot_sent)


def _error(kind: type[MailError], reply: Reply) -> MailError:
    return kind(reply.text, code=reply.code, enhanced=reply.enhanced)
