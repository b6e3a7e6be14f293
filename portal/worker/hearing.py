"""What came in, worked on row by row, and fetched where it waits in a mailbox."""

import logging

from portal import config
from portal.extensions import db
from portal.services.sending.inbound import keeping, working
from portal.tools.mail import imap
from portal.worker.shift import Shift

BATCH = 50
FETCHED = 100

log = logging.getLogger(__name__)


def hear_batch(shift: Shift) -> bool:
    """Work on the next rows, each in a transaction of its own; say whether there may be more."""
    done = 0
    while done < BATCH and not shift.ending.is_set() and _hear_next():
        done += 1
    return done == BATCH


def fetch_batch() -> bool:
    """Keep what is unread in the mailbox of the settings, then mark it read; say whether there may be more."""
    url = config.current().imap_url
    if not url:
        return False
    with imap.open_mailbox(url) as mailbox:
        unread = mailbox.unread(limit=FETCHED)
        for number in unread:
            _fetch(mailbox, number)
    return len(unread) == FETCHED


def _hear_next() -> bool:
    row = working.next_due()
    if row is None:
        db.session.rollback()
        return False
    row_id = row.id
    try:
        working.work(row)
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("What came in as %s could not be worked on; it is kept.", row_id)
        working.try_later(row_id)
        db.session.commit()
    return True


def _fetch(mailbox: imap.Mailbox, number: str) -> None:
    raw = mailbox.fetch(number, largest=keeping.LARGEST)
    if raw is None:
        log.warning("Mail %s in the mailbox is larger than we take; it stays there, marked as read.", number)
    else:
        keeping.keep("imap", raw)
        db.session.commit()  # Kept before it is marked: whoever dies in between fetches it again, and keeps it once.
    mailbox.mark_read(number)
