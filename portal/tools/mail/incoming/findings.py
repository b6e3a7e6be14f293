"""What a mail that came in says: one finding for each recipient it speaks of."""

from dataclasses import dataclass

KINDS = ("hard", "soft", "policy", "complaint", "auto_reply", "delayed", "delivered", "reply", "ignored", "unknown")
LONGEST_REPLY = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is one of `KINDS`, what is not told is empty; `message_id` is of the mail it speaks of, in brackets."""

    kind: str
    recipient: str = ""
    status: str = ""
    reply: str = ""
    message_id: str = ""


def one_line(text: str) -> str:
    """Return a server's words in one line of at most `LONGEST_REPLY` characters."""
    return " ".join(text.split())[:LONGEST_REPLY]
