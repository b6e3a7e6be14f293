"""The chores: each does the next due rows, commits, and says whether to ask again."""

import time

from portal.extensions import db, queue
from portal.services.people import joins, magic_links, sessions
from portal.services.sending import accounts, addressing, deliveries, letters, schedule, waiting, workers
from portal.services.sending.inbound import working
from portal.services.staff import desk_sessions
from portal.tools import limits
from portal.worker import hearing, posting, sending, shift


@queue.chore("letters", urgent=True)
def post_letters() -> bool:
    """Send the letters that are due, before all bulk."""
    mine = shift.current()
    with mine.alone("letters") as free:
        return free and posting.post_batch(mine)


@queue.chore("address")
def address() -> bool:
    """Turn newsletters whose moment has come into deliveries, and move on what waits for its hour."""
    with shift.current().alone("address") as free:
        if free:
            _address_what_is_due()
    queue.wake("send")
    return False


@queue.chore("send")
def send() -> bool:
    """Send the next deliveries."""
    mine = shift.current()
    with mine.alone("send") as free:
        again = free and mine.may_send and sending.send_batch(mine)
    if not again:
        queue.wake("close")
    return again


@queue.chore("close")
def close() -> bool:
    """Mark newsletters as sent where the account balances with nothing pending."""
    accounts.close_finished()
    db.session.commit()
    return False


@queue.chore("sweep")
def sweep() -> bool:
    """Free what dead workers held, and what this one dropped after an error."""
    mine = shift.current()
    with mine.alone("sweep") as free:
        if free:
            _free_what_lies_about(mine)
    return False


@queue.chore("hear")
def hear() -> bool:
    """Work on what came in."""
    mine = shift.current()
    with mine.alone("hear") as free:
        return free and hearing.hear_batch(mine)


@queue.chore("fetch")
def fetch() -> bool:
    """Keep what waits in the mailbox, where there is one."""
    with shift.current().alone("fetch") as free:
        again = free and hearing.fetch_batch()
    queue.wake("hear")
    return again


@queue.chore("purge")
def purge() -> bool:
    """Remove what is kept only for a while: unconfirmed joins, spent links and sessions, old counters and workers."""
    joins.purge_unconfirmed()
    magic_links.forget_old()
    sessions.forget_old()
    desk_sessions.forget_old()
    limits.forget_old()
    workers.forget_old()
    working.forget_old()
    db.session.commit()
    return False


def _address_what_is_due() -> None:
    for newsletter in schedule.due():
        addressing.address(newsletter)
    db.session.commit()
    waiting.move_on()
    db.session.commit()


def _free_what_lies_about(mine: shift.Shift) -> None:
    sending.write_what_was_kept(mine)
    for worker_id in mine.watch.dead(steady=time.monotonic()):
        if worker_id != mine.worker_id:
            workers.bury(worker_id)
    deliveries.free_dropped(mine.worker_id, in_hand=mine.in_hand)
    letters.free_dropped(mine.worker_id, in_hand=mine.letters_in_hand)
    db.session.commit()
