"""What lies between two pages of a walk: the worker at its chores, and the mails it brought."""

import re
from email.message import EmailMessage
from pathlib import Path

from portal.extensions import db
from portal.tools.rendering import front_matter
from portal.worker import chores
from tests.sink import Sink

_LINK = re.compile(r"https?://[^\s<>\"]+")


def work() -> None:
    """Let the worker do what is due: letters first, then newsletters from addressing to closing."""
    db.session.rollback()
    chores.post_letters()
    chores.address()
    while chores.send():
        pass
    chores.close()


def last_to(server: Sink, address: str) -> EmailMessage:
    """The mail that came last to an address."""
    return server.to(address)[-1]


def text_of(mail: EmailMessage) -> str:
    """The text part, with plain line ends."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def link_to(mail: EmailMessage, room: str) -> str:
    """The first link in the text part that leads to a room of the portal, as in `/confirm/`."""
    return next(link for link in _LINK.findall(text_of(mail)) if room in link)


def one_click(mail: EmailMessage) -> str:
    """The address a mail program posts to when its own unsubscribe button is pressed."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return str(mail["List-Unsubscribe"]).split(">")[0].removeprefix("<")


def words_of(edition: Path) -> dict[str, str]:
    """Title and body of a real newsletter, as a recruiter would paste them."""
    head, body = front_matter.split(edition.read_text(encoding="utf-8"))
    return {"title": str(head["title"]), "body": body}
