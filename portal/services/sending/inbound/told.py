"""One thing told about one recipient of a mail, whoever tells it: a server's report, a provider's event, a person."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Told:
    """`key` is the same however often and in whatever order it is told; `kind` is one of `REPORTED` of the models.

    What ties it to a delivery: `delivery_id` where a signed address gave it, else `return_path` (our envelope sender)
    or `message_id` (our Message-ID with its brackets), which are believed only where the teller proved who it is.
    `words` are a person's own in a reply, `quoted` the history below them.
    """

    kind: str
    key: str
    happened_at: datetime
    recipient: str = ""
    status: str = ""
    reply: str = ""
    delivery_id: int | None = None
    return_path: str = ""
    message_id: str = ""
    words: str = ""
    quoted: str = ""
