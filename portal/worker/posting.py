"""Letters on their way: claimed, rendered, handed to the server, recorded; again if in doubt."""

from typing import Any

from portal.extensions import db, mail
from portal.services.sending import letter_texts, letters, senders, signing
from portal.tools.mail.errors import MailError, RecipientRefused, RelayBusy
from portal.tools.mail.letters import send_letter
from portal.tools.mail.replies import Reply
from portal.tools.mail.transport import Transport
from portal.worker.shift import Shift

BATCH = 20


def post_batch(shift: Shift) -> bool:
    """Send the letters that are due; say whether there may be more."""
    ids = letters.claim(shift.worker_id, limit=BATCH)
    shift.letters_in_hand = shift.letters_in_hand | set(ids)
    try:
        db.session.commit()
        return _post_all(shift, ids)
    finally:
        shift.letters_in_hand = shift.letters_in_hand - set(ids)


def _post_all(shift: Shift, ids: list[int]) -> bool:
    try:
        with shift.relay.line() as line:
            for letter_id in ids:
                _post(letter_id, line)
        return len(ids) == BATCH
    except RelayBusy:
        # Bulk mail rests; the letters, for which people wait, come back with their own short wait.
        shift.relay.rest()
        return False
    finally:
        db.session.rollback()
        letters.give_back(ids, worker_id=shift.worker_id)
        db.session.commit()


def _post(letter_id: int, line: Transport) -> None:
    try:
        letter = letters.get(letter_id)
        text = letter_texts.text_of(letter)
        fixed = {"language": letter.language, "message_id": letter.message_id, "date": letter.created_at}
        db.session.rollback()  # No transaction stays open while we talk to a server.
        reply = _hand_to_server(text, line, **fixed)
    except letter_texts.NobodyToMail:
        letters.dropped(letter_id)
    except (RecipientRefused, ValueError) as error:
        db.session.rollback()
        letters.failed(letter_id, reply=str(error))
    except MailError as error:
        db.session.rollback()
        letters.try_later(letter_id, reply=str(error))
        db.session.commit()
        if isinstance(error, RelayBusy):
            raise
    else:
        letters.sent(letter_id, reply=str(reply))
    db.session.commit()


def _hand_to_server(text: letter_texts.LetterText, line: Transport, **fixed: Any) -> Reply:
    return send_letter(
        mail,
        line,
        sender=senders.sender(),
        to=text.to,
        subject=text.subject,
        text=text.parts.text,
        html=text.parts.html,
        reply_to=senders.reply_to(),
        sign=signing.signatures,
        **fixed,
    )
